//! What rounding leaves, carried over to the customer's next purchase.

use perennial_domain::evaluate::{
    CompiledRules, Evaluation, EvaluationError, Outcome, PurchaseFacts, Remainders, carrying, evaluate,
};
use perennial_domain::points::{Remainder, RemainderError, Rounding};
use perennial_domain::promotion::RuleSet;
use serde_json::{Value, json};

use super::support::*;

/// Promotions of a merchant who carries over.
fn carried(promotions: impl IntoIterator<Item = Value>) -> RuleSet {
    RuleSet { carry_over: true, ..rules(promotions) }
}

fn remainder(text: &str) -> Remainder {
    text.parse().unwrap()
}

/// What is carried after a purchase, by promotion.
fn after(evaluation: &Evaluation) -> Vec<(u128, String)> {
    let carried = evaluation.carried.iter();
    carried.map(|carried| (carried.promotion_id.uuid().as_u128(), carried.after.to_string())).collect()
}

/// Makes purchases of these amounts one after the other; gives what each earned, and what is carried in the end.
fn one_after_the_other(amounts: &[i64], rules: &RuleSet) -> (Vec<i64>, Remainders) {
    let mut remainders = Remainders::default();
    let mut earned = Vec::new();
    for paid in amounts {
        let facts = PurchaseFacts { remainders: remainders.clone(), ..purchase().line("A", *paid) };
        let evaluation = earn(&facts, rules);
        earned.push(evaluation.points.get());
        for carried in evaluation.carried {
            assert_eq!(carried.before, remainders.of(carried.promotion_id));
            remainders.set(carried.promotion_id, carried.after);
        }
    }
    (earned, remainders)
}

#[test]
fn two_halves_make_a_point() {
    let rate = json!({"award_rate": "1"});
    let first = earn(&purchase().line("A", 50), &carried([rate.clone()]));
    assert_eq!((first.points.get(), after(&first)), (0, vec![(1, "0.5".to_owned())]));
    let second = earn(&purchase().line("A", 50).carrying(1, "0.5"), &carried([rate.clone()]));
    assert_eq!((second.points.get(), after(&second)), (1, vec![(1, "0".to_owned())]));
    assert_eq!(second.lines[0].applied[0].carried, Some(remainder("-0.5")));
    assert_eq!(
        alone(&purchase().line("A", 50).carrying(1, "0.5"), rate),
        0,
        "only where the merchant says so"
    );
}

#[test]
fn each_way_of_rounding_gives_the_same_in_the_end() {
    for (rounding, earned, left) in [
        (Rounding::Floor, [0, 0, 0, 1, 0], "0.5"),
        (Rounding::HalfUp, [0, 1, 0, 0, 1], "-0.5"),
        (Rounding::HalfEven, [0, 1, 0, 0, 0], "0.5"),
        (Rounding::Ceil, [1, 0, 0, 1, 0], "-0.5"),
    ] {
        let rules = RuleSet { rounding, ..carried([json!({"award_rate": "1"})]) };
        let (found, remainders) = one_after_the_other(&[30; 5], &rules);
        assert_eq!(found, earned, "{rounding:?}");
        assert_eq!(remainders.of(id(1)), remainder(left), "{rounding:?}");
    }
}

#[test]
fn each_promotion_carries_its_own() {
    let promotions = [json!({"award_rate": "1"}), json!({"multiplier": "1.5"}), json!({"flat_points": 3})];
    let rules = carried(promotions);
    let first = earn(&purchase().line("A", 50), &rules);
    assert_eq!(by_promotion(&first), [(1, 0), (2, 0), (3, 3)]);
    assert_eq!(after(&first), [(1, "0.5".to_owned()), (2, "0.25".to_owned())], "flat points are whole");
    assert_eq!(first.applied[0].carried, None);
    let (earned, remainders) = one_after_the_other(&[50; 4], &rules);
    assert_eq!(earned, [3, 4, 3, 5]);
    assert!(remainders.is_empty());
}

#[test]
fn the_lines_of_a_purchase_carry_from_one_to_the_next() {
    let facts = purchase().line("A", 60).line("B", 60).line("C", 0).line("D", 90);
    let evaluation = earn(&facts, &carried([json!({"award_rate": "1"})]));
    let lines: Vec<_> = evaluation.lines.iter().map(|line| line.points.get()).collect();
    assert_eq!(lines, [0, 1, 0, 1]);
    assert_eq!(after(&evaluation), [(1, "0.1".to_owned())]);
}

