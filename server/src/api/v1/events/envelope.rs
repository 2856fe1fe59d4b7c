//! Events out of requests, in every form in which they come.

use axum::extract::Request;
use perennial_domain::cloud_events::{BATCH, HEADER_PREFIX, STRUCTURED, is_json};
use perennial_engine::{
    Error,
    inbox::{NewEvent, Unreadable},
    json::JsonError,
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::{
    json,
    problem::{Code, Problem},
};

/// Events in one batch at most.
const BATCH_MAX: usize = 1_000;

/// What a request has sent.
pub(super) enum Sent {
    /// One event.
    One(Box<NewEvent>),
    /// A batch: each event stands for itself.
    Many(Vec<Result<NewEvent, Problem>>),
}

/// An event, as CloudEvents 1.0 has it. Extension attributes may stand beside these.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what `JsonEvent` reads")]
pub(super) struct CloudEvent {
    /// `1.0`.
    specversion: String,
    /// The name that the source gives it, 1 to 256 characters.
    id: String,
    /// Who tells it: a URI reference of 1 to 512 characters.
    source: String,
    /// `order.completed`, `order.returned`, `customer.registered` or `order.placed.v1`.
    r#type: String,
    /// When it happened, in RFC 3339.
    time: Option<String>,
    /// What it is about.
    subject: Option<String>,
    /// A media type of JSON.
    datacontenttype: Option<String>,
    /// Where its data are described.
    dataschema: Option<String>,
    /// The body of the direct call.
    data: Option<Value>,
    /// The same as base64, instead.
    data_base64: Option<String>,
}

/// An event as Amazon EventBridge sends it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what `EventBridge` reads")]
pub(super) struct EventBridgeEvent {
    /// The name that EventBridge gave it.
    id: String,
    /// Who tells it.
    source: String,
    /// `order completed`, `order returned` or `customer registered`.
    #[schema(rename = "detail-type")]
    detail_type: String,
    /// When it happened, in RFC 3339.
    time: Option<String>,
    /// The body of the direct call.
    detail: Value,
    /// Of the envelope, `0`.
    version: Option<String>,
    /// Not used.
    account: Option<String>,
    /// Not used.
    region: Option<String>,
    /// Not used.
    resources: Option<Vec<String>>,
    /// Not used.
    #[schema(rename = "replay-name")]
    replay_name: Option<String>,
}

/// Reads what a request has sent. Its form is told by the content type, and for a binary one by `ce-specversion`.
pub(super) async fn read(request: Request) -> Result<Sent, Problem> {
    let (parts, body) = request.into_parts();
    let kind = json::media_type(&parts.headers)?;
    let binary = parts.headers.contains_key("ce-specversion");
    let known =
        kind == STRUCTURED || kind == BATCH || kind == "application/json" || (binary && is_json(&kind));
    if !known {
        return Err(Problem::new(Code::UnsupportedMediaType).detail(format!(
            "Events are sent as {STRUCTURED}, {BATCH}, or as JSON with the headers {HEADER_PREFIX}…."
        )));
    }
    let bytes = json::read(body).await?;
    if kind == BATCH {
        let items = NewEvent::items::<BATCH_MAX>(&bytes)?;
        if items.len() > BATCH_MAX {
            return Err(Problem::new(Code::TooManyItems).detail("A batch may have up to 1,000 events."));
        }
        let events = items.into_iter().map(|item| NewEvent::structured(item.get().as_bytes()));
        return Ok(Sent::Many(events.map(|event| event.map_err(Problem::from)).collect()));
    }
    let event = if kind == STRUCTURED {
        NewEvent::structured(&bytes)
    } else if binary {
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        NewEvent::binary(headers, &bytes)
    } else {
        NewEvent::event_bridge(&bytes)
    };
    Ok(Sent::One(Box::new(event?)))
}

impl From<Unreadable> for Problem {
    fn from(why: Unreadable) -> Self {
        match why {
            Unreadable::Malformed(why) => JsonError::Malformed(why).into(),
            Unreadable::Fields(errors) => Error::Invalid(errors).into(),
        }
    }
}
