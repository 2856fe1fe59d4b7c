//! Versions, pauses and the end of a promotion.

use perennial_domain::promotion::{Pause, RuleSet};
use serde_json::json;

use super::support::*;

/// Golden scenario G7: the rate is doubled at noon.
fn boosted_at_noon() -> RuleSet {
    let promotion = versions(
        1,
        vec![
            (1, None, json!({"award_rate": "1"})),
            (2, Some("2026-05-14T12:00:00Z"), json!({"award_rate": "2"})),
        ],
    );
    RuleSet { promotions: vec![promotion], ..RuleSet::default() }
}

#[test]
fn g7_before_noon_the_old_rate_from_noon_the_new_one() {
    let rules = boosted_at_noon();
    let table = [
        ("2020-01-01T00:00:00Z", 100, 1),
        ("2026-05-14T11:59:59.999999Z", 100, 1),
        ("2026-05-14T12:00:00Z", 200, 2),
        ("2026-05-14T12:00:00.000001Z", 200, 2),
        ("2030-01-01T00:00:00Z", 200, 2),
    ];
    for (instant, expected, version) in table {
        let evaluation = earn(&purchase().line("A", 10_000).on(instant), &rules);
        assert_eq!(evaluation.points.get(), expected, "{instant}");
        assert_eq!(evaluation.lines[0].applied[0].version, version, "{instant}");
    }
}

#[test]
fn the_order_of_versions_means_nothing() {
    let mut rules = boosted_at_noon();
    rules.promotions[0].versions.reverse();
    assert_eq!(points(&purchase().line("A", 10_000).on("2026-05-14T12:00:00Z"), &rules), 200);
}

#[test]
fn a_lower_version_never_revives() {
    // Version 2 is over; version 1 would still hold, but is history.
    let promotion = versions(
        1,
        vec![
            (1, None, json!({"award_rate": "1"})),
            (2, Some("2026-05-01T00:00:00Z"), json!({"award_rate": "2", "ends_at": "2026-05-10T00:00:00"})),
        ],
    );
    let rules = RuleSet { promotions: vec![promotion], ..RuleSet::default() };
    let facts = purchase().line("A", 10_000);
    assert_eq!(points(&facts, &rules), 0);
    assert_eq!(misses(&facts, &rules), ["over"]);
}

#[test]
fn the_highest_version_counts_even_if_it_took_over_earlier() {
    let promotion = versions(
        1,
        vec![
            (2, Some("2026-05-12T00:00:00Z"), json!({"award_rate": "2"})),
            (3, Some("2026-05-11T00:00:00Z"), json!({"award_rate": "3"})),
        ],
    );
    let rules = RuleSet { promotions: vec![promotion], ..RuleSet::default() };
    assert_eq!(points(&purchase().line("A", 10_000).on("2026-05-13T00:00:00Z"), &rules), 300);
}

#[test]
fn before_its_first_version_a_promotion_is_not_in_force() {
    let promotion = versions(1, vec![(1, Some("2026-05-14T10:00:00Z"), json!({"award_rate": "1"}))]);
    let rules = RuleSet { promotions: vec![promotion], ..RuleSet::default() };
    let facts = |instant| purchase().line("A", 10_000).on(instant);
    assert_eq!(misses(&facts("2026-05-14T09:59:59Z"), &rules), ["not_yet_in_force"]);
    assert_eq!(misses(&facts("2026-05-14T10:00:00Z"), &rules), Vec::<String>::new());
}

#[test]
fn a_pause_lasts_from_inclusive_to_exclusive() {
    let mut rules = rules([json!({"award_rate": "1"})]);
    let pause = |from, to: Option<&str>| Pause { from: at(from), to: to.map(at) };
    rules.promotions[0].pauses = vec![
        pause("2026-05-01T00:00:00Z", Some("2026-05-02T00:00:00Z")),
        pause("2026-05-10T00:00:00Z", None),
    ];
    let table = [
        ("2026-04-30T23:59:59Z", false),
        ("2026-05-01T00:00:00Z", true),
        ("2026-05-01T23:59:59Z", true),
        ("2026-05-02T00:00:00Z", false),
        ("2026-05-09T23:59:59Z", false),
        ("2026-05-10T00:00:00Z", true),
        ("2040-01-01T00:00:00Z", true),
    ];
    for (instant, paused) in table {
        let facts = purchase().line("A", 10_000).on(instant);
        let expected: &[&str] = if paused { &["paused"] } else { &[] };
        assert_eq!(misses(&facts, &rules), expected, "{instant}");
        assert_eq!(points(&facts, &rules), if paused { 0 } else { 100 }, "{instant}");
    }
}

#[test]
fn an_end_counts_from_its_instant() {
    let mut rules = rules([json!({"award_rate": "1"})]);
    rules.promotions[0].ended_at = Some(at("2026-05-14T12:00:00Z"));
    for (instant, expected) in [
        ("2026-05-14T11:59:59Z", &[][..]),
        ("2026-05-14T12:00:00Z", &["ended"]),
        ("2026-05-14T12:00:01Z", &["ended"]),
    ] {
        assert_eq!(misses(&purchase().line("A", 10_000).on(instant), &rules), expected, "{instant}");
    }
}

#[test]
fn the_helpers_for_the_life_cycle_agree_with_the_evaluation() {
    let rules = boosted_at_noon();
    let promotion = &rules.promotions[0];
    assert_eq!(promotion.version_at(at("2026-05-14T11:59:59Z")).unwrap().version, 1);
    assert_eq!(promotion.version_at(at("2026-05-14T12:00:00Z")).unwrap().version, 2);
    assert!(!promotion.paused_at(at("2026-05-14T12:00:00Z")));
    assert!(!promotion.ended_by(at("2026-05-14T12:00:00Z")));
}
