//! Limits per customer and budgets: what was given before decides what is left.

use perennial_domain::evaluate::{CompiledRules, Outcome, PurchaseFacts, limited};
use perennial_domain::points::Points;
use perennial_domain::promotion::{CustomerLimit, LimitPeriod};
use serde_json::{Value, json};

use super::support::*;

/// Ten points.
fn ten() -> PurchaseFacts {
    purchase().line("A", 1_000)
}

fn limit(points: i64) -> Value {
    json!({"name": "Base", "award_rate": "1", "max_points_per_customer": {"points": points, "per": "month"}})
}

fn budget(points: i64, when_exhausted: &str) -> Value {
    json!({"name": "Base", "award_rate": "1", "budget": {"points": points, "when_exhausted": when_exhausted}})
}

#[test]
fn a_customer_gets_what_is_left_of_a_limit() {
    for (used, expected) in [(0, 10), (10, 10), (15, 10), (16, 9), (24, 1), (25, 0), (26, 0)] {
        assert_eq!(points(&ten().given(1, used, None), &rules([limit(25)])), expected, "{used} used");
    }
}

/// Terms are checked before they come here; who makes a limit by hand gets an answer all the same.
#[test]
fn of_a_limit_below_zero_nothing_is_left() {
    let limit = CustomerLimit { points: Points::new(-1), per: LimitPeriod::Ever };
    assert_eq!(limit.left(Points::new(-5)), Points::ZERO);
}

#[test]
fn a_budget_is_spent_to_the_last_point_or_not_begun() {
    let table = [
        (None, 10, 10),
        (Some(11), 10, 10),
        (Some(10), 10, 10),
        (Some(9), 0, 9),
        (Some(1), 0, 1),
        (Some(0), 0, 0),
    ];
    for (left, stop, partial) in table {
        let facts = ten().given(1, 0, left);
        assert_eq!(points(&facts, &rules([budget(1_000, "stop")])), stop, "{left:?} left, stop");
        assert_eq!(points(&facts, &rules([budget(1_000, "partial")])), partial, "{left:?} left, partial");
    }
    // Nobody has had anything of it, and it is smaller than the purchase.
    assert_eq!(points(&ten(), &rules([budget(4, "stop")])), 0);
    assert_eq!(points(&ten(), &rules([budget(4, "partial")])), 4);
    // A later version has lowered the budget below what is stored as left.
    assert_eq!(points(&ten().given(1, 0, Some(9)), &rules([budget(4, "partial")])), 4);
}

#[test]
fn cuts_come_in_the_order_purchase_customer_budget() {
    let promotion = |when_exhausted: &str| {
        json!({
            "award_rate": "10", "max_points_per_purchase": 60, "max_points_per_customer": {"points": 100, "per": "day"},
            "budget": {"points": 1_000, "when_exhausted": when_exhausted},
        })
    };
    let explained = |facts: &PurchaseFacts, when| {
        let explanation = why(facts, &rules([promotion(when)]));
        let Outcome::Applied { points, cut, cuts, .. } = &explanation.promotions[0].outcome else {
            panic!("it applied")
        };
        let texts: Vec<_> = cuts.iter().map(|cut| cut.text.clone()).collect();
        (points.get(), cut.get(), texts.join(" / "))
    };
    // 100 points; the cap leaves 60, the customer's limit 50, the budget 20.
    let facts = ten().given(1, 50, Some(20));
    assert_eq!(
        explained(&facts, "partial"),
        (
            20,
            80,
            "At most 60 points a purchase: 40 less / At most 100 points a day for a customer, 50 of them used and \
             50 left: 10 less / 20 left of a budget of 1,000 points: 30 less"
                .to_owned()
        )
    );
    assert_eq!(
        explained(&facts, "stop"),
        (
            0,
            100,
            "At most 60 points a purchase: 40 less / At most 100 points a day for a customer, 50 of them used and \
             50 left: 10 less / 20 left of a budget of 1,000 points, which this purchase does not fit: 50 less"
                .to_owned()
        )
    );
    // What the customer may have fits the budget, although what the purchase is worth does not.
    assert_eq!(explained(&ten().given(1, 90, Some(20)), "stop").0, 10);
}

#[test]
fn cuts_are_spread_over_the_lines_and_told_on_them() {
    let facts = purchase().line("A", 1_000).line("B", 2_000).line("C", 3_000);
    let explanation = why(&facts.given(1, 15, None), &rules([limit(25)]));
    let lines: Vec<_> =
        explanation.lines.iter().map(|line| (line.points.get(), line.text.as_str())).collect();
    assert_eq!(
        lines,
        [
            (2, "1 point per $1 on $10.00: 2 (8 less by its limit)"),
            (3, "1 point per $1 on $20.00: 3 (17 less by its limit)"),
            (5, "1 point per $1 on $30.00: 5 (25 less by its limit)"),
        ]
    );
    let text = |json: Value| why(&ten(), &rules([json])).lines[0].text.clone();
    assert_eq!(text(budget(4, "partial")), "1 point per $1 on $10.00: 4 (6 less by its budget)");
    let mut both = budget(4, "partial");
    both["max_points_per_purchase"] = json!(5);
    assert_eq!(text(both), "1 point per $1 on $10.00: 4 (6 less by its limits)");
}

