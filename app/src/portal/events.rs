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
use perennial_domain::ids::CustomerId;
use perennial_engine::live::LiveEvent;
use std::convert::Infallible;
use std::time::Duration;

/// A stream ends after this long, and before the first event after its session ended; the browser opens it again.
const LIFETIME: Duration = Duration::from_secs(3600);
/// How soon a browser comes back after an interruption.
const RETRY: Duration = Duration::from_secs(2);

/// `GET /p/{slug}/events`: what the customer has, at once and whenever something happens, resumed by `Last-Event-ID`; as long
/// as the session lasts.
pub(crate) async fn stream(
    State(state): State<AppState>,
    Extension(SignedIn { cx, slug }): Extension<SignedIn>,
    headers: HeaderMap,
) -> Response {
    let Some(own) = cx.customer() else { return StatusCode::NO_CONTENT.into_response() };
    let events = match state.engine.live(&cx, last_seen(&headers, own)) {
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
        .then(move |event| {
            let (state, slug, headers) = (state.clone(), slug.clone(), headers.clone());
            let (owner, customer) = (cx.merchant(), cx.customer());
            // A session that was ended meanwhile hears nothing more; the browser asks again and is told so.
            async move {
                let now = state.customer_cx(owner, &slug, &headers).await;
                now.is_ok_and(|now| now.customer() == customer).then_some(event)
            }
        })
        .take_while(|event| ready(event.is_some()))
        .filter_map(ready)
        .map(move |event| {
            Event::default().event("moved").id(mark(event.id, own)).retry(RETRY).data(lines(&event))
        })
        .map(Ok::<_, Infallible>)
        .take_until(tokio::time::sleep(LIFETIME));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}

/// The id of an event: the number that a counter had come to, and whose it is. A page outlives its account when that is merged
/// into another one, whose numbers mean something else.
fn mark(id: i64, customer: CustomerId) -> String {
    format!("{id}-{customer}")
}

/// The number of the last event that the browser has, if it was one of this customer's: to anybody else all is told as it is.
fn last_seen(headers: &HeaderMap, customer: CustomerId) -> Option<i64> {
    let (id, of) = headers.get("last-event-id")?.to_str().ok()?.split_once('-')?;
    let is_own = of.parse::<CustomerId>().is_ok_and(|of| of == customer);
    id.parse().ok().filter(|_| is_own)
}

/// What there is, a line each; the order is that of [`super::live`]. What is told has no line breaks either.
fn lines(event: &LiveEvent) -> String {
    let LiveEvent { points, pending, cashback, tier, unread, told, told_more, .. } = event;
    let more = (*told_more > 0).then(|| format!("{told_more} more in your notifications\n"));
    let told = more.unwrap_or_default() + &told.join("\n");
    // Names have no line breaks; one that had would only shift what is compared.
    format!("{points}\n{pending}\n{cashback}\n{tier}\n{unread}\n{told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_goes_on_behind_what_the_same_customer_was_told() {
        let (ada, ben) = (CustomerId::new(1, [1; 10]), CustomerId::new(2, [2; 10]));
        let came_with = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("last-event-id", id.parse().unwrap());
            last_seen(&headers, ada)
        };
        assert_eq!(came_with(&mark(17, ada)), Some(17));
        assert_eq!(came_with(&mark(0, ada)), Some(0));
        for other in [mark(17, ben).as_str(), "17", "", "-", "x-y"] {
            assert_eq!(came_with(other), None, "{other}");
        }
        assert_eq!(last_seen(&HeaderMap::new(), ada), None);
    }

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
        let more = "2 more in your notifications\nYou were given 5 points\nYou are Silver now";
        assert_eq!(lines(&event), format!("{six}{more}"));
    }
}
