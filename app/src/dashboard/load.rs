//! What the loaders of lists share: the query of a list, what it chooses, and a page of rows from a page of the engine.

use super::list::Listed;
use crate::error::PageError;
use perennial_engine::Page;
use serde::Deserialize;
use std::str::FromStr;

/// The query of a list that can only be searched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    /// What is searched for.
    pub q: String,
}

/// The query of a list that can be searched and narrowed to a state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StateSearch {
    /// What is searched for.
    pub q: String,
    /// The word of the state.
    pub state: String,
}

/// What to search for; nothing when nothing but spaces was typed.
#[must_use]
pub fn searched(q: &str) -> Option<String> {
    Some(q.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What was chosen by its word in the address; nothing when there is no word.
///
/// # Errors
/// [`PageError::Invalid`] when the word stands for no such thing: `state`.
pub fn chosen<T: FromStr>(word: &str, thing: &str) -> Result<Option<T>, PageError> {
    if word.is_empty() {
        return Ok(None);
    }
    match word.parse() {
        Ok(chosen) => Ok(Some(chosen)),
        Err(_) => Err(PageError::Invalid(format!("There is no such {thing}."))),
    }
}

impl<T> Listed<T> {
    /// The rows of a page in words.
    pub fn of<R>(page: Page<R>, row: impl FnMut(R) -> T, may_edit: bool) -> Self {
        let page = page.map(row);
        Self { rows: page.data, next: page.next, may_edit }
    }
}
