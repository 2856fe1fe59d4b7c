//! What a promotion may say, and what is told when it may not.

use perennial_domain::promotion::{Effect, PromotionInput, PromotionTerms, RuleSet, WhenExhausted};
use serde_json::{Value, json};

use super::support::*;

fn check(json: Value) -> Result<PromotionTerms, Vec<(String, String)>> {
    serde_json::from_value::<PromotionInput>(json)
        .unwrap()
        .check()
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect())
}

#[test]
fn name_and_effect_are_enough() {
    let terms = check(json!({"name": " Base ", "award_rate": "10"})).unwrap();
    assert_eq!(terms.name.as_str(), "Base");
    assert_eq!(terms.effect, Effect::AwardRate("10".parse().unwrap()));
    assert_eq!(terms.stacking.group.as_str(), "default");
    assert_eq!(terms.priority, 0);
}

#[test]
fn terms_come_back_as_they_went() {
    let full = json!({
        "name": "Everything", "multiplier": "2.5",
        "products": {"include": ["A", "category:x", "tag:y"], "exclude": ["B"]},
        "retailers": ["r"], "regions": ["g"], "first_purchase_only": true, "minimum_amount": 100,
        "starts_at": "2026-01-01T00:00:00", "ends_at": "2026-02-01T00:00:00", "weekdays": ["mon", "sun"],
        "hours": {"from": "22:00", "to": "02:00"}, "max_points_per_purchase": 50,
        "tiers": ["00000000-0000-0000-0000-000000000001"],
        "max_points_per_customer": {"points": 500, "per": "month"},
        "budget": {"points": 10_000, "when_exhausted": "partial"}, "pending_days": 14,
        "stacking": {"group": "multipliers", "mode": "best"}, "priority": -3,
    });
    assert_eq!(serde_json::to_value(check(full.clone()).unwrap()).unwrap(), full);
    let least = serde_json::to_value(check(json!({"name": "N", "flat_points": 1})).unwrap()).unwrap();
    assert_eq!(
        least,
        json!({"name": "N", "flat_points": 1, "stacking": {"group": "default", "mode": "add"}, "priority": 0}),
    );
}

#[test]
fn a_whole_number_is_a_decimal_and_a_fraction_is_refused() {
    assert_eq!(terms(json!({"award_rate": 10})).effect, Effect::AwardRate("10".parse().unwrap()));
    let error =
        serde_json::from_value::<PromotionInput>(json!({"name": "N", "award_rate": 2.5})).unwrap_err();
    assert!(error.to_string().contains("a decimal number as a string"), "{error}");
}

