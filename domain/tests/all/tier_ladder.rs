//! The terms of tiers, and the ladder they make.

use perennial_domain::tiers::{Ladder, LadderError, MAX_TIERS, Tier, TierBasis, TierInput, TierTerms};
use serde_json::{Value, json};

use super::tier_support::*;

fn checked(value: Value) -> Result<TierTerms, Vec<(String, String)>> {
    let input: TierInput = serde_json::from_value(value).unwrap();
    input
        .check()
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect())
}

#[test]
fn a_name_and_a_threshold_are_enough() {
    let terms = checked(json!({"name": " Silver ", "threshold": 800})).unwrap();
    assert_eq!(serde_json::to_value(&terms).unwrap(), json!({"name": "Silver", "threshold": 800}));
    assert_eq!((terms.multiplier.to_string(), terms.discount.is_zero()), ("1".to_owned(), true));
    assert!(terms.brings().is_empty());
}

#[test]
fn a_tier_survives_json_and_says_what_it_brings() {
    let full = json!({
        "name": "Gold", "threshold": 2_500, "multiplier": "1.5", "discount": "0.05",
        "benefits": ["Birthday pint", " Early booking ", "Birthday pint"],
    });
    let terms = checked(full).unwrap();
    assert_eq!(terms.brings(), ["1.5× points", "5% off", "Birthday pint", "Early booking"]);
    let json = serde_json::to_value(&terms).unwrap();
    assert_eq!(serde_json::from_value::<TierTerms>(json).unwrap(), terms);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let one = |pointer: &str, code: &str| Err(vec![(pointer.to_owned(), code.to_owned())]);
    let base = |field: &str, value: Value| {
        let mut tier = json!({"name": "Gold", "threshold": 100});
        tier[field] = value;
        checked(tier)
    };
    assert_eq!(base("threshold", json!(-1)), one("/threshold", "out_of_range"));
    assert_eq!(base("threshold", json!(9_007_199_254_740_992_i64)), one("/threshold", "out_of_range"));
    assert_eq!(base("threshold", Value::Null), one("/threshold", "required"));
    assert_eq!(base("multiplier", json!("100.000001")), one("/multiplier", "out_of_range"));
    assert!(matches!(base("multiplier", json!("-1")), Err(errors) if errors[0].0 == "/multiplier"));
    assert_eq!(base("discount", json!("1")), one("/discount", "out_of_range"));
    assert!(matches!(base("discount", json!("five")), Err(errors) if errors[0].0 == "/discount"));
    assert_eq!(base("benefits", json!(vec!["x"; 21])), one("/benefits", "too_many"));
    assert_eq!(base("benefits", json!(["fine", " "])), one("/benefits/1", "required"));
    let all = checked(json!({"name": "", "multiplier": "x", "discount": "2", "benefits": [""]}));
    let pointers: Vec<_> = all.unwrap_err().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/name", "/threshold", "/multiplier", "/discount", "/benefits/0"]);
    for fine in [
        json!({"name": "Gold", "threshold": 0, "multiplier": "0", "discount": "0.999999"}),
        json!({"name": "Gold", "threshold": 9_007_199_254_740_991_i64, "multiplier": "100", "discount": "0"}),
    ] {
        assert!(checked(fine).is_ok());
    }
    assert!(serde_json::from_value::<TierInput>(json!({"name": "Gold", "min_points": 1})).is_err());
}

#[test]
fn g13_a_tier_is_reached_exactly_at_its_threshold() {
    let with_base = seed_ladder();
    let without = ladder(&[50, 100]);
    let standing = |ladder: &Ladder, progress| ladder.standing(progress).map(|tier| tier.terms.threshold);
    for (progress, first, second) in [
        (i64::MIN, Some(0), None),
        (-1, Some(0), None),
        (0, Some(0), None),
        (49, Some(0), None),
        (50, Some(50), Some(50)),
        (51, Some(50), Some(50)),
        (99, Some(50), Some(50)),
        (100, Some(100), Some(100)),
        (101, Some(100), Some(100)),
        (i64::MAX, Some(100), Some(100)),
    ] {
        assert_eq!((standing(&with_base, progress), standing(&without, progress)), (first, second));
    }
    assert_eq!(standing(&Ladder::default(), 100), None);
}

