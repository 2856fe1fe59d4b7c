//! Reading back what was checked before it was stored.

use std::fmt::Display;

use crate::error::Error;

/// Turns a value that could not be read back into [`Error::Inconsistent`]; `place` is table and column.
pub(crate) fn stored<T, E: Display>(parsed: Result<T, E>, place: &'static str) -> Result<T, Error> {
    parsed.map_err(|error| Error::Inconsistent(format!("{place}: {error}")))
}
