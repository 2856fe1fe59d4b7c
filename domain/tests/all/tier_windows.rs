//! The dates within which progress counts, and the ends of periods.

use chrono::{Days, NaiveDate};
use perennial_domain::tiers::{DateSpan, TierWindow, spans};
use proptest::prelude::*;
use serde_json::json;

use super::support::*;
use super::tier_support::*;

fn rolling_window(months: u16) -> TierWindow {
    TierWindow::RollingMonths { months }
}

const CALENDAR: TierWindow = TierWindow::CalendarYear {};
const MEMBERSHIP: TierWindow = TierWindow::MembershipYear {};
const EVER: TierWindow = TierWindow::Ever {};

fn span(from: &str, to: &str) -> DateSpan {
    DateSpan { from: Some(date(from)), to: date(to) }
}

#[test]
fn windows_and_the_ends_of_their_periods() {
    // window, enrolment, date, window from and to (exclusive), end of the period
    let table = [
        (rolling_window(12), "2024-03-10", "2026-11-21", ("2025-11-22", "2026-11-22"), "2027-11-20"),
        (rolling_window(12), "2024-03-10", "2028-02-29", ("2027-03-01", "2028-03-01"), "2029-02-27"),
        (rolling_window(1), "2024-03-10", "2026-01-31", ("2026-01-01", "2026-02-01"), "2026-02-27"),
        (rolling_window(1), "2024-03-10", "2026-03-30", ("2026-02-28", "2026-03-31"), "2026-04-29"),
        (CALENDAR, "2024-03-10", "2026-01-01", ("2026-01-01", "2027-01-01"), "2026-12-31"),
        (CALENDAR, "2024-03-10", "2026-12-31", ("2026-01-01", "2027-01-01"), "2026-12-31"),
        (MEMBERSHIP, "2024-03-10", "2024-03-10", ("2024-03-10", "2025-03-10"), "2025-03-09"),
        (MEMBERSHIP, "2024-03-10", "2026-03-09", ("2025-03-10", "2026-03-10"), "2026-03-09"),
        (MEMBERSHIP, "2024-03-10", "2026-03-10", ("2026-03-10", "2027-03-10"), "2027-03-09"),
        // A purchase that was brought in from before the enrolment.
        (MEMBERSHIP, "2024-03-10", "2023-12-24", ("2023-03-10", "2024-03-10"), "2024-03-09"),
        (MEMBERSHIP, "2024-02-29", "2025-02-27", ("2024-02-29", "2025-02-28"), "2025-02-27"),
        (MEMBERSHIP, "2024-02-29", "2025-02-28", ("2025-02-28", "2026-02-28"), "2026-02-27"),
        (MEMBERSHIP, "2024-02-29", "2028-02-28", ("2027-02-28", "2028-02-29"), "2028-02-28"),
        (MEMBERSHIP, "2024-02-29", "2028-02-29", ("2028-02-29", "2029-02-28"), "2029-02-27"),
    ];
    for (window, enrolled, day, (from, to), end) in table {
        let (enrolled, day) = (date(enrolled), date(day));
        assert_eq!(window.at(day, enrolled), span(from, to), "{window:?} on {day}");
        assert_eq!(window.period_end(day, enrolled), Some(date(end)), "{window:?} on {day}");
    }
    let today = date("2026-11-21");
    assert_eq!(EVER.at(today, today), DateSpan { from: None, to: date("2026-11-22") });
    assert_eq!(EVER.period_end(today, today), None);
}

#[test]
fn the_windows_for_keeping_include_the_days_of_grace() {
    let enrolled = date("2024-03-10");
    let kept = date("2026-12-31");
    assert_eq!(CALENDAR.keeping(kept, 0, enrolled), span("2026-01-01", "2027-01-01"));
    assert_eq!(CALENDAR.keeping(kept, 30, enrolled), span("2026-01-01", "2027-01-31"));
    assert_eq!(rolling_window(12).keeping(kept, 30, enrolled), span("2026-01-01", "2027-01-31"));
    assert_eq!(MEMBERSHIP.keeping(date("2027-03-09"), 1, enrolled), span("2026-03-10", "2027-03-11"));
    assert_eq!(CALENDAR.merit(kept, enrolled), Some(span("2025-01-01", "2026-01-01")));
    assert_eq!(MEMBERSHIP.merit(date("2027-03-09"), enrolled), Some(span("2025-03-10", "2026-03-10")));
    // Reached on 1 January 2026 by what was earned in the twelve months to that day.
    assert_eq!(rolling_window(12).merit(kept, enrolled), Some(span("2025-01-02", "2026-01-02")));
    assert_eq!(EVER.merit(kept, enrolled), None);
}

