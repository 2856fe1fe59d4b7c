//! The envelope of Amazon EventBridge.
//!
//! It says the same as one of CloudEvents under other names: `detail-type` is the type, written as people write it
//! (`order completed`), and `detail` the data.

use serde::Deserialize;

use super::{Attribute, Attributes, EventType, Payload, SPEC_VERSION};
use crate::error::FieldError;

/// An event as EventBridge hands it to a target; `D` is what its detail is read as.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBridge<D> {
    id: String,
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Option<String>,
    detail: D,
    // What else EventBridge says of the way that the event took.
    #[serde(rename = "version", default)]
    _version: Option<String>,
    #[serde(rename = "account", default)]
    _account: Option<String>,
    #[serde(rename = "region", default)]
    _region: Option<String>,
    #[serde(rename = "resources", default, deserialize_with = "crate::bounded::at_most::<0, _, _>")]
    _resources: Vec<String>,
    #[serde(rename = "replay-name", default)]
    _replay_name: Option<String>,
}

impl<D> EventBridge<D> {
    /// Checks the envelope as if it were one of CloudEvents.
    ///
    /// # Errors
    /// Every field that is wrong, as pointers into the object.
    pub fn check(self) -> Result<(Attributes, Payload<D>), Vec<FieldError>> {
        let kind = typed(&self.detail_type).map_or(self.detail_type, |kind| kind.as_str().to_owned());
        let mut attributes = vec![
            ("specversion".to_owned(), Attribute::Text(SPEC_VERSION.to_owned())),
            ("id".to_owned(), Attribute::Text(self.id)),
            ("source".to_owned(), Attribute::Text(self.source)),
            ("type".to_owned(), Attribute::Text(kind)),
        ];
        attributes.extend(self.time.map(|time| ("time".to_owned(), Attribute::Text(time))));
        let attributes = Attributes::check("/", attributes).map_err(|mut errors| {
            for error in &mut errors {
                if error.pointer == "/type" {
                    error.pointer = "/detail-type".to_owned();
                }
            }
            errors
        })?;
        Ok((attributes, Payload::Json(self.detail)))
    }
}

/// The type that is meant: `order completed`, `Order Completed` and `order.completed` are the same.
fn typed(detail_type: &str) -> Option<EventType> {
    let spoken: String = detail_type
        .trim()
        .chars()
        .map(|letter| if matches!(letter, ' ' | '_' | '-') { '.' } else { letter.to_ascii_lowercase() })
        .collect();
    spoken.parse().ok()
}
