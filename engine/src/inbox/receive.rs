//! Writing events down.

use perennial_domain::access::Action;
use perennial_domain::cloud_events::{Attributes, Payload};
use perennial_domain::error::FieldError;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use sqlx::types::Json;
use uuid::{Builder, Uuid};

use super::refusal::{Refusal, busy};
use super::sender::Sender;
use super::{Event, MODULE};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// How many events of a merchant may wait: a sender that is faster than the program is told to come back later.
const WAITING_MAX: i64 = 100_000;

/// An event whose envelope is right.
#[derive(Debug, Clone)]
pub struct NewEvent {
    attributes: Attributes,
    /// One JSON object, as it was sent.
    data: String,
    hash: [u8; 32],
}

impl NewEvent {
    /// Reads the data, which are one JSON object.
    ///
    /// # Errors
    /// The field that is wrong: `/data` or `/data_base64`.
    pub fn new(attributes: Attributes, payload: Payload<Box<RawValue>>) -> Result<Self, FieldError> {
        match payload {
            Payload::Json(data) => Self::of_text("/data", attributes, String::from(Box::<str>::from(data))),
            Payload::Base64(text) => {
                use base64::Engine as _;
                let decoded = base64::engine::general_purpose::STANDARD.decode(text).ok();
                let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
                    let detail = "Must be the base64 of JSON in UTF-8";
                    FieldError::new("/data_base64", "malformed", detail)
                })?;
                Self::of_text("/data_base64", attributes, decoded)
            }
        }
    }

    /// The same of data that came apart from their envelope; `pointer` says where they were.
    pub(super) fn of_text(pointer: &str, attributes: Attributes, data: String) -> Result<Self, FieldError> {
        let value: Value = serde_json::from_str(&data)
            .map_err(|error| FieldError::new(pointer, "malformed", format!("Must be JSON: {error}")))?;
        if !value.is_object() {
            return Err(FieldError::new(pointer, "wrong_type", "Must be a JSON object"));
        }
        let mut hash = Sha256::new();
        hash.update(attributes.kind.as_str());
        digest(&value, &mut hash);
        Ok(Self { attributes, data, hash: hash.finalize().into() })
    }

    /// Who tells it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.attributes.source
    }

    /// The name that the source gave it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.attributes.id
    }
}

/// Hashes what JSON says, whatever the order of its fields and the spaces between them.
fn digest(value: &Value, hash: &mut Sha256) {
    // A length before each text keeps two texts from being read as one.
    let text = |text: &str, hash: &mut Sha256| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(flag) => hash.update(if *flag { b"t" } else { b"f" }),
        Value::Number(number) => {
            hash.update(b"#");
            text(&number.to_string(), hash);
        }
        Value::String(content) => {
            hash.update(b"\"");
            text(content, hash);
        }
        Value::Array(items) => {
            hash.update(b"[");
            hash.update((items.len() as u64).to_be_bytes());
            items.iter().for_each(|item| digest(item, hash));
        }
        Value::Object(fields) => {
            hash.update(b"{");
            hash.update((fields.len() as u64).to_be_bytes());
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in fields {
                text(name, hash);
                digest(value, hash);
            }
        }
    }
}

/// An event that is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// As it is now.
    pub event: Event,
    /// Whether it was there before.
    pub replayed: bool,
}

/// An event that came by the bus with an envelope that is wrong, as far as it can be told.
#[derive(Debug, Clone)]
pub struct RefusedEnvelope {
    /// Who told it, or where it was found.
    pub source: String,
    /// Its name, or its place there.
    pub id: String,
    /// What it was to be about.
    pub kind: String,
    /// What is wrong.
    pub refusal: Refusal,
}

