//! Reading JSON that others have written: errors that point at the wrong field.
//!
//! The happy path is plain `serde_json` over the bytes as they arrived. Only when that fails are they parsed a second
//! time, by a parser that keeps track of where it is. Unknown and duplicate fields are refused by the types themselves.

use perennial_domain::error::FieldError;
use serde::Deserialize;
use serde_json::error::Category;
use serde_path_to_error::Segment;

/// How many characters of a place are told. A name may be as long as a body, and is said back in it, in the detail and, of an
/// event, in a row that is kept.
const POINTER_MAX: usize = 500;
/// The same of what is wrong: enough for the names of all fields that there might have been.
const DETAIL_MAX: usize = 4_000;

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// It is no JSON at all; why, for people.
    Malformed(String),
    /// It is JSON that does not fit.
    Field(FieldError),
}

/// Parses a JSON object into a type.
///
/// serde would also read the fields of a type from an array, by position; nobody is offered that.
///
/// # Errors
/// As [`parse`].
pub fn parse_object<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, JsonError> {
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        parse::<serde::de::IgnoredAny>(bytes)?;
        let detail = "The body must be a JSON object, not an array.";
        return Err(JsonError::Field(FieldError::new("", "wrong_type", detail)));
    }
    parse(bytes)
}

/// Parses JSON into a type.
///
/// # Errors
/// When it is not JSON, or with a pointer when it does not fit the type.
pub fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, JsonError> {
    serde_json::from_slice(bytes).map_err(|error| explain::<T>(bytes, &error))
}

/// Finds out where and why parsing failed.
fn explain<'b, T: Deserialize<'b>>(bytes: &'b [u8], error: &serde_json::Error) -> JsonError {
    // A number that no float can hold is well-formed JSON, although the parser calls it a syntax error.
    let out_of_range = error.to_string().starts_with("number out of range");
    if !out_of_range && matches!(error.classify(), Category::Syntax | Category::Eof | Category::Io) {
        return JsonError::Malformed(error.to_string());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        // The value was read, so what failed came behind it.
        return JsonError::Malformed(error.to_string());
    };
    let pointer = pointer(error.path());
    let message = error.inner().to_string();
    let message = without_position(&message);
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let (code, ends_with_field) = classify(message).unwrap_or(("invalid", false));
    let pointer = if ends_with_field { with_field(pointer, quoted) } else { pointer };
    let detail = shortened(sentence(message), DETAIL_MAX);
    JsonError::Field(FieldError::new(shortened(pointer, POINTER_MAX), code, detail))
}

/// Cuts a text off, at a whole character.
fn shortened(mut text: String, max: usize) -> String {
    let end = text.char_indices().nth(max).map(|(end, _)| end);
    if let Some(end) = end {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The code for one of serde's messages, and whether the message names a field which the path lacks.
fn classify(message: &str) -> Option<(&'static str, bool)> {
    const KINDS: [(&str, &str, bool); 7] = [
        ("unknown field", "unknown_field", true),
        ("missing field", "required", true),
        ("duplicate field", "duplicate_field", true),
        ("invalid type", "wrong_type", false),
        ("invalid length", "wrong_length", false),
        ("unknown variant", "unknown_value", false),
        ("number out of range", "out_of_range", false),
    ];
    KINDS.iter().find(|(start, ..)| message.starts_with(start)).map(|(_, code, field)| (*code, *field))
}

/// Adds a field to a pointer unless it ends with it already.
fn with_field(pointer: String, field: &str) -> String {
    let mut token = String::from("/");
    push_escaped(&mut token, field);
    if pointer.ends_with(&token) { pointer } else { pointer + &token }
}

/// serde_json ends every message with “ at line 1 column 2”; the pointer says it better.
fn without_position(message: &str) -> &str {
    message.rfind(" at line ").and_then(|end| message.get(..end)).unwrap_or(message)
}

/// A message as a sentence: a capital letter in front.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                push_escaped(&mut pointer, key);
            }
            // The variant of an enum is no place of its own in the document.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// RFC 6901: `~` and `/` inside a name are written `~0` and `~1`.
fn push_escaped(pointer: &mut String, name: &str) {
    for letter in name.chars() {
        match letter {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        #[serde(rename = "amount")]
        _amount: i64,
    }

    #[test]
    fn what_was_sent_is_not_all_said_back() {
        let long = "ü".repeat(100_000);
        for (body, code) in [
            (format!(r#"{{"{long}": 1}}"#), "unknown_field"),
            (format!(r#"{{"amount": "{long}"}}"#), "wrong_type"),
        ] {
            let JsonError::Field(error) = parse_object::<Basket>(body.as_bytes()).unwrap_err() else {
                panic!("it is JSON")
            };
            assert_eq!(error.code, code);
            assert!(error.pointer.chars().count() <= POINTER_MAX + 1, "{}", error.pointer.len());
            assert!(error.detail.chars().count() <= DETAIL_MAX + 1, "{}", error.detail.len());
        }
    }
}
