//! Points that wait before they can be spent.

use chrono::{DateTime, Utc};

use crate::calendar::days_later;
use crate::codes::Zone;

/// The instant at which points mature that are held for so many days from an instant: the same time of the
/// merchant's clocks, that many local days later. `None` when they are not held at all.
///
/// A return before that instant takes them from what is pending; from it on, from what is available.
#[must_use]
pub fn matures_at(earned_at: DateTime<Utc>, days: u16, zone: Zone) -> Option<DateTime<Utc>> {
    (days > 0).then(|| days_later(earned_at, days, zone))
}
