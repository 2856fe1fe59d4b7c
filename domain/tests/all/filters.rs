//! Every filter of a promotion, each side of each boundary.

use serde_json::{Value, json};

use super::support::*;

/// A promotion of 1 point per dollar with one filter, against purchases of 100 dollars.
#[track_caller]
fn check(filter: Value, facts: perennial_domain::evaluate::PurchaseFacts, expected: &[&str]) {
    let mut terms = filter;
    terms["award_rate"] = json!("1");
    let rules = rules([terms]);
    assert_eq!(misses(&facts, &rules), expected);
    assert_eq!(points(&facts, &rules) > 0, expected.is_empty(), "evaluate and explain agree");
}

#[test]
fn without_filters_everything_earns() {
    check(json!({}), purchase().line("A", 10_000), &[]);
    check(json!({}), purchase().unknown(Some("never seen"), 10_000), &[]);
    check(json!({}), purchase().unknown(None, 10_000), &[]);
}

#[test]
fn nothing_paid_earns_nothing() {
    check(json!({}), purchase().line("A", 0), &["no_matching_line"]);
    check(json!({}), purchase(), &["no_matching_line"]);
}

#[test]
fn include_and_exclude_by_sku_category_and_tag() {
    let cola = || purchase().product(product("COLA", Some("drinks"), &["cold", "sweet"]), 10_000);
    let plain = || purchase().product(product("NAIL", None, &[]), 10_000);
    let text = || purchase().unknown(Some("COLA"), 10_000);
    let none = || purchase().unknown(None, 10_000);
    let miss = &["no_matching_line"][..];
    let hit = &[][..];
    // filter, known COLA, known NAIL, the bare text COLA, no product at all
    let table = [
        (json!({"include": ["COLA"]}), [hit, miss, miss, miss]),
        (json!({"include": ["cola"]}), [miss, miss, miss, miss]),
        (json!({"include": ["category:drinks"]}), [hit, miss, miss, miss]),
        (json!({"include": ["category:food"]}), [miss, miss, miss, miss]),
        (json!({"include": ["tag:cold"]}), [hit, miss, miss, miss]),
        (json!({"include": ["tag:sweet", "NAIL"]}), [hit, hit, miss, miss]),
        (json!({"exclude": ["COLA"]}), [miss, hit, miss, hit]),
        (json!({"exclude": ["category:drinks"]}), [miss, hit, hit, hit]),
        (json!({"exclude": ["tag:sweet"]}), [miss, hit, hit, hit]),
        (json!({"exclude": ["tag:hot"]}), [hit, hit, hit, hit]),
        (json!({"include": ["category:drinks"], "exclude": ["COLA"]}), [miss, miss, miss, miss]),
        (json!({"include": ["category:drinks"], "exclude": ["tag:hot"]}), [hit, miss, miss, miss]),
    ];
    for (products, expected) in table {
        for (facts, expected) in [cola(), plain(), text(), none()].into_iter().zip(expected) {
            check(json!({"products": products}), facts, expected);
        }
    }
}

#[test]
fn only_matching_lines_earn() {
    let facts = purchase()
        .product(product("COLA", Some("drinks"), &[]), 300)
        .product(product("NAIL", Some("tools"), &[]), 500)
        .product(product("WINE", Some("drinks"), &["alcohol"]), 700);
    let promotion =
        json!({"award_rate": "1", "products": {"include": ["category:drinks"], "exclude": ["tag:alcohol"]}});
    let evaluation = earn(&facts, &rules([promotion]));
    let lines: Vec<_> = evaluation.lines.iter().map(|line| line.points.get()).collect();
    assert_eq!(lines, [3, 0, 0]);
}

#[test]
fn retailers_by_code() {
    let facts = || purchase().line("A", 10_000);
    check(json!({"retailers": ["mitte"]}), facts(), &[]);
    check(json!({"retailers": ["nord", "mitte"]}), facts(), &[]);
    check(json!({"retailers": ["nord"]}), facts(), &["retailer"]);
    check(json!({"retailers": ["Mitte"]}), facts(), &["retailer"]);
}

#[test]
fn regions() {
    let facts = || purchase().line("A", 10_000);
    check(json!({"regions": ["east"]}), facts(), &[]);
    check(json!({"regions": ["west"]}), facts(), &["region"]);
    check(json!({"regions": ["east"]}), facts().retailer(|retailer| retailer.region = None), &["region"]);
    check(json!({}), facts().retailer(|retailer| retailer.region = None), &[]);
}

#[test]
fn first_purchase() {
    let facts = || purchase().line("A", 10_000);
    check(json!({"first_purchase_only": true}), facts().first(), &[]);
    check(json!({"first_purchase_only": true}), facts(), &["not_first_purchase"]);
    check(json!({"first_purchase_only": false}), facts(), &[]);
}

#[test]
fn minimum_amount_is_met_exactly() {
    for (paid, expected) in [(9_999, &["below_minimum"][..]), (10_000, &[]), (10_001, &[])] {
        check(json!({"minimum_amount": 10_000}), purchase().line("A", paid), expected);
    }
}

#[test]
fn minimum_amount_counts_matching_lines_only() {
    let facts = |paid| purchase().line("A", paid).unknown(Some("B"), 50_000).line("A", 1);
    let filter = json!({"minimum_amount": 1_000, "products": {"include": ["A"]}});
    check(filter.clone(), facts(998), &["below_minimum"]);
    check(filter.clone(), facts(999), &[]);
    check(filter, facts(1_000), &[]);
}

#[test]
fn all_reasons_are_told() {
    let facts = purchase().line("A", 1);
    let promotion = json!({
        "award_rate": "1", "minimum_amount": 100, "retailers": ["x"], "regions": ["y"], "first_purchase_only": true,
        "starts_at": "2027-01-01T00:00:00", "weekdays": ["mon"], "hours": {"from": "17:00", "to": "18:00"},
    });
    assert_eq!(
        misses(&facts, &rules([promotion])),
        ["not_first_purchase", "retailer", "region", "not_started", "hours", "weekday", "below_minimum"],
    );
}
