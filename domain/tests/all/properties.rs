//! What holds for every purchase and every set of promotions.

use std::collections::BTreeMap;

use perennial_domain::codes::ClaimCode;
use perennial_domain::evaluate::{
    Applied, CompiledRules, CutReason, LimitUse, Outcome, PurchaseFacts, limited,
};
use perennial_domain::ids::PromotionId;
use perennial_domain::points::{Points, Rate, Rounding};
use perennial_domain::promotion::{Effect, PromotionInput, PromotionTerms, RuleSet, WhenExhausted};
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

pub fn promotion_json() -> impl Strategy<Value = Value> {
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
        limits_json(),
    )
        .prop_map(
            |((effect, value), (include, exclude), minimum, cap, (group, mode), priority, rest, limits)| {
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
                json.as_object_mut().unwrap().extend(limits);
                if !any_retailer {
                    json["retailers"] = json!([retailer]);
                }
                json
            },
        )
}

/// Limits, budgets, tiers and waiting times; most promotions have few of them.
fn limits_json() -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let limit = (1_i64..400, proptest::sample::select(vec!["day", "month", "ever"]))
        .prop_map(|(points, per)| json!({"points": points, "per": per}));
    let budget = (1_i64..400, proptest::sample::select(vec!["stop", "partial"]))
        .prop_map(|(points, when)| json!({"points": points, "when_exhausted": when}));
    let tiers = proptest::sample::subsequence(vec![tier_id(1), tier_id(2)], 1..=2).prop_map(|ids| json!(ids));
    let sometimes = |value: BoxedStrategy<Value>| proptest::option::weighted(0.3, value);
    (
        sometimes(limit.boxed()),
        sometimes(budget.boxed()),
        proptest::option::weighted(0.1, tiers),
        sometimes((0_u16..30).prop_map(|days| json!(days)).boxed()),
    )
        .prop_map(|(limit, budget, tiers, pending_days)| {
            let fields = [
                ("max_points_per_customer", limit),
                ("budget", budget),
                ("tiers", tiers),
                ("pending_days", pending_days),
            ];
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
        })
}

pub fn rounding() -> impl Strategy<Value = Rounding> {
    proptest::sample::select(Rounding::ALL.to_vec())
}

pub fn rule_set() -> impl Strategy<Value = RuleSet> {
    (
        rounding(),
        prop_oneof![2 => Just(0_u16), 1 => 1_u16..20],
        proptest::collection::vec(promotion_json(), 0..7),
    )
        .prop_map(|(rounding, pending_days, promotions)| RuleSet {
            rounding,
            pending_days,
            ..rules(promotions)
        })
}

