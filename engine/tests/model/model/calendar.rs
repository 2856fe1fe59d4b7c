//! The clocks of New York, where the merchant of the model is, by the rule of the law: an hour ahead from 2:00 on the second
//! Sunday of March to 2:00 on the first Sunday of November.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

const WINTER: TimeDelta = TimeDelta::hours(-5);
const SUMMER: TimeDelta = TimeDelta::hours(-4);

fn sunday(year: i32, month: u32, number: u64) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let to_sunday = (7 - u64::from(first.weekday().num_days_from_sunday())) % 7;
    first + Days::new(to_sunday + 7 * (number - 1))
}

fn offset(instant: DateTime<Utc>) -> TimeDelta {
    let year = instant.year();
    let ahead = sunday(year, 3, 2).and_hms_opt(7, 0, 0).unwrap().and_utc();
    let back = sunday(year, 11, 1).and_hms_opt(6, 0, 0).unwrap().and_utc();
    if (ahead..back).contains(&instant) { SUMMER } else { WINTER }
}

/// What the clocks show.
pub fn local(instant: DateTime<Utc>) -> NaiveDateTime {
    (instant + offset(instant)).naive_utc()
}

/// The local day.
pub fn day(instant: DateTime<Utc>) -> NaiveDate {
    local(instant).date()
}

/// When the clocks show this: the first time of two, and where they never do, when they have jumped over it.
pub fn instant(shown: NaiveDateTime) -> DateTime<Utc> {
    let summer = shown.and_utc() - SUMMER;
    if local(summer) == shown {
        return summer;
    }
    let winter = shown.and_utc() - WINTER;
    if local(winter) == shown {
        return winter;
    }
    sunday(shown.year(), 3, 2).and_hms_opt(7, 0, 0).unwrap().and_utc()
}

/// The same time of the clocks, so many days later.
pub fn days_later(from: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    if days == 0 { from } else { instant(local(from) + Days::new(days)) }
}

/// The midnight at which the day so many days later is over.
pub fn end_of_day_after(from: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    instant((day(from) + Days::new(days + 1)).and_time(NaiveTime::MIN))
}

/// The first day of the week.
pub fn monday(date: NaiveDate) -> NaiveDate {
    date - Days::new(u64::from(date.weekday().num_days_from_monday()))
}

/// The first day of the month.
pub fn month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap()
}

/// The same day so many months later, or the last one of a shorter month.
pub fn months_later(date: NaiveDate, months: u32) -> NaiveDate {
    date + Months::new(months)
}

/// The last day of the month.
pub fn month_end(date: NaiveDate) -> NaiveDate {
    month(date) + Months::new(1) - Days::new(1)
}