#[test]
fn each_mistake_is_told_at_its_place() {
    let base = |extra: Value| {
        let mut json = json!({"name": "N", "award_rate": "1"});
        json.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json
    };
    let long = "x".repeat(65);
    let many: Vec<_> = (0..5_001).map(|number| format!("R{number}")).collect();
    let table = [
        (json!({"award_rate": "1"}), "/name", "required"),
        (base(json!({"name": " "})), "/name", "required"),
        (base(json!({"name": "x".repeat(121)})), "/name", "too_long"),
        (base(json!({"name": "a\nb"})), "/name", "control_character"),
        (json!({"name": "N"}), "/award_rate", "exactly_one"),
        (base(json!({"multiplier": "2"})), "/award_rate", "exactly_one"),
        (base(json!({"award_rate": "ten"})), "/award_rate", "malformed"),
        (base(json!({"award_rate": "-1"})), "/award_rate", "malformed"),
        (base(json!({"award_rate": "0"})), "/award_rate", "out_of_range"),
        (base(json!({"award_rate": "0.0000001"})), "/award_rate", "too_precise"),
        (base(json!({"award_rate": "1000001"})), "/award_rate", "out_of_range"),
        (json!({"name": "N", "multiplier": "1000.1"}), "/multiplier", "out_of_range"),
        (json!({"name": "N", "flat_points": 0}), "/flat_points", "out_of_range"),
        (json!({"name": "N", "flat_points": 1_000_000_001}), "/flat_points", "out_of_range"),
        (base(json!({"products": {"include": ["A", ""]}})), "/products/include/1", "required"),
        (base(json!({"products": {"include": ["category:"]}})), "/products/include/0", "required"),
        (base(json!({"products": {"exclude": ["tag: "]}})), "/products/exclude/0", "required"),
        (base(json!({"products": {"exclude": [long]}})), "/products/exclude/0", "too_long"),
        (base(json!({"retailers": [""]})), "/retailers/0", "required"),
        (base(json!({"retailers": many})), "/retailers", "too_many"),
        (base(json!({"regions": [""]})), "/regions/0", "required"),
        (base(json!({"minimum_amount": -1})), "/minimum_amount", "out_of_range"),
        (base(json!({"starts_at": "2026-01-01"})), "/starts_at", "malformed"),
        (base(json!({"starts_at": "2026-01-01T00:00:00Z"})), "/starts_at", "malformed"),
        (base(json!({"starts_at": "2026-02-30T00:00:00"})), "/starts_at", "malformed"),
        (base(json!({"ends_at": "2026-01-01T24:00:00"})), "/ends_at", "malformed"),
        (base(json!({"ends_at": "2026-01-01T00:00:60"})), "/ends_at", "malformed"),
        (
            base(json!({"starts_at": "2026-01-01T00:00:00", "ends_at": "2026-01-01T00:00:00"})),
            "/ends_at",
            "not_after_start",
        ),
        (base(json!({"weekdays": ["mon", "Monday"]})), "/weekdays/1", "malformed"),
        (base(json!({"hours": {"from": "7:00", "to": "08:00"}})), "/hours/from", "malformed"),
        (base(json!({"hours": {"from": "07:00", "to": "24:00"}})), "/hours/to", "malformed"),
        (base(json!({"hours": {"from": "07:00", "to": "07:00"}})), "/hours/to", "same_as_from"),
        (base(json!({"max_points_per_purchase": 0})), "/max_points_per_purchase", "out_of_range"),
        (base(json!({"tiers": ["gold"]})), "/tiers/0", "malformed"),
        (
            base(json!({"max_points_per_customer": {"points": 0, "per": "day"}})),
            "/max_points_per_customer/points",
            "out_of_range",
        ),
        (
            base(json!({"max_points_per_customer": {"points": 1_000_000_001, "per": "day"}})),
            "/max_points_per_customer/points",
            "out_of_range",
        ),
        (
            base(json!({"max_points_per_customer": {"points": 1, "per": "week"}})),
            "/max_points_per_customer/per",
            "malformed",
        ),
        (base(json!({"budget": {"points": 0}})), "/budget/points", "out_of_range"),
        (base(json!({"budget": {"points": 9_007_199_254_740_992_i64}})), "/budget/points", "out_of_range"),
        (
            base(json!({"budget": {"points": 1, "when_exhausted": "never"}})),
            "/budget/when_exhausted",
            "malformed",
        ),
        (base(json!({"pending_days": -1})), "/pending_days", "out_of_range"),
        (base(json!({"pending_days": 3_651})), "/pending_days", "out_of_range"),
        (base(json!({"stacking": {"group": ""}})), "/stacking/group", "required"),
        (base(json!({"stacking": {"mode": "worst"}})), "/stacking/mode", "malformed"),
    ];
    for (json, pointer, code) in table {
        assert_eq!(check(json.clone()), Err(vec![(pointer.to_owned(), code.to_owned())]), "{json}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let errors = check(json!({
        "award_rate": "x", "minimum_amount": -1, "weekdays": ["x"], "hours": {"from": "x", "to": "y"},
    }))
    .unwrap_err();
    let pointers: Vec<_> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        ["/name", "/award_rate", "/minimum_amount", "/weekdays/0", "/hours/from", "/hours/to"]
    );
}

#[test]
fn what_a_promotion_does_not_say_is_refused_as_unknown() {
    for field in ["id", "state", "version", "max_points"] {
        let mut json = json!({"name": "N", "award_rate": "1"});
        json[field] = json!(null);
        let error = serde_json::from_value::<PromotionInput>(json).unwrap_err();
        assert!(error.to_string().contains(&format!("unknown field `{field}`")), "{error}");
    }
}

#[test]
fn what_is_said_twice_or_says_nothing_counts_once_or_not() {
    let terms = check(json!({
        "name": "N", "award_rate": "1", "retailers": ["b", "a", "b"], "minimum_amount": 0, "weekdays": ["mon", "mon"],
    }))
    .unwrap();
    let retailers: Vec<_> = terms.retailers.iter().map(|code| code.as_str()).collect();
    assert_eq!(retailers, ["b", "a"]);
    assert_eq!(terms.minimum_amount, None);
    assert_eq!(terms.weekdays.names().collect::<Vec<_>>(), ["Monday"]);
}

#[test]
fn stored_terms_that_are_invalid_are_refused_with_their_reasons() {
    let error =
        serde_json::from_value::<PromotionTerms>(json!({"name": "N", "award_rate": "x"})).unwrap_err();
    assert!(error.to_string().contains("/award_rate: Must be a decimal number such as 2.5"), "{error}");
}

#[test]
fn a_budget_stops_unless_it_is_told_otherwise() {
    let budget = terms(json!({"award_rate": "1", "budget": {"points": 10}})).budget.unwrap();
    assert_eq!((budget.points.get(), budget.when_exhausted), (10, WhenExhausted::Stop));
    // Zero days are days: they let points be spent at once where the merchant waits.
    assert_eq!(terms(json!({"award_rate": "1", "pending_days": 0})).pending_days, Some(0));
}

#[test]
fn rule_sets_of_before_there_were_limits_are_still_read() {
    let stored = json!({"rounding": "floor", "promotions": [{
        "id": "00000000-0000-0000-0000-000000000001",
        "versions": [{"version": 1, "terms": {"name": "Base", "award_rate": "10"}}],
    }]});
    let rules: RuleSet = serde_json::from_value(stored).unwrap();
    assert_eq!(rules.pending_days, 0);
    let json = serde_json::to_string(&rules).unwrap();
    for field in ["pending_days", "tiers", "budget", "max_points_per_customer"] {
        assert!(!json.contains(field), "{field} in {json}");
    }
}
