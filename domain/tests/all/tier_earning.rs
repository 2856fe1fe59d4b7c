//! What a customer's tier changes: who a promotion is for, and how much lines earn.

use perennial_domain::evaluate::{Outcome, PurchaseFacts};
use perennial_domain::points::Rounding;
use perennial_domain::promotion::RuleSet;
use serde_json::json;

use super::support::*;

#[test]
fn a_promotion_can_be_for_some_tiers() {
    let rules = rules([json!({"award_rate": "1", "tiers": [tier_id(1), tier_id(3)]})]);
    let ten = || purchase().line("A", 1_000);
    assert_eq!(points(&ten().tier(1, "1"), &rules), 10);
    assert_eq!(points(&ten().tier(3, "1"), &rules), 10);
    for (facts, text) in
        [(ten().tier(2, "1"), "Only for customers of another tier"), (ten(), "Only for customers of a tier")]
    {
        assert_eq!(misses(&facts, &rules), ["tier"]);
        let explanation = why(&facts, &rules);
        let Outcome::Missed { reasons } = &explanation.promotions[0].outcome else {
            panic!("it did not apply")
        };
        assert_eq!(reasons[0].text, text);
    }
    // The customer's own tier is called by its name.
    assert_eq!(
        why(&ten().tier(3, "1"), &rules).promotions[0].summary,
        "1 point per $1 on everything, for Tier 3 or one other tier only."
    );
}

#[test]
fn the_tier_multiplies_what_lines_earn_and_is_rounded_once() {
    let rate = |rounding, rate: &str| RuleSet { rounding, ..rules([json!({"award_rate": rate})]) };
    let table = [
        ("1", 1_000, "1.5", 15),
        // 3.33 × 1.5 is 4.995: rounded before the multiplication it would be 4.5.
        ("1", 333, "1.5", 4),
        ("1", 334, "1.5", 5),
        ("0.5", 399, "2", 3),
        ("10", 1_000, "0.5", 50),
        ("1", 1_000, "1", 10),
        ("1", 1_000, "1.333333", 13),
    ];
    for (per_unit, paid, multiplier, expected) in table {
        let facts = purchase().line("A", paid).tier(1, multiplier);
        assert_eq!(
            points(&facts, &rate(Rounding::Floor, per_unit)),
            expected,
            "{per_unit} × {paid} × {multiplier}"
        );
    }
    let facts = purchase().line("A", 333).tier(1, "1.5");
    assert_eq!(points(&facts, &rate(Rounding::HalfUp, "1")), 5);
}

#[test]
fn the_tier_multiplies_beside_promotions_and_leaves_flat_points_alone() {
    let rules = rules([
        json!({"name": "Base", "award_rate": "4"}),
        json!({"name": "Double", "multiplier": "2"}),
        json!({"name": "Visit", "flat_points": 50}),
    ]);
    let facts = purchase().line("A", 1_800).tier(1, "1.5");
    // 18 × 4 × 1.5 is 108, and as much once more for the doubling.
    let evaluation = earn(&facts, &rules);
    assert_eq!(by_promotion(&evaluation), [(1, 108), (2, 108), (3, 50)]);
    let explanation = why(&facts, &rules);
    assert_eq!(explanation.lines[0].exact, "216");
    assert_eq!(
        explanation.lines[0].text,
        "4 points per $1 on $18.00, 1.5× for Tier 1: 108; 2× points: 108 more"
    );
    assert_eq!(explanation.tier.as_ref().unwrap().name.as_str(), "Tier 1");
}

#[test]
fn caps_count_what_the_tier_adds() {
    let rules = rules([json!({"award_rate": "10", "max_points_per_purchase": 120})]);
    let facts = purchase().line("A", 1_000);
    assert_eq!(points(&facts, &rules), 100);
    assert_eq!(points(&facts.tier(1, "1.5"), &rules), 120);
}

#[test]
fn the_tier_is_stored_as_it_was() {
    let facts = purchase().line("A", 1_000).tier(1, "1.5");
    let json = serde_json::to_value(&facts).unwrap();
    assert_eq!(
        json["tier"],
        json!({"id": "00000000-0000-0000-0000-000000000001", "name": "Tier 1", "multiplier": "1.5"})
    );
    assert_eq!(serde_json::from_value::<PurchaseFacts>(json).unwrap(), facts);
    let plain = serde_json::to_value(purchase().tier(1, "1")).unwrap();
    assert_eq!(plain["tier"], json!({"id": "00000000-0000-0000-0000-000000000001", "name": "Tier 1"}));
}
