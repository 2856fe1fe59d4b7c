//! Events out: each as a CloudEvent, to a stream that keeps it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_nats::jetstream::{
    Context,
    context::{PublishError, PublishErrorKind},
    message::PublishMessage,
    stream,
};
use async_trait::async_trait;
use perennial_domain::cloud_events::{SPEC_VERSION, STRUCTURED};
use perennial_engine::bus::{Bus, BusError, Published};
use serde_json::json;

use super::BusConfig;

/// How long the stream keeps events, when it is ours.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the broker remembers the ids of events: one that is published again within this is not stored again.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Publishes to `perennial.out.<slug>.<kind>`.
pub(super) struct Publisher {
    context: Context,
    prefix: String,
    stream: String,
    /// Whether the stream was there when it was last looked for.
    ready: AtomicBool,
}

impl Publisher {
    pub(super) fn new(context: Context, config: &BusConfig) -> Self {
        let (prefix, stream) = (config.outgoing.clone(), config.outgoing_stream.clone());
        Self { context, prefix, stream, ready: AtomicBool::new(false) }
    }

    /// Makes the stream that keeps the events, unless it is there. An operator who has a stream of another name over the
    /// same subjects keeps that: then ours cannot be made, and need not be.
    async fn prepare(&self) {
        if self.ready.load(Ordering::Relaxed) {
            return;
        }
        let config = stream::Config {
            name: self.stream.clone(),
            subjects: vec![format!("{}.>", self.prefix)],
            max_age: KEPT,
            duplicate_window: REMEMBERED,
            ..stream::Config::default()
        };
        match self.context.get_or_create_stream(config).await {
            Ok(_) => self.ready.store(true, Ordering::Relaxed),
            Err(error) => {
                tracing::debug!(%error, stream = %self.stream, "the stream of the bus could not be made")
            }
        }
    }

    fn message(&self, event: &Published) -> Result<PublishMessage, BusError> {
        let mut body = json!({
            "specversion": SPEC_VERSION,
            "id": event.id,
            "source": format!("/merchants/{}", event.slug),
            "type": event.kind,
            "time": event.happened_at,
            "datacontenttype": "application/json",
            "data": event.data,
        });
        if let Some(customer) = event.customer {
            body["subject"] = json!(customer);
        }
        if let Some(sequence) = event.sequence {
            // A text by the extension of that name, of a fixed length, so that it sorts as it counts.
            body["sequence"] = json!(format!("{sequence:020}"));
        }
        let body = serde_json::to_vec(&body).map_err(|error| BusError::Refused(error.to_string()))?;
        Ok(PublishMessage::build()
            .payload(body.into())
            .header("content-type", STRUCTURED)
            .message_id(event.id.to_string()))
    }

    fn fault(&self, error: &PublishError) -> BusError {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => BusError::Refused(error.to_string()),
            kind => {
                if kind == PublishErrorKind::StreamNotFound {
                    self.ready.store(false, Ordering::Relaxed);
                }
                BusError::Away(error.to_string())
            }
        }
    }
}

#[async_trait]
impl Bus for Publisher {
    async fn publish(&self, events: &[Published]) -> Vec<Result<(), BusError>> {
        self.prepare().await;
        let mut sent = Vec::with_capacity(events.len());
        // All are sent before the first answer is awaited; the broker keeps their order.
        for event in events {
            sent.push(match self.message(event) {
                Err(error) => Err(error),
                Ok(message) => {
                    let subject = format!("{}.{}.{}", self.prefix, event.slug, event.kind);
                    self.context.send_publish(subject, message).await.map_err(|error| self.fault(&error))
                }
            });
        }
        let mut answers = Vec::with_capacity(sent.len());
        for sent in sent {
            answers.push(match sent {
                Err(error) => Err(error),
                Ok(answer) => answer.await.map(drop).map_err(|error| self.fault(&error)),
            });
        }
        for answer in &answers {
            match answer {
                Ok(()) => metrics::counter!("bus_published_total").increment(1),
                Err(error) => {
                    metrics::counter!("bus_publish_errors_total").increment(1);
                    tracing::debug!(%error, "an event was not published");
                }
            }
        }
        answers
    }
}