#[test]
fn a_promotion_with_nothing_left_steps_aside() {
    let exclusive = json!({
        "name": "Opening", "award_rate": "5", "stacking": {"mode": "exclusive"}, "budget": {"points": 100},
        "max_points_per_customer": {"points": 60, "per": "ever"},
    });
    let rules = rules([exclusive, json!({"name": "Base", "award_rate": "1"})]);
    assert_eq!(by_promotion(&earn(&ten(), &rules)), [(1, 50)]);
    for (facts, text) in [
        (ten().given(1, 60, None), "All of the 60 points for a customer are used"),
        (ten().given(1, 0, Some(0)), "Its budget of 100 points is spent"),
    ] {
        assert_eq!(by_promotion(&earn(&facts, &rules)), [(2, 10)]);
        let explanation = why(&facts, &rules);
        let Outcome::Missed { reasons } = &explanation.promotions[1].outcome else {
            panic!("nothing was left")
        };
        assert_eq!(reasons[0].text, text);
    }
}

#[test]
fn the_best_of_a_group_is_the_best_with_what_is_left() {
    let best = |name: &str, rate: &str, points: i64| {
        json!({
            "name": name, "award_rate": rate, "stacking": {"mode": "best"},
            "max_points_per_customer": {"points": points, "per": "day"},
        })
    };
    let rules = rules([best("Five", "5", 100), best("Three", "3", 100)]);
    assert_eq!(by_promotion(&earn(&ten(), &rules)), [(1, 50)]);
    assert_eq!(by_promotion(&earn(&ten().given(1, 80, None), &rules)), [(2, 30)]);
    assert_eq!(by_promotion(&earn(&ten().given(1, 80, None).given(2, 90, None), &rules)), [(1, 20)]);
}

#[test]
fn what_is_consumed_is_told_for_what_is_limited() {
    let promotions = [
        json!({"award_rate": "1"}),
        limit(25),
        budget(100, "stop"),
        json!({
            "flat_points": 7, "budget": {"points": 100}, "max_points_per_customer": {"points": 5, "per": "day"},
        }),
        budget(3, "stop"),
    ];
    let evaluation = earn(&ten(), &rules(promotions));
    let consumed: Vec<_> = evaluation
        .consumed
        .iter()
        .map(|it| (it.promotion_id.uuid().as_u128(), it.points.get(), it.per, it.budget))
        .collect();
    assert_eq!(
        consumed,
        [(2, 10, Some(LimitPeriod::Month), false), (3, 10, None, true), (4, 5, Some(LimitPeriod::Day), true),],
        "what has no limit, and what gave nothing, is not told"
    );
}

#[test]
fn only_what_matches_has_limits_to_look_up() {
    let rules = rules([
        limit(25),
        json!({"award_rate": "1", "products": {"include": ["B"]}, "budget": {"points": 9}}),
        json!({"award_rate": "1"}),
        json!({"award_rate": "1", "first_purchase_only": true, "budget": {"points": 9}}),
    ]);
    let compiled = CompiledRules::new(&rules);
    assert!(compiled.is_limited());
    let met = |facts: &PurchaseFacts| -> Vec<u128> {
        limited(facts, &compiled).iter().map(|met| met.promotion_id.uuid().as_u128()).collect()
    };
    assert_eq!(met(&ten()), [1]);
    assert_eq!(met(&ten().first()), [1, 4]);
    assert_eq!(met(&purchase().line("B", 100).first()), [1, 2, 4]);
    // What is left decides nothing here: it is what the caller wants to find out.
    assert_eq!(met(&ten().given(1, 25, None)), [1]);
    let unlimited = CompiledRules::new(&super::support::rules([json!({"award_rate": "1"})]));
    assert!(!unlimited.is_limited());
    assert_eq!(limited(&ten(), &unlimited), []);
}

#[test]
fn the_facts_keep_what_was_used_and_nothing_else() {
    let facts = ten().given(1, 24, None).given(2, 0, Some(3)).given(3, 0, None);
    let json = serde_json::to_value(&facts).unwrap();
    assert_eq!(
        json["limits"],
        json!({
            "00000000-0000-0000-0000-000000000001": {"used": 24},
            "00000000-0000-0000-0000-000000000002": {"budget_left": 3},
        })
    );
    let stored: PurchaseFacts = serde_json::from_value(json).unwrap();
    assert_eq!(stored, facts);
    assert_eq!(points(&stored, &rules([limit(25)])), 1);
    // An ordinary purchase is stored as it always was.
    let ordinary = serde_json::to_value(ten()).unwrap();
    let fields: Vec<_> = ordinary.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["currency", "first_purchase", "lines", "occurred_at", "retailer"]);
}

#[test]
fn periods_are_days_and_months_of_the_merchant() {
    let berlin = zone("Europe/Berlin");
    let begins = |period: LimitPeriod, instant: &str| {
        period.begins_on(at(instant), berlin).map(|date| date.to_string())
    };
    let table = [
        (LimitPeriod::Day, "2026-05-31T21:59:59Z", Some("2026-05-31")),
        (LimitPeriod::Day, "2026-05-31T22:00:00Z", Some("2026-06-01")),
        (LimitPeriod::Month, "2026-05-31T21:59:59Z", Some("2026-05-01")),
        (LimitPeriod::Month, "2026-05-31T22:00:00Z", Some("2026-06-01")),
        (LimitPeriod::Day, "2026-03-29T00:59:59Z", Some("2026-03-29")),
        (LimitPeriod::Month, "2024-02-29T12:00:00Z", Some("2024-02-01")),
        (LimitPeriod::Ever, "2026-05-31T22:00:00Z", None),
    ];
    for (period, instant, expected) in table {
        assert_eq!(begins(period, instant).as_deref(), expected, "{period:?} at {instant}");
    }
}
