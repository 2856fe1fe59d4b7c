//! Edits: ways from the terms that there are to others, gone under the lock of what they change.
//!
//! Whoever changes a part has to read the whole, and two who read at once would each write back what the other has just
//! changed. So an operation takes an [`Edit`] in place of new terms: it locks the row, reads its terms, and only then makes
//! the edit of them. Of two at once the second sees what the first has done.
//!
//! A form shows all terms and sends all of them back, much later. It says what it has shown, by the [`fingerprint`]; its edit
//! is refused when the terms are no longer those.

use std::collections::BTreeMap;
use std::fmt;

use perennial_domain::cashback::OfferInput;
use perennial_domain::policies::PolicyInput;
use perennial_domain::promotion::PromotionInput;
use perennial_domain::rewards::RewardInput;
use perennial_domain::tiers::TierInput;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::json::{self, JsonError};

/// Terms that can be edited, as people write them.
pub trait Editable: Serialize + DeserializeOwned {
    /// Fields of which there is one: whoever gives one takes the others away.
    const ONE_OF: &'static [&'static str] = &[];
    /// Fields that also change when nobody edits anything.
    const COUNTED: &'static [&'static str] = &[];
}

impl Editable for PromotionInput {
    const ONE_OF: &'static [&'static str] = &["award_rate", "multiplier", "flat_points"];
}

impl Editable for OfferInput {}

impl Editable for PolicyInput {}

impl Editable for RewardInput {
    const COUNTED: &'static [&'static str] = &["stock"];
}

impl Editable for TierInput {}

/// A way from the terms that there are to others.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit<T> {
    becomes: Becomes<T>,
    seen: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Becomes<T> {
    /// These terms, whatever there is.
    Whole(T),
    /// What there is but for these fields; `null` takes one away.
    Part(Map<String, Value>),
}

impl<T> From<T> for Edit<T> {
    /// These terms in place of those that there are.
    fn from(terms: T) -> Self {
        Self { becomes: Becomes::Whole(terms), seen: None }
    }
}

impl<T: Editable> Edit<T> {
    /// Another value of one field; `null` takes it away.
    #[must_use]
    pub fn field(name: &str, value: Value) -> Self {
        Self { becomes: Becomes::Part(Map::from_iter([(name.to_owned(), value)])), seen: None }
    }

    /// A change as it was sent: given fields replace, `null` takes away, all others stay (RFC 7396, of the fields of one
    /// object).
    ///
    /// # Errors
    /// When it is not JSON; with a pointer when a field is none of these terms, is there twice, or is of the wrong type.
    pub fn from_json(change: &[u8]) -> Result<Self, JsonError> {
        let Fields(given) = json::parse_object(change)?;
        let mut part = Map::new();
        let mut rest = Vec::new();
        for (name, value) in given {
            let quoted = Value::from(name.as_str()).to_string();
            if value.get() == "null" {
                is_known::<T>(&quoted)?;
                part.insert(name, Value::Null);
            } else {
                rest.push(format!("{quoted}:{}", value.get()));
                part.insert(name, json::parse(value.get().as_bytes())?);
            }
        }
        // What remains are terms without some of their fields. Reading them as such finds whatever is wrong, with its place.
        json::parse_object::<T>(format!("{{{}}}", rest.join(",")).as_bytes())?;
        Ok(Self { becomes: Becomes::Part(part), seen: None })
    }

    /// The same, but only of the terms with this [`fingerprint`]; of any when there is none.
    #[must_use]
    pub fn of_seen(self, fingerprint: Option<&str>) -> Self {
        Self { seen: fingerprint.map(str::to_owned), ..self }
    }

