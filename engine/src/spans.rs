//! Spans: what took how long, for whoever collects traces.
//!
//! They have a target of their own, so that they are made where somebody collects them and cost next to nothing elsewhere.
//! Nothing in them says who a customer is.

use tracing::field::Empty;
use tracing::{Span, info_span};
use uuid::Uuid;

/// The target of every span, in the engine and in the server.
pub const TARGET: &str = "spans";

/// Requests that one batch is linked with; OpenTelemetry keeps no more.
const LINKS: usize = 128;

/// One batch of a lane, linked with the requests whose purchases are in it.
pub(crate) fn batch<'a>(lane: usize, purchases: usize, requests: impl Iterator<Item = &'a Span>) -> Span {
    let span = info_span!(target: TARGET, "batch", perennial.lane = lane, perennial.purchases = purchases);
    if !span.is_disabled() {
        let mut linked = None;
        // Those of one request lie together.
        let ids = requests.filter_map(Span::id);
        for id in ids.filter(|id| linked.replace(id.clone()).as_ref() != Some(id)).take(LINKS) {
            span.follows_from(id);
        }
    }
    span
}

/// Some messages of a queue, as a module processes them.
pub(crate) fn messages(module: &'static str, messages: usize) -> Span {
    info_span!(
        target: TARGET, "queue",
        otel.name = %format_args!("queue {module}"), otel.kind = "consumer", otel.status_code = Empty,
        perennial.messages = messages
    )
}

/// One attempt to deliver a webhook.
pub(crate) fn webhook(merchant: Uuid, endpoint: Uuid, event: Uuid) -> Span {
    info_span!(
        target: TARGET, "webhook",
        otel.kind = "client", otel.status_code = Empty, http.response.status_code = Empty,
        perennial.merchant = %merchant, perennial.endpoint = %endpoint, perennial.event = %event
    )
}

/// One attempt to send a letter.
pub(crate) fn letter(id: Uuid) -> Span {
    info_span!(
        target: TARGET, "letter", otel.kind = "client", otel.status_code = Empty, perennial.letter = %id
    )
}
