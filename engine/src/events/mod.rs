//! Events out: what happened, written with the effect, for whoever listens.
//!
//! ```text
//! effect ──same transaction──▶ announce ─▶ events ─▶ webhooks, bus          (where somebody listens)
//!                                              └───▶ the customer's own list and stream
//! purchase ─▶ announcements ─▶ events                                       (moments later, where somebody listens)
//! new customer ─▶ announcements ─▶ events, one letter of welcome             (moments later, always)
//! ```
//! Whoever has an effect calls [`announce()`] in the transaction of the effect, after it has written the ledger. What is
//! told of a purchase itself comes from its stored row and is written by the module [`Announcements`], so that a till
//! waits for none of it, and a merchant to whom nobody listens pays nothing.

mod announce;
mod enrolled;
pub(crate) mod merge;
mod notifications;
mod purchases;
mod told;

use chrono::TimeDelta;
use perennial_domain::events::EventKind;
use perennial_domain::ids::CustomerId;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use announce::{announce, announce_once};
pub use notifications::{Notification, UNREAD_MAX};
pub(crate) use notifications::{shown_kinds, told_kinds};
pub(crate) use purchases::{Announcements, tell_those_before};
pub(crate) use told::told;

/// How long events are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);

/// Something that happened in a program.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happening {
    /// Whom it concerns.
    pub customer: Option<CustomerId>,
    /// What happened.
    pub kind: EventKind,
    /// What it carries: the fields of the [catalogue](EventKind::entry), never personal data.
    pub data: Value,
    /// The customer's event counter of the posting that comes with it. Nothing takes the next one, under the lock of
    /// the balance.
    pub sequence: Option<i64>,
}

impl Happening {
    /// Something that happened to a customer with no posting of its own.
    pub fn of(customer: CustomerId, kind: EventKind, data: Value) -> Self {
        Self { customer: Some(customer), kind, data, sequence: None }
    }

    /// The same with the counter of the posting that it comes with.
    pub fn with(mut self, sequence: i64) -> Self {
        self.sequence = Some(sequence);
        self
    }
}

/// An event that has an id of its own, so that it is written once however often its cause is heard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// The id of its cause.
    pub id: Uuid,
    /// What happened.
    pub what: Happening,
}
