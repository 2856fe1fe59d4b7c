//! Lists, a page at a time, by the last key seen.
//!
//! An offset would skip or repeat rows when others are written meanwhile and grows slower with every page; a key
//! does neither.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

/// A page of a list, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Goes into `after` to get the page behind this one; `None` on the last page.
    pub next: Option<String>,
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: u16,
    after: Option<String>,
}

/// Rows on a page when nothing else is asked for.
pub const LIMIT_DEFAULT: u16 = 50;
/// Rows on a page at most.
pub const LIMIT_MAX: u16 = 200;

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: LIMIT_DEFAULT, after: None }
    }
}

impl PageRequest {
    /// Checks what a caller asked for.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/limit` unless it is between 1 and 200.
    pub fn new(limit: Option<u32>, after: Option<String>) -> Result<Self, Error> {
        let limit = match limit {
            None => LIMIT_DEFAULT,
            Some(limit) => u16::try_from(limit)
                .ok()
                .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                .ok_or_else(|| Error::field("/limit", "out_of_range", "The limit is between 1 and 200"))?,
        };
        Ok(Self { limit, after: after.filter(|after| !after.is_empty()) })
    }

    /// Rows on the page at most.
    #[must_use]
    pub fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// Rows to read: one more than the page holds, to know whether another page follows.
    pub(crate) fn probe(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The key of the last row of the page before.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/after` when it is not what a page of this list gave as `next`.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Error> {
        let Some(after) = &self.after else { return Ok(None) };
        URL_SAFE_NO_PAD
            .decode(after)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
            .filter(|key| !has_nul(key))
            .and_then(|key| serde_json::from_value(key).ok())
            .map(Some)
            .ok_or_else(|| Error::field("/after", "invalid", "Not the `next` of a page of this list"))
    }

    /// Makes the page of rows that were read with [`probe`](Self::probe).
    pub(crate) fn page<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        let next = if more { rows.last().and_then(|row| cursor(&key(row))) } else { None };
        Page { data: rows, next }
    }
}

/// A key as text that looks like nothing, so that nobody builds one by hand: what goes into `after` to get the rows
/// behind the one with this key. `None` only for a key that is no JSON.
#[must_use]
pub fn cursor<K: Serialize>(key: &K) -> Option<String> {
    serde_json::to_vec(key).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether a text of a key has what the database does not take: no page gave such a key.
fn has_nul(key: &Value) -> bool {
    match key {
        Value::String(text) => text.contains('\0'),
        Value::Array(parts) => parts.iter().any(has_nul),
        Value::Object(parts) => parts.values().any(has_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl<T> Page<T> {
    /// The same page of other rows.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(change).collect(), next: self.next }
    }
}

/// A text that somebody looks for, as the database takes it. It takes no NUL, and nothing that is stored has one; in its place
/// stands the last of all characters, which stands for none, so that nothing is found.
pub(crate) fn searchable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', NO_CHARACTER)) } else { Cow::Borrowed(text) }
}

const NO_CHARACTER: &str = "\u{10ffff}";

/// A text as the beginning of a `LIKE` pattern: its own `%`, `_` and `\` stand for themselves.
pub(crate) fn like_escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for letter in searchable(text).chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_the_key_of_its_last_row_only_when_more_follow() {
        let request = PageRequest::new(Some(2), None).unwrap();
        let page = request.page(vec![1, 2, 3], |row| *row);
        assert_eq!(page.data, [1, 2]);
        let second = PageRequest::new(Some(2), page.next).unwrap();
        assert_eq!(second.after::<i32>().unwrap(), Some(2));
        assert_eq!(second.page(vec![3], |row| *row).next, None);
    }

    #[test]
    fn limits_and_cursors_that_are_not_ours_are_refused() {
        for limit in [0, 201, u32::MAX] {
            assert!(matches!(PageRequest::new(Some(limit), None), Err(Error::Invalid(_))));
        }
        let request = PageRequest::new(None, Some("nonsense!".to_owned())).unwrap();
        assert!(matches!(request.after::<i32>(), Err(Error::Invalid(_))));
        let nul = URL_SAFE_NO_PAD.encode(r#"[1,"a\u0000b"]"#);
        let request = PageRequest::new(None, Some(nul)).unwrap();
        assert!(matches!(request.after::<(i64, String)>(), Err(Error::Invalid(_))));
    }

    #[test]
    fn wildcards_in_a_search_stand_for_themselves() {
        assert_eq!(like_escaped(r"50%_\"), r"50\%\_\\");
    }

    #[test]
    fn a_search_that_the_database_does_not_take_finds_nothing() {
        assert_eq!(searchable("a b"), "a b");
        assert_eq!(like_escaped("a\0b"), "a\u{10ffff}b");
    }
}