    /// The terms after the edit. Whoever calls holds the lock of the row that `current` is from; `changed_by` wrote it.
    ///
    /// # Errors
    /// [`Error::Conflict`] `changed_meanwhile` when the terms are not those that were seen; [`Error::Invalid`] when the
    /// outcome cannot be read. Whether it is right is for its own checks to say.
    pub(crate) fn make(self, current: &T, changed_by: Option<&str>) -> Result<T, Error> {
        if let Some(seen) = &self.seen {
            let there = fingerprint(current)?;
            // A form that is sent twice finds its own terms.
            let is_made = match &self.becomes {
                Becomes::Whole(terms) => fingerprint(terms)? == there,
                Becomes::Part(_) => false,
            };
            if *seen != there && !is_made {
                let who = changed_by.unwrap_or("Somebody");
                return Err(Error::conflict(
                    "changed_meanwhile",
                    format!("{who} has changed this meanwhile"),
                ));
            }
        }
        let part = match self.becomes {
            Becomes::Whole(terms) => return Ok(terms),
            Becomes::Part(part) => part,
        };
        let mut fields = fields(current)?;
        if T::ONE_OF.iter().any(|field| part.get(*field).is_some_and(|value| !value.is_null())) {
            for field in T::ONE_OF {
                fields.remove(*field);
            }
        }
        for (field, value) in part {
            if value.is_null() {
                fields.remove(&field);
            } else {
                fields.insert(field, value);
            }
        }
        serde_json::from_value(Value::Object(fields))
            .map_err(|error| Error::field("", "invalid", error.to_string()))
    }
}

/// A text by which terms are known again: another one when they were edited, the same when only a field changed that is
/// counted.
///
/// # Errors
/// [`Error::Inconsistent`] only for terms that are no JSON object.
pub fn fingerprint<T: Editable>(terms: &T) -> Result<String, Error> {
    let mut fields = fields(terms)?;
    for field in T::COUNTED {
        fields.remove(*field);
    }
    // Sorted, so that it does not matter in which order a map keeps its fields.
    let sorted: BTreeMap<String, Value> = fields.into_iter().collect();
    let text = serde_json::to_vec(&sorted).map_err(|error| no_object(&error.to_string()))?;
    Ok(hex::encode(Sha256::digest(text)))
}

fn fields<T: Editable>(terms: &T) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(terms) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(no_object(&other.to_string())),
        Err(error) => Err(no_object(&error.to_string())),
    }
}

fn no_object(what: &str) -> Error {
    Error::Inconsistent(format!("terms that are no JSON object: {what}"))
}

/// Refuses to take away what these terms never have. That a field is of another type than `null` does not matter here.
fn is_known<T: Editable>(quoted: &str) -> Result<(), JsonError> {
    match json::parse_object::<T>(format!("{{{quoted}:null}}").as_bytes()) {
        Err(JsonError::Field(error)) if error.code == "unknown_field" => Err(JsonError::Field(error)),
        _ => Ok(()),
    }
}

/// The fields of an object as they were written, each once.
struct Fields<'b>(BTreeMap<String, &'b RawValue>);

