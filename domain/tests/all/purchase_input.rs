//! What a till may say about a purchase.

use perennial_domain::codes::Country;
use perennial_domain::customer::CustomerRef;
use perennial_domain::purchase::{CheckedPurchase, MAX_LINES, PurchaseInput, Shape};
use serde_json::{Value, json};

fn check(json: Value) -> Result<CheckedPurchase, Vec<(String, String)>> {
    let home = Country::new("DE").unwrap();
    serde_json::from_value::<PurchaseInput>(json)
        .unwrap()
        .check(Some(&home))
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect())
}

/// A good purchase with some fields changed; `null` takes one away.
fn with(changes: Value) -> Value {
    let mut json = json!({"transaction_id": "20417", "currency": "USD", "amount": 1_999});
    for (field, value) in changes.as_object().unwrap() {
        if value.is_null() {
            json.as_object_mut().unwrap().remove(field);
        } else {
            json[field] = value.clone();
        }
    }
    json
}

fn with_line(line: Value) -> Value {
    with(json!({"amount": null, "lines": [line]}))
}

#[test]
fn one_amount_is_one_line_without_a_product() {
    let purchase = check(with(json!({}))).unwrap();
    assert_eq!(purchase.shape, Shape::Amount);
    assert_eq!(purchase.amount.get(), 1_999);
    let [line] = purchase.lines.as_slice() else { panic!("one line") };
    assert_eq!((line.product.as_deref(), line.quantity, line.paid.get()), (None, 1, 1_999));
}

#[test]
fn lines_are_normalised() {
    let purchase = check(with(json!({"amount": null, "lines": [
        {"product": " COLA ", "quantity": 3, "unit_price": 250, "discount": 50},
        {"amount": 0},
        {"product": "NAIL", "quantity": 0, "amount": 700},
        {"quantity": 0, "unit_price": 700},
    ]})))
    .unwrap();
    let lines: Vec<_> = purchase
        .lines
        .iter()
        .map(|line| {
            (line.product.as_deref(), line.quantity, line.amount.get(), line.discount.get(), line.paid.get())
        })
        .collect();
    assert_eq!(
        lines,
        [
            (Some("COLA"), 3, 750, 50, 700),
            (None, 1, 0, 0, 0),
            (Some("NAIL"), 0, 700, 0, 700),
            (None, 0, 0, 0, 0)
        ]
    );
    assert_eq!(purchase.amount.get(), 1_400);
    assert_eq!(purchase.shape, Shape::Lines);
}

