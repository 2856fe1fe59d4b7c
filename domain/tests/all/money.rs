//! Golden scenarios G8 and G31: money, rates and rounding are exact.

use perennial_domain::money::{Amount, Currency, format_amount};
use perennial_domain::points::{Points, Rate, RateError, Rounding};
use perennial_domain::promotion::RuleSet;
use serde_json::json;

use super::support::*;

#[test]
fn g8_a_hundred_points_per_dollar_on_19_99() {
    let rules = rules([json!({"award_rate": "100"})]);
    let facts = purchase().line("A", 1_999);
    assert_eq!(points(&facts, &rules), 1_999);
}

#[test]
fn g8_each_line_is_rounded_once_and_the_lines_add_up() {
    // 10 points per dollar: 1.005 + 0.999 + 0.009 dollars in tenths of cents would be 20; per line 10 + 9 + 0.
    let facts = purchase().line("A", 105).line("B", 99).line("C", 9);
    let evaluation = earn(&facts, &rules([json!({"award_rate": "10"})]));
    let lines: Vec<_> = evaluation.lines.iter().map(|line| line.points.get()).collect();
    assert_eq!(lines, [10, 9, 0]);
    assert_eq!(evaluation.points.get(), 19);
}

#[test]
fn g31_tenths_add_without_error() {
    // 0.1 + 0.2 points per dollar on 10 dollars is exactly 3; with floats it would be 2.9999….
    let facts = purchase().line("A", 1_000);
    assert_eq!(points(&facts, &rules([json!({"award_rate": "0.1"}), json!({"award_rate": "0.2"})])), 3);
    // 1.1 × 1.1 × 100 is exactly 121.
    let rates = [json!({"award_rate": "100"}), json!({"multiplier": "1.1"}), json!({"multiplier": "1.1"})];
    assert_eq!(points(&purchase().line("A", 100), &rules(rates)), 121);
    // 0.29 × 100 is 28.999… as a float.
    assert_eq!(points(&purchase().line("A", 29), &rules([json!({"award_rate": "100"})])), 29);
}

#[test]
fn g31_currencies_with_three_and_without_decimals() {
    let rules = rules([json!({"award_rate": "10"})]);
    // KWD 1.234 is 1234 fils.
    assert_eq!(points(&purchase().currency("KWD").line("A", 1_234), &rules), 12);
    assert_eq!(points(&purchase().currency("KWD").line("A", 99), &rules), 0);
    assert_eq!(points(&purchase().currency("KWD").line("A", 100), &rules), 1);
    assert_eq!(points(&purchase().currency("JPY").line("A", 500), &rules), 5_000);
    assert_eq!(points(&purchase().currency("JPY").line("A", 1), &rules), 10);
    assert_eq!(points(&purchase().currency("USD").line("A", 500), &rules), 50);
}

#[test]
fn rounding_at_the_half() {
    use Rounding::{Ceil, Floor, HalfEven, HalfUp};
    // cents at 10 points a dollar, so that 85 cents are 8.5 points
    let table = [
        (80, [8, 8, 8, 8]),
        (81, [8, 8, 8, 9]),
        (84, [8, 8, 8, 9]),
        (85, [8, 9, 8, 9]),
        (86, [8, 9, 9, 9]),
        (95, [9, 10, 10, 10]),
        (99, [9, 10, 10, 10]),
        (1, [0, 0, 0, 1]),
        (5, [0, 1, 0, 1]),
    ];
    for (cents, expected) in table {
        for (rounding, expected) in [Floor, HalfUp, HalfEven, Ceil].into_iter().zip(expected) {
            let rules = RuleSet { rounding, ..rules([json!({"award_rate": "10"})]) };
            assert_eq!(points(&purchase().line("A", cents), &rules), expected, "{cents} cents, {rounding:?}");
        }
    }
}

#[test]
fn nothing_is_rounded_in_between() {
    // 0.5 × 3 × 0.67 dollars: 1.005 points exactly; rounding the base first would give 0.
    let promotions = [json!({"award_rate": "0.5"}), json!({"multiplier": "3"})];
    assert_eq!(points(&purchase().line("A", 67), &rules(promotions)), 1);
}

#[test]
fn division_rounds_as_its_name_says() {
    assert_eq!(Rounding::Floor.divide(7, 0), None);
    assert_eq!(Rounding::HalfUp.divide(u128::MAX, u128::MAX), Some(1));
    assert_eq!(Rounding::HalfUp.divide(u128::MAX - 1, u128::MAX), Some(1));
    assert_eq!(Rounding::Ceil.divide(1, u128::MAX), Some(1));
    assert_eq!(Rounding::HalfEven.divide(3, 2), Some(2));
    assert_eq!(Rounding::HalfEven.divide(1, 2), Some(0));
    for rounding in Rounding::ALL {
        assert_eq!(rounding.divide(12, 4), Some(3));
        assert_eq!(rounding.as_str().parse::<Rounding>().unwrap(), rounding);
        assert_eq!(serde_json::to_value(rounding).unwrap(), rounding.as_str());
    }
}

#[test]
fn rates_are_read_and_written_exactly() {
    for (text, written) in [
        ("0", "0"),
        ("10", "10"),
        ("2.5", "2.5"),
        ("2.50", "2.5"),
        ("0.000001", "0.000001"),
        ("007.10", "7.1"),
        ("1000000", "1000000"),
        ("1.0000000000", "1"),
    ] {
        assert_eq!(text.parse::<Rate>().unwrap().to_string(), written);
    }
    for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "١", "1.2.3", "0x1", "NaN"] {
        assert_eq!(text.parse::<Rate>(), Err(RateError::Malformed), "{text:?}");
    }
    assert_eq!("0.0000001".parse::<Rate>(), Err(RateError::TooPrecise));
    for text in ["1000000.000001", "1000001", "99999999999999999999999999"] {
        assert_eq!(text.parse::<Rate>(), Err(RateError::TooLarge), "{text:?}");
    }
    assert_eq!(Rate::whole(3).unwrap(), "3".parse().unwrap());
    assert_eq!(Rate::whole(1_000_001), Err(RateError::TooLarge));
}