impl<'b> Deserialize<'b> for Fields<'b> {
    fn deserialize<D: Deserializer<'b>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'b> Visitor<'b> for Object {
            type Value = Fields<'b>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'b RawValue>()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    fields.insert(name, value);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Terms in which every field is set.
    fn full() -> Value {
        json!({
            "name": "Seeds", "award_rate": "10", "products": {"include": ["tag:spring"], "exclude": ["SEED-9"]},
            "retailers": ["main"], "regions": ["east"], "tiers": ["01900000-0000-7000-8000-000000000001"],
            "first_purchase_only": true, "minimum_amount": 500,
            "starts_at": "2026-11-21T00:00:00", "ends_at": "2026-11-28T00:00:00",
            "weekdays": ["sat", "sun"], "hours": {"from": "17:00", "to": "02:00"},
            "max_points_per_purchase": 100, "max_points_per_customer": {"points": 200, "per": "day"},
            "budget": {"points": 1000, "when_exhausted": "partial"}, "pending_days": 14,
            "stacking": {"group": "seeds", "mode": "best"}, "priority": 3,
        })
    }

    fn input(value: Value) -> PromotionInput {
        serde_json::from_value(value).unwrap()
    }

    fn after(current: Value, change: &Value) -> PromotionInput {
        let edit = Edit::<PromotionInput>::from_json(change.to_string().as_bytes()).unwrap();
        edit.make(&input(current), None).unwrap()
    }

    fn refused(change: &str) -> (String, String) {
        match Edit::<PromotionInput>::from_json(change.as_bytes()).unwrap_err() {
            JsonError::Field(error) => (error.pointer, error.code.into_owned()),
            JsonError::Malformed(_) => (String::new(), "malformed".to_owned()),
        }
    }

    #[test]
    fn null_takes_any_field_away_and_leaves_all_others() {
        let all = full();
        for field in all.as_object().unwrap().keys() {
            let mut without = all.clone();
            without.as_object_mut().unwrap().remove(field);
            assert_eq!(after(all.clone(), &json!({field: null})), input(without), "{field}");
        }
    }

    #[test]
    fn what_is_given_replaces_and_what_is_not_stays() {
        let changed = after(full(), &json!({"minimum_amount": null, "priority": 4, "regions": ["west"]}));
        let mut expected = full();
        expected["priority"] = json!(4);
        expected["regions"] = json!(["west"]);
        expected.as_object_mut().unwrap().remove("minimum_amount");
        assert_eq!(changed, input(expected));
    }

    #[test]
    fn another_effect_takes_the_place_of_the_one_before() {
        let changed = after(full(), &json!({"multiplier": "2"}));
        assert_eq!((changed.award_rate, changed.multiplier.as_deref()), (None, Some("2")));
        let taken = after(full(), &json!({"multiplier": null}));
        assert_eq!(taken.award_rate.as_deref(), Some("10"), "taking away what is not there changes nothing");
    }

    #[test]
    fn what_is_wrong_with_a_change_is_told_with_its_place() {
        for (change, pointer, code) in [
            (r#"{"colour": "red"}"#, "/colour", "unknown_field"),
            (r#"{"colour": null}"#, "/colour", "unknown_field"),
            (r#"{"priority": "high"}"#, "/priority", "wrong_type"),
            (r#"{"retailers": [null]}"#, "/retailers/0", "wrong_type"),
            (r#"{"priority": 1, "priority": null}"#, "/priority", "duplicate_field"),
            (r#"{"budget": {"points": 1, "points": 2}, "hours": null}"#, "/budget/points", "duplicate_field"),
            (r#"["name"]"#, "", "wrong_type"),
            ("7", "", "wrong_type"),
            (r#"{"name": "#, "", "malformed"),
        ] {
            assert_eq!(refused(change), (pointer.to_owned(), code.to_owned()), "{change}");
        }
    }

    #[test]
    fn what_was_seen_has_to_be_what_is_there() {
        let there = input(full());
        let seen = fingerprint(&there).unwrap();
        let edit = || Edit::<PromotionInput>::field("priority", json!(9)).of_seen(Some(&seen));
        assert_eq!(edit().make(&there, None).unwrap().priority, Some(9));
        let other = PromotionInput { name: "Flowers".to_owned(), ..there };
        let Err(Error::Conflict { code, detail }) = edit().make(&other, Some("Priya")) else {
            panic!("it was changed meanwhile")
        };
        assert_eq!((code, detail.as_str()), ("changed_meanwhile", "Priya has changed this meanwhile"));
        assert_eq!(edit().of_seen(None).make(&other, None).unwrap().name, "Flowers");
        let twice = Edit::<PromotionInput>::from(other.clone()).of_seen(Some(&seen));
        assert_eq!(twice.make(&other, Some("Priya")).unwrap(), other, "it is there already");
    }

    #[test]
    fn what_is_left_of_a_reward_is_not_part_of_what_was_seen() {
        let ten = RewardInput { name: "Pint".to_owned(), stock: Some(10), ..RewardInput::default() };
        let nine = RewardInput { stock: Some(9), ..ten.clone() };
        assert_eq!(fingerprint(&ten).unwrap(), fingerprint(&nine).unwrap());
    }
}
