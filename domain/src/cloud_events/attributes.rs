//! The attributes of an event, checked.

use chrono::{DateTime, FixedOffset};

use super::{EventType, SPEC_VERSION, is_json};
use crate::codes::{capitalised, plain};
use crate::error::{Errors, FieldError};
use crate::instants::beyond_telling;

/// How many characters a source may have. Together with the id it is a key of the database.
const MAX_SOURCE_LENGTH: usize = 512;
/// How many characters an id, a type or a subject may have.
const MAX_TEXT_LENGTH: usize = 256;
/// How many characters the name of an attribute may have; the specification recommends at most 20.
const MAX_NAME_LENGTH: usize = 64;
/// How many attributes an event may have: far more than anybody sends, and few enough to compare each with the others.
pub(super) const MAX_ATTRIBUTES: usize = 200;

/// The value of an attribute as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A text.
    Text(String),
    /// True or false, or a whole number of 32 bits: what only extensions may be.
    Other,
    /// `null`, which is as if it were not there.
    Absent,
    /// What no attribute can be: a list, an object, a fraction, a large number.
    Impossible,
}

/// The envelope of an event after its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Whoever tells it, as a URI reference; with the id it names the event, for ever.
    pub source: String,
    /// The name that the source gave it.
    pub id: String,
    /// What it is about.
    pub kind: EventType,
    /// When the source says that it happened.
    pub time: Option<DateTime<FixedOffset>>,
}

impl Attributes {
    /// Checks attributes, and reports everything that is wrong at once. `pointer` stands before the name of a wrong one:
    /// `/` in a JSON object, `/ce-` among headers.
    ///
    /// Extensions are accepted when their names and values keep to the specification, and left out.
    ///
    /// # Errors
    /// Every attribute that is wrong.
    pub fn check(
        pointer: &str,
        attributes: impl IntoIterator<Item = (String, Attribute)>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut found = Found::default();
        let mut errors = Errors::default();
        for (index, (name, value)) in attributes.into_iter().enumerate() {
            if index == MAX_ATTRIBUTES {
                let detail = format!("Must have at most {MAX_ATTRIBUTES} attributes");
                return Err(vec![FieldError::new("", "too_many", detail)]);
            }
            found.take(pointer, name, value, &mut errors);
        }
        found.finish(pointer, errors)
    }
}

/// The attributes that mean something, as texts.
#[derive(Default)]
struct Found {
    names: Vec<String>,
    /// Those of them that are no texts: they are not missing as well.
    wrong: Vec<String>,
    spec_version: Option<String>,
    id: Option<String>,
    source: Option<String>,
    kind: Option<String>,
    time: Option<String>,
    content_type: Option<String>,
    schema: Option<String>,
    subject: Option<String>,
}

impl Found {
    fn take(&mut self, pointer: &str, name: String, value: Attribute, errors: &mut Errors) {
        let at = format!("{pointer}{}", name.replace('~', "~0").replace('/', "~1"));
        if self.names.contains(&name) {
            errors.push(FieldError::new(at, "duplicate_field", "This attribute was given before"));
            return;
        }
        let place = match name.as_str() {
            "specversion" => Some(&mut self.spec_version),
            "id" => Some(&mut self.id),
            "source" => Some(&mut self.source),
            "type" => Some(&mut self.kind),
            "time" => Some(&mut self.time),
            "datacontenttype" => Some(&mut self.content_type),
            "dataschema" => Some(&mut self.schema),
            "subject" => Some(&mut self.subject),
            _ => None,
        };
        match (place, value) {
            (_, Attribute::Absent) => {}
            (Some(place), Attribute::Text(text)) => *place = Some(text),
            (Some(_), _) => {
                errors.push(FieldError::new(at, "wrong_type", "Must be a text"));
                self.wrong.push(name.clone());
            }
            (None, _) if !is_name(&name) => {
                let detail = format!(
                    "The name of an attribute has 1 to {MAX_NAME_LENGTH} characters, of a to z and 0 to 9"
                );
                errors.push(FieldError::new(at, "attribute_name", detail));
            }
            (None, Attribute::Impossible) => {
                let detail = "Must be a text, true, false or a whole number of 32 bits";
                errors.push(FieldError::new(at, "wrong_type", detail));
            }
            (None, Attribute::Text(_) | Attribute::Other) => {}
        }
        self.names.push(name);
    }