pub fn facts() -> impl Strategy<Value = PurchaseFacts> {
    let paid = prop_oneof![1 => Just(0_i64), 4 => 1..300_i64, 4 => 1..20_000_i64];
    let product = proptest::sample::select(vec![
        Some(("A", Some("food"), &["fresh"][..])),
        Some(("B", Some("drinks"), &["cold", "fresh"])),
        Some(("C", None, &[])),
        None,
    ]);
    let lines = proptest::collection::vec((product, paid), 0..6);
    let currency = proptest::sample::select(vec!["USD", "JPY", "KWD"]);
    let tier = proptest::option::of((1_u128..4, multiplier()));
    let given = proptest::collection::vec((0_i64..450, proptest::option::of(0_i64..450)), 0..7);
    (lines, currency, any::<bool>(), tier, given).prop_map(|(lines, currency, first, tier, given)| {
        let mut facts =
            lines.into_iter().fold(purchase().currency(currency), |facts, (known, paid)| match known {
                Some((sku, category, tags)) => facts.product(product_of(sku, category, tags), paid),
                None => facts.unknown(Some("A"), paid),
            });
        if let Some((number, multiplier)) = tier {
            facts = facts.tier(number, &multiplier);
        }
        for (number, (used, budget_left)) in (1..).zip(given) {
            facts = facts.given(number, used, budget_left);
        }
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
            let terms = &mut promotion.versions[0].terms;
            terms.max_points_per_purchase = None;
            terms.max_points_per_customer = None;
            terms.budget = None;
        }
        let mut reversed = facts.clone();
        reversed.lines.reverse();
        let mut lines = earn(&reversed, &rules).lines;
        lines.reverse();
        prop_assert_eq!(earn(&facts, &rules).lines, lines);
    }

    #[test]
    fn caps_limits_and_budgets_are_never_exceeded((facts, rules) in (facts(), rule_set())) {
        let evaluation = earn(&facts, &rules);
        for (number, given) in by_promotion(&evaluation) {
            let terms = &rules.promotions.iter().find(|promotion| promotion.id == id(number)).unwrap().versions[0].terms;
            let before = facts.limits.of(id(number));
            if let Some(cap) = terms.max_points_per_purchase {
                prop_assert!(given <= cap.get());
            }
            if let Some(limit) = terms.max_points_per_customer {
                prop_assert!(given + before.used.get() <= limit.points.get().max(before.used.get()));
            }
            if let Some(budget) = terms.budget {
                prop_assert!(given <= before.budget_left.unwrap_or(budget.points).get());
            }
        }
    }

    #[test]
    fn every_cut_is_explained((facts, rules) in (facts(), rule_set())) {
        for promotion in why(&facts, &rules).promotions {
            let Outcome::Applied { points, cut, cuts, .. } = promotion.outcome else { continue };
            let explained = total(cuts.iter().map(|cut| match cut.reason {
                CutReason::PurchaseCap { points, .. }
                | CutReason::CustomerLimit { points, .. }
                | CutReason::Budget { points, .. } => points,
            }));
            prop_assert_eq!(explained, cut.get());
            // What cut last is used up, unless it gave nothing at all.
            match cuts.last().map(|cut| cut.reason) {
                Some(CutReason::PurchaseCap { cap, .. }) => prop_assert_eq!(points, cap),
                Some(CutReason::CustomerLimit { left, .. }) => prop_assert_eq!(points, left),
                Some(CutReason::Budget { left, when_exhausted: WhenExhausted::Partial, .. }) => {
                    prop_assert_eq!(points, left);
                }
                Some(CutReason::Budget { when_exhausted: WhenExhausted::Stop, .. }) => {
                    prop_assert_eq!(points, Points::ZERO);
                }
                None => prop_assert!(cut.is_zero()),
            }
        }
    }

    #[test]
    fn what_waits_and_what_is_used_follows_from_what_is_given((facts, rules) in (facts(), rule_set())) {
        let evaluation = earn(&facts, &rules);
        let mut waiting: BTreeMap<u16, i64> = BTreeMap::new();
        let mut used = Vec::new();
        for (number, given) in by_promotion(&evaluation) {
            let terms = &rules.promotions.iter().find(|promotion| promotion.id == id(number)).unwrap().versions[0].terms;
            let days = terms.pending_days.unwrap_or(rules.pending_days);
            if days > 0 && given > 0 {
                *waiting.entry(days).or_default() += given;
            }
            if terms.is_limited() && given > 0 {
                used.push((id(number), given));
            }
        }
        let found: Vec<_> = evaluation.pending.iter().map(|part| (part.days, part.points.get())).collect();
        prop_assert_eq!(found, waiting.into_iter().collect::<Vec<_>>());
        let found: Vec<_> = evaluation.consumed.iter().map(|it| (it.promotion_id, it.points.get())).collect();
        prop_assert_eq!(found, used);
    }

    #[test]
    fn only_the_limits_that_are_met_decide((facts, rules) in (facts(), rule_set())) {
        let compiled = CompiledRules::new(&rules);
        let met = limited(&facts, &compiled);
        let mut known = facts.clone();
        known.limits = met.iter().map(|met| (met.promotion_id, facts.limits.of(met.promotion_id))).collect();
        prop_assert_eq!(earn(&known, &rules), earn(&facts, &rules));
        prop_assert_eq!(why(&known, &rules).promotions, why(&facts, &rules).promotions);
        prop_assert!(met.is_sorted_by_key(|met| met.promotion_id));
    }

    #[test]
    fn many_purchases_never_give_more_than_a_budget_or_a_limit(
        (purchases, rules) in (proptest::collection::vec(facts(), 1..12), rule_set())
    ) {
        let mut given: BTreeMap<PromotionId, i64> = BTreeMap::new();
        let terms = |id| &rules.promotions.iter().find(|promotion| promotion.id == id).unwrap().versions[0].terms;
        for mut facts in purchases {
            facts.limits = limited(&facts, &CompiledRules::new(&rules))
                .into_iter()
                .map(|met| {
                    let used = given.get(&met.promotion_id).copied().unwrap_or(0);
                    let budget_left = met.budget.map(|budget| Points::new(budget.points.get() - used));
                    (met.promotion_id, LimitUse { used: Points::new(used), budget_left })
                })
                .collect();
            for consumed in earn(&facts, &rules).consumed {
                *given.entry(consumed.promotion_id).or_default() += consumed.points.get();
            }
        }
        for (id, given) in given {
            prop_assert!(terms(id).max_points_per_customer.is_none_or(|limit| given <= limit.points.get()));
            prop_assert!(terms(id).budget.is_none_or(|budget| given <= budget.points.get()));
        }
    }

    #[test]
    fn rounding_never_makes_a_point_more_than_the_exact_worth(
        (facts, rate, rounding) in (facts(), rate(), rounding())
    ) {
        let rules = RuleSet { rounding, ..rules([json!({"award_rate": rate})]) };
        let millionths = i128::from(rate.parse::<Rate>().unwrap().millionths());
        let tier = facts.tier.as_ref().map_or(Rate::ONE, |tier| tier.multiplier);
        let scale = i128::from(Rate::SCALE).pow(2) * 10_i128.pow(facts.currency.minor_digits());
        for (line, award) in facts.lines.iter().zip(earn(&facts, &rules).lines) {
            let exact = millionths * i128::from(tier.millionths()) * i128::from(line.paid.get());
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
