//! When points expire, by dates.

use chrono::{NaiveDate, TimeDelta};
use perennial_domain::calendar::{end_of_date, local_date, start_of_date};
use perennial_domain::expiry::{
    DayLot, ExpiryPolicy, GivenBack, MonthDay, Warning, consume, expired, give_back, matures_at, over_at,
    over_by, warning_due,
};
use perennial_domain::lots::Short;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::*;

fn policy(value: Value) -> ExpiryPolicy {
    serde_json::from_value(value).unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn lot(expires_on: Option<&str>, points: u64) -> DayLot {
    DayLot { expires_on: expires_on.map(date), points }
}

#[test]
fn g17_the_last_day_by_each_policy() {
    let after = |months: u16| policy(json!({"kind": "after_months", "months": months}));
    let month_end =
        |months: u16| policy(json!({"kind": "after_months", "months": months, "month_end": true}));
    let calendar =
        |dates: &[&str], held: u16| policy(json!({"kind": "calendar", "dates": dates, "held_months": held}));
    let table = [
        (after(12), "2026-05-14", "2027-05-14"),
        (after(1), "2026-01-30", "2026-02-28"),
        (after(1), "2028-01-31", "2028-02-29"),
        (after(12), "2028-02-29", "2029-02-28"),
        (after(48), "2028-02-29", "2032-02-29"),
        (after(1), "2026-02-28", "2026-03-28"),
        (month_end(12), "2026-05-14", "2027-05-31"),
        (month_end(1), "2026-01-31", "2026-02-28"),
        (month_end(12), "2027-02-28", "2028-02-29"),
        (month_end(1), "2026-11-30", "2026-12-31"),
        (calendar(&["12-31"], 0), "2026-05-14", "2026-12-31"),
        (calendar(&["12-31"], 0), "2026-12-30", "2026-12-31"),
        // Nobody earns in the evening what is gone at midnight.
        (calendar(&["12-31"], 0), "2026-12-31", "2027-12-31"),
        (calendar(&["12-31"], 12), "2026-01-01", "2027-12-31"),
        (calendar(&["12-31"], 12), "2026-12-31", "2027-12-31"),
        (calendar(&["12-31"], 3), "2026-09-30", "2026-12-31"),
        (calendar(&["12-31"], 3), "2026-10-01", "2027-12-31"),
        (calendar(&["12-31", "06-30"], 0), "2026-05-14", "2026-06-30"),
        (calendar(&["12-31", "06-30"], 0), "2026-06-30", "2026-12-31"),
        (calendar(&["02-29"], 0), "2027-01-10", "2027-02-28"),
        (calendar(&["02-29"], 0), "2028-02-28", "2028-02-29"),
        (calendar(&["02-29"], 0), "2028-02-29", "2029-02-28"),
        (policy(json!({"kind": "inactivity", "months": 6})), "2026-08-31", "2027-02-28"),
    ];
    for (policy, from, expected) in table {
        assert_eq!(policy.expires_on(date(from)), Some(date(expected)), "{policy:?} from {from}");
    }
    let never = policy(json!({"kind": "never"}));
    assert_eq!(never, ExpiryPolicy::default());
    assert_eq!(never.expires_on(date("2026-05-14")), None);
    assert!(!never.is_sliding() && policy(json!({"kind": "inactivity", "months": 6})).is_sliding());
}

#[test]
fn what_would_expire_after_the_year_9998_never_does() {
    let year = policy(json!({"kind": "after_months", "months": 12}));
    assert_eq!(year.expires_on(date("9997-12-31")), Some(date("9998-12-31")));
    assert_eq!(year.expires_on(date("9998-01-01")), None);
    for policy in
        [year, policy(json!({"kind": "calendar", "dates": ["02-29"]})), policy(json!({"kind": "never"}))]
    {
        assert_eq!(policy.expires_on(NaiveDate::MAX), None);
        let _ = policy.expires_on(NaiveDate::MIN);
    }
}

#[test]
fn policies_are_told_in_words() {
    for (value, text) in [
        (json!({"kind": "never"}), "Points never expire"),
        (json!({"kind": "after_months", "months": 1}), "Points expire after 1 month"),
        (
            json!({"kind": "after_months", "months": 12, "month_end": true}),
            "Points expire after 12 months, at the end of the month",
        ),
        (
            json!({"kind": "calendar", "dates": ["06-30", "12-31"], "held_months": 12}),
            "Points expire every year on 06-30, 12-31, once they are 12 months old",
        ),
        (json!({"kind": "inactivity", "months": 6}), "Points expire after 6 months without activity"),
    ] {
        assert_eq!(policy(value.clone()).text(), text);
        let stored = serde_json::to_value(policy(value.clone())).unwrap();
        assert_eq!(policy(stored.clone()), policy(value));
        assert_eq!(stored["kind"], policy(stored.clone()).kind());
    }
}

#[test]
fn days_of_the_year_are_days_of_a_year() {
    for text in ["12-31", "02-29", "01-01"] {
        assert_eq!(text.parse::<MonthDay>().unwrap().to_string(), text);
    }
    for text in ["", "12", "12-32", "02-30", "00-10", "10-00", "13-01", "1-1", "12-31-1", "+1-01", "aa-bb"] {
        assert!(text.parse::<MonthDay>().is_err(), "{text}");
    }
    for wrong in [
        json!({"kind": "never", "months": 1}),
        json!({"kind": "after_months"}),
        json!({"kind": "after_months", "months": 1, "dates": []}),
        json!({"kind": "calendar", "dates": ["31-12"]}),
        json!({"kind": "weekly"}),
        json!({}),
    ] {
        assert!(serde_json::from_value::<ExpiryPolicy>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn g17_a_day_is_over_at_local_midnight_also_around_daylight_saving() {
    let table = [
        ("Europe/Berlin", "2026-03-28", "2026-03-28T23:00:00Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z"),
        ("Europe/Berlin", "2028-02-29", "2028-02-29T23:00:00Z"),
        // Midnight is skipped, and the next day begins at 01:00.
        ("America/Santiago", "2026-09-05", "2026-09-06T04:00:00Z"),
        // Here it once came twice; the day that had begun stays.
        ("America/St_Johns", "2010-11-06", "2010-11-07T02:30:00Z"),
        ("Pacific/Kiritimati", "2026-12-31", "2026-12-31T10:00:00Z"),
    ];
    for (zone_name, day, instant) in table {
        let zone = zone(zone_name);
        assert_eq!(over_at(date(day), zone), at(instant), "{day} in {zone_name}");
        assert_eq!(over_by(at(instant), zone), date(day), "{day} in {zone_name}");
        let before = at(instant) - TimeDelta::nanoseconds(1);
        assert_eq!(over_by(before, zone), date(day).pred_opt().unwrap(), "{day} in {zone_name}");
    }
}

#[test]
fn warnings_are_due_from_their_day_once_and_only_the_latest() {
    let berlin = zone("Europe/Berlin");
    let due = |sent, now: &str| warning_due(date("2026-12-31"), sent, at(now), berlin);
    let (month, week, day) = (Some(Warning::Month), Some(Warning::Week), Some(Warning::Day));
    let table = [
        (None, "2026-11-30T22:59:59Z", None),
        (None, "2026-11-30T23:00:00Z", month),
        (month, "2026-11-30T23:00:00Z", None),
        (month, "2026-12-23T22:59:59Z", None),
        (month, "2026-12-23T23:00:00Z", week),
        (week, "2026-12-23T23:00:00Z", None),
        (week, "2026-12-29T22:59:59Z", None),
        (week, "2026-12-29T23:00:00Z", day),
        (day, "2026-12-30T12:00:00Z", None),
        // A job that was away, or points that expire soon after they were earned.
        (None, "2026-12-25T12:00:00Z", week),
        (None, "2026-12-31T22:59:59Z", day),
        (month, "2026-12-31T12:00:00Z", day),
        (None, "2026-12-31T23:00:00Z", None),
    ];
    for (sent, now, expected) in table {
        assert_eq!(due(sent, now), expected, "{sent:?} at {now}");
    }
    for warning in Warning::ALL {
        assert_eq!(warning.as_str().parse(), Ok(warning));
        assert_eq!(serde_json::to_value(warning).unwrap(), warning.as_str());
    }
    assert!("hour".parse::<Warning>().is_err());
}

#[test]
fn held_points_mature_at_the_same_time_of_the_clock() {
    let berlin = zone("Europe/Berlin");
    let bought = at("2026-03-28T12:00:00Z");
    assert_eq!(matures_at(bought, 0, berlin), None);
    assert_eq!(matures_at(bought, 1, berlin), Some(at("2026-03-29T11:00:00Z")));
    assert_eq!(matures_at(bought, 14, berlin), Some(at("2026-04-11T11:00:00Z")));
}

#[test]
fn g18_lots_are_spent_by_date_and_given_back_to_where_they_came_from() {
    let utc = zone("UTC");
    let lots = [lot(None, 10), lot(Some("2026-07-31"), 10), lot(Some("2026-06-30"), 10)];
    let now = at("2026-06-30T12:00:00Z");
    let taken = consume(&lots, 25, now, utc).unwrap();
    assert_eq!(taken, [lot(Some("2026-06-30"), 10), lot(Some("2026-07-31"), 10), lot(None, 5)]);
    assert_eq!(consume(&lots, 31, now, utc), Err(Short { missing: 1 }));
    let midnight = at("2026-07-01T00:00:00Z");
    assert_eq!(consume(&lots, 21, midnight, utc), Err(Short { missing: 1 }));
    assert_eq!(expired(&lots, now, utc), []);
    assert_eq!(expired(&lots, midnight, utc), [lot(Some("2026-06-30"), 10)]);

    let back = |points, now| give_back(&taken, points, now, utc);
    let all = GivenBack {
        open: vec![lot(None, 5), lot(Some("2026-07-31"), 10)],
        expired: vec![lot(Some("2026-06-30"), 10)],
    };
    assert_eq!(back(25, midnight), Ok(all));
    assert_eq!(back(25, now).unwrap().expired, []);
    // A part goes to what lasts longest.
    let part = GivenBack { open: vec![lot(None, 5), lot(Some("2026-07-31"), 2)], expired: vec![] };
    assert_eq!(back(7, midnight), Ok(part));
    assert_eq!(back(0, midnight), Ok(GivenBack::default()));
    assert_eq!(back(26, midnight), Err(Short { missing: 1 }));
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
    ])
}

fn days() -> impl Strategy<Value = NaiveDate> {
    (0..40_000_u64).prop_map(|days| date("1990-01-01") + chrono::Days::new(days))
}

fn policies() -> impl Strategy<Value = ExpiryPolicy> {
    let dates = prop::collection::vec((1..=12_u8, 1..=31_u8), 1..5).prop_filter_map("no such day", |dates| {
        let dates: Vec<_> =
            dates.into_iter().filter_map(|(month, day)| MonthDay::new(month, day).ok()).collect();
        (!dates.is_empty()).then_some(dates)
    });
    prop_oneof![
        Just(ExpiryPolicy::NEVER),
        (1..=120_u16, any::<bool>())
            .prop_map(|(months, month_end)| ExpiryPolicy::AfterMonths { months, month_end }),
        (dates, 0..=120_u16).prop_map(|(dates, held_months)| ExpiryPolicy::Calendar { dates, held_months }),
        (1..=120_u16).prop_map(|months| ExpiryPolicy::Inactivity { months }),
    ]
}

proptest! {
    #[test]
    fn a_date_is_over_exactly_when_its_instant_has_come(
        zone_name in zones(), day in days(), second in -200_000..200_000_i64,
    ) {
        let zone = zone(zone_name);
        let now = over_at(day, zone) + TimeDelta::seconds(second);
        prop_assert_eq!(over_at(day, zone) <= now, day <= over_by(now, zone));
        prop_assert!(over_at(over_by(now, zone), zone) <= now);
        let today = local_date(now, zone);
        prop_assert!(start_of_date(today, zone) <= now && now < end_of_date(today, zone));
        prop_assert_eq!(end_of_date(day, zone), start_of_date(day.succ_opt().unwrap(), zone));
    }

    #[test]
    fn later_points_never_expire_earlier_and_never_on_the_day_itself(
        policy in policies(), from in days(), later in 0..800_u64,
    ) {
        let first = policy.expires_on(from);
        let second = policy.expires_on(from + chrono::Days::new(later));
        prop_assert!(first.is_none_or(|day| day > from));
        prop_assert!(first <= second, "{:?} {:?}", first, second);
        let json = serde_json::to_value(&policy).unwrap();
        prop_assert_eq!(serde_json::from_value::<ExpiryPolicy>(json).unwrap(), policy);
    }

    #[test]
    fn whatever_the_steps_of_a_job_each_warning_comes_at_most_once_and_the_last_one_surely(
        steps in prop::collection::vec(1..2_000_i64, 1..60), zone_name in zones(),
    ) {
        let (zone, day) = (zone(zone_name), date("2026-11-02"));
        let (mut now, mut sent, mut given) = (at("2026-09-20T00:00:00Z"), None, Vec::new());
        for minutes in steps {
            now += TimeDelta::minutes(minutes);
            if let Some(due) = warning_due(day, sent, now, zone) {
                prop_assert!(now < over_at(day, zone));
                prop_assert!((day - local_date(now, zone)).num_days() <= due.days().into());
                given.push(due);
                sent = Some(due);
            }
            prop_assert_eq!(warning_due(day, sent, now, zone), None);
        }
        prop_assert!(given.is_sorted_by(|earlier, later| earlier < later));
        let today = local_date(now, zone);
        if now < over_at(day, zone) && (day - today).num_days() <= 1 {
            prop_assert_eq!(given.last(), Some(&Warning::Day));
        }
    }

    #[test]
    fn what_is_taken_can_be_given_back_to_the_point(
        lots in prop::collection::btree_map(prop::option::of(0..60_u64), 0..50_u64, 0..8),
        points in 0..200_u64, part in 0..200_u64, now in 0..60_i64, wait in 0..40_i64,
    ) {
        let (utc, first) = (zone("UTC"), date("2026-01-01"));
        let lots: Vec<_> = lots.into_iter().map(|(day, points)| DayLot {
            expires_on: day.map(|day| first + chrono::Days::new(day)), points,
        }).collect();
        let now = start_of_date(first, utc) + TimeDelta::days(now);
        if let Ok(taken) = consume(&lots, points, now, utc) {
            prop_assert_eq!(taken.iter().map(|lot| lot.points).sum::<u64>(), points);
            let later = now + TimeDelta::days(wait);
            match give_back(&taken, part, later, utc) {
                Err(Short { missing }) => prop_assert_eq!(points + missing, part),
                Ok(back) => {
                    let all: Vec<_> = back.open.iter().chain(&back.expired).collect();
                    prop_assert_eq!(all.iter().map(|lot| lot.points).sum::<u64>(), part);
                    for lot in all {
                        let from = taken.iter().find(|taken| taken.expires_on == lot.expires_on).unwrap();
                        prop_assert!(lot.points > 0 && lot.points <= from.points);
                    }
                    let over = |lot: &DayLot| lot.expires_on.is_some_and(|day| over_at(day, utc) <= later);
                    prop_assert!(back.expired.iter().all(over) && !back.open.iter().any(over));
                }
            }
        }
    }
}
