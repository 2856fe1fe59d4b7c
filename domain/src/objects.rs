//! Objects out of other people's JSON, and nothing else in their place.
//!
//! serde also reads the fields of a type from an array, by their position in our code. Nobody is offered that: what is sent
//! third would mean something else with the next field.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::bounded::Bounded;

/// What was read from an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads an object, for `deserialize_with`.
///
/// # Errors
/// When it is none, or not of this type.
pub fn one<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let Object(value) = Object::<T>::deserialize(deserializer)?;
    Ok(value)
}

/// The same for one that may be left out, or be `null`.
///
/// # Errors
/// The same.
pub fn maybe<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// A list of objects that may be left out, or be `null`, [bounded](crate::bounded) like others.
///
/// # Errors
/// When it is no list, or an entry is none.
pub fn maybe_at_most<'de, const MAX: usize, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let kept = Option::<Bounded<Object<T>, MAX>>::deserialize(deserializer)?;
    Ok(kept.map(|kept| kept.into_vec().into_iter().map(|Object(entry)| entry).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        product: String,
        #[serde(default)]
        quantity: u8,
    }

    #[derive(Debug, PartialEq, Eq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        #[serde(deserialize_with = "one")]
        first: Line,
        #[serde(default, deserialize_with = "maybe")]
        last: Option<Line>,
        #[serde(default, deserialize_with = "maybe_at_most::<2, _, _>")]
        lines: Option<Vec<Line>>,
    }

    fn read(json: &str) -> Result<Basket, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn objects_are_read_as_ever() {
        let line = |product: &str, quantity| Line { product: product.to_owned(), quantity };
        let all = r#"{"first": {"product": "a"}, "last": {"product": "b", "quantity": 2}, "lines": [{"product": "c"}]}"#;
        let lines = Some(vec![line("c", 0)]);
        assert_eq!(read(all), Ok(Basket { first: line("a", 0), last: Some(line("b", 2)), lines }));
        let few = Basket { first: line("a", 0), last: None, lines: None };
        assert_eq!(read(r#"{"first": {"product": "a"}, "last": null}"#), Ok(few));
    }

    #[test]
    fn nothing_is_read_by_position() {
        for (json, why) in [
            (r#"{"first": ["a", 1]}"#, "invalid type: sequence, expected an object"),
            (r#"{"first": {"product": "a"}, "last": ["b"]}"#, "invalid type: sequence"),
            (r#"{"first": {"product": "a"}, "lines": [["c"]]}"#, "invalid type: sequence"),
            (r#"{"first": {"product": "a"}, "lines": {}}"#, "invalid type: map"),
            (r#"{"first": {"product": "a", "colour": 1}}"#, "unknown field `colour`"),
            (r#"{"first": {"product": "a", "product": "b"}}"#, "duplicate field `product`"),
            (r#"{"first": {}}"#, "missing field `product`"),
            (r#"{"lines": []}"#, "missing field `first`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(why), "{json}: {error}");
        }
    }
}
