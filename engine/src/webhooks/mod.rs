//! Webhooks: events sent to programs of the merchant, signed, until they have arrived.
//!
//! ```text
//! announce ─▶ queue ─▶ one delivery for each endpoint that hears the kind ─▶ lane ─▶ POST ─▶ attempt, next due
//! ```
//! What is sent follows [Standard Webhooks](https://www.standardwebhooks.com). A delivery is written in the transaction
//! that ends the event's message, so that none is lost; it may arrive twice, when a server dies between the receiver's
//! answer and noting it, and has the same `webhook-id` then.
//!
//! Each endpoint has **lanes**, and whoever holds the lease of a lane works it off alone, with one request under way. The
//! customers are divided among eight shards: in each, one lane goes in order, of each customer by the customer's counter,
//! and one takes what has failed, each delivery when it is due, so that a retry blocks nothing. Endpoints do not wait for
//! each other: none gets a second lane from a server before all others that have something to send have one.
//!
//! An endpoint that has failed [`OUTAGE`] times in a row seems to be **away**: what it missed goes back into the order,
//! and only one attempt, of all its lanes together, is made after each of a row of growing pauses. When it is back,
//! everything that it missed follows in order. One that is away for five days, or says 410 Gone, is switched off, and the
//! owners get a letter.
//!
//! - [`endpoints`] is what a merchant enters, [`secret`] what is signed with;
//! - [`make`] turns events into deliveries;
//! - [`lane`] takes them, [`deliver`] is the wire, [`record`] notes what came of it, [`schedule`] says when again;
//! - [`log`] is what people see and do.

mod deliver;
mod endpoints;
mod lane;
mod letter;
mod log;
mod make;
mod record;
mod schedule;
mod secret;
mod sender;

pub use deliver::{Answer, Deliver, Post, Refusal};
pub use endpoints::{
    NewWebhook, UnknownWebhookState, Webhook, WebhookChange, WebhookFilter, WebhookState, WhyDisabled,
};
pub use log::{
    Attempt, Delivery, DeliveryFilter, DeliveryState, LoggedDelivery, RESENT_MAX, Resent,
    UnknownDeliveryState,
};
pub(crate) use make::Webhooks;
pub(crate) use secret::hmac_sha256;
pub use secret::{SECRET_OVERLAP, WebhookSecret};
pub(crate) use sender::run;

use crate::statement::statement;
use chrono::TimeDelta;

/// How long deliveries and their attempts are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);
/// Deletes what was kept long enough; see [`crate::housekeeping`].
pub(crate) const SWEEP: &str = include_str!("sql/sweep.sql");
/// So many failures in a row, and an endpoint seems to be away.
const OUTAGE: i32 = 3;
/// How much of an answer is kept.
pub const ANSWER_KEPT: usize = 1_024;
/// The kind of the event that only tests an endpoint.
const TEST_KIND: &str = "endpoint.test";