    fn finish(self, pointer: &str, mut errors: Errors) -> Result<Attributes, Vec<FieldError>> {
        let at = |name: &str| format!("{pointer}{name}");
        let missing = |name: &str, errors: &mut Errors| {
            if !self.wrong.iter().any(|wrong| wrong == name) {
                errors.push(FieldError::required(at(name)));
            }
        };
        match self.spec_version.as_deref() {
            None => missing("specversion", &mut errors),
            Some(SPEC_VERSION) => {}
            Some(_) => {
                let detail = format!("Must be {SPEC_VERSION}");
                errors.push(FieldError::new(at("specversion"), "unsupported_version", detail));
            }
        }
        // Not trimmed: an id with a space at its end is another id.
        let text = |name: &str, text: Option<&String>, errors: &mut Errors| match text {
            None => {
                missing(name, errors);
                None
            }
            Some(text) => errors.keep(&at(name), plain(text, MAX_TEXT_LENGTH).map(|_| text.clone())),
        };
        let id = text("id", self.id.as_ref(), &mut errors);
        let kind = text("type", self.kind.as_ref(), &mut errors).and_then(|kind| {
            kind.parse::<EventType>()
                .map_err(|unknown| {
                    let detail = capitalised(&unknown.to_string());
                    errors.push(FieldError::new(at("type"), "unknown_type", detail));
                })
                .ok()
        });
        if self.subject.is_some() {
            text("subject", self.subject.as_ref(), &mut errors);
        }
        let source = match self.source {
            None => {
                missing("source", &mut errors);
                None
            }
            Some(source) => uri_reference(&at("source"), source, &mut errors),
        };
        if let Some(schema) = self.schema {
            uri_reference(&at("dataschema"), schema, &mut errors);
        }
        let time = self.time.and_then(|time| {
            DateTime::parse_from_rfc3339(&time)
                .map_err(|_| {
                    let detail = "Must be a date and time of RFC 3339, such as 2026-11-21T17:00:00Z";
                    errors.push(FieldError::new(at("time"), "malformed", detail));
                })
                .ok()
        });
        if let Some(detail) = time.and_then(|time| beyond_telling(time.to_utc())) {
            errors.push(FieldError::new(at("time"), "out_of_range", detail));
        }
        if self.content_type.is_some_and(|kind| !is_json(&kind)) {
            let detail = "Must be a media type of JSON, such as application/json";
            errors.push(FieldError::new(at("datacontenttype"), "unsupported_media_type", detail));
        }
        let checked = source.zip(id).zip(kind);
        errors.finish(checked.map(|((source, id), kind)| Attributes { source, id, kind, time }))
    }
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_LENGTH).contains(&name.len())
        // `data` belongs to the event itself and to no attribute.
        && name != "data"
        && name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

/// RFC 3986, as far as it can be told from the letters: none that has to be encoded, and only whole percent signs.
fn uri_reference(pointer: &str, text: String, errors: &mut Errors) -> Option<String> {
    let bytes = text.as_bytes();
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    let whole = bytes
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    if (1..=MAX_SOURCE_LENGTH).contains(&bytes.len()) && bytes.iter().all(allowed) && whole {
        return Some(text);
    }
    let detail =
        format!("Must be a URI reference of 1 to {MAX_SOURCE_LENGTH} characters, such as /shop/orders");
    errors.push(FieldError::new(pointer, "malformed", detail));
    None
}
