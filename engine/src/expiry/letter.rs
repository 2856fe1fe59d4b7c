//! The letter that warns of points that are about to expire.

use chrono::NaiveDate;
use perennial_domain::codes::Email;
use perennial_domain::ids::CustomerId;
use perennial_domain::messages::{MessageKind, Placeholder, Values};
use perennial_domain::written;

use crate::messages::{Message, grouped};

/// Says how many points can be spent until when.
pub(super) fn warning(customer: CustomerId, recipient: Email, points: i64, expires_on: NaiveDate) -> Message {
    let values = Values::default()
        .with(Placeholder::Points, grouped(points))
        .with(Placeholder::ExpiresOn, written::date(expires_on));
    Message { kind: MessageKind::PointsExpiring, customer: Some(customer), recipient, values }
}
