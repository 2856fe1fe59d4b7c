//! How cashback offers are written.

use perennial_domain::cashback::{CashbackMode, OfferInput, OfferTerms, sentence};
use serde_json::{Value, json};

fn input(json: Value) -> OfferInput {
    let mut full = json!({"name": "Wine", "percentage": "0.05"});
    full.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
    serde_json::from_value(full).unwrap()
}

fn terms(json: Value) -> OfferTerms {
    input(json).check().unwrap()
}

fn wrong(json: Value) -> Vec<(String, String)> {
    let errors = input(json).check().unwrap_err();
    errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect()
}

#[test]
fn a_name_and_a_percentage_are_enough() {
    let terms = terms(json!({}));
    assert!(terms.active && terms.products.is_empty());
    assert_eq!((terms.pending_days, terms.valid_days), (0, None));
    assert_eq!(
        OfferInput::default().check().unwrap_err().iter().map(|e| e.pointer.as_str()).collect::<Vec<_>>(),
        ["/name", "/percentage"]
    );
}

#[test]
fn g34_an_inactive_offer_can_be_written() {
    assert!(!terms(json!({"active": false})).active);
}

#[test]
fn each_wrong_field_is_told() {
    let table = [
        (json!({"percentage": "0"}), "/percentage", "out_of_range"),
        (json!({"percentage": "1"}), "/percentage", "out_of_range"),
        (json!({"percentage": "5"}), "/percentage", "out_of_range"),
        (json!({"percentage": "-0.1"}), "/percentage", "malformed"),
        (json!({"percentage": "5%"}), "/percentage", "malformed"),
        (json!({"percentage": "0.0000001"}), "/percentage", "too_precise"),
        (json!({"percentage": " "}), "/percentage", "required"),
        (json!({"name": ""}), "/name", "required"),
        (json!({"products": ["A", "category:"]}), "/products/1", "required"),
        (json!({"products": vec!["A"; 5_001]}), "/products", "too_many"),
        (json!({"starts_at": "2026-05-01"}), "/starts_at", "malformed"),
        (json!({"expires_at": "2026-05-01T00:00:00Z"}), "/expires_at", "malformed"),
        (
            json!({"starts_at": "2026-05-01T00:00", "expires_at": "2026-05-01T00:00"}),
            "/expires_at",
            "not_after_start",
        ),
        (json!({"cap_per_purchase": 0}), "/cap_per_purchase", "out_of_range"),
        (json!({"cap_per_month": -1}), "/cap_per_month", "out_of_range"),
        (json!({"cap_per_month": 9_007_199_254_740_992_i64}), "/cap_per_month", "out_of_range"),
        (json!({"pending_days": -1}), "/pending_days", "out_of_range"),
        (json!({"pending_days": 3_651}), "/pending_days", "out_of_range"),
        (json!({"valid_days": 0}), "/valid_days", "out_of_range"),
    ];
    for (json, pointer, code) in table {
        assert_eq!(wrong(json.clone()), [(pointer.to_owned(), code.to_owned())], "{json}");
    }
    for percentage in ["0.000001", "0.999999", "0.5", " 0.05 "] {
        assert!(input(json!({"percentage": percentage})).check().is_ok(), "{percentage}");
    }
}

#[test]
fn unknown_fields_and_inexact_numbers_are_refused() {
    for json in [json!({"percentage": 0.05}), json!({"percent": "0.05"}), json!({"active": "yes"})] {
        assert!(serde_json::from_value::<OfferInput>(json).is_err());
    }
    assert!(serde_json::from_value::<OfferTerms>(json!({"name": "A", "percentage": "2"})).is_err());
}

#[test]
fn terms_and_input_have_the_same_json() {
    let json = json!({
        "name": "Wine", "percentage": "0.05", "products": ["A", "category:wine", "tag:red"], "active": false,
        "starts_at": "2026-05-01T00:00:00", "expires_at": "2026-06-01T12:30:00", "cap_per_purchase": 500,
        "cap_per_month": 2_000, "pending_days": 14, "valid_days": 90,
    });
    let terms = terms(json.clone());
    assert_eq!(serde_json::to_value(&terms).unwrap(), json);
    assert_eq!(serde_json::from_value::<OfferTerms>(json).unwrap(), terms);
}

#[test]
fn an_offer_reads_as_a_sentence() {
    let table = [
        (json!({}), "5% cashback on everything."),
        (json!({"percentage": "0.125", "products": ["A"]}), "12.5% cashback on product A."),
        (
            json!({"products": ["category:wine", "tag:red"], "expires_at": "2026-06-01T00:00"}),
            "5% cashback on category “wine” or tag “red”, until Jun 1, 2026.",
        ),
        (
            json!({
                "starts_at": "2026-05-01T00:00", "cap_per_purchase": 1_000, "cap_per_month": 5_000,
                "pending_days": 14, "valid_days": 1,
            }),
            "5% cashback on everything, starting May 1, 2026, at most $10.00 a purchase, at most $50.00 a month, \
             to be spent after 14 days, valid for 1 day.",
        ),
    ];
    for (json, expected) in table {
        assert_eq!(sentence(&terms(json), "USD".parse().unwrap()), expected);
    }
}

#[test]
fn modes_have_their_words() {
    for mode in CashbackMode::ALL {
        assert_eq!(mode.as_str().parse(), Ok(mode));
        assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
    }
    assert!("some".parse::<CashbackMode>().is_err());
}
