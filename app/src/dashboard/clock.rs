//! Instants in words, on the server only: the browser gets the words.

use crate::format::date_in;
use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;
use perennial_domain::written;

/// A moment in a zone: `May 14, 5:42 pm`, with the year unless it is this one.
#[must_use]
pub fn moment(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let local = at.with_timezone(&zone);
    format!("{}, {}", day(at, zone, now), written::time(local.time()))
}

/// The day in a zone: `May 14`, with the year unless it is this one.
#[must_use]
pub fn day(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    date_in(at.with_timezone(&zone).date_naive(), now.with_timezone(&zone).year())
}

/// How long ago, roughly: `just now`, `4 min ago`, `2 h ago`, `3 days ago`.
#[must_use]
pub fn ago(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds().max(0);
    match seconds {
        0..10 => "just now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "yesterday".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn moments_are_in_the_zone_of_the_store() {
        let now = at("2026-11-21T12:00:00Z");
        let zone = chrono_tz::America::Los_Angeles;
        assert_eq!(moment(at("2026-05-15T00:42:00Z"), zone, now), "May 14, 5:42 pm");
        assert_eq!(moment(at("2026-05-15T07:05:00Z"), zone, now), "May 15, 12:05 am");
        assert_eq!(moment(at("2025-12-31T20:00:00Z"), zone, now), "Dec 31, 2025, 12:00 pm");
    }

    #[test]
    fn time_passes() {
        let now = at("2026-11-21T12:00:00Z");
        for (then, words) in [
            ("2026-11-21T12:00:00Z", "just now"),
            ("2026-11-21T11:59:30Z", "30 s ago"),
            ("2026-11-21T11:56:00Z", "4 min ago"),
            ("2026-11-21T09:00:00Z", "3 h ago"),
            ("2026-11-20T10:00:00Z", "yesterday"),
            ("2026-11-01T12:00:00Z", "20 days ago"),
        ] {
            assert_eq!(ago(now, at(then)), words);
        }
    }
}
