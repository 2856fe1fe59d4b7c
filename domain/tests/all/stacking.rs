//! Golden scenario G32: how promotions meet, with the totals and the words for it.

use perennial_domain::evaluate::{Explanation, Outcome};
use perennial_domain::promotion::RuleSet;
use serde_json::{Value, json};

use super::support::*;

fn rate(rate: &str, group: &str, mode: &str, priority: i32) -> Value {
    json!({
        "name": format!("{rate} a dollar"), "award_rate": rate, "priority": priority,
        "stacking": {"group": group, "mode": mode},
    })
}

fn times(factor: &str, group: &str, mode: &str, priority: i32) -> Value {
    json!({
        "name": format!("{factor} times"), "multiplier": factor, "priority": priority,
        "stacking": {"group": group, "mode": mode},
    })
}

fn flat(points: i64, group: &str, mode: &str, priority: i32) -> Value {
    json!({
        "name": format!("{points} flat"), "flat_points": points, "priority": priority,
        "stacking": {"group": group, "mode": mode},
    })
}

/// What became of each promotion: points when it applied, else the reasons in words.
fn outcomes(explanation: &Explanation) -> Vec<(String, String)> {
    let mut outcomes: Vec<_> = explanation
        .promotions
        .iter()
        .map(|promotion| {
            let outcome = match &promotion.outcome {
                Outcome::Applied { points, .. } => points.to_string(),
                Outcome::Missed { reasons } => {
                    reasons.iter().map(|miss| miss.text.clone()).collect::<Vec<_>>().join(" / ")
                }
            };
            (promotion.name.clone(), outcome)
        })
        .collect();
    outcomes.sort();
    outcomes
}

/// A purchase of 10 dollars under promotions, numbered from 1; the total and what became of each, by name.
#[track_caller]
fn check(promotions: &[Value], total: i64, expected: &[(&str, &str)]) {
    let facts = purchase().line("A", 1_000);
    let mut rules: RuleSet = rules(promotions.iter().cloned());
    for _ in 0..2 {
        let explanation = why(&facts, &rules);
        assert_eq!(explanation.points.get(), total);
        assert_eq!(points(&facts, &rules), total);
        let outcomes = outcomes(&explanation);
        let outcomes: Vec<_> =
            outcomes.iter().map(|(name, outcome)| (name.as_str(), outcome.as_str())).collect();
        assert_eq!(outcomes, expected);
        // The order in which they are listed decides nothing.
        rules.promotions.reverse();
    }
}

#[test]
fn g32_add_rates_add_and_multipliers_multiply() {
    check(
        &[rate("10", "default", "add", 0), rate("5", "default", "add", 0)],
        150,
        &[("10 a dollar", "100"), ("5 a dollar", "50")],
    );
    check(
        &[
            rate("10", "a", "add", 0),
            times("2", "b", "add", 2),
            times("3", "b", "add", 1),
            flat(7, "c", "add", 0),
        ],
        607,
        &[("10 a dollar", "100"), ("2 times", "100"), ("3 times", "400"), ("7 flat", "7")],
    );
}

#[test]
fn g32_best_of_a_group_counts_alone_among_its_rivals() {
    check(
        &[rate("10", "g", "best", 0), rate("20", "g", "best", 0), rate("5", "g", "best", 9)],
        200,
        &[
            ("10 a dollar", "“20 a dollar” was the best of group “g”"),
            ("20 a dollar", "200"),
            ("5 a dollar", "“20 a dollar” was the best of group “g”"),
        ],
    );
    // Beside those of the group that add.
    check(
        &[rate("10", "g", "add", 0), times("2", "g", "best", 0), times("3", "g", "best", 0)],
        300,
        &[("10 a dollar", "100"), ("2 times", "“3 times” was the best of group “g”"), ("3 times", "200")],
    );
}

