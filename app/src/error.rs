//! Why a page cannot show what was asked for.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The error of every server function. It is safe to show: nothing in it comes from inside the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum PageError {
    /// Nobody is signed in, or no longer.
    #[error("Please sign in again.")]
    SignedOut,
    /// The role of who is signed in does not include it.
    #[error("Your role does not include this.")]
    Forbidden,
    /// There is no such thing, or it belongs to somebody else.
    #[error("We could not find this.")]
    NotFound,
    /// The input was refused; the text says why.
    #[error("{0}")]
    Invalid(String),
    /// Too many at once. Try again a little later.
    #[error("That was a little too often. Please try again in a minute.")]
    Busy,
    /// The service, or the way to it, is interrupted.
    #[error("This did not load. Please try again.")]
    Unavailable,
}

impl FromServerFnError for PageError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_error: ServerFnErrorErr) -> Self {
        Self::Unavailable
    }
}

#[cfg(feature = "ssr")]
impl PageError {
    /// The status of a page or an answer that consists of this error.
    #[must_use]
    pub const fn status(&self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The answer where no page can show the error: the status and a sentence.
#[cfg(feature = "ssr")]
impl axum::response::IntoResponse for PageError {
    fn into_response(self) -> axum::response::Response {
        (self.status(), format!("{self}\n")).into_response()
    }
}

#[cfg(feature = "ssr")]
impl From<perennial_engine::Error> for PageError {
    /// Translates what the engine says; what nobody can act on is logged and told as an interruption.
    fn from(error: perennial_engine::Error) -> Self {
        use perennial_engine::Error as E;
        match error {
            E::Unauthenticated => Self::SignedOut,
            E::Forbidden(_) => Self::Forbidden,
            E::NotFound(_) | E::CustomerNotFound => Self::NotFound,
            E::Throttled { .. } => Self::Busy,
            E::Invalid(fields) | E::ReturnExceeds(fields) => Self::Invalid(match fields.first() {
                Some(field) => field.detail.to_string(),
                None => "This is not valid.".to_owned(),
            }),
            E::Conflict { detail, .. } | E::TooLarge { detail, .. } => Self::Invalid(detail),
            error @ (E::UnknownRetailer | E::TransactionConflict(_) | E::IdempotencyKeyReused) => {
                Self::Invalid(error.to_string())
            }
            E::Busy { .. } => Self::Unavailable,
            error @ (E::Inconsistent(_) | E::Db(_)) => {
                tracing::error!(?error, "a page could not be served");
                Self::Unavailable
            }
        }
    }
}
