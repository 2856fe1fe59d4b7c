//! What holds for every purchase and every set of promotions.

use std::collections::BTreeMap;

use perennial_domain::codes::ClaimCode;
use perennial_domain::evaluate::{Applied, PurchaseFacts};
use perennial_domain::points::{Points, Rate, Rounding};
use perennial_domain::promotion::{Effect, PromotionInput, PromotionTerms, RuleSet};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::oracle::oracle;
use super::support::*;

fn rate() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..50).prop_map(|whole| whole.to_string()),
        (1_u32..500).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)),
        (1_u32..30_000).prop_map(|thousandths| format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)),
    ]
}

fn multiplier() -> impl Strategy<Value = String> {
    (1_u32..60).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10))
}

fn effect() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        3 => rate().prop_map(|rate| ("award_rate", json!(rate))),
        3 => multiplier().prop_map(|factor| ("multiplier", json!(factor))),
        1 => (1_i64..500).prop_map(|points| ("flat_points", json!(points))),
    ]
}

fn matchers() -> impl Strategy<Value = Vec<&'static str>> {
    let names = ["A", "B", "category:food", "category:drinks", "tag:cold", "tag:fresh"];
    proptest::sample::subsequence(names.to_vec(), 0..=2)
}

fn promotion_json() -> impl Strategy<Value = Value> {
    (
        effect(),
        (matchers(), matchers()),
        proptest::option::of(0_i64..20_000),
        proptest::option::of(1_i64..300),
        (
            proptest::sample::select(vec!["a", "b", "c"]),
            proptest::sample::select(vec!["add", "add", "best", "exclusive"]),
        ),
        -2..3_i32,
        (any::<bool>(), proptest::sample::select(vec!["mitte", "mitte", "nord"]), any::<bool>()),
    )
        .prop_map(
            |((effect, value), (include, exclude), minimum, cap, (group, mode), priority, rest)| {
                let (first_purchase_only, retailer, any_retailer) = rest;
                let mut json = json!({
                    "name": "P",
                    "products": {"include": include, "exclude": exclude},
                    "stacking": {"group": group, "mode": mode},
                    "priority": priority,
                    "first_purchase_only": first_purchase_only,
                });
                json[effect] = value;
                if let Some(minimum) = minimum {
                    json["minimum_amount"] = json!(minimum);
                }
                if let Some(cap) = cap {
                    json["max_points_per_purchase"] = json!(cap);
                }
                if !any_retailer {
                    json["retailers"] = json!([retailer]);
                }
                json
            },
        )
}

fn rounding() -> impl Strategy<Value = Rounding> {
    proptest::sample::select(Rounding::ALL.to_vec())
}

fn rule_set() -> impl Strategy<Value = RuleSet> {
    (rounding(), proptest::collection::vec(promotion_json(), 0..7))
        .prop_map(|(rounding, promotions)| RuleSet { rounding, ..rules(promotions) })
}

fn facts() -> impl Strategy<Value = PurchaseFacts> {
    let paid = prop_oneof![1 => Just(0_i64), 4 => 1..300_i64, 4 => 1..20_000_i64];
    let product = proptest::sample::select(vec![
        Some(("A", Some("food"), &["fresh"][..])),
        Some(("B", Some("drinks"), &["cold", "fresh"])),
        Some(("C", None, &[])),
        None,
    ]);
    let lines = proptest::collection::vec((product, paid), 0..6);
    let currency = proptest::sample::select(vec!["USD", "JPY", "KWD"]);
    (lines, currency, any::<bool>()).prop_map(|(lines, currency, first)| {
        let facts =
            lines.into_iter().fold(purchase().currency(currency), |facts, (known, paid)| match known {
                Some((sku, category, tags)) => facts.product(product_of(sku, category, tags), paid),
                None => facts.unknown(Some("A"), paid),
            });
        if first { facts.first() } else { facts }
    })
}

fn product_of(sku: &str, category: Option<&str>, tags: &[&str]) -> perennial_domain::evaluate::KnownProduct {
    product(sku, category, tags)
}

