//! Dates, hours, weekdays and business days, in the retailer's zone and across daylight saving.

use serde_json::{Value, json};

use super::support::*;

/// Instants in UTC with whether a promotion holds then, at a retailer in `zone`.
#[track_caller]
fn check(zone_name: &str, business_day_start: &str, filter: Value, table: &[(&str, bool)]) {
    let mut terms = filter.clone();
    terms["award_rate"] = json!("1");
    let rules = rules([terms]);
    for (instant, holds) in table {
        let facts = purchase().line("A", 10_000).on(instant).retailer(|retailer| {
            retailer.zone = zone(zone_name);
            retailer.business_day_start = clock(business_day_start);
        });
        assert_eq!(points(&facts, &rules) > 0, *holds, "{filter} at {instant} in {zone_name}");
        assert_eq!(misses(&facts, &rules).is_empty(), *holds, "{filter} at {instant}, explained");
    }
}

#[test]
fn start_is_inclusive_and_end_exclusive_in_local_time() {
    check(
        "Asia/Tokyo",
        "00:00",
        json!({"starts_at": "2026-05-14T00:00:00", "ends_at": "2026-05-15T00:00:00"}),
        &[
            ("2026-05-13T14:59:59.999Z", false),
            ("2026-05-13T15:00:00Z", true),
            ("2026-05-14T14:59:59.999Z", true),
            ("2026-05-14T15:00:00Z", false),
        ],
    );
}

#[test]
fn g6_a_purchase_of_the_last_half_minute_counts() {
    // Store time 23:59:30; it arrives at 00:05, when the promotion is over, and counts by when it happened.
    check(
        "America/New_York",
        "00:00",
        json!({"ends_at": "2026-06-01T00:00:00"}),
        &[("2026-06-01T03:59:30Z", true), ("2026-06-01T04:00:00Z", false), ("2026-06-01T04:05:00Z", false)],
    );
}

#[test]
fn a_start_in_the_gap_is_the_first_instant_after_it() {
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
    for starts_at in ["2026-03-29T02:00:00", "2026-03-29T02:30:00", "2026-03-29T03:00:00"] {
        check(
            "Europe/Berlin",
            "00:00",
            json!({"starts_at": starts_at}),
            &[("2026-03-29T00:59:59.999Z", false), ("2026-03-29T01:00:00Z", true)],
        );
    }
}

#[test]
fn an_end_in_the_gap_is_the_first_instant_after_it() {
    check(
        "Europe/Berlin",
        "00:00",
        json!({"ends_at": "2026-03-29T02:30:00"}),
        &[("2026-03-29T00:59:59.999Z", true), ("2026-03-29T01:00:00Z", false)],
    );
}

#[test]
fn a_fold_is_inside_on_both_ends() {
    // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC; 02:30 is at 00:30 and at 01:30 UTC.
    check(
        "Europe/Berlin",
        "00:00",
        json!({"starts_at": "2026-10-25T02:30:00"}),
        &[
            ("2026-10-25T00:29:59Z", false),
            ("2026-10-25T00:30:00Z", true),
            ("2026-10-25T01:15:00Z", true),
            ("2026-10-25T01:30:00Z", true),
        ],
    );
    check(
        "Europe/Berlin",
        "00:00",
        json!({"ends_at": "2026-10-25T02:30:00"}),
        &[
            ("2026-10-25T00:29:59Z", true),
            ("2026-10-25T00:45:00Z", true),
            ("2026-10-25T01:29:59Z", true),
            ("2026-10-25T01:30:00Z", false),
        ],
    );
}

#[test]
fn hours_are_what_the_clock_shows() {
    check(
        "America/New_York",
        "00:00",
        json!({"hours": {"from": "17:00", "to": "18:00"}}),
        &[
            ("2026-05-14T20:59:59Z", false),
            ("2026-05-14T21:00:00Z", true),
            ("2026-05-14T21:59:59.999Z", true),
            ("2026-05-14T22:00:00Z", false),
            // The same hours in winter, an hour later in UTC.
            ("2026-12-14T21:30:00Z", false),
            ("2026-12-14T22:30:00Z", true),
        ],
    );
}

