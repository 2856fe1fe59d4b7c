//! The words for what a purchase earned, and for what it did not.

use perennial_domain::evaluate::{Explanation, LineMissReason, Outcome};
use perennial_domain::points::Rounding;
use perennial_domain::promotion::{Pause, RuleSet};
use serde_json::json;

use super::support::*;

/// A dinner: a toast, two draft beers, a dip and a deposit.
fn dinner() -> (perennial_domain::evaluate::PurchaseFacts, RuleSet) {
    let facts = purchase()
        .product(product("TOAST", Some("kitchen"), &[]), 1_400)
        .product(product("PALE-ALE", Some("bar"), &["draft"]), 1_800)
        .unknown(Some("Pepper dip"), 700)
        .product(product("BOTTLE", Some("deposit"), &[]), 50);
    let rules = rules([
        json!({"name": "Base earn", "award_rate": "4", "products": {"exclude": ["category:deposit"]}}),
        json!({
            "name": "Double points on draft", "multiplier": "2", "products": {"include": ["tag:draft"]},
            "weekdays": ["thu"],
        }),
        json!({
            "name": "Spend $50, get 500", "flat_points": 500, "minimum_amount": 5_000,
            "products": {"exclude": ["category:deposit"]},
        }),
        json!({"name": "Natural wine week", "multiplier": "3", "products": {"include": ["tag:natural wine"]}}),
    ]);
    (facts, rules)
}

#[test]
fn a_receipt_explains_itself() {
    let (facts, rules) = dinner();
    let explanation = why(&facts, &rules);
    assert_eq!(explanation.points.get(), 228);
    assert_eq!(explanation.business_date.to_string(), "2026-05-14");
    let lines: Vec<_> = explanation
        .lines
        .iter()
        .map(|line| (line.points.get(), line.exact.as_str(), line.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (56, "56", "4 points per $1 on $14.00: 56"),
            (144, "144", "4 points per $1 on $18.00: 72; 2× points: 72 more"),
            (28, "28", "4 points per $1 on $7.00: 28"),
            (0, "0", "No promotion covers it"),
        ]
    );
    let promotions: Vec<_> = explanation
        .promotions
        .iter()
        .map(|promotion| match &promotion.outcome {
            Outcome::Applied { points, .. } => format!("{}: {points}", promotion.name),
            Outcome::Missed { reasons } => format!("{}: {}", promotion.name, reasons[0].text),
        })
        .collect();
    assert_eq!(
        promotions,
        [
            "Base earn: 156",
            "Double points on draft: 72",
            "Spend $50, get 500: $11.00 short of $50.00: the matching lines come to $39.00",
            "Natural wine week: No line matches",
        ]
    );
    assert_eq!(
        explanation.promotions[1].summary, "2× points on tag “draft”, on Thursday.",
        "the promise stands beside what became of it"
    );
}

#[test]
fn lines_tell_which_promotions_passed_them_by() {
    let (facts, rules) = dinner();
    let explanation = why(&facts, &rules);
    let missed: Vec<Vec<_>> = explanation
        .lines
        .iter()
        .map(|line| line.missed.iter().map(|miss| (miss.name.as_str(), miss.code)).collect())
        .collect();
    assert_eq!(
        missed,
        [
            vec![("Double points on draft", LineMissReason::NotIncluded)],
            vec![],
            vec![("Double points on draft", LineMissReason::UnknownProduct)],
            vec![
                ("Base earn", LineMissReason::Excluded),
                ("Double points on draft", LineMissReason::NotIncluded),
            ],
        ]
    );
}

#[test]
fn rounding_caps_and_free_lines_are_told() {
    let rules = RuleSet {
        rounding: Rounding::HalfUp,
        ..rules([json!({"name": "Base", "award_rate": "2.5", "max_points_per_purchase": 20})])
    };
    let explanation = why(&purchase().line("A", 333).line("B", 1_000).line("C", 0), &rules);
    let lines: Vec<_> = explanation
        .lines
        .iter()
        .map(|line| (line.points.get(), line.exact.as_str(), line.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (
                5,
                "8.325",
                "2.5 points per $1 on $3.33: 5 (3 less by its cap); 8.325 rounded to the nearest, a half up"
            ),
            (15, "25", "2.5 points per $1 on $10.00: 15 (10 less by its cap)"),
            (0, "0", "Nothing was paid for it, so it earns nothing"),
        ]
    );
    let Outcome::Applied { points, cut, .. } = &explanation.promotions[0].outcome else {
        panic!("it applied")
    };
    assert_eq!((points.get(), cut.get()), (20, 13));
}

