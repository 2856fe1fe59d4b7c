//! What the loaders of lists share: the query of a list, and a page of rows from a page of the engine.

use super::list::Listed;
use perennial_engine::Page;
use serde::Deserialize;

/// The query of a list that can only be searched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    /// What is searched for.
    pub q: String,
}

/// What to search for; nothing when nothing but spaces was typed.
#[must_use]
pub fn searched(q: &str) -> Option<String> {
    Some(q.trim().to_owned()).filter(|text| !text.is_empty())
}

impl<T> Listed<T> {
    /// The rows of a page in words.
    pub fn of<R>(page: Page<R>, row: impl FnMut(R) -> T, may_edit: bool) -> Self {
        let page = page.map(row);
        Self { rows: page.data, next: page.next, may_edit }
    }
}
