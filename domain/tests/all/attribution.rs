//! Whose the points of a line are.

use perennial_domain::evaluate::Evaluation;
use serde_json::{Value, json};

use super::support::*;

fn earned(cents: i64, promotions: impl IntoIterator<Item = Value>) -> Evaluation {
    earn(&purchase().line("A", cents), &rules(promotions))
}

#[test]
fn rates_share_a_line_by_their_size() {
    let evaluation = earned(1_000, [json!({"award_rate": "10"}), json!({"award_rate": "2.5"})]);
    assert_eq!(by_promotion(&evaluation), [(1, 100), (2, 25)]);
}

#[test]
fn multipliers_own_what_they_add_in_the_order_of_priority() {
    let base = json!({"award_rate": "10"});
    let double = |priority| json!({"multiplier": "2", "priority": priority});
    let triple = |priority| json!({"multiplier": "3", "priority": priority});
    // 100; first doubled: +100, then tripled: +400.
    assert_eq!(
        by_promotion(&earned(1_000, [base.clone(), double(2), triple(1)])),
        [(1, 100), (2, 100), (3, 400)]
    );
    // First tripled: +200, then doubled: +300.
    assert_eq!(by_promotion(&earned(1_000, [base, double(1), triple(2)])), [(1, 100), (2, 300), (3, 200)]);
}

#[test]
fn a_multiplier_below_one_shrinks_the_rates_and_owns_nothing() {
    let promotions = [
        json!({"award_rate": "10"}),
        json!({"multiplier": "0.5", "priority": 1}),
        json!({"multiplier": "3"}),
    ];
    let evaluation = earned(1_000, promotions);
    assert_eq!(by_promotion(&evaluation), [(1, 50), (2, 0), (3, 100)]);
}

#[test]
fn what_is_left_goes_to_the_largest_remainder() {
    // 0.7 + 0.6 = 1.3 points, floored to 1: it goes to the larger remainder.
    let evaluation = earned(100, [json!({"award_rate": "0.6"}), json!({"award_rate": "0.7"})]);
    assert_eq!(by_promotion(&evaluation), [(1, 0), (2, 1)]);
    // Equal remainders: the one that goes first.
    let evaluation = earned(100, [json!({"award_rate": "0.5"}), json!({"award_rate": "0.5", "priority": 1})]);
    assert_eq!(by_promotion(&evaluation), [(1, 0), (2, 1)]);
}

#[test]
fn a_multiplier_with_nothing_to_multiply_gives_nothing() {
    let evaluation = earned(1_000, [json!({"multiplier": "2"}), json!({"flat_points": 5})]);
    assert_eq!(by_promotion(&evaluation), [(1, 0), (2, 5)]);
    assert_eq!(evaluation.points.get(), 5);
}

#[test]
fn what_applied_is_told_with_version_name_and_effect() {
    let evaluation = earned(1_000, [json!({"name": "Base", "award_rate": "10"}), json!({"flat_points": 5})]);
    assert_eq!(
        serde_json::to_value(&evaluation).unwrap(),
        json!({
            "points": 105,
            "lines": [{"points": 100, "applied": [{
                "promotion_id": id(1), "version": 1, "name": "Base", "effect": {"award_rate": "10"}, "points": 100,
            }]}],
            "applied": [{
                "promotion_id": id(2), "version": 1, "name": "Test", "effect": {"flat_points": 5}, "points": 5,
            }],
        })
    );
}
