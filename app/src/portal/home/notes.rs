//! What stands below the balance: points that wait, and points that are owed.

use crate::format::{date_in, time};
use crate::ui::grouped;
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use perennial_engine::points::PointsSummary;

/// Points that wait: how many can be spent next, and from when, or how many there are where nobody knows.
pub(super) fn waiting(standing: &PointsSummary, zone: Tz, now: DateTime<Utc>) -> Option<(i64, String)> {
    let pending = standing.pending;
    let Some(soon) = standing.maturing.first() else {
        return (pending > 0).then(|| (pending, " more wait before you can spend them".to_owned()));
    };
    let mut text = format!(" more from {}", from(soon.matures_at, zone, now));
    let later = pending.saturating_sub(soon.points);
    if later > 0 {
        text.push_str(&format!(", {} later", grouped(later)));
    }
    Some((soon.points, text))
}

/// “4:12 pm today”, “Dec 3”, or with the year when it is another one.
fn from(instant: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let (at, today) = (instant.with_timezone(&zone), now.with_timezone(&zone));
    if at.date_naive() == today.date_naive() {
        return format!("{} today", time(instant, zone));
    }
    date_in(at.date_naive(), today.year())
}

/// Points that were spent before a return took them.
pub(super) fn owed(debt: i64, unit: &str) -> Option<String> {
    let text = || format!("You owe {} {unit} after a return; what you earn next settles them", grouped(debt));
    (debt > 0).then(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_domain::ids::CustomerId;
    use perennial_engine::points::Maturing;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn said(pending: i64, days: &[(&str, i64)]) -> Option<String> {
        let day = |(instant, points): &(&str, i64)| Maturing { matures_at: at(instant), points: *points };
        let standing = PointsSummary {
            customer_id: CustomerId::new(1, [7; 10]),
            points: 0,
            pending,
            reserved: 0,
            debt: 0,
            lifetime: pending,
            tier: None,
            cashback: Vec::new(),
            expiring: Vec::new(),
            maturing: days.iter().map(day).collect(),
            as_of: DateTime::UNIX_EPOCH,
        };
        // In New York it is the evening of 30 November.
        let (zone, now) = (chrono_tz::America::New_York, at("2026-12-01T01:00:00Z"));
        waiting(&standing, zone, now).map(|(points, text)| format!("{points}{text}"))
    }

    #[test]
    fn it_is_said_when_what_waits_can_be_spent() {
        assert_eq!(said(0, &[]), None);
        assert_eq!(said(120, &[("2026-12-03T15:00:00Z", 120)]).unwrap(), "120 more from Dec 3");
        let two = [("2026-12-01T03:12:00Z", 120), ("2026-12-09T15:00:00Z", 1_500)];
        assert_eq!(said(1_620, &two).unwrap(), "120 more from 10:12 pm today, 1,500 later");
        let next_year = [("2027-01-01T15:00:00Z", 5)];
        assert_eq!(said(5, &next_year).unwrap(), "5 more from Jan 1, 2027");
        // They became spendable between the two reads.
        assert_eq!(said(5, &[]).unwrap(), "5 more wait before you can spend them");
    }

    #[test]
    fn a_debt_is_said_in_words() {
        assert_eq!(owed(0, "crumbs"), None);
        assert_eq!(
            owed(1_500, "crumbs").unwrap(),
            "You owe 1,500 crumbs after a return; what you earn next settles them"
        );
    }
}
