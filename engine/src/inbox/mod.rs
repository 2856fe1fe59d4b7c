//! The inbox: what other systems tell has happened.
//!
//! ```text
//! HTTP, bus ─▶ inbox + message, one commit ─▶ acknowledged
//!                      └─▶ queue ─▶ the same functions as the direct doors ─▶ done, or refused with its problem
//! ```
//! An event is acknowledged when it is written down, whatever will become of it. Source and id name it: the same event
//! again is the same row, and other content under that name is refused. Its effect goes through the doors that a till
//! uses, under their keys: a purchase that a till has posted, too, is credited once, and one that is processed twice,
//! because a server died before it had noted the first time, finds itself.
//!
//! What a door refuses is kept as **refused** with the problem that a till would have got, and a dead letter beside it;
//! somebody may try it again, when the cause is mended, or discard it. Every event stands for itself: a poisoned one
//! stops no other.
//!
//! - [`envelope`] reads events in every form in which they travel, [`receive`] writes them down;
//! - [`work`] takes them from the queue, [`effect`] hands each to its door;
//! - [`order_placed`] reads the orders of shops that know nothing of Perennial;
//! - [`refusal`] is a problem that is kept;
//! - [`read`] and [`settle`] are what people see and do.

mod effect;
mod envelope;
mod order_placed;
mod read;
mod receive;
mod refusal;
mod sender;
mod settle;
mod work;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::ids::{CustomerId, PurchaseId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use envelope::Unreadable;
pub use read::EventFilter;
pub use receive::{NewEvent, Received, RefusedEnvelope};
pub use refusal::{Refusal, RefusedField};
pub(crate) use work::run;

/// How long an event is kept, unless it still waits then. What it caused has keys of its own, which are kept for ever.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);
/// Deletes what was kept long enough; see [`crate::housekeeping`].
pub(crate) const SWEEP: &str = include_str!("sweep.sql");

/// The word in `queue.module`.
pub(crate) const MODULE: &str = "inbox";

/// What has become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// It is written down and waits to be processed.
    Received,
    /// It has had its effect.
    Done,
    /// It was refused, and waits for somebody.
    Refused,
    /// Somebody has thrown it away.
    Discarded,
}

impl EventState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Received, Self::Done, Self::Refused, Self::Discarded];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Discarded => "discarded",
        }
    }
}

impl std::str::FromStr for EventState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

/// The text names no state of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be received, done, refused or discarded")]
pub struct UnknownState;

/// What an event has caused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// The purchase that it told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_id: Option<PurchaseId>,
    /// The return that it told of, once that is booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<Uuid>,
    /// The customer whom it concerns, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// How long a return waits for its purchase, which was not there yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_until: Option<DateTime<Utc>>,
    /// Whether the same had been told before, by another event or directly: then this one changed nothing.
    pub replayed: bool,
}

/// An event as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the list: newer ones come later.
    pub key: Uuid,
    /// Who told it.
    pub source: String,
    /// The name that the source gave it.
    pub id: String,
    /// What it is about; any text when its envelope was refused.
    pub kind: String,
    /// When the source says that it happened.
    pub time: Option<DateTime<Utc>>,
    /// When it was written down.
    pub received_at: DateTime<Utc>,
    /// What has become of it.
    pub state: EventState,
    /// When it became that.
    pub changed_at: DateTime<Utc>,
    /// What it caused.
    pub outcome: Option<Outcome>,
    /// Why it was refused.
    pub problem: Option<Refusal>,
    /// The beginning of its data, as long as they are kept: until it is done or discarded.
    pub excerpt: Option<String>,
}
