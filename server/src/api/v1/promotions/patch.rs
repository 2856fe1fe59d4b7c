//! Changing a part of a promotion's terms.

use perennial_domain::promotion::{PromotionInput, PromotionTerms};
use serde_json::{Map, Value};

use crate::api::{
    json,
    problem::{Code, Problem},
};

/// A promotion has exactly one of these.
const EFFECTS: [&str; 3] = ["award_rate", "multiplier", "flat_points"];

/// The terms after a change: given fields replace, `null` removes, all others stay.
///
/// # Errors
/// When the change itself is not of the form of a promotion; the result has to be checked.
pub fn apply(current: PromotionTerms, change: &[u8]) -> Result<PromotionInput, Problem> {
    // Parsed as a promotion first: that refuses unknown and repeated fields and wrong types, with pointers.
    json::parse_object::<PromotionInput>(change)?;
    let change: Map<String, Value> = json::parse(change)?;
    let current = serde_json::to_value(PromotionInput::from(current));
    let Ok(Value::Object(mut terms)) = current else {
        tracing::error!("the terms of a promotion are not a JSON object");
        return Err(Problem::new(Code::Internal));
    };
    if EFFECTS.iter().any(|effect| change.get(*effect).is_some_and(|value| !value.is_null())) {
        for effect in EFFECTS {
            terms.remove(effect);
        }
    }
    for (field, value) in change {
        if value.is_null() {
            terms.remove(&field);
        } else {
            terms.insert(field, value);
        }
    }
    serde_json::from_value(Value::Object(terms))
        .map_err(|error| Problem::field("", "invalid", error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(change: Value) -> Result<Value, Problem> {
        let current: PromotionInput = serde_json::from_value(json!({
            "name": "Seeds", "award_rate": "10", "minimum_amount": 500, "retailers": ["main"], "priority": 3,
        }))
        .unwrap();
        let current = current.check().unwrap();
        apply(current, change.to_string().as_bytes()).map(|input| serde_json::to_value(input).unwrap())
    }

    #[test]
    fn what_is_not_given_stays_and_null_takes_away() {
        let terms = changed(json!({"minimum_amount": null, "priority": 4})).unwrap();
        assert_eq!(terms["name"], "Seeds");
        assert_eq!(terms["award_rate"], "10");
        assert_eq!(terms["priority"], 4);
        assert_eq!(terms["retailers"], json!(["main"]));
        assert!(terms.get("minimum_amount").is_none());
    }

    #[test]
    fn another_effect_takes_the_place_of_the_one_before() {
        let terms = changed(json!({"multiplier": "2"})).unwrap();
        assert_eq!(terms["multiplier"], "2");
        assert!(terms.get("award_rate").is_none());
    }

    #[test]
    fn unknown_fields_and_wrong_types_are_refused() {
        assert_eq!(changed(json!({"colour": "red"})).unwrap_err().status(), 422);
        assert_eq!(changed(json!({"priority": "high"})).unwrap_err().status(), 422);
        assert_eq!(changed(json!(["name"])).unwrap_err().status(), 422);
    }
}