#[test]
fn caps_take_whole_points_and_leave_what_is_carried() {
    let facts = purchase().line("A", 340).carrying(1, "0.7");
    for promotion in [
        json!({"award_rate": "1", "max_points_per_purchase": 2}),
        json!({"award_rate": "1", "max_points_per_customer": {"points": 2, "per": "ever"}}),
        json!({"award_rate": "1", "budget": {"points": 2, "when_exhausted": "partial"}}),
    ] {
        let evaluation = earn(&facts, &carried([promotion]));
        let applied = &evaluation.lines[0].applied[0];
        assert_eq!((applied.points.get(), applied.cut.get()), (2, 2));
        assert_eq!(applied.carried, Some(remainder("-0.6")));
        assert_eq!(after(&evaluation), [(1, "0.1".to_owned())]);
    }
}

#[test]
fn what_was_given_ahead_is_made_up_for_first() {
    let rules = carried([json!({"award_rate": "1"})]);
    for (before, paid, points, left) in [
        ("-2.25", 150, 0, "-0.75"),
        ("-2.25", 225, 0, "0"),
        ("-2.25", 325, 1, "0"),
        ("-0.75", 300, 2, "0.25"),
        ("-0.25", 25, 0, "0"),
    ] {
        let evaluation = earn(&purchase().line("A", paid).carrying(1, before), &rules);
        assert_eq!((evaluation.points.get(), after(&evaluation)), (points, vec![(1, left.to_owned())]));
    }
}

#[test]
fn who_has_no_part_in_a_line_leaves_what_is_carried() {
    // By another way of rounding what is carried would be a point by now.
    let halves = [json!({"award_rate": "1"}), json!({"multiplier": "0.5"})];
    let rules = RuleSet { rounding: Rounding::Ceil, ..carried(halves) };
    let evaluation = earn(&purchase().line("A", 200).carrying(2, "0.9"), &rules);
    assert_eq!(by_promotion(&evaluation), [(1, 1), (2, 0)]);
    assert_eq!(after(&evaluation), [(1, "0".to_owned()), (2, "0.9".to_owned())]);
    let other = [json!({"award_rate": "1", "products": {"include": ["B"]}}), json!({"award_rate": "1"})];
    let evaluation = earn(&purchase().line("A", 50).carrying(1, "0.9"), &carried(other));
    assert_eq!(after(&evaluation), [(2, "0.5".to_owned())]);
}

#[test]
fn whoever_is_best_is_so_with_what_is_carried() {
    let best = |rate: &str| json!({"award_rate": rate, "stacking": {"mode": "best"}});
    let rules = carried([best("1.5"), best("1")]);
    let winner = |facts: &PurchaseFacts| earn(facts, &rules).lines[0].applied[0].promotion_id;
    assert_eq!(winner(&purchase().line("A", 50)), id(1));
    assert_eq!(winner(&purchase().line("A", 50).carrying(2, "0.9")), id(2));
}

#[test]
fn what_has_to_be_known_is_named() {
    let promotions = [
        json!({"flat_points": 3}),
        json!({"multiplier": "2", "max_points_per_customer": {"points": 5, "per": "ever"}}),
        json!({"award_rate": "1", "retailers": ["elsewhere"]}),
        json!({"award_rate": "1"}),
    ];
    let facts = purchase().line("A", 100).given(2, 5, None);
    let named = |rules: &RuleSet| carrying(&facts, &CompiledRules::new(rules));
    assert_eq!(named(&carried(promotions.clone())), [id(2), id(4)]);
    assert_eq!(named(&rules(promotions)), []);
}

#[test]
fn billionths_count_and_less_does_not() {
    let promotions = [json!({"award_rate": "0.000001"}), json!({"multiplier": "1.19"})];
    let evaluation = earn(&purchase().line("A", 1), &carried(promotions));
    assert_eq!(after(&evaluation), [(1, "0.00000001".to_owned()), (2, "0.000000001".to_owned())]);
}

#[test]
fn more_than_can_be_counted_is_an_error_and_nothing_else() {
    let most = 9_007_199_254_740_991;
    let compiled = |rate: &str| CompiledRules::new(&carried([json!({"award_rate": rate})]));
    let overflow = Err(EvaluationError::Overflow { line: Some(0) });
    assert_eq!(evaluate(&purchase().line("A", most), &compiled("1000000")), overflow);
    let (largest, smallest) = ("9223372036.854775807", "-9223372036.854775808");
    let earned = evaluate(&purchase().line("A", 100).carrying(1, largest), &compiled("1")).unwrap();
    assert_eq!((earned.points.get(), after(&earned)), (9_223_372_037, vec![(1, "0.854775807".to_owned())]));
    let earned = evaluate(&purchase().line("A", 100).carrying(1, smallest), &compiled("1")).unwrap();
    assert_eq!((earned.points.get(), after(&earned)[0].1.as_str()), (0, "-9223372035.854775808"));
    // So much was owed that what makes up for it cannot be told.
    assert_eq!(
        evaluate(&purchase().line("A", 1_000_000_000_000).carrying(1, smallest), &compiled("1")),
        overflow
    );
}

