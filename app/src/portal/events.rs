//! What the open portal page is told, as server-sent events.
//!
//! There is one kind, `moved`, with a line each for the points, those that wait, the money in the wallet, the tier, the number
//! of notifications that were not read, and behind them one for each thing that the customer is told, the oldest first; money,
//! tier and what is told may be empty. In one piece, so that the page reads once whatever has moved, and holds all of it or
//! nothing.

use crate::error::PageError;
use crate::session::SignedIn;
use crate::state::AppState;
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::future::ready;
use http::{HeaderMap, StatusCode};
use perennial_engine::live::LiveEvent;
use std::convert::Infallible;
use std::time::Duration;

/// A stream ends after this long; the browser opens it again, and the session is checked anew.
const LIFETIME: Duration = Duration::from_secs(3600);
/// How soon a browser comes back after an interruption.
const RETRY: Duration = Duration::from_secs(2);

/// `GET /p/{slug}/events`: what the customer has, at once and whenever something happens, resumed by `Last-Event-ID`.
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
        .map(|event| {
            Event::default().event("moved").id(event.id.to_string()).retry(RETRY).data(lines(&event))
        })
        .map(Ok::<_, Infallible>)
        .take_until(tokio::time::sleep(LIFETIME));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}

/// What there is, a line each; the order is that of [`super::live`]. What is told has no line breaks either.
fn lines(event: &LiveEvent) -> String {
    let LiveEvent { points, pending, cashback, tier, unread, told, told_more, .. } = event;
    let more = (*told_more > 0).then(|| format!("{told_more} more among your notifications\n"));
    let told = more.unwrap_or_default() + &told.join("\n");
    // Names have no line breaks; one that had would only shift what is compared.
    format!("{points}\n{pending}\n{cashback}\n{tier}\n{unread}\n{told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_always_six_lines_and_more_where_there_is_more_to_say() {
        let mut event = LiveEvent {
            id: 7,
            points: 120,
            pending: 0,
            change: 0,
            cashback: String::new(),
            tier: String::new(),
            unread: 0,
            told: Vec::new(),
            told_more: 0,
        };
        assert_eq!(lines(&event), "120\n0\n\n\n0\n");
        event.pending = 45;
        event.cashback = "USD 410".to_owned();
        event.told = vec!["You were given 5 points".to_owned(), "You are Silver now".to_owned()];
        let six = "120\n45\nUSD 410\n\n0\n";
        assert_eq!(lines(&event), format!("{six}You were given 5 points\nYou are Silver now"));
        event.told_more = 2;
        let more = "2 more among your notifications\nYou were given 5 points\nYou are Silver now";
        assert_eq!(lines(&event), format!("{six}{more}"));
    }
}