fn by_id(applied: &[Applied]) -> BTreeMap<u128, i64> {
    applied.iter().map(|applied| (applied.promotion_id.uuid().as_u128(), applied.points.get())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, ..ProptestConfig::default() })]

    #[test]
    fn the_evaluation_is_that_of_the_plain_one((facts, rules) in (facts(), rule_set())) {
        let evaluation = earn(&facts, &rules);
        let (lines, flat) = oracle(&facts, &rules);
        let found: Vec<_> = evaluation.lines.iter().map(|line| by_id(&line.applied)).collect();
        prop_assert_eq!(found, lines);
        prop_assert_eq!(by_id(&evaluation.applied), flat);
    }

    #[test]
    fn sums_add_up_and_nothing_is_negative((facts, rules) in (facts(), rule_set())) {
        let evaluation = earn(&facts, &rules);
        prop_assert_eq!(evaluation.lines.len(), facts.lines.len());
        for line in &evaluation.lines {
            prop_assert_eq!(line.points.get(), total(line.applied.iter().map(|applied| applied.points)));
            prop_assert!(line.applied.iter().all(|applied| applied.points >= Points::ZERO && applied.cut >= Points::ZERO));
        }
        let lines = total(evaluation.lines.iter().map(|line| line.points));
        let flat = total(evaluation.applied.iter().map(|applied| applied.points));
        prop_assert_eq!(evaluation.points.get(), lines + flat);
        prop_assert!(evaluation.applied.iter().all(|applied| applied.points >= Points::ZERO));
    }

    #[test]
    fn the_order_of_promotions_means_nothing(
        (facts, rules, shuffled) in (facts(), rule_set()).prop_flat_map(|(facts, rules)| {
            let shuffled = Just(rules.promotions.clone()).prop_shuffle();
            (Just(facts), Just(rules), shuffled)
        })
    ) {
        let shuffled = RuleSet { promotions: shuffled, ..rules };
        prop_assert_eq!(earn(&facts, &rules), earn(&facts, &shuffled));
        prop_assert_eq!(why(&facts, &rules), why(&facts, &shuffled));
    }

    #[test]
    fn the_order_of_lines_means_nothing_without_caps(
        (facts, mut rules) in (facts(), rule_set()),
    ) {
        for promotion in &mut rules.promotions {
            promotion.versions[0].terms.max_points_per_purchase = None;
        }
        let mut reversed = facts.clone();
        reversed.lines.reverse();
        let mut lines = earn(&reversed, &rules).lines;
        lines.reverse();
        prop_assert_eq!(earn(&facts, &rules).lines, lines);
    }

    #[test]
    fn caps_are_never_exceeded((facts, rules) in (facts(), rule_set())) {
        let evaluation = earn(&facts, &rules);
        for (id, given) in by_promotion(&evaluation) {
            let promotion = rules.promotions.iter().find(|promotion| promotion.id.uuid().as_u128() == id).unwrap();
            if let Some(cap) = promotion.versions[0].terms.max_points_per_purchase {
                prop_assert!(given <= cap.get());
            }
        }
    }

    #[test]
    fn a_cap_that_cuts_is_used_up((facts, rules) in (facts(), rule_set())) {
        let evaluation = earn(&facts, &rules);
        let all = || evaluation.lines.iter().flat_map(|line| &line.applied).chain(&evaluation.applied);
        for cut in all().filter(|applied| !applied.cut.is_zero()) {
            let promotion = rules.promotions.iter().find(|promotion| promotion.id == cut.promotion_id).unwrap();
            let cap = promotion.versions[0].terms.max_points_per_purchase.unwrap();
            let given = total(all().filter(|a| a.promotion_id == cut.promotion_id).map(|a| a.points));
            prop_assert_eq!(given, cap.get());
        }
    }

    #[test]
    fn rounding_never_makes_a_point_more_than_the_exact_worth(
        (facts, rate, rounding) in (facts(), rate(), rounding())
    ) {
        let rules = RuleSet { rounding, ..rules([json!({"award_rate": rate})]) };
        let millionths = i128::from(rate.parse::<Rate>().unwrap().millionths());
        let scale = 1_000_000 * 10_i128.pow(facts.currency.minor_digits());
        for (line, award) in facts.lines.iter().zip(earn(&facts, &rules).lines) {
            let exact = millionths * i128::from(line.paid.get());
            let points = i128::from(award.points.get()) * scale;
            prop_assert!(points < exact + scale && points > exact - scale, "{points} of {exact}, {rounding:?}");
            if rounding == Rounding::Floor {
                prop_assert!(points <= exact);
            }
        }
    }

    #[test]
    fn the_explanation_has_the_numbers_of_the_evaluation((facts, rules) in (facts(), rule_set())) {
        let (evaluation, explanation) = (earn(&facts, &rules), why(&facts, &rules));
        prop_assert_eq!(evaluation.points, explanation.points);
        prop_assert_eq!(&evaluation.applied, &explanation.applied);
        for (line, explained) in evaluation.lines.iter().zip(&explanation.lines) {
            prop_assert_eq!(line.points, explained.points);
            prop_assert_eq!(&line.applied, &explained.applied);
        }
        prop_assert_eq!(evaluation.lines.len(), explanation.lines.len());
        // Every promotion is accounted for, once.
        prop_assert_eq!(explanation.promotions.len(), rules.promotions.len());
        let json = serde_json::to_string(&explanation).unwrap();
        prop_assert_eq!(serde_json::from_str::<perennial_domain::evaluate::Explanation>(&json).unwrap(), explanation);
    }

    #[test]
    fn what_is_stored_comes_back((facts, rules) in (facts(), rule_set())) {
        let json = serde_json::to_string(&rules).unwrap();
        let stored: RuleSet = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&stored, &rules);
        let json = serde_json::to_string(&facts).unwrap();
        let stored_facts: PurchaseFacts = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&stored_facts, &facts);
        prop_assert_eq!(earn(&stored_facts, &stored), earn(&facts, &rules));
        let evaluation = earn(&facts, &rules);
        let json = serde_json::to_string(&evaluation).unwrap();
        prop_assert_eq!(serde_json::from_str::<perennial_domain::evaluate::Evaluation>(&json).unwrap(), evaluation);
    }

    #[test]
    fn terms_survive_their_way_through_the_api(json in promotion_json()) {
        let terms = terms(json);
        let text = serde_json::to_string(&terms).unwrap();
        prop_assert_eq!(&serde_json::from_str::<PromotionTerms>(&text).unwrap(), &terms);
        prop_assert_eq!(&PromotionInput::from(terms.clone()).check().unwrap(), &terms);
    }

    #[test]
    fn rates_survive_their_way_through_text(millionths in 0..=Rate::MAX.millionths()) {
        let text = format!("{}.{:06}", millionths / Rate::SCALE, millionths % Rate::SCALE);
        let rate: Rate = text.parse().unwrap();
        prop_assert_eq!(rate.millionths(), millionths);
        prop_assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate);
    }

    #[test]
    fn claim_codes_survive_their_way_through_a_receipt(random in any::<[u8; 10]>()) {
        let code = ClaimCode::from_random(random);
        prop_assert_eq!(&ClaimCode::new(&code.grouped().to_lowercase()).unwrap(), &code);
    }

    #[test]
    fn input_of_any_kind_never_panics(text in any::<String>(), number in any::<i64>()) {
        let input = PromotionInput {
            name: text.clone(),
            award_rate: Some(text.clone()),
            flat_points: Some(number),
            minimum_amount: Some(number),
            starts_at: Some(text.clone()),
            ..PromotionInput::default()
        };
        prop_assert!(input.check().is_err());
        // Whatever these answer, they answer.
        let _ = text.parse::<perennial_domain::codes::Email>();
        let _ = text.parse::<perennial_domain::codes::Phone>();
        let _ = text.parse::<perennial_domain::codes::ClaimCode>();
        let _ = text.parse::<perennial_domain::codes::Slug>();
        let _ = text.parse::<perennial_domain::money::Currency>();
        let _ = text.parse::<Rate>();
    }
}

#[test]
fn effects_are_as_they_are_stored() {
    let effect = Effect::AwardRate("2.5".parse().unwrap());
    assert_eq!(serde_json::to_value(effect).unwrap(), json!({"award_rate": "2.5"}));
}
