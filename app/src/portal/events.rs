//! The stream of a customer's balance and wallet, as server-sent events.

use crate::error::PageError;
use crate::session::SignedIn;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::future::ready;
use futures::stream::iter;
use http::{HeaderMap, StatusCode};
use std::convert::Infallible;
use std::time::Duration;

/// A stream ends after this long; the browser opens it again, and the session is checked anew.
const LIFETIME: Duration = Duration::from_secs(3600);
/// How soon a browser comes back after an interruption.
const RETRY: Duration = Duration::from_secs(2);

/// `GET /p/{slug}/events`: the points and the money of the customer, at once and whenever one of them changes, resumed by
/// `Last-Event-ID`.
pub(crate) async fn stream(
    State(state): State<AppState>,
    Extension(SignedIn { cx, .. }): Extension<SignedIn>,
    headers: HeaderMap,
) -> Response {
    let last_seen =
        headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let events = match state.engine.live(&cx, last_seen) {
        Ok(events) => events,
        Err(error) => {
            let status = match PageError::from(error) {
                PageError::Forbidden | PageError::SignedOut => StatusCode::NO_CONTENT,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            };
            return status.into_response();
        }
    };
    let events = events
        .take_while(|event| ready(event.is_ok()))
        .filter_map(|event| ready(event.ok()))
        .flat_map(|event| {
            let (id, points) = (event.id.to_string(), event.points.to_string());
            // The one with the id comes last: what was interrupted between them is told again.
            iter([
                Event::default().event("cashback").data(event.cashback),
                Event::default().event("tier").data(event.tier),
                Event::default().event("balance").id(id).retry(RETRY).data(points),
            ])
        })
        .map(Ok::<_, Infallible>)
        .take_until(tokio::time::sleep(LIFETIME));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}