#[test]
fn a_ladder_orders_by_threshold_and_knows_its_ends() {
    let ladder = Ladder::new([tier(3, 100), tier(1, 0), tier(2, 50)]).unwrap();
    assert_eq!(ladder, seed_ladder());
    let id = |number: u128| Some(tier_id(number));
    let named = |tier: Option<&Tier>| tier.map(|tier| tier.id);
    let steps = [(None, id(1), None), (id(1), id(2), None), (id(2), id(3), id(1)), (id(3), None, id(2))];
    for (from, above, below) in steps {
        assert_eq!((named(ladder.above(from)), named(ladder.below(from))), (above, below), "{from:?}");
    }
    assert_eq!((ladder.rank(None), ladder.rank(id(1)), ladder.rank(id(3))), (None, Some(0), Some(2)));
    assert_eq!(
        (ladder.rank(id(9)), named(ladder.above(id(9))), named(ladder.below(id(9)))),
        (None, id(1), None)
    );
    assert_eq!(named(ladder.base()), id(1));
    assert!(ladder.is_bottom(None) && ladder.is_bottom(id(1)) && !ladder.is_bottom(id(2)));
    let without_base = ladder.without(tier_id(1));
    assert_eq!(named(without_base.base()), None);
    assert!(without_base.is_bottom(None) && !without_base.is_bottom(id(2)));
    let json = serde_json::to_value(&without_base).unwrap();
    assert_eq!(serde_json::from_value::<Ladder>(json).unwrap(), without_base);
}

#[test]
fn two_tiers_differ_in_threshold_and_name() {
    let mut renamed = tier(4, 70);
    renamed.terms.name = "TIER 2".parse().unwrap();
    let table = [
        (tier(2, 70), LadderError::SameId(tier_id(2)), "/id", "id_taken"),
        (tier(4, 50), LadderError::SameThreshold(tier_id(4)), "/threshold", "threshold_taken"),
        (renamed.clone(), LadderError::SameName(tier_id(4)), "/name", "name_taken"),
    ];
    for (tier, expected, pointer, code) in table {
        let error = seed_ladder().with(tier).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!((error.field().pointer.as_str(), &*error.field().code), (pointer, code));
    }
    // In its own place, a tier may keep both.
    let mut same = tier(2, 50);
    same.terms.name = "TIER 2".parse().unwrap();
    assert_eq!(seed_ladder().replacing(same.clone()).unwrap().get(tier_id(2)), Some(&same));
    assert_eq!(seed_ladder().replacing(tier(2, 100)), Err(LadderError::SameThreshold(tier_id(2))));
    let many = (1..).take(MAX_TIERS).map(|number| tier(number, i64::try_from(number).unwrap()));
    let full = Ladder::new(many).unwrap();
    assert_eq!(full.with(tier(99, 0)), Err(LadderError::TooMany));
}

#[test]
fn progress_is_counted_in_what_it_is() {
    let usd = "USD".parse().unwrap();
    for (basis, one, many) in [
        (TierBasis::PointsEarned, "1 point", "1,240 points"),
        (TierBasis::Spend, "$0.01", "$12.40"),
        (TierBasis::Purchases, "1 purchase", "1,240 purchases"),
        (TierBasis::ReferralCredits, "1 referral credit", "1,240 referral credits"),
    ] {
        assert_eq!((basis.counted(1, usd).as_str(), basis.counted(1_240, usd).as_str()), (one, many));
        assert_eq!(basis.counted(-5, usd), basis.counted(0, usd));
        assert_eq!(basis.as_str().parse(), Ok(basis));
        assert_eq!(serde_json::to_value(basis).unwrap(), basis.as_str());
    }
}
