//! Lots of points, by the day on which they expire.

use chrono::{DateTime, NaiveDate, Utc};

use super::over_at;
use crate::codes::Zone;
use crate::lots::{self, Lot, Short};

/// Points of one customer that expire on the same day, or a part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLot {
    /// The last local day on which they can be spent; for ever when absent.
    pub expires_on: Option<NaiveDate>,
    /// How many.
    pub points: u64,
}

/// What becomes of points that are given back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenBack {
    /// What goes back to lots that are still open and can be spent again.
    pub open: Vec<DayLot>,
    /// What goes back to lots that have expired meanwhile, and therefore expires at once.
    pub expired: Vec<DayLot>,
}

/// Takes points from the lots of a customer: the earliest expiry first, no expiry last, and never from a lot whose
/// day is over, whether a job has cleared it away yet or not.
///
/// # Errors
///
/// When the open lots hold less. Nothing is taken then.
pub fn consume(lots: &[DayLot], points: u64, now: DateTime<Utc>, zone: Zone) -> Result<Vec<DayLot>, Short> {
    let taken = lots::consume(&dated(lots, zone), points, now)?;
    Ok(taken.into_iter().map(|part| DayLot { expires_on: part.id, points: part.amount }).collect())
}

/// What is left in lots whose day is over, and is to be booked out.
#[must_use]
pub fn expired(lots: &[DayLot], now: DateTime<Utc>, zone: Zone) -> Vec<DayLot> {
    let expired = lots::expired(&dated(lots, zone), now);
    expired.into_iter().map(|part| DayLot { expires_on: part.id, points: part.amount }).collect()
}

/// Gives points back to the lots from which they were taken, the one that lasts longest first.
///
/// `taken` is what [`consume`] took and was not given back yet. Reserved points do not expire: those of a lot
/// that has expired meanwhile go back to it all the same, and expire there at once, with an entry of their own.
///
/// # Errors
///
/// When less was taken. Nothing is given back then.
pub fn give_back(taken: &[DayLot], points: u64, now: DateTime<Utc>, zone: Zone) -> Result<GivenBack, Short> {
    let mut parts: Vec<_> = taken.iter().filter(|part| part.points > 0).collect();
    // The reverse of the order in which lots are consumed; `None` sorts before every date.
    parts.sort_unstable_by_key(|part| (part.expires_on.is_some(), std::cmp::Reverse(part.expires_on)));
    let mut missing = points;
    let mut given = GivenBack::default();
    for part in parts {
        let points = part.points.min(missing);
        if points == 0 {
            break;
        }
        missing -= points;
        let is_over = part.expires_on.is_some_and(|date| over_at(date, zone) <= now);
        let place = if is_over { &mut given.expired } else { &mut given.open };
        place.push(DayLot { expires_on: part.expires_on, points });
    }
    if missing > 0 { Err(Short { missing }) } else { Ok(given) }
}

/// The same lots with instants in place of dates, in the form in which all lots are consumed.
fn dated(lots: &[DayLot], zone: Zone) -> Vec<Lot<Option<NaiveDate>>> {
    lots.iter()
        .map(|lot| Lot {
            id: lot.expires_on,
            left: lot.points,
            expires_at: lot.expires_on.map(|date| over_at(date, zone)),
        })
        .collect()
}