#[test]
fn the_explanation_tells_what_came_from_before_and_what_is_carried_on() {
    let rules = carried([json!({"name": "Base", "award_rate": "1"}), json!({"flat_points": 3})]);
    let explanation = why(&purchase().line("A", 50).line("B", 25).carrying(1, "0.4"), &rules);
    let lines: Vec<_> = explanation.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        lines,
        [
            "1 point per $1 on $0.50: 0 (0.4 carried from before, 0.9 carried on)",
            "1 point per $1 on $0.25: 1 (0.9 carried from before, 0.15 carried on)",
        ]
    );
    assert!(explanation.carry_over);
    assert_eq!(explanation.lines[0].exact, "0.5");
    let over = &explanation.lines[1].carried[0];
    assert_eq!((over.promotion_id, over.carried.before), (id(1), remainder("0.9")));
    let Outcome::Applied { carried: Some(over), .. } = &explanation.promotions[0].outcome else {
        panic!("it carries")
    };
    assert_eq!((over.before, over.after), (remainder("0.4"), remainder("0.15")));
    assert_eq!(over.text, "0.4 carried from before, 0.15 carried on");
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["promotions"][0]["carried"]["after"], "0.15");
    assert_eq!(json["promotions"][1].get("carried"), None, "flat points carry nothing");
    assert_eq!(serde_json::from_value::<perennial_domain::evaluate::Explanation>(json).unwrap(), explanation);

    let ahead = why(&purchase().line("A", 25).carrying(1, "-0.5"), &rules);
    assert_eq!(ahead.lines[0].text, "1 point per $1 on $0.25: 0 (0.5 owed from before, 0.25 owed on)");
    let whole = why(&purchase().line("A", 100), &rules);
    assert_eq!(whole.lines[0].text, "1 point per $1 on $1.00: 1");
}

#[test]
fn without_it_nothing_of_it_is_stored() {
    let rules = rules([json!({"award_rate": "1"})]);
    let facts = purchase().line("A", 50);
    for json in [
        serde_json::to_string(&rules).unwrap(),
        serde_json::to_string(&facts).unwrap(),
        serde_json::to_string(&earn(&facts, &rules)).unwrap(),
        serde_json::to_string(&why(&facts, &rules)).unwrap(),
    ] {
        assert!(!json.contains("carr") && !json.contains("remainder"), "{json}");
    }
}

#[test]
fn remainders_are_decimals() {
    for (text, billionths, written) in [
        ("0", 0, "0"),
        ("-0", 0, "0"),
        ("0.4", 400_000_000, "0.4"),
        ("-0.25", -250_000_000, "-0.25"),
        ("12.500000000000", 12_500_000_000, "12.5"),
        ("-3", -3_000_000_000, "-3"),
        ("0.000000001", 1, "0.000000001"),
        ("9223372036.854775807", i64::MAX, "9223372036.854775807"),
        ("-9223372036.854775808", i64::MIN, "-9223372036.854775808"),
    ] {
        assert_eq!(remainder(text).billionths(), billionths, "{text}");
        assert_eq!(Remainder::from_billionths(billionths).to_string(), written);
        assert_eq!(serde_json::to_value(remainder(text)).unwrap(), json!(written));
    }
    for (text, error) in [
        ("", RemainderError::Malformed),
        ("-", RemainderError::Malformed),
        ("+1", RemainderError::Malformed),
        ("--1", RemainderError::Malformed),
        ("1.", RemainderError::Malformed),
        (".5", RemainderError::Malformed),
        ("1e3", RemainderError::Malformed),
        ("0.0000000001", RemainderError::TooPrecise),
        ("9223372036.854775808", RemainderError::TooLarge),
        ("99999999999999999999999999999999999999999", RemainderError::TooLarge),
    ] {
        assert_eq!(text.parse::<Remainder>(), Err(error), "{text}");
    }
    assert_eq!(Remainder::saturating(i128::MIN).billionths(), i64::MIN);
    assert_eq!(Remainder::saturating(i128::MAX).billionths(), i64::MAX);
}
