//! Dates and times as people read them: the same in sentences, in letters and on pages.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A date: `Nov 16, 2026`.
#[must_use]
pub fn date(date: NaiveDate) -> String {
    date.format("%b %-d, %Y").to_string()
}

/// What a clock shows: `5:42 pm`.
#[must_use]
pub fn time(time: NaiveTime) -> String {
    time.format("%-I:%M %P").to_string()
}

/// Both: `Nov 16, 2026, 5:42 pm`.
#[must_use]
pub fn date_and_time(local: NaiveDateTime) -> String {
    format!("{}, {}", date(local.date()), time(local.time()))
}

/// A local date, with the time only when it is not midnight: `Apr 2, 2026`, `Apr 2, 2026, 5:00 pm`.
#[must_use]
pub fn moment(local: NaiveDateTime) -> String {
    if local.time() == NaiveTime::MIN { date(local.date()) } else { date_and_time(local) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_has_a_time_unless_it_is_midnight() {
        assert_eq!(moment(at("2026-04-02T00:00:00")), "Apr 2, 2026");
        assert_eq!(moment(at("2026-04-02T17:00:00")), "Apr 2, 2026, 5:00 pm");
        assert_eq!(date_and_time(at("2026-04-02T00:00:00")), "Apr 2, 2026, 12:00 am");
        assert_eq!(time(at("2026-04-02T12:05:59").time()), "12:05 pm");
    }
}