#[test]
fn g32_an_exclusive_one_leaves_nobody_else_in_its_group() {
    check(
        &[
            rate("10", "g", "exclusive", 0),
            rate("20", "g", "add", 9),
            rate("30", "g", "best", 9),
            rate("1", "other", "add", 0),
        ],
        110,
        &[
            ("1 a dollar", "10"),
            ("10 a dollar", "100"),
            ("20 a dollar", "“10 a dollar” stands alone in group “g”"),
            ("30 a dollar", "“10 a dollar” stands alone in group “g”"),
        ],
    );
    // Of two exclusive ones the higher priority counts, not the one that is worth more.
    check(
        &[rate("10", "g", "exclusive", 1), rate("20", "g", "exclusive", 0)],
        100,
        &[("10 a dollar", "100"), ("20 a dollar", "“10 a dollar” stands alone in group “g”")],
    );
    // With equal priority, the older one.
    check(
        &[rate("10", "g", "exclusive", 0), rate("20", "g", "exclusive", 0)],
        100,
        &[("10 a dollar", "100"), ("20 a dollar", "“10 a dollar” stands alone in group “g”")],
    );
}

#[test]
fn an_exclusive_one_that_does_not_match_excludes_nobody() {
    let mut exclusive = rate("50", "g", "exclusive", 9);
    exclusive["retailers"] = json!(["elsewhere"]);
    check(
        &[exclusive, rate("10", "g", "add", 0)],
        100,
        &[("10 a dollar", "100"), ("50 a dollar", "Only at elsewhere")],
    );
}

#[test]
fn groups_do_not_know_of_each_other() {
    check(
        &[rate("10", "a", "best", 0), rate("20", "b", "best", 0)],
        300,
        &[("10 a dollar", "100"), ("20 a dollar", "200")],
    );
}

#[test]
fn equal_worth_is_settled_by_priority_then_by_age() {
    let named = |name: &str, priority| {
        let mut promotion = rate("10", "g", "best", priority);
        promotion["name"] = json!(name);
        promotion
    };
    check(
        &[named("low", 1), named("high", 2)],
        100,
        &[("high", "100"), ("low", "“high” was the best of group “g”")],
    );
    check(
        &[named("older", 1), named("younger", 1)],
        100,
        &[("older", "100"), ("younger", "“older” was the best of group “g”")],
    );
}

#[test]
fn rates_are_chosen_before_multipliers_whatever_their_groups_are_called() {
    for (rates, multipliers) in [("a", "z"), ("z", "a")] {
        check(
            &[
                rate("10", rates, "best", 0),
                rate("5", rates, "best", 9),
                times("2", multipliers, "best", 9),
                times("3", multipliers, "best", 0),
            ],
            300,
            &[
                ("10 a dollar", "100"),
                ("2 times", &format!("“3 times” was the best of group “{multipliers}”")),
                ("3 times", "200"),
                ("5 a dollar", &format!("“10 a dollar” was the best of group “{rates}”")),
            ],
        );
    }
}

#[test]
fn best_is_judged_by_the_whole_purchase_after_caps() {
    // 20 a dollar on one of two lines is worth less than 15 on both.
    let mut narrow = rate("20", "g", "best", 9);
    narrow["products"] = json!({"include": ["A"]});
    let rules_of = |promotions: [Value; 2]| rules(promotions);
    let facts = purchase().line("A", 1_000).line("B", 1_000);
    assert_eq!(points(&facts, &rules_of([narrow, rate("15", "g", "best", 0)])), 300);
    // 100 times, but never more than 50 points, is worth less than 10 a dollar.
    let mut capped = rate("100", "g", "best", 9);
    capped["max_points_per_purchase"] = json!(50);
    assert_eq!(points(&purchase().line("A", 1_000), &rules_of([capped, rate("10", "g", "best", 0)])), 100);
}

#[test]
fn flat_points_compete_with_rates() {
    let rivals = [flat(150, "g", "best", 0), rate("10", "g", "best", 0)];
    let rules = rules(rivals);
    assert_eq!(points(&purchase().line("A", 1_000), &rules), 150);
    assert_eq!(points(&purchase().line("A", 2_000), &rules), 200);
}

#[test]
fn flat_points_are_given_once_and_never_multiplied() {
    let rules = rules([flat(50, "default", "add", 0), times("10", "default", "add", 0)]);
    assert_eq!(points(&purchase().line("A", 100).line("B", 100).line("C", 100), &rules), 50);
}
