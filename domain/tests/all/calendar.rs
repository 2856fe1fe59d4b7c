//! Local time, instants and business days.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use perennial_domain::calendar::{business_date, business_day, end_instant, local, start_instant};

use super::support::*;

fn local_time(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn local_times_become_instants() {
    // zone, local time, start, end
    let table = [
        ("UTC", "2026-05-14T12:00:00", "2026-05-14T12:00:00Z", "2026-05-14T12:00:00Z"),
        ("Europe/Berlin", "2026-05-14T12:00:00", "2026-05-14T10:00:00Z", "2026-05-14T10:00:00Z"),
        // Gap.
        ("Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-03-29T02:59:59", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
        // Fold.
        ("Europe/Berlin", "2026-10-25T02:00:00", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"),
        ("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"),
        // Half an hour of daylight saving.
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"),
        // Midnight skipped.
        ("America/Santiago", "2026-09-06T00:00:00", "2026-09-06T04:00:00Z", "2026-09-06T04:00:00Z"),
        // A whole day skipped.
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
    ];
    for (zone_name, text, start, end) in table {
        assert_eq!(
            start_instant(local_time(text), zone(zone_name)),
            at(start),
            "start {text} in {zone_name}"
        );
        assert_eq!(end_instant(local_time(text), zone(zone_name)), at(end), "end {text} in {zone_name}");
    }
}

#[test]
fn instants_become_local_times() {
    assert_eq!(local(at("2026-10-25T00:30:00Z"), zone("Europe/Berlin")), local_time("2026-10-25T02:30:00"));
    assert_eq!(local(at("2026-10-25T01:30:00Z"), zone("Europe/Berlin")), local_time("2026-10-25T02:30:00"));
}

#[test]
fn business_dates() {
    // zone, start of the business day, instant, business date
    let table = [
        ("UTC", "00:00", "2026-05-14T00:00:00Z", "2026-05-14"),
        ("UTC", "04:00", "2026-05-14T03:59:59Z", "2026-05-13"),
        ("UTC", "04:00", "2026-05-14T04:00:00Z", "2026-05-14"),
        ("UTC", "04:00", "2026-01-01T03:59:59Z", "2025-12-31"),
        ("UTC", "04:00", "2028-03-01T03:59:59Z", "2028-02-29"),
        // The start falls into the gap: the day begins right after it.
        ("Europe/Berlin", "02:30", "2026-03-29T00:59:59Z", "2026-03-28"),
        ("Europe/Berlin", "02:30", "2026-03-29T01:00:00Z", "2026-03-29"),
        // The start falls into the fold: the day begins once, at its earlier instant.
        ("Europe/Berlin", "02:30", "2026-10-25T00:29:59Z", "2026-10-24"),
        ("Europe/Berlin", "02:30", "2026-10-25T00:30:00Z", "2026-10-25"),
        ("Europe/Berlin", "02:30", "2026-10-25T01:00:00Z", "2026-10-25"),
        ("Europe/Berlin", "02:30", "2026-10-25T01:29:59Z", "2026-10-25"),
        // Midnight is skipped in Santiago, and the day begins at 01:00.
        ("America/Santiago", "00:00", "2026-09-06T03:59:59Z", "2026-09-05"),
        ("America/Santiago", "00:00", "2026-09-06T04:00:00Z", "2026-09-06"),
        // St John's once went back from 00:01 to 23:01: the new day had begun and stays.
        ("America/St_Johns", "00:00", "2010-11-07T02:29:59Z", "2010-11-06"),
        ("America/St_Johns", "00:00", "2010-11-07T02:30:00Z", "2010-11-07"),
        ("America/St_Johns", "00:00", "2010-11-07T02:45:00Z", "2010-11-07"),
    ];
    for (zone_name, start, instant, expected) in table {
        let date = business_date(at(instant), zone(zone_name), clock(start));
        assert_eq!(date.to_string(), expected, "{instant} in {zone_name} from {start}");
    }
}

#[test]
fn business_days_follow_each_other_without_hole_or_overlap() {
    for zone_name in ["Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe"] {
        for start in ["00:00", "02:30", "04:00"] {
            let (zone, start) = (zone(zone_name), clock(start));
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            for date in first.iter_days().take(366) {
                let (begin, end) = business_day(date, zone, start);
                assert_eq!(end, business_day(date.succ_opt().unwrap(), zone, start).0);
                assert_eq!(business_date(begin, zone, start), date);
                assert_eq!(business_date(end - TimeDelta::nanoseconds(1), zone, start), date);
                let hours = (end - begin).num_minutes();
                assert!((23 * 60..=25 * 60).contains(&hours), "{date} in {zone_name} has {hours} minutes");
            }
        }
    }
}

#[test]
fn the_ends_of_time_have_answers() {
    for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for zone_name in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
            let zone = zone(zone_name);
            let date = business_date(instant, zone, clock("04:00"));
            let _ = (local(instant, zone), business_day(date, zone, clock("04:00")));
            let _ = (start_instant(instant.naive_utc(), zone), end_instant(instant.naive_utc(), zone));
        }
    }
}
