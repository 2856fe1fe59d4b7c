//! Money, parts, dates and times as people read them, written on the server in the zone that matters.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use perennial_domain::birthday::Birthday;
use perennial_domain::money::{Amount, Currency, format_amount};
use perennial_domain::points::Rate;
use perennial_domain::written;

/// An amount of minor units with its currency: “$39.50”. Stored figures that do not fit their type are shown as
/// they are.
pub fn money(minor: i64, currency: &str) -> String {
    match (Amount::new(minor), currency.parse::<Currency>()) {
        (Ok(amount), Ok(currency)) => format_amount(amount, currency),
        _ => format!("{minor} {currency}"),
    }
}

/// A part of a whole: 0.05 is “5%”.
pub fn percent(part: Rate) -> String {
    let millionths = part.millionths();
    let (whole, rest) = (millionths / 10_000, millionths % 10_000);
    if rest == 0 {
        return format!("{whole}%");
    }
    format!("{whole}.{}%", format!("{rest:04}").trim_end_matches('0'))
}

/// A zone by its IANA name; one that this build does not know counts as UTC.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// “5:42 pm”.
pub fn time(instant: DateTime<Utc>, zone: Tz) -> String {
    written::time(instant.with_timezone(&zone).time())
}

/// “Today”, “Yesterday”, “Dec 31”, or with the year when it is another one.
pub fn day(instant: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let date = instant.with_timezone(&zone).date_naive();
    let today = now.with_timezone(&zone).date_naive();
    if date == today {
        "Today".to_owned()
    } else if Some(date) == today.checked_sub_days(Days::new(1)) {
        "Yesterday".to_owned()
    } else {
        date_in(date, today.year())
    }
}

/// “May”, or “May 2025” of another year.
pub fn month(instant: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let date = instant.with_timezone(&zone).date_naive();
    let is_this_year = date.year() == now.with_timezone(&zone).date_naive().year();
    date.format(if is_this_year { "%B" } else { "%B %Y" }).to_string()
}

/// “Saturday, May 12, 2026”.
pub fn long_date(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%A, %B %-d, %Y").to_string()
}

/// “May 12, 2026”.
pub fn date(date: NaiveDate) -> String {
    written::date(date)
}

/// “May 17”, or “May 17, 1990” of those who have told the year.
pub fn birthday(birthday: Birthday) -> String {
    // Without a year it is written as of one that has every day.
    let year = birthday.year().unwrap_or(2000);
    let day = NaiveDate::from_ymd_opt(year.into(), birthday.month().into(), birthday.day().into());
    match (day, birthday.year()) {
        (Some(day), Some(_)) => date(day),
        (Some(day), None) => day.format("%b %-d").to_string(),
        (None, _) => birthday.to_string(),
    }
}

/// “May 12”, or with the year when it is another one than this.
pub fn date_in(date: NaiveDate, year: i32) -> String {
    if date.year() == year { date.format("%b %-d").to_string() } else { written::date(date) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_where_the_store_is() {
        let now = at("2026-05-14T02:00:00Z");
        let portland = zone("America/Los_Angeles");
        // Still the evening of May 13 in Portland.
        assert_eq!(day(at("2026-05-13T08:00:00Z"), portland, now), "Today");
        assert_eq!(day(at("2026-05-13T06:59:00Z"), portland, now), "Yesterday");
        assert_eq!(day(at("2026-05-10T12:00:00Z"), portland, now), "May 10");
        assert_eq!(day(at("2025-12-31T12:00:00Z"), portland, now), "Dec 31, 2025");
        assert_eq!(month(at("2026-05-01T06:59:00Z"), portland, now), "April");
        assert_eq!(month(at("2025-12-31T12:00:00Z"), portland, now), "December 2025");
        assert_eq!(time(at("2026-05-14T00:42:00Z"), portland), "5:42 pm");
        assert_eq!(long_date(now, portland), "Wednesday, May 13, 2026");
    }

    #[test]
    fn a_birthday_has_a_year_where_it_is_known() {
        let told = |text| birthday(Birthday::new(text).unwrap());
        assert_eq!([told("02-29"), told("1990-05-17")], ["Feb 29", "May 17, 1990"]);
    }

    #[test]
    fn parts_of_a_whole_are_percent() {
        let said = |part: &str| percent(part.parse().unwrap());
        assert_eq!(["0.1", "0.125", "1", "0.000001"].map(said), ["10%", "12.5%", "100%", "0.0001%"]);
    }

    #[test]
    fn money_follows_its_currency() {
        assert_eq!(money(3950, "USD"), "$39.50");
        assert_eq!(money(-1, "USD"), "-1 USD");
        assert_eq!(money(5, "nonsense"), "5 nonsense");
    }
}
