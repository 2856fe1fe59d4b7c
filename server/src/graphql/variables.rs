//! The variables of a request, as many as any request has.
//!
//! A value in memory takes many times its room in a body, so that a few megabytes of nothing would become hundreds. Of a list
//! with more entries than a purchase may have lines one too many is kept, which is refused where it belongs; and a request with
//! more values in all than the largest purchases have is refused as a whole.

use std::{cell::Cell, fmt};

use perennial_domain::purchase::MAX_LINES;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Values that are kept of one request: three purchases of 10,000 lines with every field.
const VALUES_MAX: usize = 200_000;

/// What a client has sent as variables.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// By their names.
    pub(super) values: Map<String, Value>,
    /// Whether there were more than can be kept: then some are missing.
    pub(super) too_many: bool,
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seen = Cell::new(0);
        let values = deserializer.deserialize_map(Fields(&seen))?;
        Ok(Self { values, too_many: seen.get() > VALUES_MAX })
    }
}

/// Reads an object; counts the values that were seen so far, and keeps none beyond the most.
struct Fields<'s>(&'s Cell<usize>);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(OneValue(self.0))?;
            if self.0.get() <= VALUES_MAX {
                fields.insert(name, value);
            }
        }
        Ok(fields)
    }
}

/// Reads any value, and counts it.
struct OneValue<'s>(&'s Cell<usize>);

impl<'de> DeserializeSeed<'de> for OneValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.set(self.0.get() + 1);
        if self.0.get() > VALUES_MAX {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while list.len() <= MAX_LINES {
            let Some(value) = seq.next_element_seed(OneValue(self.0))? else { return Ok(Value::Array(list)) };
            if self.0.get() > VALUES_MAX {
                break;
            }
            list.push(value);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        Fields(self.0).visit_map(map).map(Value::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_they_are() {
        for json in [
            "{}",
            r#"{"a": null, "b": true, "c": -7, "d": 18446744073709551615, "e": 1.5, "f": "text", "a": 2}"#,
            r#"{"input": {"lines": [{"amount": 1}, {"amount": 2, "product": "\u00e4\n"}], "vouchers": []}}"#,
        ] {
            let given: Given = serde_json::from_str(json).unwrap();
            assert_eq!(given.values, serde_json::from_str::<Map<String, Value>>(json).unwrap());
            assert!(!given.too_many);
        }
        assert!(serde_json::from_str::<Given>("[]").is_err());
        assert!(serde_json::from_str::<Given>(r#"{"a": [1, 2"#).is_err());
    }

    #[test]
    fn of_a_list_one_too_many_is_kept() {
        let json = format!(r#"{{"lines": [{}{{}}], "after": 1}}"#, "{},".repeat(1_000_000));
        let given: Given = serde_json::from_str(&json).unwrap();
        assert_eq!(given.values["lines"].as_array().unwrap().len(), MAX_LINES + 1);
        assert_eq!(given.values["after"], 1);
        assert!(!given.too_many, "what is wrong is told as ever");
    }

    #[test]
    fn more_values_than_any_request_has_are_too_many() {
        let list = format!("[{}0]", "0,".repeat(MAX_LINES - 1));
        let lists = |count: usize| format!(r#"{{"lists": [{}]}}"#, vec![list.as_str(); count].join(","));
        assert!(!serde_json::from_str::<Given>(&lists(19)).unwrap().too_many);
        assert!(serde_json::from_str::<Given>(&lists(20)).unwrap().too_many);
        let deep = format!(r#"{{"a": {}{}}}"#, r#"{"b": "#.repeat(50), format!("[{list}]") + &"}".repeat(50));
        assert!(!serde_json::from_str::<Given>(&deep).unwrap().too_many);
        let fields: Vec<_> = (0..300_000).map(|number| format!(r#""{number}":{{}}"#)).collect();
        let given: Given = serde_json::from_str(&format!("{{{}}}", fields.join(","))).unwrap();
        assert!(given.too_many && given.values.len() <= VALUES_MAX);
    }
}