#[test]
fn a_line_that_one_promotion_passes_by_says_why() {
    let explanation = why(
        &purchase().line("A", 100).line("B", 100),
        &rules([json!({"name": "Base", "award_rate": "1", "products": {"exclude": ["B"]}})]),
    );
    assert_eq!(explanation.lines[1].text, "Base: Left out of this promotion");
    let nothing = why(&purchase().line("A", 100), &RuleSet::default());
    assert_eq!(nothing.lines[0].text, "No promotion covers it");
}

#[test]
fn every_reason_has_words() {
    let facts = purchase().line("A", 1);
    let text = |json| {
        let explanation = why(&facts, &rules([json]));
        let Outcome::Missed { reasons } = &explanation.promotions[0].outcome else {
            panic!("it did not apply")
        };
        reasons.iter().map(|miss| miss.text.clone()).collect::<Vec<_>>().join(" / ")
    };
    let table = [
        (json!({"first_purchase_only": true}), "Only for a first purchase"),
        (json!({"retailers": ["nord", "sued"]}), "Only at nord or sued"),
        (json!({"regions": ["north"]}), "Only in north"),
        (json!({"starts_at": "2026-06-01T00:00"}), "Starts on Jun 1, 2026"),
        (json!({"ends_at": "2026-05-01T17:00"}), "Was over on May 1, 2026, 5:00 pm"),
        (json!({"weekdays": ["fri", "mon"]}), "Only on Monday or Friday, and this was a Thursday"),
        (
            json!({"hours": {"from": "17:00", "to": "18:00"}}),
            "Only from 5:00 pm to 6:00 pm, and this was at 12:00 pm",
        ),
        (json!({"products": {"include": ["B"]}}), "No line matches"),
        (json!({"minimum_amount": 100}), "$0.99 short of $1.00: the matching lines come to $0.01"),
    ];
    for (filter, expected) in table {
        let mut promotion = filter;
        promotion["award_rate"] = json!("1");
        assert_eq!(text(promotion), expected);
    }
}

#[test]
fn the_reasons_of_the_life_cycle_have_words() {
    let facts = purchase().line("A", 100);
    let mut rules = rules([json!({"award_rate": "1"})]);
    let reasons = |rules: &RuleSet| match &why(&facts, rules).promotions[0].outcome {
        Outcome::Missed { reasons } => reasons.iter().map(|miss| miss.text.clone()).collect::<Vec<_>>(),
        Outcome::Applied { .. } => panic!("it did not apply"),
    };
    rules.promotions[0].pauses = vec![Pause { from: at("2026-05-10T08:30:00Z"), to: None }];
    assert_eq!(reasons(&rules), ["Paused since May 10, 2026, 8:30 am UTC"]);
    rules.promotions[0].ended_at = Some(at("2026-05-11T00:00:00Z"));
    assert_eq!(reasons(&rules), ["Ended on May 11, 2026 UTC", "Paused since May 10, 2026, 8:30 am UTC"]);
    rules.promotions[0].versions[0].effective_from = Some(at("2026-06-01T00:00:00Z"));
    assert_eq!(reasons(&rules), ["In force only from Jun 1, 2026 UTC"]);
}

#[test]
fn an_explanation_survives_json() {
    let (facts, rules) = dinner();
    let explanation = why(&facts, &rules);
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["promotions"][2]["outcome"], "missed");
    assert_eq!(json["promotions"][2]["reasons"][0]["code"], "below_minimum");
    assert_eq!(json["promotions"][2]["reasons"][0]["missing"], 1_100);
    assert_eq!(serde_json::from_value::<Explanation>(json).unwrap(), explanation);
}

#[test]
fn a_promotion_without_versions_is_passed_over() {
    let mut rules = rules([json!({"award_rate": "1"})]);
    rules.promotions[0].versions.clear();
    assert_eq!(why(&purchase().line("A", 100), &rules).promotions, []);
}
