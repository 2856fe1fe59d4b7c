//! Errors of the engine as problems: one match without a wildcard.

use std::time::Duration;

use perennial_engine::Error;

use super::problem::{Code, FieldProblem, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(errors) => {
                // Of a list that is too long nothing else was looked at: it is the request that is too large.
                let too_many_lines = errors.iter().any(|error| error.code == Code::TooManyLines.code());
                let kind = if too_many_lines { Code::TooManyLines } else { Code::Invalid };
                Problem::new(kind).errors(errors.into_iter().map(FieldProblem::from))
            }
            Error::NotFound(what) => {
                Problem::new(Code::NotFound).detail(format!("There is no such {}.", what.noun()))
            }
            Error::CustomerNotFound => Problem::new(Code::CustomerNotFound),
            Error::UnknownRetailer => Problem::new(Code::UnknownRetailer).errors([FieldProblem::new(
                "/retailer",
                "unknown_retailer",
                "There is no such retailer.",
            )]),
            Error::Conflict { code, detail } => Problem::new(Code::Conflict).code(code).detail(detail),
            Error::TransactionConflict(differences) => {
                Problem::new(Code::TransactionConflict).errors(differences.into_iter().map(|difference| {
                    FieldProblem {
                        stored: difference.stored,
                        received: difference.received,
                        ..FieldProblem::new(
                            difference.pointer,
                            "differs",
                            "The purchase was stored with another value.",
                        )
                    }
                }))
            }
            Error::ReturnExceeds(errors) => {
                Problem::new(Code::ReturnExceeds).errors(errors.into_iter().map(FieldProblem::from))
            }
            Error::Unauthenticated => Problem::new(Code::Unauthorized),
            Error::Forbidden(action) => {
                Problem::new(Code::Forbidden).detail(format!("The API key may not {}.", action.text()))
            }
            Error::TooLarge { code, detail } => {
                let of_codes = code == Code::TooManyCodes.code();
                let kind = if of_codes { Code::TooManyCodes } else { Code::TooManyLines };
                Problem::new(kind).code(code).detail(detail)
            }
            Error::Busy { retry_after } => Problem::new(Code::Busy).retry_after(retry_after),
            Error::Throttled { retry_after } => Problem::new(Code::TooManyRequests).retry_after(retry_after),
            Error::IdempotencyKeyReused => Problem::new(Code::IdempotencyKeyReused),
            Error::Inconsistent(what) => {
                tracing::error!(%what, "stored data is inconsistent");
                Problem::new(Code::Internal)
            }
            Error::Db(cause) => {
                tracing::error!(error = %chain(&cause), "the database failed");
                Problem::new(Code::Internal)
            }
        }
    }
}

/// An error with all its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<crate::edge::throttle::Wait> for Problem {
    fn from(crate::edge::throttle::Wait(wait): crate::edge::throttle::Wait) -> Self {
        Problem::new(Code::TooManyRequests).retry_after(wait.max(Duration::from_millis(1)))
    }
}
