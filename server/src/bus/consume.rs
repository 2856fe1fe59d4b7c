//! Events in: from a durable consumer into the inbox.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context as _;
use async_nats::jetstream::{
    AckKind, Message,
    consumer::{AckPolicy, pull},
    stream,
};
use futures::StreamExt as _;
use perennial_domain::cloud_events::{BATCH, STRUCTURED};
use perennial_engine::{
    Cx, Engine, Error, What,
    inbox::{NewEvent, Refusal, RefusedEnvelope, Unreadable},
};
use tokio_util::sync::CancellationToken;

use super::Nats;

/// Messages that are received together at most.
const TOGETHER: usize = 100;
/// How long a message may be under way here before the broker brings it again.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// How long the broker waits before it brings a message again that could not be written down.
const LATER: Duration = Duration::from_secs(2);
/// How long a pull waits for messages, and how often the broker says meanwhile that it is there.
const PULL: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(5));
/// How long a lost consumer waits before it tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// Consumes until `stop`. Survives every error.
pub(super) async fn run(nats: Nats, engine: Engine, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = listen(&nats, &engine, &stop).await {
            metrics::counter!("bus_consume_errors_total").increment(1);
            tracing::warn!(error = format!("{error:#}"), "the bus cannot be listened to; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Takes messages until `stop`, or until the broker is lost.
async fn listen(nats: &Nats, engine: &Engine, stop: &CancellationToken) -> anyhow::Result<()> {
    let config = &nats.config;
    let filter = config.incoming.filter();
    let stream = stream::Config {
        name: config.incoming_stream.clone(),
        subjects: vec![filter.clone()],
        // A message is gone when it is acknowledged: the inbox has it.
        retention: stream::RetentionPolicy::WorkQueue,
        ..stream::Config::default()
    };
    let stream = nats.context.get_or_create_stream(stream).await.context("the stream cannot be had")?;
    let consumer = pull::Config {
        durable_name: Some(config.consumer.clone()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        filter_subject: filter,
        ..pull::Config::default()
    };
    let consumer = stream
        .get_or_create_consumer(&config.consumer, consumer)
        .await
        .context("the consumer cannot be had")?;
    let messages = consumer
        .stream()
        .max_messages_per_batch(TOGETHER)
        .expires(PULL.0)
        .heartbeat(PULL.1)
        .messages()
        .await
        .context("messages cannot be pulled")?;
    let mut messages = std::pin::pin!(messages.ready_chunks(TOGETHER));
    while let Some(Some(taken)) = stop.run_until_cancelled(messages.next()).await {
        let mut lost = None;
        let mut here = Vec::with_capacity(taken.len());
        for message in taken {
            match message {
                Ok(message) => here.push(message),
                Err(error) => lost = Some(error),
            }
        }
        receive(nats, engine, here).await;
        if let Some(error) = lost {
            return Err(error).context("messages no longer come");
        }
    }
    Ok(())
}

/// A message, and what was read from it.
struct Parcel {
    message: Message,
    events: Vec<Result<NewEvent, Unreadable>>,
}

/// Writes down what messages say, and acknowledges each after the commit.
async fn receive(nats: &Nats, engine: &Engine, messages: Vec<Message>) {
    let mut by_merchant: BTreeMap<String, Vec<Parcel>> = BTreeMap::new();
    for message in messages {
        match nats.config.incoming.slug(&message.subject) {
            Some(slug) => {
                let events = read(&message);
                by_merchant.entry(slug.to_owned()).or_default().push(Parcel { message, events });
            }
            None => end(&message, AckKind::Term).await,
        }
    }
    for (slug, parcels) in by_merchant {
        let cx = match engine.merchant_by_slug(&slug).await {
            Ok(merchant) => Some(Cx::system(merchant.id)),
            Err(Error::NotFound(What::Merchant)) => {
                tracing::warn!(slug, "a message of the bus is for a merchant that there is not");
                metrics::counter!("bus_unknown_merchant_total").increment(parcels.len() as u64);
                for parcel in &parcels {
                    end(&parcel.message, AckKind::Term).await;
                }
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "messages of the bus could not be written down");
                None
            }
        };
        for parcel in parcels {
            let kind = match &cx {
                Some(cx) => {
                    keep(engine, cx, &nats.config.incoming_stream, &parcel.message, parcel.events).await
                }
                None => Err(()),
            };
            end(&parcel.message, kind.unwrap_or(AckKind::Nak(Some(LATER)))).await;
        }
    }
}

/// Keeps the events of one message; tells how it is acknowledged. Those that are refused at the door are kept as that.
async fn keep(
    engine: &Engine,
    cx: &Cx,
    stream: &str,
    message: &Message,
    events: Vec<Result<NewEvent, Unreadable>>,
) -> Result<AckKind, ()> {
    let away = |error: Error| tracing::warn!(%error, "an event of the bus could not be written down");
    let mut refused = Vec::new();
    let mut readable = Vec::new();
    for event in events {
        match event {
            Ok(event) => readable.push(event),
            Err(why) => refused.push(Refusal::unreadable(why)),
        }
    }
    for answer in engine.events_receive(cx, readable).await.map_err(away)? {
        if let Err(error) = answer {
            refused.push(Refusal::at_the_door(error).map_err(away)?);
        }
    }
    if refused.is_empty() {
        return Ok(AckKind::Ack);
    }
    let number = message.info().map(|info| info.stream_sequence).unwrap_or_default();
    for (place, refusal) in refused.into_iter().enumerate() {
        let id = if place == 0 { number.to_string() } else { format!("{number}-{place}") };
        let (source, kind) = (format!("nats:{stream}"), message.subject.to_string());
        engine.event_refuse(cx, RefusedEnvelope { source, id, kind, refusal }).await.map_err(away)?;
    }
    Ok(AckKind::Term)
}

/// Tells the broker. When that fails it brings the message again, which hurts nobody.
async fn end(message: &Message, kind: AckKind) {
    let taken = matches!(kind, AckKind::Ack | AckKind::Term);
    match message.ack_with(kind).await {
        Ok(()) if taken => metrics::counter!("bus_consumed_total").increment(1),
        Ok(()) => {}
        Err(error) => tracing::debug!(%error, "a message could not be acknowledged"),
    }
}

/// The events of a message, in the form that its headers tell. Without any they are looked for in the payload.
fn read(message: &Message) -> Vec<Result<NewEvent, Unreadable>> {
    let headers: Vec<(String, Vec<u8>)> = message.headers.iter().flat_map(|headers| headers.iter()).fold(
        Vec::new(),
        |mut all, (name, values)| {
            let name = name.to_string().to_ascii_lowercase();
            all.extend(values.iter().map(|value| (name.clone(), value.as_str().as_bytes().to_vec())));
            all
        },
    );
    let header =
        |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice());
    let kind = String::from_utf8_lossy(header("content-type").unwrap_or_default()).to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let payload: &[u8] = &message.payload;
    if essence == BATCH {
        return NewEvent::batch(payload).unwrap_or_else(|why| vec![Err(why)]);
    }
    if essence != STRUCTURED && header("ce-specversion").is_some() {
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        return vec![NewEvent::binary(headers, payload)];
    }
    let bridged = essence != STRUCTURED && NewEvent::is_event_bridge(payload);
    vec![if bridged { NewEvent::event_bridge(payload) } else { NewEvent::structured(payload) }]
}
