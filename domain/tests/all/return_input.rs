//! What a return may say, and what is told when it may not.

use perennial_domain::returns::{
    CheckedReturn, LinePart, ReturnInput, Returning, ReturningLine, TransactionReturnInput,
};
use serde_json::{Value, json};

use super::support::*;

fn check(json: Value) -> Result<CheckedReturn, Vec<(String, String)>> {
    serde_json::from_value::<ReturnInput>(json)
        .unwrap()
        .check()
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect())
}

#[test]
fn a_return_is_of_everything_of_lines_or_of_an_amount() {
    let returning = |json: Value| check(json).unwrap().returning;
    assert_eq!(returning(json!({"return_id": "R1"})), Returning::Everything);
    assert_eq!(returning(json!({"return_id": "R1", "amount": 250})), Returning::Amount(amount(250)));
    assert_eq!(
        returning(json!({
            "return_id": " R1 ",
            "lines": [{"line": 2, "quantity": 3}, {"line": 0, "amount": 1}, {"line": 1}],
        })),
        Returning::Lines(vec![
            ReturningLine { line: 2, part: LinePart::Quantity(3) },
            ReturningLine { line: 0, part: LinePart::Amount(amount(1)) },
            ReturningLine { line: 1, part: LinePart::Everything },
        ])
    );
    assert_eq!(check(json!({"return_id": " R1 "})).unwrap().return_id.as_str(), "R1");
}

#[test]
fn each_mistake_is_told_at_its_place() {
    let base = |extra: Value| {
        let mut json = json!({"return_id": "R1"});
        json.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json
    };
    let many: Vec<_> = (0..10_001).map(|line| json!({"line": line})).collect();
    let table = [
        (json!({}), "/return_id", "required"),
        (json!({"return_id": "x".repeat(129)}), "/return_id", "too_long"),
        (base(json!({"amount": 0})), "/amount", "out_of_range"),
        (base(json!({"amount": -1})), "/amount", "out_of_range"),
        (base(json!({"amount": 9_007_199_254_740_992_i64})), "/amount", "out_of_range"),
        (base(json!({"amount": 1, "lines": [{"line": 0}]})), "/amount", "not_both"),
        (base(json!({"lines": []})), "/lines", "required"),
        (base(json!({"lines": many})), "/lines", "too_many_lines"),
        (base(json!({"lines": [{"line": 0, "quantity": 0}]})), "/lines/0/quantity", "out_of_range"),
        (base(json!({"lines": [{"line": 0}, {"line": 1, "amount": 0}]})), "/lines/1/amount", "out_of_range"),
        (base(json!({"lines": [{"line": 0, "amount": 1, "quantity": 1}]})), "/lines/0/amount", "not_both"),
        (base(json!({"lines": [{"line": 3}, {"line": 3, "amount": 1}]})), "/lines/1/line", "repeated"),
    ];
    for (json, pointer, code) in table {
        assert_eq!(check(json.clone()), Err(vec![(pointer.to_owned(), code.to_owned())]), "{pointer} {code}");
    }
}

#[test]
fn unknown_fields_and_wrong_types_are_refused() {
    for json in [
        json!({"return_id": "R1", "reason": "broken"}),
        json!({"return_id": "R1", "lines": [{"line": 0, "points": 3}]}),
        json!({"return_id": "R1", "lines": [{"quantity": 1}]}),
        json!({"return_id": "R1", "lines": [{"line": -1}]}),
        json!({"return_id": "R1", "amount": 1.5}),
        json!({"return_id": "R1", "transaction_id": "20417"}),
    ] {
        assert!(serde_json::from_value::<ReturnInput>(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn a_return_can_name_its_purchase() {
    let input = |json| serde_json::from_value::<TransactionReturnInput>(json).unwrap().check();
    let (retailer, transaction, checked) =
        input(json!({"return_id": "R1", "retailer": " mitte ", "transaction_id": "20417", "amount": 5}))
            .unwrap();
    assert_eq!((retailer.as_deref(), transaction.as_str()), (Some("mitte"), "20417"));
    assert_eq!(checked.returning, Returning::Amount(amount(5)));
    let errors = input(json!({"retailer": " ", "amount": 0})).unwrap_err();
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/retailer", "/transaction_id", "/return_id", "/amount"]);
}

#[test]
fn what_is_returned_survives_json() {
    for returning in [
        Returning::Everything,
        Returning::Amount(amount(5)),
        Returning::Lines(vec![
            ReturningLine { line: 0, part: LinePart::Quantity(2) },
            ReturningLine { line: 1, part: LinePart::Amount(amount(9)) },
            ReturningLine { line: 7, part: LinePart::Everything },
        ]),
    ] {
        let json = serde_json::to_string(&returning).unwrap();
        assert_eq!(serde_json::from_str::<Returning>(&json).unwrap(), returning, "{json}");
    }
}