#[test]
fn dates_become_instants_of_the_merchants_zone() {
    let (from, to) = span("2026-03-29", "2026-10-26").instants(zone("Europe/Berlin"));
    assert_eq!((from, to), (Some(at("2026-03-28T23:00:00Z")), at("2026-10-25T23:00:00Z")));
    let (from, _) = DateSpan { from: None, to: date("2026-01-01") }.instants(zone("UTC"));
    assert_eq!(from, None);
}

#[test]
fn who_cannot_fall_needs_no_other_progress_than_the_running_one() {
    let (ladder, policy, forever) = (seed_ladder(), calendar_year(), ever());
    let of_base = spans(&on(&ladder, &policy, "2026-05-14"), &member(1, "2026-01-01", None));
    assert_eq!((of_base.keeping, of_base.merit), (None, None));
    assert_eq!(of_base.running, span("2026-01-01", "2027-01-01"));
    let of_ever = spans(&on(&ladder, &forever, "2026-05-14"), &member(3, "2026-01-01", Some("2026-12-31")));
    assert_eq!((of_ever.keeping, of_ever.merit), (None, None));
    let of_second = spans(&on(&ladder, &policy, "2027-05-14"), &member(2, "2026-01-01", Some("2026-12-31")));
    assert_eq!(of_second.keeping, Some(span("2026-01-01", "2027-01-01")));
    assert_eq!(of_second.merit, Some(span("2025-01-01", "2026-01-01")));
}

#[test]
fn the_ends_of_time_have_answers() {
    for window in [rolling_window(60), CALENDAR, MEMBERSHIP, EVER] {
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            for enrolled in [NaiveDate::MIN, date("2024-02-29"), NaiveDate::MAX] {
                let _ = (window.at(day, enrolled), window.period_end(day, enrolled));
                let _ = (window.keeping(day, 365, enrolled), window.merit(day, enrolled));
            }
        }
    }
}

fn windows() -> impl Strategy<Value = TierWindow> {
    prop_oneof![(1..=60_u16).prop_map(rolling_window), Just(CALENDAR), Just(MEMBERSHIP)]
}

fn days() -> impl Strategy<Value = NaiveDate> {
    (0..20_000_u64).prop_map(|days| date("2000-01-01") + Days::new(days))
}

proptest! {
    #[test]
    fn periods_follow_each_other_and_a_window_holds_its_day(
        window in windows(), day in days(), enrolled in days(),
    ) {
        let span = window.at(day, enrolled);
        prop_assert!(span.contains(day));
        prop_assert!(span.contains(span.last()) && !span.contains(span.to));
        let end = window.period_end(day, enrolled).unwrap();
        prop_assert!(end >= day);
        let next = end.succ_opt().unwrap();
        prop_assert!(window.period_end(next, enrolled).unwrap() > end);
        if !matches!(window, TierWindow::RollingMonths { .. }) {
            prop_assert_eq!(window.at(end, enrolled), span);
            prop_assert_eq!(window.at(next, enrolled).from, Some(span.to));
            prop_assert_eq!(window.merit(end, enrolled).unwrap().to, span.from.unwrap());
        }
        let keeping = window.keeping(end, 14, enrolled);
        prop_assert!(keeping.contains(end) && keeping.contains(end + Days::new(14)));
        prop_assert!(!keeping.contains(end + Days::new(15)));
        // What is earned on the day on which a tier is reached counts towards keeping it.
        prop_assert!(keeping.contains(day));
        let json = serde_json::to_value(window).unwrap();
        prop_assert_eq!(&json["kind"], &json!(window.kind()));
        prop_assert_eq!(serde_json::from_value::<TierWindow>(json).unwrap(), window);
    }
}
