//! How rewards are written, and who can have them.

use perennial_domain::ids::TierId;
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::rewards::{
    CostError, Eligibility, RewardInput, RewardKind, RewardTerms, Standing, eligibility, sentence,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::*;

fn tier(number: u128) -> TierId {
    TierId::from_uuid(Uuid::from_u128(number))
}

fn input(json: Value) -> RewardInput {
    let mut full = json!({"name": "Pint", "kind": "external", "points_cost": 500});
    full.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
    serde_json::from_value(full).unwrap()
}

pub fn reward(json: Value) -> RewardTerms {
    input(json).check().unwrap()
}

fn wrong(json: Value) -> Vec<(String, String)> {
    let errors = input(json).check().unwrap_err();
    errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect()
}

#[test]
fn each_kind_has_its_value() {
    let table = [
        (json!({"kind": "money_off", "value": 500}), RewardKind::MoneyOff(amount(500))),
        (json!({"kind": "percent", "value": "0.1"}), RewardKind::Percent("0.1".parse().unwrap())),
        (json!({"kind": "percent", "value": "1"}), RewardKind::Percent("1".parse().unwrap())),
        (json!({"kind": "free_product", "value": "PINT"}), RewardKind::FreeProduct("PINT".parse().unwrap())),
        (json!({"kind": "voucher_pool"}), RewardKind::VoucherPool),
        (json!({"kind": "external"}), RewardKind::External),
    ];
    for (json, kind) in table {
        assert_eq!(reward(json).kind, kind);
        assert!(RewardKind::WORDS.contains(&kind.as_str()));
    }
}

#[test]
fn each_wrong_field_is_told() {
    let variable = |cost: Value| json!({"kind": "money_off", "value": 100, "points_cost": cost});
    let table = [
        (json!({"kind": ""}), "/kind", "required"),
        (json!({"kind": "pony"}), "/kind", "malformed"),
        (json!({"kind": "money_off"}), "/value", "required"),
        (json!({"kind": "money_off", "value": 0}), "/value", "out_of_range"),
        (json!({"kind": "money_off", "value": "5"}), "/value", "malformed"),
        (json!({"kind": "percent", "value": "0"}), "/value", "out_of_range"),
        (json!({"kind": "percent", "value": "1.1"}), "/value", "out_of_range"),
        (json!({"kind": "percent", "value": 1}), "/value", "malformed"),
        (json!({"kind": "free_product", "value": 1}), "/value", "malformed"),
        (json!({"kind": "free_product", "value": "tag:x"}), "/value", "malformed"),
        (json!({"kind": "external", "value": 1}), "/value", "not_for_kind"),
        (json!({"kind": "voucher_pool", "stock": 5}), "/stock", "not_for_kind"),
        (json!({"points_cost": null}), "/points_cost", "required"),
        (json!({"points_cost": 0}), "/points_cost", "out_of_range"),
        (json!({"points_cost": 1_000_000_001}), "/points_cost", "out_of_range"),
        (json!({"points_cost": {"step": 100}}), "/points_cost", "not_variable"),
        (variable(json!({"step": 0})), "/points_cost/step", "out_of_range"),
        (variable(json!({"step": 100, "min": 150})), "/points_cost/min", "not_a_multiple"),
        (variable(json!({"step": 100, "max": 50})), "/points_cost/max", "not_a_multiple"),
        (variable(json!({"step": 100, "min": 300, "max": 200})), "/points_cost/max", "below_min"),
        (json!({"stock": -1}), "/stock", "out_of_range"),
        (json!({"limit_per_customer": 0}), "/limit_per_customer", "out_of_range"),
        (json!({"tiers": ["gold"]}), "/tiers/0", "malformed"),
        (json!({"valid_from": "today"}), "/valid_from", "malformed"),
        (
            json!({"valid_from": "2026-05-01T00:00", "valid_until": "2026-04-01T00:00"}),
            "/valid_until",
            "not_after_start",
        ),
        (json!({"valid_days": 0}), "/valid_days", "out_of_range"),
        (json!({"description": "x".repeat(501)}), "/description", "too_long"),
        (json!({"name": " "}), "/name", "required"),
    ];
    for (json, pointer, code) in table {
        assert_eq!(wrong(json.clone()), [(pointer.to_owned(), code.to_owned())], "{json}");
    }
    for json in
        [json!({"points_cost": 1.5}), json!({"points_cost": {"step": 1, "most": 2}}), json!({"cost": 5})]
    {
        assert!(serde_json::from_value::<RewardInput>(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn terms_and_input_have_the_same_json() {
    let table = [
        json!({"name": "Pint", "kind": "external", "points_cost": 500}),
        json!({
            "name": "Money", "description": "Off the bill", "kind": "money_off", "value": 100,
            "points_cost": {"step": 100, "min": 200, "max": 5_000}, "stock": 0, "limit_per_customer": 3,
            "tiers": [tier(1).to_string()], "valid_from": "2026-05-01T00:00:00",
            "valid_until": "2026-06-01T00:00:00", "valid_days": 30,
        }),
        json!({"name": "Tenth", "kind": "percent", "value": "0.1", "points_cost": 50}),
        json!({"name": "Free", "kind": "free_product", "value": "PINT", "points_cost": 50}),
    ];
    for json in table {
        let terms: RewardTerms = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&terms).unwrap(), json);
    }
}

#[test]
fn a_choice_of_points_is_worth_its_steps() {
    let variable = reward(json!({
        "kind": "money_off", "value": 100, "points_cost": {"step": 50, "min": 100, "max": 200},
    }));
    assert_eq!(variable.cost.least(), Points::new(100));
    let chosen = |points: i64| variable.cost.chosen(Some(Points::new(points)));
    for points in [100, 150, 200] {
        assert_eq!(chosen(points), Ok(Points::new(points)));
    }
    for points in [-100, 0, 50, 99, 101, 250] {
        let error = chosen(points).unwrap_err();
        assert_eq!(error.to_string(), "must be a multiple of 50 from 100 to 200", "{points}");
    }
    assert_eq!(variable.cost.chosen(None), Err(CostError::Required));
    assert_eq!(variable.bought_with(Points::new(150)), Ok(RewardKind::MoneyOff(amount(300))));
    let fixed = reward(json!({"kind": "money_off", "value": 700}));
    assert_eq!(fixed.cost.chosen(None), Ok(Points::new(500)));
    assert_eq!(fixed.cost.chosen(Some(Points::new(500))), Ok(Points::new(500)));
    assert_eq!(
        fixed.cost.chosen(Some(Points::new(1))).unwrap_err().to_string(),
        "this reward costs 500 points"
    );
    assert_eq!(fixed.bought_with(Points::new(500)), Ok(RewardKind::MoneyOff(amount(700))));
    let dear = reward(json!({"kind": "money_off", "value": Amount::MAX.get(), "points_cost": {"step": 1}}));
    assert_eq!(dear.bought_with(Points::new(2)), Err(CostError::TooMuch));
}

#[test]
fn everything_that_is_missing_is_told() {
    let full = reward(json!({
        "tiers": [tier(1).to_string()], "limit_per_customer": 2, "valid_from": "2026-05-01T00:00",
        "valid_until": "2026-06-01T00:00",
    }));
    let fine = Standing { available: Points::new(500), tier: Some(tier(1)), redeemed: 1 };
    let ask = |standing: Standing, stock: Option<u64>, now: &str| match eligibility(
        &full,
        full.cost.least(),
        &standing,
        stock,
        at(now),
        zone("Europe/Berlin"),
    ) {
        Eligibility::Eligible => Vec::new(),
        Eligibility::Missing { reasons } => {
            reasons.into_iter().map(|miss| (miss.reason.code(), miss.text)).collect()
        }
    };
    let now = "2026-05-14T10:00:00Z";
    let told = |code, text: &str| vec![(code, text.to_owned())];
    assert_eq!(ask(fine, None, now), []);
    assert_eq!(ask(fine, Some(1), now), []);
    assert_eq!(ask(fine, Some(0), now), told("out_of_stock", "None are left"));
    assert_eq!(
        ask(Standing { available: Points::new(499), ..fine }, None, now),
        told("insufficient_points", "1 point missing")
    );
    assert_eq!(
        ask(Standing { available: Points::new(-20), ..fine }, None, now),
        told("insufficient_points", "520 points missing")
    );
    assert_eq!(
        ask(Standing { redeemed: 2, ..fine }, None, now),
        told("limit_reached", "Only 2 times for each customer")
    );
    for other in [None, Some(tier(2))] {
        assert_eq!(
            ask(Standing { tier: other, ..fine }, None, now),
            told("tier", "For customers of another tier")
        );
    }
    // The merchant's clocks decide.
    assert_eq!(ask(fine, None, "2026-04-30T22:00:00Z"), []);
    assert_eq!(ask(fine, None, "2026-04-30T21:59:59Z"), told("not_started", "Starts on May 1, 2026"));
    assert_eq!(ask(fine, None, "2026-05-31T21:59:59Z"), []);
    assert_eq!(ask(fine, None, "2026-05-31T22:00:00Z"), told("over", "Was over on Jun 1, 2026"));
    let nobody = Standing { available: Points::ZERO, tier: None, redeemed: 2 };
    let codes: Vec<_> =
        ask(nobody, Some(0), "2027-01-01T00:00:00Z").into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["over", "tier", "out_of_stock", "limit_reached", "insufficient_points"]);
}

#[test]
fn what_only_needs_points_is_a_goal() {
    let plain = reward(json!({}));
    let ask = |available, stock| {
        let standing = Standing { available: Points::new(available), tier: None, redeemed: 0 };
        let now = at("2026-05-14T10:00:00Z");
        eligibility(&plain, plain.cost.least(), &standing, stock, now, zone("UTC"))
    };
    assert_eq!(ask(380, None).only_points(), Some(Points::new(120)));
    assert_eq!(ask(380, Some(0)).only_points(), None);
    assert!(ask(500, None).is_eligible());
    assert_eq!(ask(500, None).only_points(), None);
    let json = serde_json::to_value(ask(380, None)).unwrap();
    assert_eq!(
        json,
        json!({"eligibility": "missing", "reasons": [{
            "code": "insufficient_points", "cost": 500, "available": 380, "missing": 120,
            "text": "120 points missing",
        }]})
    );
    assert_eq!(serde_json::from_value::<Eligibility>(json).unwrap(), ask(380, None));
}

#[test]
fn a_reward_reads_as_a_sentence() {
    let table = [
        (json!({}), "A reward for 500 points."),
        (
            json!({"kind": "money_off", "value": 500, "limit_per_customer": 1}),
            "$5.00 off for 500 points, at most 1 each.",
        ),
        (
            json!({"kind": "money_off", "value": 100, "points_cost": {"step": 100, "min": 500, "max": 5_000}}),
            "$1.00 off for each 100 points, from 500 to 5,000.",
        ),
        (
            json!({"kind": "money_off", "value": 1, "points_cost": {"step": 1}}),
            "$0.01 off for each 1 point, from 1.",
        ),
        (
            json!({"kind": "percent", "value": "0.15", "tiers": [tier(1).to_string(), tier(2).to_string()]}),
            "15% off a purchase for 500 points, for 2 tiers only.",
        ),
        (
            json!({"kind": "free_product", "value": "PINT", "valid_until": "2026-06-01T00:00", "valid_days": 30}),
            "One PINT free for 500 points, until Jun 1, 2026, to be used within 30 days.",
        ),
        (
            json!({"kind": "voucher_pool", "valid_days": 1}),
            "A voucher for 500 points, to be used within 1 day.",
        ),
    ];
    for (json, expected) in table {
        assert_eq!(sentence(&reward(json), "USD".parse().unwrap()), expected);
    }
}
