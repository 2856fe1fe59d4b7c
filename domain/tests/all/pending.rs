//! Points that wait before they can be spent.

use perennial_domain::evaluate::{Evaluation, Outcome};
use perennial_domain::promotion::RuleSet;
use serde_json::json;

use super::support::*;

fn waiting(evaluation: &Evaluation) -> Vec<(u16, i64)> {
    evaluation.pending.iter().map(|part| (part.days, part.points.get())).collect()
}

#[test]
fn a_promotion_says_how_long_else_the_merchant() {
    let promotions = [
        json!({"award_rate": "1"}),
        json!({"award_rate": "2", "pending_days": 30}),
        json!({"award_rate": "3", "pending_days": 0}),
        json!({"flat_points": 7, "pending_days": 3}),
        json!({"flat_points": 5, "pending_days": 30}),
    ];
    let facts = purchase().line("A", 1_000).line("B", 1_000);
    let at_once = earn(&facts, &rules(promotions.clone()));
    assert_eq!(at_once.points.get(), 132);
    assert_eq!(waiting(&at_once), [(3, 7), (30, 45)], "20 and 60 can be spent at once");
    let merchant_waits = RuleSet { pending_days: 14, ..rules(promotions) };
    let evaluation = earn(&facts, &merchant_waits);
    assert_eq!(evaluation.points, at_once.points, "waiting changes no points");
    assert_eq!(waiting(&evaluation), [(3, 7), (14, 20), (30, 45)]);
    let days: Vec<_> = why(&facts, &merchant_waits)
        .promotions
        .iter()
        .map(|promotion| match promotion.outcome {
            Outcome::Applied { pending_days, .. } => pending_days,
            Outcome::Missed { .. } => panic!("all apply"),
        })
        .collect();
    assert_eq!(days, [Some(14), Some(30), None, Some(3), Some(30)]);
}

#[test]
fn what_is_cut_does_not_wait() {
    let promotion = json!({"award_rate": "10", "pending_days": 2, "max_points_per_purchase": 30});
    let evaluation = earn(&purchase().line("A", 1_000), &rules([promotion.clone()]));
    assert_eq!(waiting(&evaluation), [(2, 30)]);
    let mut nothing = promotion;
    nothing["budget"] = json!({"points": 1});
    let evaluation = earn(&purchase().line("A", 1_000), &rules([nothing]));
    assert_eq!((evaluation.points.get(), waiting(&evaluation)), (0, vec![]));
}

#[test]
fn a_multiplier_waits_for_itself_alone() {
    let promotions = [json!({"award_rate": "1"}), json!({"multiplier": "3", "pending_days": 14})];
    let evaluation = earn(&purchase().line("A", 1_000), &rules(promotions));
    assert_eq!((evaluation.points.get(), waiting(&evaluation)), (30, vec![(14, 20)]));
}
