//! Path and query parameters.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query, RawPathParams};
use http::request::Parts;
use perennial_engine::{PageRequest, points::Movements};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use super::problem::{Code, Problem};

/// An id in the path. What is no id names nothing, so it answers 404 like any other unknown id.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::new(Code::NotFound))?;
        let id = params.iter().next().and_then(|(_, value)| value.parse().ok());
        id.map(Self).ok_or_else(|| Problem::new(Code::NotFound))
    }
}

/// Texts in the path, decoded.
#[derive(Debug)]
pub struct Segments<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::new(Code::NotFound)),
        }
    }
}

/// The query of the address; unknown parameters are refused by its type.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(error) => {
                let mut cause: &dyn std::error::Error = &error;
                while let Some(inner) = cause.source() {
                    cause = inner;
                }
                Err(Problem::new(Code::MalformedQuery).detail(format!("The query is wrong: {cause}.")))
            }
        }
    }
}

/// `?dry_run=true`: shows the outcome and changes nothing.
#[derive(Debug, Default, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DryRun {
    /// Runs everything, rolls it back and answers 200 with the body that would have come, and `dry_run: true`.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which part of a list is wanted.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// At most so many rows, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

impl Paging {
    /// The engine's form of it.
    ///
    /// # Errors
    /// 422 when the limit is out of range.
    pub fn request(self) -> Result<PageRequest, Problem> {
        Ok(PageRequest::new(self.limit, self.after)?)
    }
}

/// Which of the movements on a customer's accounts are wanted.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntryParams {
    /// Only movements of this sort: `earned` (entries of the kinds `purchase`, `claim`, `opening`, `return`, `adjustment` and
    /// `award`), `spent` (`redemption`, `release`, `cancellation`), `expired` (`expiry`), or `pending`: those on the account of
    /// what waits, in and out.
    pub kind: Option<Movements>,
    /// At most so many rows, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

impl EntryParams {
    /// The engine's form of it.
    ///
    /// # Errors
    /// 422 when the limit is out of range.
    pub fn request(self) -> Result<(Option<Movements>, PageRequest), Problem> {
        Ok((self.kind, PageRequest::new(self.limit, self.after)?))
    }
}

/// Nothing is asked for: no parameter, and no field of a body, which may be left out or an empty object.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
