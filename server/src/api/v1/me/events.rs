//! The stream of an open app: what the customer has, as it moves.
//!
//! It is the stream behind an open page of the portal, one frame of JSON for each event.

use std::{future::ready, time::Duration};

use axum::response::{
    IntoResponse as _, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures::StreamExt as _;
use http::HeaderMap;
use perennial_engine::live::LiveEvent;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{ApiState, auth::Me, problem::Problem};

/// A stream ends after this long at the latest; the app opens it again, and its token is looked up anew.
const LIFETIME: Duration = Duration::from_secs(3_600);
/// How soon an app comes back after an interruption.
const RETRY: Duration = Duration::from_secs(2);
/// How often something is sent when nothing happens.
const ALIVE: Duration = Duration::from_secs(20);

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(listen))
}

/// What the customer has after an event: the data of a frame.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyEvent)]
struct Moved {
    /// The customer's event counter; also the id of the frame.
    id: i64,
    /// Points that can be spent.
    points: i64,
    /// Points that wait.
    pending: i64,
    /// How the points have changed since the last frame, or since `Last-Event-ID`; 0 in the first frame without one.
    change: i64,
    /// What the wallets of cashback hold, what waits included.
    cashback: Vec<Wallet>,
    /// What the tier is called.
    tier: Option<String>,
    /// Notifications that were not read, counted up to 100.
    unread: i64,
    /// What the customer was told since then, the oldest first; the newest ten when there is more.
    told: Vec<String>,
    /// How much more there was before these, counted up to 100.
    told_more: i64,
}

/// Money in a wallet.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MyWallet)]
struct Wallet {
    /// ISO 4217.
    currency: String,
    /// Minor units.
    amount: i64,
}

impl From<LiveEvent> for Moved {
    fn from(event: LiveEvent) -> Self {
        let text = |text: String| (!text.is_empty()).then_some(text);
        Self {
            id: event.id,
            points: event.points,
            pending: event.pending,
            change: event.change,
            cashback: wallets(&event.cashback),
            tier: text(event.tier),
            unread: event.unread,
            told: event.told,
            told_more: event.told_more,
        }
    }
}

/// `EUR 5, USD 410` in its parts.
fn wallets(text: &str) -> Vec<Wallet> {
    text.split(", ")
        .filter_map(|wallet| {
            let (currency, amount) = wallet.split_once(' ')?;
            Some(Wallet { currency: currency.to_owned(), amount: amount.parse().ok()? })
        })
        .collect()
}

/// Listen to what I have
///
/// Server-sent events: a frame `balance` at once, then one whenever something moved, with the customer's event counter as
/// its id. A client that sends the last id as `Last-Event-ID` gets what changed since, in one frame, and nothing where
/// nothing did; so nothing is missed, on whichever server it arrives. One stream for each token: a newer one ends the
/// older one. It ends with the token, and after an hour.
#[utoipa::path(
    get, path = "/me/events", operation_id = "listen_to_me", tag = "Client apps",
    params(("Last-Event-ID" = Option<i64>, Header, description = "The id of the last frame that was received.")),
    responses((status = 200, description = "The stream; each frame has this as its data.", content_type = "text/event-stream", body = Moved)),
)]
async fn listen(me: Me, headers: HeaderMap) -> Result<Response, Problem> {
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let engine = me.engine().clone();
    let events = engine.live(&me.call.cx, last_seen)?;
    let place = me.call.state.streams().take(me.holder.token);
    let replaced = place.end.clone().cancelled_owned();
    let holder = me.holder;
    let left = (holder.expires_at - engine.clock().now()).to_std().unwrap_or_default().min(LIFETIME);
    let frames = events
        .then(move |event| {
            let (engine, holder) = (engine.clone(), holder.clone());
            // A token that was ended meanwhile hears nothing more.
            async move {
                let is_live = engine.token_is_live(&holder).await.unwrap_or(false);
                event.ok().filter(|_| is_live)
            }
        })
        .take_while(|event| ready(event.is_some()))
        .filter_map(ready)
        .map(move |event| {
            // Held as long as the stream is.
            let _place = &place;
            let id = event.id.to_string();
            Event::default().event("balance").id(id).retry(RETRY).json_data(Moved::from(event))
        })
        .take_until(replaced)
        .take_until(tokio::time::sleep(left));
    Ok(Sse::new(frames).keep_alive(KeepAlive::new().interval(ALIVE)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_are_taken_apart() {
        let wallet = |currency: &str, amount| Wallet { currency: currency.to_owned(), amount };
        assert_eq!(wallets("EUR 5, USD 410"), [wallet("EUR", 5), wallet("USD", 410)]);
        assert!(wallets("").is_empty());
    }
}
