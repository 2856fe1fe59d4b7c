//! An event as a JSON object.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::attributes::MAX_ATTRIBUTES;
use super::{Attribute, Attributes};
use crate::error::FieldError;

/// An event as it was read from a JSON object; `D` is what its data are read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonEvent<D> {
    attributes: Vec<(String, Attribute)>,
    data: Option<D>,
    data_base64: Option<String>,
}

/// The data of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload<D> {
    /// As JSON.
    Json(D),
    /// As base64 of the bytes of JSON.
    Base64(String),
}

impl<D> JsonEvent<D> {
    /// Checks the envelope, and reports everything that is wrong at once.
    ///
    /// # Errors
    /// Every field that is wrong, as pointers into the object.
    pub fn check(self) -> Result<(Attributes, Payload<D>), Vec<FieldError>> {
        let attributes = Attributes::check("/", self.attributes);
        let payload = match (self.data, self.data_base64) {
            (Some(data), None) => Ok(Payload::Json(data)),
            (None, Some(text)) => Ok(Payload::Base64(text)),
            (None, None) => Err(FieldError::required("/data")),
            (Some(_), Some(_)) => {
                let detail = "Cannot be given together with data";
                Err(FieldError::new("/data_base64", "not_both", detail))
            }
        };
        match (attributes, payload) {
            (Ok(attributes), Ok(payload)) => Ok((attributes, payload)),
            (Err(errors), Ok(_)) => Err(errors),
            (Ok(_), Err(error)) => Err(vec![error]),
            (Err(mut errors), Err(error)) => {
                errors.push(error);
                Err(errors)
            }
        }
    }
}

impl<'de, D: Deserialize<'de>> Deserialize<'de> for JsonEvent<D> {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        deserializer.deserialize_map(EventVisitor(PhantomData))
    }
}

struct EventVisitor<D>(PhantomData<D>);

impl<'de, D: Deserialize<'de>> Visitor<'de> for EventVisitor<D> {
    type Value = JsonEvent<D>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of CloudEvents")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut event = JsonEvent { attributes: Vec::new(), data: None, data_base64: None };
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "data" if event.data.is_none() => event.data = map.next_value()?,
                "data_base64" if event.data_base64.is_none() => event.data_base64 = map.next_value()?,
                "data" | "data_base64" => {
                    return Err(serde::de::Error::custom(format_args!("duplicate field `{name}`")));
                }
                // One too many is kept, so that the check sees it.
                _ if event.attributes.len() <= MAX_ATTRIBUTES => {
                    event.attributes.push((name, map.next_value()?));
                }
                _ => {
                    map.next_value::<Attribute>()?;
                }
            }
        }
        Ok(event)
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        deserializer.deserialize_any(AttributeVisitor)
    }
}

struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = Attribute;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_str<E>(self, text: &str) -> Result<Attribute, E> {
        Ok(Attribute::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Attribute, E> {
        Ok(Attribute::Text(text))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Attribute, E> {
        Ok(Attribute::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Attribute, E> {
        Ok(if i32::try_from(number).is_ok() { Attribute::Other } else { Attribute::Impossible })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Attribute, E> {
        Ok(if i32::try_from(number).is_ok() { Attribute::Other } else { Attribute::Impossible })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Attribute, E> {
        Ok(Attribute::Impossible)
    }

    fn visit_unit<E>(self) -> Result<Attribute, E> {
        Ok(Attribute::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Attribute, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Attribute::Impossible)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attribute, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Attribute::Impossible)
    }
}
