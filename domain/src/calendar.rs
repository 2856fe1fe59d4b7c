//! Local time and instants: what a retailer's clock and calendar show, across daylight saving.
//!
//! A clock that is put forward skips some local times (a gap); one that is put back shows some twice (a fold).
//! A span of local times is always turned into one contiguous span of instants: a start in a gap is the first
//! instant after it, a start in a fold is its earlier instant, an end in a fold its later one.

use chrono::{
    DateTime, Days, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
    TimeZone, Utc,
};

use crate::codes::Zone;

/// What the clocks of a zone show at an instant.
#[must_use]
pub fn local(instant: DateTime<Utc>, zone: Zone) -> NaiveDateTime {
    let utc = instant.naive_utc();
    let offset = zone.tz().offset_from_utc_datetime(&utc).fix();
    // At the very ends of time there is no room for an offset.
    utc.checked_add_offset(offset).unwrap_or(utc)
}

/// The same instant with the offset that the clocks of a zone have from UTC then, for whoever writes it down. An offset of
/// long ago that is no whole number of minutes cannot be written: then it is that of UTC.
#[must_use]
pub fn with_offset(instant: DateTime<Utc>, zone: Zone) -> DateTime<FixedOffset> {
    let offset = zone.tz().offset_from_utc_datetime(&instant.naive_utc()).fix();
    let is_writable = offset.local_minus_utc() % 60 == 0;
    instant.with_timezone(&if is_writable { offset } else { Utc.fix() })
}

/// The instant at which a span that starts at a local time begins.
#[must_use]
pub fn start_instant(local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
    match zone.tz().from_local_datetime(&local) {
        MappedLocalTime::Single(instant) => instant.to_utc(),
        MappedLocalTime::Ambiguous(earlier, later) => earlier.min(later).to_utc(),
        MappedLocalTime::None => first_after_gap(local, zone),
    }
}

/// The instant at which a span that ends at a local time, exclusive, is over.
#[must_use]
pub fn end_instant(local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
    match zone.tz().from_local_datetime(&local) {
        MappedLocalTime::Single(instant) => instant.to_utc(),
        MappedLocalTime::Ambiguous(earlier, later) => earlier.max(later).to_utc(),
        MappedLocalTime::None => first_after_gap(local, zone),
    }
}

/// The business day that an instant belongs to. It begins at a time of the clock, such as 04:00 for a bar.
///
/// Business days follow each other without hole or overlap: in a fold around their start, the day that has
/// begun stays.
#[must_use]
pub fn business_date(instant: DateTime<Utc>, zone: Zone, business_day_start: NaiveTime) -> NaiveDate {
    let date = local(instant, zone).date();
    let begun = |date: &NaiveDate| start_instant(date.and_time(business_day_start), zone) <= instant;
    // The next date comes first: a fold at midnight shows the evening of a day once more after the next began.
    let candidates = [date.checked_add_days(Days::new(1)), Some(date), date.checked_sub_days(Days::new(1))];
    candidates.into_iter().flatten().find(begun).unwrap_or(date)
}

/// The instants at which a business day begins and is over.
#[must_use]
pub fn business_day(
    date: NaiveDate,
    zone: Zone,
    business_day_start: NaiveTime,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    (
        start_instant(date.and_time(business_day_start), zone),
        start_instant(next.and_time(business_day_start), zone),
    )
}

/// The local date of an instant: the business day of a day that begins at midnight.
#[must_use]
pub fn local_date(instant: DateTime<Utc>, zone: Zone) -> NaiveDate {
    business_date(instant, zone, NaiveTime::MIN)
}

/// The instant at which a local date begins.
#[must_use]
pub fn start_of_date(date: NaiveDate, zone: Zone) -> DateTime<Utc> {
    business_day(date, zone, NaiveTime::MIN).0
}

/// The instant at which a local date is over: midnight, when the next one begins.
#[must_use]
pub fn end_of_date(date: NaiveDate, zone: Zone) -> DateTime<Utc> {
    business_day(date, zone, NaiveTime::MIN).1
}

/// The same time of the clock, so many local days later. At the end of time, the last instant there is.
#[must_use]
pub fn days_later(instant: DateTime<Utc>, days: u16, zone: Zone) -> DateTime<Utc> {
    if days == 0 {
        return instant;
    }
    match local(instant, zone).checked_add_days(Days::new(days.into())) {
        Some(later) => start_instant(later, zone),
        None => DateTime::<Utc>::MAX_UTC,
    }
}

/// The end of the local day that is so many days after an instant's, exclusive: midnight, when the next begins.
#[must_use]
pub fn end_of_day_after(instant: DateTime<Utc>, days: u16, zone: Zone) -> DateTime<Utc> {
    match local(instant, zone).date().checked_add_days(Days::new(u64::from(days) + 1)) {
        Some(next) => start_instant(next.and_time(NaiveTime::MIN), zone),
        None => DateTime::<Utc>::MAX_UTC,
    }
}

/// The first instant whose local time is not before `local`, which no clock ever shows.
fn first_after_gap(local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
    // Offsets lie between −12 and +14 hours, so that the instant lies between these two.
    let mut before = local.and_utc().saturating(TimeDelta::hours(-15));
    let mut after = local.and_utc().saturating(TimeDelta::hours(13));
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if self::local(middle, zone) < local {
            before = middle;
        } else {
            after = middle;
        }
    }
    // Offsets change on whole seconds; the halving above leaves fractions.
    DateTime::from_timestamp(after.timestamp(), 0).unwrap_or(after)
}

trait Saturating {
    /// The sum, or the nearest instant that can be told.
    fn saturating(self, delta: TimeDelta) -> Self;
}

impl Saturating for DateTime<Utc> {
    fn saturating(self, delta: TimeDelta) -> Self {
        let limit = if delta < TimeDelta::zero() { Self::MIN_UTC } else { Self::MAX_UTC };
        self.checked_add_signed(delta).unwrap_or(limit)
    }
}