#[test]
fn amounts_stay_within_what_json_reads_exactly() {
    assert!(Amount::new(-1).is_err());
    assert!(Amount::new(0).is_ok());
    assert!(Amount::new(9_007_199_254_740_991).is_ok());
    assert!(Amount::new(9_007_199_254_740_992).is_err());
    assert_eq!(Amount::MAX.checked_add(amount(1)), None);
    assert_eq!(Amount::ZERO.checked_sub(amount(1)), None);
    assert_eq!(amount(3).checked_mul(4), Some(amount(12)));
    assert_eq!(Amount::MAX.checked_mul(2), None);
    assert_eq!(Amount::saturating(amount(12).unsigned()), amount(12));
    for above in [9_007_199_254_740_992, u64::MAX] {
        assert_eq!(Amount::saturating(above), Amount::MAX);
    }
    assert_eq!(amount(1).checked_mul(u64::MAX), None);
    assert!(serde_json::from_str::<Amount>("-1").is_err());
    assert!(serde_json::from_str::<Amount>("1.5").is_err());
    assert!(serde_json::from_str::<Amount>("\"1\"").is_err());
    assert_eq!(serde_json::from_str::<Amount>("1999").unwrap(), amount(1_999));
}

#[test]
fn amounts_for_people() {
    for (code, minor_units, text) in [
        ("USD", 1_999, "$19.99"),
        ("USD", 0, "$0.00"),
        ("USD", 5, "$0.05"),
        ("USD", 123_456_789, "$1,234,567.89"),
        ("USD", 100_000, "$1,000.00"),
        ("JPY", 500, "¥500"),
        ("JPY", 1_234_567, "¥1,234,567"),
        ("KWD", 1_234, "KWD 1.234"),
        ("KWD", 4, "KWD 0.004"),
        ("EUR", 250, "€2.50"),
        ("CHF", 250, "CHF 2.50"),
        ("CAD", 250, "CA$2.50"),
        ("USD", 9_007_199_254_740_991, "$90,071,992,547,409.91"),
    ] {
        assert_eq!(format_amount(amount(minor_units), code.parse().unwrap()), text);
    }
}

#[test]
fn currencies_are_those_of_iso_4217() {
    for (code, digits) in [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("ZWG", 2)]
    {
        let currency: Currency = code.parse().unwrap();
        assert_eq!((currency.code(), currency.minor_digits()), (code, digits));
        assert_eq!(serde_json::to_value(currency).unwrap(), code);
        assert_eq!(serde_json::from_value::<Currency>(json!(code)).unwrap(), currency);
    }
    for text in ["", " ", "usd", "US", "USDX", "XXX", "XAU", "D A", "AED "] {
        assert!(text.parse::<Currency>().is_err(), "{text:?}");
    }
    let all: Vec<_> = Currency::all().collect();
    assert!(all.len() > 150);
    assert!(all.windows(2).all(|pair| pair[0].code() < pair[1].code()), "sorted, each once");
    assert!(all.iter().all(|currency| currency.code().parse() == Ok(*currency)));
}

#[test]
fn points_are_checked() {
    assert_eq!(Points::MAX.checked_add(Points::new(1)), None);
    assert_eq!(Points::new(-5).checked_add(Points::new(3)), Some(Points::new(-2)));
    assert_eq!(Points::new(i64::MIN).checked_sub(Points::new(1)), None);
    assert_eq!(Points::checked_sum([Points::MAX, Points::new(1)]), None);
    assert_eq!(Points::new(1).counted(), "1 point");
    assert_eq!(Points::new(-1_240).counted(), "−1,240 points");
    assert_eq!(Points::new(0).counted(), "0 points");
}

#[test]
fn the_largest_purchases_overflow_with_an_error_instead_of_a_wrong_number() {
    use perennial_domain::evaluate::{CompiledRules, EvaluationError, evaluate};
    let largest = Amount::MAX.get();
    let earned =
        |rate: &str, facts| evaluate(&facts, &CompiledRules::new(&rules([json!({"award_rate": rate})])));
    // One point a cent is exactly the largest number of points.
    assert_eq!(earned("100", purchase().line("A", largest)).unwrap().points, Points::MAX);
    assert_eq!(
        earned("100.000001", purchase().line("A", 1).line("A", largest)),
        Err(EvaluationError::Overflow { line: Some(1) }),
    );
    assert_eq!(
        earned("100", purchase().line("A", largest).line("A", 1)),
        Err(EvaluationError::Overflow { line: None }),
    );
    // The product of many long decimals leaves 128 bits.
    let mut promotions = vec![json!({"award_rate": "999999.999999"})];
    promotions.extend(std::iter::repeat_n(json!({"multiplier": "999.999999"}), 8));
    let rules = CompiledRules::new(&rules(promotions));
    assert_eq!(
        evaluate(&purchase().line("A", 0).line("A", 1), &rules),
        Err(EvaluationError::Overflow { line: Some(1) }),
    );
}

#[test]
fn a_long_but_reasonable_chain_of_multipliers_is_fine() {
    let mut promotions = vec![json!({"award_rate": "10"})];
    promotions.extend(std::iter::repeat_n(json!({"multiplier": "1.05"}), 10));
    // 1.05^10 × 10,000 = 16288.946…
    assert_eq!(points(&purchase().line("A", 100_000), &rules(promotions)), 16_288);
}
