//! CloudEvents 1.0: what other systems tell has happened, in the three forms in which it travels.
//!
//! ```text
//! structured  one JSON object with attributes and data      ┐
//! batch       an array of them                              ├─▶ Attributes + data ─▶ inbox
//! binary      attributes in headers `ce-…`, data as body    ┘
//! ```
//! Only the envelope is looked at here: who says what about which thing, under which name. What is in it is the body of
//! the call that would have told the same directly, and is checked where that call is checked.
//!
//! - [`Attributes`] is an envelope that keeps to the specification;
//! - [`JsonEvent`] reads one from JSON, [`header_value`] one from headers;
//! - [`EventBridge`] reads the envelope of Amazon EventBridge, which is none of CloudEvents, as if it were one;
//! - [`EventType`] is what Perennial listens to.

mod attributes;
mod event_bridge;
mod headers;
mod json;
mod kinds;

pub use attributes::{Attribute, Attributes};
pub use event_bridge::EventBridge;
pub use headers::{MalformedHeader, header_value};
pub use json::{JsonEvent, Payload};
pub use kinds::{EventType, UnknownEventType};

/// The media type of one event as JSON.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// The media type of an array of events.
pub const BATCH: &str = "application/cloudevents-batch+json";
/// What the name of a header begins with that has an attribute.
pub const HEADER_PREFIX: &str = "ce-";
/// The version of the specification that is spoken.
pub const SPEC_VERSION: &str = "1.0";

/// Whether a media type, with or without parameters, is one of JSON.
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.split_once('/') {
        Some((kind, format)) => !kind.is_empty() && (format == "json" || format.ends_with("+json")),
        None => false,
    }
}
