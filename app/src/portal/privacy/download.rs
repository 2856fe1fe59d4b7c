//! The file with everything about the customer who asks.

use crate::error::PageError;
use crate::session::SignedIn;
use crate::state::AppState;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use perennial_domain::ids::CustomerId;
use perennial_engine::Cx;

/// `GET /p/{slug}/your-data/download`.
pub(crate) async fn download(
    State(state): State<AppState>,
    Extension(SignedIn { cx, .. }): Extension<SignedIn>,
) -> Response {
    let Some(customer) = cx.customer() else { return StatusCode::NOT_FOUND.into_response() };
    file(&state, &cx, customer, "your-data.json").await
}

/// Everything about a customer as a file of this name.
pub(crate) async fn file(state: &AppState, cx: &Cx, customer: CustomerId, name: &str) -> Response {
    let document = match state.engine.customer_export(cx, customer).await {
        Ok(document) => document,
        Err(error) => return PageError::from(error).into_response(),
    };
    let pieces = document.map(|piece| {
        if let Err(error) = &piece {
            // Whoever waits for the file sees only that it breaks off.
            tracing::warn!(%error, "an export broke off");
        }
        piece
    });
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}
