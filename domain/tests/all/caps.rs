//! The cap of a promotion per purchase.

use serde_json::json;

use super::support::*;

#[test]
fn a_cap_is_met_exactly() {
    for (cap, expected) in [(99, 99), (100, 100), (101, 100)] {
        let promotion = json!({"award_rate": "10", "max_points_per_purchase": cap});
        assert_eq!(alone(&purchase().line("A", 1_000), promotion), expected);
    }
    assert_eq!(
        alone(&purchase().line("A", 1), json!({"flat_points": 500, "max_points_per_purchase": 300})),
        300
    );
}

#[test]
fn a_cap_cuts_its_own_promotion_only() {
    let promotions = [
        json!({"award_rate": "10", "max_points_per_purchase": 30}),
        json!({"award_rate": "5"}),
        json!({"multiplier": "2"}),
    ];
    let evaluation = earn(&purchase().line("A", 1_000), &rules(promotions));
    // Base 100 + 50, doubled by 150 more; only the first is cut.
    assert_eq!(by_promotion(&evaluation), [(1, 30), (2, 50), (3, 150)]);
    assert_eq!(evaluation.lines[0].applied[0].cut.get(), 70);
    assert_eq!(evaluation.lines[0].applied[1].cut.get(), 0);
    assert_eq!(evaluation.points.get(), 230);
}

#[test]
fn a_cap_on_a_multiplier_cuts_what_it_adds() {
    let promotions = [json!({"award_rate": "10"}), json!({"multiplier": "3", "max_points_per_purchase": 50})];
    let evaluation = earn(&purchase().line("A", 1_000), &rules(promotions));
    assert_eq!(by_promotion(&evaluation), [(1, 100), (2, 50)]);
}

#[test]
fn a_cap_is_spread_over_the_lines_by_what_they_earn() {
    let promotion = json!({"award_rate": "1", "max_points_per_purchase": 10});
    let facts = purchase().line("A", 1_000).line("B", 2_000).line("C", 0).line("D", 3_000);
    let evaluation = earn(&facts, &rules([promotion]));
    // 10, 20 and 30 of 60, down to 10: 1.67, 3.33 and 5; the largest remainder gets the point that is left.
    let lines: Vec<_> = evaluation.lines.iter().map(|line| line.points.get()).collect();
    assert_eq!(lines, [2, 3, 0, 5]);
    let cut: Vec<_> = evaluation.lines.iter().flat_map(|line| &line.applied).map(|a| a.cut.get()).collect();
    assert_eq!(cut, [8, 17, 25]);
}

#[test]
fn equal_remainders_go_to_the_earlier_lines() {
    let promotion = json!({"award_rate": "1", "max_points_per_purchase": 5});
    let facts = purchase().line("A", 1_000).line("B", 1_000).line("C", 1_000);
    let lines: Vec<_> =
        earn(&facts, &rules([promotion])).lines.iter().map(|line| line.points.get()).collect();
    assert_eq!(lines, [2, 2, 1]);
}
