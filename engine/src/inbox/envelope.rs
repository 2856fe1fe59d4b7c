//! Events out of the forms in which they travel.

use perennial_domain::bounded::Bounded;
use perennial_domain::cloud_events::{
    Attribute, Attributes, EventBridge, HEADER_PREFIX, JsonEvent, header_value,
};
use perennial_domain::error::FieldError;
use serde_json::value::RawValue;

use super::NewEvent;
use crate::json::{self, JsonError};

/// Why an event cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON; why, for people.
    Malformed(String),
    /// Everything that is wrong with its envelope.
    Fields(Vec<FieldError>),
}

impl From<JsonError> for Unreadable {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Malformed(why) => Self::Malformed(why),
            JsonError::Field(error) => Self::Fields(vec![error]),
        }
    }
}

impl From<Vec<FieldError>> for Unreadable {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Fields(errors)
    }
}

impl From<FieldError> for Unreadable {
    fn from(error: FieldError) -> Self {
        Self::Fields(vec![error])
    }
}

impl NewEvent {
    /// One event as a JSON object: the structured form.
    ///
    /// # Errors
    /// When its envelope is wrong.
    pub fn structured(bytes: &[u8]) -> Result<Self, Unreadable> {
        let event: JsonEvent<Box<RawValue>> = json::parse_object(bytes)?;
        let (attributes, payload) = event.check()?;
        Ok(Self::new(attributes, payload)?)
    }

    /// An array of them; each stands for itself.
    ///
    /// # Errors
    /// When it is no array.
    pub fn batch(bytes: &[u8]) -> Result<Vec<Result<Self, Unreadable>>, Unreadable> {
        let items: Vec<&RawValue> = json::parse(bytes)?;
        Ok(items.into_iter().map(|item| Self::structured(item.get().as_bytes())).collect())
    }

    /// The items of an array, not looked into: why an item is no event takes much more room than the item, so whoever takes
    /// only `MAX` counts them first. Of more there is one more.
    ///
    /// # Errors
    /// When it is no array.
    pub fn items<const MAX: usize>(bytes: &[u8]) -> Result<Vec<&RawValue>, Unreadable> {
        let items: Bounded<&RawValue, MAX> = json::parse(bytes)?;
        Ok(items.into_vec())
    }

    /// The attributes in headers, the data as body: the binary form. Takes all headers that there are, their names in small
    /// letters.
    ///
    /// # Errors
    /// When its envelope is wrong; a pointer is the name of the header.
    pub fn binary<'h>(
        headers: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        bytes: &[u8],
    ) -> Result<Self, Unreadable> {
        let mut attributes = Vec::new();
        let mut malformed = Vec::new();
        for (header, value) in headers {
            let Some(name) = header.strip_prefix(HEADER_PREFIX) else { continue };
            match header_value(value) {
                Ok(text) => attributes.push((name.to_owned(), Attribute::Text(text))),
                Err(error) => {
                    let detail = format!("The header {error}");
                    malformed.push(FieldError::new(format!("/{header}"), "malformed", detail));
                }
            }
        }
        if !malformed.is_empty() {
            return Err(malformed.into());
        }
        let attributes = Attributes::check(&format!("/{HEADER_PREFIX}"), attributes)?;
        // So that what is no JSON at all is called that.
        let data: &RawValue = json::parse(bytes)?;
        Ok(Self::of_text("", attributes, data.get().to_owned())?)
    }

    /// Whether these bytes look like an envelope of Amazon EventBridge, where nothing else tells the form.
    #[must_use]
    pub fn is_event_bridge(bytes: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct Probe<'p> {
            #[serde(rename = "detail-type", borrow)]
            _detail_type: &'p RawValue,
        }
        serde_json::from_slice::<Probe<'_>>(bytes).is_ok()
    }

    /// An event in the envelope of Amazon EventBridge.
    ///
    /// # Errors
    /// When its envelope is wrong.
    pub fn event_bridge(bytes: &[u8]) -> Result<Self, Unreadable> {
        let event: EventBridge<Box<RawValue>> = json::parse_object(bytes)?;
        let (attributes, payload) = event.check()?;
        Self::new(attributes, payload).map_err(|mut error| {
            error.pointer = "/detail".to_owned();
            error.into()
        })
    }
}