impl Engine {
    /// Writes events down, durably, and answers each in its place. What becomes of them is told by
    /// [`event_get`](Self::event_get).
    ///
    /// The same event again, by source and id, is answered as it is by now and changes nothing.
    ///
    /// # Errors
    /// For all: [`Error::Forbidden`], and [`Error::Busy`] when the database is away. For one: [`Error::Conflict`]
    /// `event_conflict` when the name was used for other content, [`Error::Busy`] when too many wait already.
    pub async fn events_receive(
        &self,
        cx: &Cx,
        events: Vec<NewEvent>,
    ) -> Result<Vec<Result<Received, Error>>, Error> {
        cx.require(Action::EventsWrite)?;
        let sender = Sender::of(cx)?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let keys = self.keys(events.len());
        let (mut sources, mut ids, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        let (mut times, mut hashes, mut data) = (Vec::new(), Vec::new(), Vec::new());
        for event in events {
            let Attributes { source, id, kind, time } = event.attributes;
            sources.push(source);
            ids.push(id);
            kinds.push(kind.as_str());
            times.push(time.map(|time| time.to_utc()));
            hashes.push(event.hash.to_vec());
            data.push(event.data);
        }
        let mut txn = self.pool().begin().await?;
        let inserted = sqlx::query(include_str!("receive.sql"))
            .bind(cx.merchant().uuid())
            .bind(&sources)
            .bind(&ids)
            .bind(&keys)
            .bind(&kinds)
            .bind(&times)
            .bind(&hashes)
            .bind(&data)
            .bind(self.now(cx.merchant()))
            .bind(Json(&sender))
            .bind(WAITING_MAX)
            .bind(MODULE)
            .execute(&mut *txn)
            .await?
            .rows_affected();
        let rows: Vec<Stored> = sqlx::query_as(include_str!("received.sql"))
            .bind(cx.merchant().uuid())
            .bind(&sources)
            .bind(&ids)
            .fetch_all(&mut *txn)
            .await?;
        txn.commit().await?;
        if inserted > 0 {
            self.outbox_wake().wake();
        }
        metrics::counter!("events_received_total").increment(inserted);
        let mut answers: Vec<Result<Received, Error>> = keys.iter().map(|_| Err(busy())).collect();
        for row in rows {
            let place = usize::try_from(row.place - 1).unwrap_or(usize::MAX);
            if let (Some(answer), Some(key), Some(hash)) =
                (answers.get_mut(place), keys.get(place), hashes.get(place))
            {
                *answer = row.answer(*key, hash);
            }
        }
        Ok(answers)
    }

    /// Keeps an event that came by the bus and cannot be read, so that somebody sees it. It cannot be tried again:
    /// whoever sent it has to send it rightly.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn event_refuse(&self, cx: &Cx, envelope: RefusedEnvelope) -> Result<(), Error> {
        cx.require(Action::EventsWrite)?;
        let sender = Sender::of(cx)?;
        let key = self.keys(1).pop().unwrap_or_default();
        let problem = serde_json::to_string(&envelope.refusal)
            .map_err(|error| Error::Inconsistent(format!("a refusal is not JSON: {error}")))?;
        sqlx::query(include_str!("refuse.sql"))
            .bind(cx.merchant().uuid())
            .bind(storable(envelope.source))
            .bind(storable(envelope.id))
            .bind(key)
            .bind(storable(envelope.kind))
            .bind(self.now(cx.merchant()))
            .bind(Json(&sender))
            .bind(problem)
            .execute(self.pool())
            .await?;
        metrics::counter!("events_refused_total").increment(1);
        Ok(())
    }

    /// Keys in ascending order, so that events that came together stay in their order.
    fn keys(&self, count: usize) -> Vec<Uuid> {
        let key = || {
            let (millis, random) = self.id_parts();
            Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
        };
        let mut keys: Vec<Uuid> = std::iter::repeat_with(key).take(count).collect();
        keys.sort_unstable();
        keys
    }
}

/// A text that nobody has checked, as Postgres keeps it in a key.
fn storable(text: String) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(256).collect()
}

/// A row of `received.sql`.
#[derive(sqlx::FromRow)]
struct Stored {
    place: i64,
    hash: Vec<u8>,
    #[sqlx(flatten)]
    event: super::read::EventRow,
}

impl Stored {
    fn answer(self, key: Uuid, hash: &[u8]) -> Result<Received, Error> {
        if self.hash != hash {
            let detail = "An event of this source with this id was received with other content";
            return Err(Error::conflict("event_conflict", detail));
        }
        let replayed = self.event.key != key;
        Ok(Received { event: self.event.event()?, replayed })
    }
}
