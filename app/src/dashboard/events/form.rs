//! Trying a refused event again, and throwing it away.

use super::super::posted::Posted;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;

/// The two buttons of an event.
pub async fn settle(
    State(state): State<AppState>,
    Path(key): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::EventsWrite).await?;
    let Ok(key) = key.parse() else { return Err(posted.missing()) };
    let (engine, cx) = (posted.engine(), &posted.cx);
    let event = match engine.event_by_key(cx, key).await {
        Ok(event) => event,
        Err(error) => return Ok(posted.refuse(error, super::super::posted::same_name).await),
    };
    let (outcome, word) = match posted.text("do") {
        "retry" => (engine.event_retry(cx, &event.source, &event.id).await, "event-retried"),
        "discard" => (engine.event_discard(cx, &event.source, &event.id).await, "event-discarded"),
        _ => return Err(posted.missing()),
    };
    Ok(posted.finish(outcome, &super::LIST.row(&key.to_string()), word).await)
}