#[test]
fn each_mistake_is_told_at_its_place() {
    let table = [
        (with(json!({"transaction_id": null})), "/transaction_id", "required"),
        (with(json!({"transaction_id": "  "})), "/transaction_id", "required"),
        (with(json!({"transaction_id": "x".repeat(129)})), "/transaction_id", "too_long"),
        (with(json!({"transaction_id": "a\u{0}b"})), "/transaction_id", "control_character"),
        (with(json!({"retailer": " "})), "/retailer", "required"),
        (with(json!({"currency": null})), "/currency", "required"),
        (with(json!({"currency": "usd"})), "/currency", "unknown_currency"),
        (with(json!({"amount": -1})), "/amount", "out_of_range"),
        (with(json!({"amount": 9_007_199_254_740_992_i64})), "/amount", "out_of_range"),
        (with(json!({"amount": null})), "/lines", "required"),
        (with(json!({"lines": []})), "/amount", "not_both"),
        (with(json!({"amount": null, "lines": []})), "/lines", "required"),
        (with(json!({"occurred_at": "1969-12-31T23:59:59Z"})), "/occurred_at", "out_of_range"),
        (with(json!({"occurred_at": "+10000-01-01T00:00:00Z"})), "/occurred_at", "out_of_range"),
        (with(json!({"occurred_at": "-262143-01-01T00:00:00Z"})), "/occurred_at", "out_of_range"),
        (with(json!({"customer": {}})), "/customer", "exactly_one"),
        (with(json!({"customer": {"email": "a@b.de", "phone": "+4930123456"}})), "/customer", "exactly_one"),
        (with(json!({"customer": {"id": "42"}})), "/customer/id", "malformed"),
        (with(json!({"customer": {"email": "a@b"}})), "/customer/email", "malformed"),
        (with(json!({"customer": {"phone": "12"}})), "/customer/phone", "malformed"),
        (with(json!({"customer": {"card": " - "}})), "/customer/card", "required"),
        (with(json!({"customer": {"external_id": ""}})), "/customer/external_id", "required"),
        (with_line(json!({})), "/lines/0/amount", "required"),
        (with_line(json!({"amount": 1, "unit_price": 1})), "/lines/0/amount", "not_both"),
        (with_line(json!({"amount": -1})), "/lines/0/amount", "out_of_range"),
        (with_line(json!({"unit_price": -1})), "/lines/0/unit_price", "out_of_range"),
        (
            with_line(json!({"unit_price": 9_007_199_254_740_991_i64, "quantity": 2})),
            "/lines/0/unit_price",
            "overflow",
        ),
        (with_line(json!({"unit_price": 1, "quantity": u64::MAX})), "/lines/0/quantity", "out_of_range"),
        (with_line(json!({"amount": 10, "discount": -1})), "/lines/0/discount", "out_of_range"),
        (with_line(json!({"amount": 10, "discount": 11})), "/lines/0/discount", "too_large"),
        (with_line(json!({"amount": 10, "product": ""})), "/lines/0/product", "required"),
        (with_line(json!({"amount": 10, "product": "x".repeat(65)})), "/lines/0/product", "too_long"),
        (with_line(json!({"amount": 10, "product": "a\tb"})), "/lines/0/product", "control_character"),
        (
            with(json!({"amount": null, "lines": [{"amount": 9_007_199_254_740_991_i64}, {"amount": 1}]})),
            "/lines",
            "overflow",
        ),
    ];
    for (json, pointer, code) in table {
        assert_eq!(check(json.clone()), Err(vec![(pointer.to_owned(), code.to_owned())]), "{json}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let errors = check(json!({"customer": {}, "lines": [{}, {"amount": 1}, {"amount": 1, "discount": 2}]}));
    let pointers: Vec<_> = errors.unwrap_err().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(
        pointers,
        ["/transaction_id", "/customer", "/currency", "/lines/0/amount", "/lines/2/discount"]
    );
}

#[test]
fn ten_thousand_lines_and_not_one_more() {
    let lines = |count| with(json!({"amount": null, "lines": vec![json!({"amount": 1}); count]}));
    assert_eq!(check(lines(MAX_LINES)).unwrap().amount.get(), 10_000);
    assert_eq!(check(lines(MAX_LINES + 1)), Err(vec![("/lines".to_owned(), "too_many_lines".to_owned())]));
}

#[test]
fn of_millions_of_empty_lines_one_too_many_is_kept() {
    let body = |lines: &str| format!(r#"{{"transaction_id": "t-1", "currency": "USD", "lines": [{lines}]}}"#);
    let many: PurchaseInput = serde_json::from_str(&body(&format!("{}{{}}", "{},".repeat(500_000)))).unwrap();
    assert_eq!(many.lines.as_ref().map(Vec::len), Some(MAX_LINES + 1));
    let refused = many.check(None).unwrap_err();
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].pointer.as_str(), &*refused[0].code), ("/lines", "too_many_lines"));
    let wrong = serde_json::from_str::<PurchaseInput>(&body(&format!("{}7", "{},".repeat(20_000))));
    let why = wrong.unwrap_err().to_string();
    assert!(why.starts_with("invalid type: integer `7`"), "what is not kept is read all the same: {why}");
    let vouchers = format!(r#"{{"transaction_id": "t-1", "vouchers": [{}""]}}"#, r#""","#.repeat(100_000));
    let vouchers: PurchaseInput = serde_json::from_str(&vouchers).unwrap();
    assert_eq!(vouchers.vouchers.len(), 21);
}

#[test]
fn a_discount_of_everything_is_fine() {
    assert_eq!(check(with_line(json!({"amount": 10, "discount": 10}))).unwrap().amount.get(), 0);
}

#[test]
fn unknown_fields_and_wrong_types_are_refused() {
    let table = [
        with(json!({"vouchers": "CODE"})),
        with(json!({"pay_with_points": "100"})),
        with(json!({"referral_code": 7})),
        with(json!({"customer": {"name": "Maya"}})),
        with(json!({"amount": 19.99})),
        with(json!({"amount": "1999"})),
        with(json!({"occurred_at": "yesterday"})),
        with(json!({"occurred_at": "2026-05-14T10:00:00"})),
        with_line(json!({"amount": 1, "sku": "A"})),
        with_line(json!({"amount": 1, "quantity": -1})),
        with_line(json!({"amount": 1, "quantity": 1.5})),
    ];
    for json in table {
        assert!(serde_json::from_value::<PurchaseInput>(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn customers_are_named_in_one_of_five_ways() {
    let table = [
        (json!({"id": "01890a5d-ac96-774b-bcce-b302099a8057"}), "id", "01890a5d-ac96-774b-bcce-b302099a8057"),
        (json!({"external_id": " crm-1 "}), "external_id", "crm-1"),
        (json!({"email": "Maya@Example.COM "}), "email", "maya@example.com"),
        (json!({"phone": "030 / 123 456"}), "phone", "+4930123456"),
        (json!({"card": "6035 5501-23"}), "card", "6035550123"),
    ];
    for (customer, kind, value) in table {
        let reference: CustomerRef = check(with(json!({"customer": customer}))).unwrap().customer.unwrap();
        assert_eq!((reference.kind(), reference.value().as_str()), (kind, value));
    }
}
