//! A refusal that is kept, and told later as a till would have been told at once.

use std::time::Duration;

use perennial_domain::error::FieldError;
use perennial_domain::purchase::FieldValue;
use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::error::Error;

/// Why an event was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The kind of problem, as the API names it: `invalid`, `transaction_conflict`, `customer_not_found`.
    pub kind: String,
    /// A narrower word than the kind, for conflicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same for people, one sentence.
    pub detail: String,
    /// The fields that are wrong, as pointers into the event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RefusedField>,
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedField {
    /// Where, as a JSON pointer into the event.
    pub pointer: String,
    /// What, as a stable word.
    pub code: String,
    /// The same for people.
    pub detail: String,
    /// On a conflict: what is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<FieldValue>,
    /// On a conflict: what was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<FieldValue>,
}

impl Refusal {
    /// Keeps why an event was refused; `pointer` turns one into the body of the direct call into one into the event.
    ///
    /// # Errors
    /// The error itself when the event is not to blame: it may go better the next time.
    pub(super) fn of(error: Error, pointer: impl Fn(String) -> String) -> Result<Self, Error> {
        let detail = error.to_string();
        let refusal = |kind: &str, detail: String| Self {
            kind: kind.to_owned(),
            code: None,
            detail: sentence(&detail),
            errors: Vec::new(),
        };
        let fields = |errors: Vec<FieldError>| -> Vec<RefusedField> {
            errors
                .into_iter()
                .map(|error| RefusedField {
                    pointer: pointer(error.pointer),
                    code: error.code.into_owned(),
                    detail: error.detail,
                    stored: None,
                    received: None,
                })
                .collect()
        };
        Ok(match error {
            Error::Invalid(errors) => {
                let errors = fields(errors);
                let detail = match errors.as_slice() {
                    [only] => only.detail.clone(),
                    _ => detail,
                };
                // As the direct call says it: a request that is too large, not one with a wrong field.
                let too_many_lines = errors.iter().find(|error| error.code == "too_many_lines");
                let kind = too_many_lines.map_or("invalid", |_| "too_many_lines");
                Self { errors, ..refusal(kind, detail) }
            }
            Error::ReturnExceeds(errors) => {
                Self { errors: fields(errors), ..refusal("return_exceeds_purchase", detail) }
            }
            Error::TransactionConflict(differences) => {
                let errors = differences.into_iter().map(|difference| RefusedField {
                    pointer: pointer(difference.pointer),
                    code: "differs".to_owned(),
                    detail: "The purchase was stored with another value".to_owned(),
                    stored: difference.stored,
                    received: difference.received,
                });
                Self { errors: errors.collect(), ..refusal("transaction_conflict", detail) }
            }
            Error::UnknownRetailer => {
                let errors =
                    vec![FieldError::new("/retailer", "unknown_retailer", "There is no such retailer")];
                Self { errors: fields(errors), ..refusal("unknown_retailer", detail) }
            }
            Error::Conflict { code, .. } => {
                Self { code: Some(code.to_owned()), ..refusal("conflict", detail) }
            }
            Error::TooLarge { code, .. } => refusal(code, detail),
            Error::CustomerNotFound => refusal("customer_not_found", detail),
            Error::NotFound(_) => refusal("not_found", detail),
            Error::Forbidden(_) => refusal("forbidden", detail),
            error @ (Error::Unauthenticated
            | Error::IdempotencyKeyReused
            | Error::Busy { .. }
            | Error::Throttled { .. }
            | Error::Inconsistent(_)
            | Error::Db(_)) => return Err(error),
        })
    }

    /// An event that cannot be read.
    #[must_use]
    pub fn unreadable(why: Unreadable) -> Self {
        let errors = match why {
            Unreadable::Fields(errors) => errors,
            Unreadable::Malformed(why) => {
                let detail = format!("The event is not valid JSON: {why}.");
                return Self { kind: "malformed_json".to_owned(), code: None, detail, errors: Vec::new() };
            }
        };
        // Wrong fields are always the event's.
        Self::of(Error::Invalid(errors), |pointer| pointer).unwrap_or_else(|_| Self::internal())
    }

    /// An event whose name was used for other content.
    ///
    /// # Errors
    /// The error itself when it says nothing about the event.
    pub fn at_the_door(error: Error) -> Result<Self, Error> {
        Self::of(error, |pointer| pointer)
    }

    /// What failed again and again for a reason that is ours.
    pub(super) fn internal() -> Self {
        Self {
            kind: "internal".to_owned(),
            code: None,
            detail: "Something went wrong on our side.".to_owned(),
            errors: Vec::new(),
        }
    }
}

/// What an event waits for when a door is busy.
pub(super) const fn busy() -> Error {
    Error::Busy { retry_after: Duration::from_secs(1) }
}

/// A sentence with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let rest = letters.as_str().trim_end_matches('.');
    format!("{first}{rest}.")
}