#[test]
fn both_passes_through_a_folded_hour_count_and_a_skipped_hour_never_comes() {
    check(
        "Europe/Berlin",
        "00:00",
        json!({"hours": {"from": "02:00", "to": "03:00"}}),
        &[
            ("2026-10-24T23:59:59Z", false),
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T01:00:00Z", true),
            ("2026-10-25T01:59:59Z", true),
            ("2026-10-25T02:00:00Z", false),
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", false),
        ],
    );
}

#[test]
fn hours_may_cross_midnight() {
    check(
        "UTC",
        "00:00",
        json!({"hours": {"from": "22:00", "to": "02:00"}}),
        &[
            ("2026-05-14T21:59:59Z", false),
            ("2026-05-14T22:00:00Z", true),
            ("2026-05-15T00:00:00Z", true),
            ("2026-05-15T01:59:59Z", true),
            ("2026-05-15T02:00:00Z", false),
        ],
    );
    check(
        "UTC",
        "00:00",
        json!({"hours": {"from": "22:00", "to": "00:00"}}),
        &[("2026-05-14T23:59:59Z", true), ("2026-05-15T00:00:00Z", false)],
    );
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_began_in() {
    // 15 May 2026 is a Friday.
    let filter = json!({"weekdays": ["fri"], "hours": {"from": "22:00", "to": "02:00"}});
    let table = [
        ("2026-05-15T01:00:00Z", false),
        ("2026-05-15T22:00:00Z", true),
        ("2026-05-16T01:59:59Z", true),
        ("2026-05-16T22:00:00Z", false),
    ];
    for business_day_start in ["00:00", "01:00", "04:00"] {
        check("UTC", business_day_start, filter.clone(), &table);
    }
}

#[test]
fn hours_that_outlast_the_business_day_still_belong_to_the_day_they_began_in() {
    check(
        "UTC",
        "04:00",
        json!({"weekdays": ["fri"], "hours": {"from": "22:00", "to": "05:00"}}),
        &[
            ("2026-05-15T04:30:00Z", false),
            ("2026-05-16T03:59:59Z", true),
            ("2026-05-16T04:30:00Z", true),
            ("2026-05-16T05:00:00Z", false),
        ],
    );
}

#[test]
fn weekdays_are_business_days() {
    // 14 May 2026 is a Thursday.
    check(
        "UTC",
        "00:00",
        json!({"weekdays": ["thu"]}),
        &[
            ("2026-05-13T23:59:59Z", false),
            ("2026-05-14T00:00:00Z", true),
            ("2026-05-14T23:59:59Z", true),
            ("2026-05-15T00:00:00Z", false),
        ],
    );
    check(
        "UTC",
        "04:00",
        json!({"weekdays": ["thu"]}),
        &[
            ("2026-05-14T03:59:59Z", false),
            ("2026-05-14T04:00:00Z", true),
            ("2026-05-15T03:59:59Z", true),
            ("2026-05-15T04:00:00Z", false),
        ],
    );
}

#[test]
fn each_weekday_is_its_own() {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for (day, word) in (11..).zip(days) {
        for (other, instant) in (11..18).map(|other| (other, format!("2026-05-{other}T12:00:00Z"))) {
            check("UTC", "00:00", json!({"weekdays": [word]}), &[(&instant, day == other)]);
        }
    }
    check("UTC", "00:00", json!({"weekdays": ["mon", "thu"]}), &[("2026-05-14T12:00:00Z", true)]);
}

#[test]
fn zones_decide_the_weekday() {
    // Thursday noon in UTC is Friday already on Kiritimati, fourteen hours ahead.
    check("Pacific/Kiritimati", "00:00", json!({"weekdays": ["fri"]}), &[("2026-05-14T12:00:00Z", true)]);
    check("Pacific/Pago_Pago", "00:00", json!({"weekdays": ["wed"]}), &[("2026-05-14T10:00:00Z", true)]);
}
