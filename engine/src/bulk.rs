//! What all operations on many rows have in common.

use std::collections::HashMap;

use perennial_domain::error::FieldError;
use sea_orm::Value;

use crate::error::Error;

/// Rows in one call at most: enough for a file in pieces, small enough for one statement.
pub const ROWS_MAX: usize = 10_000;

/// A column of texts that may be absent, as a bind.
///
/// The driver of SeaORM knows no array with nulls in it. An empty text stands for them, since none of our codes and
/// names can be empty; the statements say `nullif(x, '')`.
pub(crate) fn nullable<T: Into<String>>(texts: impl IntoIterator<Item = Option<T>>) -> Value {
    texts.into_iter().map(|text| text.map(Into::into).unwrap_or_default()).collect::<Vec<String>>().into()
}

/// Refuses more rows than one statement should take.
///
/// # Errors
/// [`Error::TooLarge`] above [`ROWS_MAX`].
pub(crate) fn refuse_too_many(rows: usize) -> Result<(), Error> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    Err(Error::TooLarge {
        code: "too_many_rows",
        detail: format!("At most {ROWS_MAX} rows at once, these are {rows}"),
    })
}

/// Refuses keys that come twice: one statement cannot write a row twice, and which of two should win is not ours to
/// guess.
///
/// # Errors
/// [`Error::Invalid`] at each row whose key came before, for example `/12/sku`.
pub(crate) fn refuse_duplicates<'a>(keys: impl Iterator<Item = &'a str>, field: &str) -> Result<(), Error> {
    let mut first = HashMap::new();
    let mut errors = Vec::new();
    for (index, key) in keys.enumerate() {
        if let Some(earlier) = first.insert(key, index) {
            errors.push(FieldError::new(
                format!("/{index}/{field}"),
                "duplicate",
                format!("The same {field} is in row {earlier}"),
            ));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}
