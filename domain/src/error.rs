//! What is wrong with one field of an input, in a form that can be shown and tested.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// One thing that is wrong with one field of an input.
///
/// A check returns them at once, so that whoever sent the input can repair it in one go; a hundred at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{pointer}: {detail}")]
pub struct FieldError {
    /// Where, as a JSON pointer into the input, for example `/lines/3/amount`.
    pub pointer: String,
    /// What, as a stable `snake_case` word that programs may rely on.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub code: Cow<'static, str>,
    /// The same for people, one plain sentence without a full stop.
    pub detail: String,
}

impl FieldError {
    /// Names what is wrong at `pointer`.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }

    /// The field must be given and is not.
    pub fn required(pointer: impl Into<String>) -> Self {
        Self::new(pointer, "required", "This field is required")
    }
}

/// As many as are told of one input. Whoever has made more mistakes has made one of them over and over; and what is wrong
/// with a line takes a hundred times the room of a line that says nothing.
const ERRORS_MAX: usize = 100;

/// Collects field errors while the fields of an input are parsed one after the other.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<FieldError>);

impl Errors {
    pub(crate) fn push(&mut self, error: FieldError) {
        if self.0.len() < ERRORS_MAX {
            self.0.push(error);
        }
    }

    /// Keeps the value of a successful parse, remembers the error of a failed one.
    pub(crate) fn keep<T, E: Into<Problem>>(&mut self, pointer: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let Problem { code, detail } = error.into();
                self.push(FieldError::new(pointer, code, detail));
                None
            }
        }
    }

    /// `Some(value)` turns into the value unless an error was remembered meanwhile.
    ///
    /// Parsers call this last: a part is `None` exactly when its error was remembered.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }

    pub(crate) fn extend(&mut self, errors: Vec<FieldError>) {
        errors.into_iter().for_each(|error| self.push(error));
    }
}

/// A field error that does not know its place yet.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: Cow<'static, str>,
    pub(crate) detail: String,
}

/// Everything that is wrong with an input, as one error for serde.
#[derive(Debug)]
pub struct InvalidFields(pub(crate) Vec<FieldError>);

impl std::fmt::Display for InvalidFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_mistakes_are_told_and_an_input_with_more_is_as_wrong() {
        let mut errors = Errors::default();
        errors.extend((0..90).map(|line| FieldError::required(format!("/lines/{line}"))).collect());
        (0..9_000).for_each(|line| errors.push(FieldError::required(format!("/more/{line}"))));
        assert_eq!(
            errors.keep::<(), _>("/last", Err(Problem { code: "wrong".into(), detail: String::new() })),
            None
        );
        let told = errors.finish(Some(())).unwrap_err();
        assert_eq!(told.len(), ERRORS_MAX);
        assert_eq!((told[0].pointer.as_str(), told[99].pointer.as_str()), ("/lines/0", "/more/9"));
    }
}
