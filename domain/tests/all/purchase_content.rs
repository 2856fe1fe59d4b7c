//! When a purchase that is sent again is the same, and what is told when it is not.

use perennial_domain::ids::RetailerId;
use perennial_domain::purchase::{
    Content, CustomerComparison, FieldDifference, MAX_DIFFERENCES, PurchaseInput, differences,
};
use serde_json::{Value, json};
use uuid::Uuid;

fn content(json: Value) -> Content {
    let mut full = json!({"transaction_id": "20417", "currency": "USD"});
    full.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
    let purchase = serde_json::from_value::<PurchaseInput>(full).unwrap().check(None).unwrap();
    purchase.content(RetailerId::from_uuid(Uuid::from_u128(7)))
}

fn between(stored: Value, received: Value) -> Vec<Value> {
    json(&differences(&content(stored), &content(received), CustomerComparison::Same))
}

fn json(differences: &[FieldDifference]) -> Vec<Value> {
    differences.iter().map(|difference| serde_json::to_value(difference).unwrap()).collect()
}

#[test]
fn the_same_is_the_same() {
    let table = [
        (json!({"amount": 1_999}), json!({"amount": 1_999})),
        // A code as people write it, and no code at all in an empty field.
        (
            json!({"amount": 1, "referral_code": "k7qf2-m9xtb"}),
            json!({"amount": 1, "referral_code": " K7QF2 M9XTB "}),
        ),
        (json!({"amount": 1, "referral_code": " "}), json!({"amount": 1})),
        (
            json!({"amount": 1, "payment_fingerprint": "fp_1"}),
            json!({"amount": 1, "payment_fingerprint": "fp_2"}),
        ),
        // One amount is one line.
        (json!({"amount": 1_999}), json!({"lines": [{"amount": 1_999}]})),
        // A price times a quantity is an amount, and no discount is a discount of nothing.
        (
            json!({"lines": [{"product": "A", "quantity": 2, "unit_price": 500}]}),
            json!({"lines": [{"product": "A", "quantity": 2, "amount": 1_000, "discount": 0}]}),
        ),
        // The same instant in another offset.
        (
            json!({"amount": 1, "occurred_at": "2026-05-14T12:00:00+02:00"}),
            json!({"amount": 1, "occurred_at": "2026-05-14T10:00:00Z"}),
        ),
    ];
    for (stored, received) in table {
        assert_eq!(between(stored, received), Vec::<Value>::new());
    }
}

#[test]
fn g3_another_amount_is_told() {
    assert_eq!(
        between(json!({"amount": 1_999}), json!({"amount": 2_999})),
        [json!({"pointer": "/amount", "stored": 1_999, "received": 2_999})]
    );
}

#[test]
fn each_difference_is_told_at_its_place() {
    let line = |line: Value| json!({"lines": [{"amount": 5}, line]});
    let table = [
        (
            line(json!({"amount": 1})),
            line(json!({"amount": 2})),
            json!({"pointer": "/lines/1/amount", "stored": 1, "received": 2}),
        ),
        (
            line(json!({"unit_price": 1, "quantity": 3})),
            line(json!({"unit_price": 2, "quantity": 3})),
            json!({"pointer": "/lines/1/unit_price", "stored": 1, "received": 2}),
        ),
        (
            line(json!({"unit_price": 1, "quantity": 3})),
            line(json!({"unit_price": 1, "quantity": 4})),
            json!({"pointer": "/lines/1/quantity", "stored": 3, "received": 4}),
        ),
        (
            line(json!({"amount": 9, "discount": 1})),
            line(json!({"amount": 9})),
            json!({"pointer": "/lines/1/discount", "stored": 1, "received": 0}),
        ),
        (
            line(json!({"amount": 9, "product": "A"})),
            line(json!({"amount": 9, "product": "B"})),
            json!({"pointer": "/lines/1/product", "stored": "A", "received": "B"}),
        ),
        (
            line(json!({"amount": 9, "product": "A"})),
            line(json!({"amount": 9})),
            json!({"pointer": "/lines/1/product", "stored": "A"}),
        ),
        (
            json!({"lines": [{"amount": 5}]}),
            line(json!({"amount": 5})),
            json!({"pointer": "/lines", "stored": 1, "received": 2}),
        ),
        (
            json!({"amount": 1}),
            json!({"amount": 1, "currency": "EUR"}),
            json!({"pointer": "/currency", "stored": "USD", "received": "EUR"}),
        ),
        (
            json!({"amount": 1}),
            json!({"amount": 1, "occurred_at": "2026-05-14T10:00:00Z"}),
            json!({"pointer": "/occurred_at", "received": "2026-05-14T10:00:00Z"}),
        ),
    ];
    for (stored, received, expected) in table {
        assert_eq!(between(stored, received), [expected]);
    }
}

#[test]
fn a_price_for_an_amount_is_told_even_when_both_are_prices() {
    // Equal prices, equal quantities, but the stored line was told by its amount.
    assert_eq!(
        between(
            json!({"lines": [{"amount": 7, "quantity": 2}]}),
            json!({"lines": [{"unit_price": 5, "quantity": 2}]})
        ),
        [json!({"pointer": "/lines/0/amount", "stored": 7, "received": 10})]
    );
}

#[test]
fn another_retailer_and_another_customer() {
    let stored = content(json!({"amount": 1}));
    let mut received = stored.clone();
    received.retailer = RetailerId::from_uuid(Uuid::from_u128(8));
    let found = json(&differences(&stored, &received, CustomerComparison::Different));
    assert_eq!(
        found,
        [
            json!({
                "pointer": "/retailer",
                "stored": "00000000-0000-0000-0000-000000000007",
                "received": "00000000-0000-0000-0000-000000000008",
            }),
            json!({"pointer": "/customer"}),
        ]
    );
}

#[test]
fn differences_are_bounded() {
    let lines = |amount| json!({"lines": vec![json!({"amount": amount}); 500]});
    assert_eq!(between(lines(1), lines(2)).len(), MAX_DIFFERENCES);
}

#[test]
fn another_friend_is_another_purchase() {
    assert_eq!(
        between(json!({"amount": 1, "referral_code": "maya"}), json!({"amount": 1, "referral_code": "ben"})),
        [json!({"pointer": "/referral_code", "stored": "MAYA", "received": "BEN"})]
    );
    assert_eq!(
        between(json!({"amount": 1}), json!({"amount": 1, "referral_code": "ben"})),
        [json!({"pointer": "/referral_code", "received": "BEN"})]
    );
}
