//! The request log: what programs and apps have asked of the API, for whoever looks for the cause of a refusal.
//!
//! ```text
//! answer ─▶ count in memory ─▶ worth a row? ─▶ bounded buffer ┬▶ rows, a few times a second
//!                └─────────────────────────────────────────────┴▶ counts by the hour, every ten seconds
//! ```
//! Only requests of an API key, or of an app with the token of a customer, are here, and only those that wrote something or
//! were refused. **Every one of them is counted**, by hour, key, route and status; those of all customers together.
//! **Written down one by one** are those that were refused, and a sample of those that went well: the first
//! [`ANSWERED_A_MINUTE`](collect::ANSWERED_A_MINUTE) of a merchant's keys, and as many of its apps, in each minute and
//! process, which is everything at a small shop and next to nothing of a large chain's million purchases an hour; a purchase
//! that was stored says by itself that it was. A program that fails without end fills no disk either: beyond
//! [`REFUSED_A_MINUTE`](collect::REFUSED_A_MINUTE) of a key its refusals are only counted.
//!
//! Nothing here is waited for. A request leaves a number and at most one row in memory after it was answered; when the
//! database does not keep up, the buffer is full and rows are dropped, which the metric `request_log_dropped_total`
//! tells. What is not in the database when a process dies is lost: the books are elsewhere.
//!
//! The log has no bodies, no addresses and no people but the opaque id of a customer: a route is a pattern, and what a
//! refusal quotes of the request is taken out ([`redact`]).
//!
//! - [`asker`] is who asks, [`collect`] counts and decides, [`write`](mod@write) writes, [`keep`] deletes;
//! - [`read`] is what people and programs see.

mod asker;
mod collect;
mod keep;
mod read;
mod redact;
mod write;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::ids::PurchaseId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use asker::{RequestBy, RequestsOf, UnknownAsker};
pub use collect::Answered;
pub(crate) use collect::RequestLog;
pub(crate) use keep::{ROWS_OF_A_MERCHANT, trim};
pub use read::{RequestClass, RequestFilter, RequestTotals, UnknownClass};
pub(crate) use write::{flush, run};

/// How long requests and their counts are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);

/// A request that was answered, on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRequest {
    /// `POST`.
    pub method: String,
    /// The pattern of its address: `/api/v1/purchases/{id}`.
    pub route: String,
    /// The status of the answer; of an item of a batch, the item's.
    pub status: u16,
    /// From its first byte to the answer.
    pub took: Duration,
    /// The id that its answer carries.
    pub request_id: String,
    /// Of a batch: the place of the one item that was refused, counted from 0.
    pub item: Option<u32>,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The caller's own name for what it sent.
    pub reference: Option<String>,
    /// The purchase that it was about.
    pub purchase: Option<PurchaseId>,
    /// Why it was refused.
    pub problem: Option<RequestProblem>,
}

/// Why a request was refused, as its answer said it, but without what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestProblem {
    /// The kind of problem: `invalid`, `transaction_conflict`.
    pub kind: String,
    /// The stable name that programs read: the kind, or a narrower word.
    pub code: String,
    /// The same for every problem of its kind, for people.
    pub title: String,
    /// What happened this time, for people.
    pub detail: String,
    /// The fields that were wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RequestError>,
}

/// A field that was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestError {
    /// Where, as a JSON pointer into the body.
    pub pointer: String,
    /// What, as a stable word.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

/// A request of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Its place in the list: newer ones come later.
    pub id: Uuid,
    /// Who asked.
    pub by: RequestBy,
    /// When it was answered.
    pub ended_at: DateTime<Utc>,
    /// What it was and how it ended.
    pub request: EndedRequest,
}
