//! Reading a form field by field, keeping what is wrong with each.

use super::page::capitalised;
use super::posted::Posted;
use std::collections::BTreeMap;
use std::fmt::Display;

/// The fields of a form that was posted, and what was wrong with those that were read.
///
/// A field that cannot be read is `None`; read all of them before giving up, so that the form comes back with every
/// error at once.
pub struct Reading<'p> {
    posted: &'p Posted,
    errors: BTreeMap<String, String>,
}

impl<'p> Reading<'p> {
    /// Begins to read.
    #[must_use]
    pub fn new(posted: &'p Posted) -> Self {
        Self { posted, errors: BTreeMap::new() }
    }

    /// A field that has to be there.
    pub fn required<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let read = parse(self.posted.text(name));
        self.keep(name, read)
    }

    /// A field that may be left empty: `Some(None)` when it was.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.posted.given(name) {
            None => Some(None),
            Some(text) => self.keep(name, parse(text)).map(Some),
        }
    }

    /// A field of words with commas between them.
    pub fn words<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let words = self.posted.text(name).split(',').map(str::trim).filter(|word| !word.is_empty());
        let read: Result<Vec<T>, E> = words.map(parse).collect();
        self.keep(name, read)
    }

    /// What came of reading a field, or of several.
    pub fn keep<T, E: Display>(&mut self, name: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.refuse(name, &capitalised(&error.to_string()))).ok()
    }

    /// Notes what is wrong with a field.
    pub fn refuse(&mut self, name: &str, text: &str) {
        self.errors.insert(name.to_owned(), text.to_owned());
    }

    /// What is wrong, by field; the form is shown again with it.
    #[must_use]
    pub fn into_errors(self) -> BTreeMap<String, String> {
        self.errors
    }
}

/// A field with one thing a line; empty lines are none.
///
/// # Errors
/// The first line that cannot be read, and why.
pub fn lines<T, E: Display>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<Vec<T>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| parse(line).map_err(|error| format!("“{line}” {error}"))).collect()
}
