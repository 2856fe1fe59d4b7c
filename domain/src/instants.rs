//! Which instants there are, for a program that writes them in four digits of a year.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Utc};

/// The years that every database and every JSON reader can tell.
pub const YEARS: RangeInclusive<i32> = 0..=9999;

/// What is wrong with an instant that not everybody can tell; nothing when it is fine.
#[must_use]
pub fn beyond_telling(instant: DateTime<Utc>) -> Option<String> {
    let is_fine = YEARS.contains(&instant.year());
    (!is_fine).then(|| format!("Must be between the years {} and {}", YEARS.start(), YEARS.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_of_a_year_are_told() {
        for (text, is_fine) in [
            ("0000-01-01T00:00:00Z", true),
            ("2026-11-21T17:00:00Z", true),
            ("9999-12-31T23:59:59Z", true),
            ("-0001-12-31T23:59:59Z", false),
            ("+12000-01-01T00:00:00Z", false),
        ] {
            let instant: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(beyond_telling(instant).is_none(), is_fine, "{text}");
        }
    }
}
