//! Bodies that are a CSV file.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};

use super::{json, problem::Problem};

/// The bytes of a CSV body: of the right media type, complete and not too long.
#[derive(Debug)]
pub struct Csv(pub Bytes);

impl<S: Sync> FromRequest<S> for Csv {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        json::require_media_type(request.headers(), "text/csv")?;
        json::read(request.into_body()).await.map(Self)
    }
}
