//! Numbers and days as people read them. Instants are formatted on the server (`clock`), so that the browser
//! needs neither a clock nor a zone to agree with what was sent.

use crate::ui::grouped;
use chrono::NaiveDate;

/// A large number for a tile: exact below a million, then three figures and a unit (`1.28 M`).
#[must_use]
pub fn short(value: i64) -> String {
    let magnitude = value.unsigned_abs();
    let (unit, name) = match magnitude {
        0..1_000_000 => return grouped(value),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "bn"),
        _ => (1_000_000_000_000, "tn"),
    };
    let hundredths = magnitude / (unit / 100);
    let sign = if value < 0 { "−" } else { "" };
    let whole = hundredths / 100;
    let text = match whole {
        0..10 => format!("{whole}.{:02}", hundredths % 100),
        10..100 => format!("{whole}.{}", (hundredths % 100) / 10),
        _ => grouped(i64::try_from(whole).unwrap_or(i64::MAX)),
    };
    format!("{sign}{text} {name}")
}

/// `one` or `many` behind a count: `1 purchase`, `12 purchases`.
#[must_use]
pub fn plural(value: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(value), if value == 1 { one } else { many })
}

/// By how much `now` differs from `before`, in tenths of a percent; `None` when there is nothing to compare with.
#[must_use]
pub fn change_permille(now: i64, before: i64) -> Option<i64> {
    if before == 0 {
        return None;
    }
    let difference = i128::from(now) - i128::from(before);
    i64::try_from(difference * 1000 / i128::from(before).abs()).ok()
}

/// Tenths of a percent as text without a sign: `48` is `4.8%`.
#[must_use]
pub fn percent(permille: i64) -> String {
    let magnitude = permille.unsigned_abs();
    if magnitude >= 1000 {
        format!("{}%", grouped(i64::try_from(magnitude / 10).unwrap_or(i64::MAX)))
    } else {
        format!("{}.{}%", magnitude / 10, magnitude % 10)
    }
}

/// A day on an axis or in a sentence: `May 8`.
#[must_use]
pub fn day(date: NaiveDate) -> String {
    date.format("%b %-d").to_string()
}

/// A day with its year: `May 8, 2026`.
#[cfg(feature = "ssr")]
#[must_use]
pub fn day_of_year(date: NaiveDate) -> String {
    perennial_domain::written::date(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_keep_three_figures() {
        assert_eq!(short(803_460), "803,460");
        assert_eq!(short(1_280_000), "1.28 M");
        assert_eq!(short(12_809_999), "12.8 M");
        assert_eq!(short(-128_000_000), "−128 M");
        assert_eq!(short(5_500_000_000_000), "5.50 tn");
    }

    #[test]
    fn changes_are_tenths_of_a_percent() {
        assert_eq!(change_permille(6_214, 5_929), Some(48));
        assert_eq!(change_permille(1, 0), None);
        assert_eq!(percent(48), "4.8%");
        assert_eq!(percent(-1_240), "124%");
    }
}
