//! The bus: every event of a program for whatever other systems listen.
//!
//! The engine writes a message for the module `bus` in the transaction of each event, when it was started with a bus.
//! Here these are worked off: published, acknowledged by the broker, and only then deleted. While the broker is away the
//! queue grows; nothing else waits for it. An event may be published twice; it has the same id then.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::queue::Message;
use crate::queue::errand::{self, Errand, Verdict};
use crate::statement::statement;

/// A broker that takes events.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Publishes events and waits until the broker has them durably; one answer for each, in their order.
    async fn publish(&self, events: &[Published]) -> Vec<Result<(), BusError>>;
}

/// Why the broker did not take an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// It cannot be reached, or did not answer in time: the same event may be taken later.
    #[error("the broker is away: {0}")]
    Away(String),
    /// It will never take this event, for example because it is too large.
    #[error("the broker refused the event: {0}")]
    Refused(String),
}

/// An event as it leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The event; the same whenever it is published again.
    pub id: Uuid,
    /// Whose it is.
    pub merchant: MerchantId,
    /// The merchant's name in addresses.
    pub slug: String,
    /// What happened, for example `points.credited`.
    pub kind: String,
    /// Whom it concerns, if somebody.
    pub customer: Option<CustomerId>,
    /// The customer's event counter.
    pub sequence: Option<i64>,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// Ids, numbers and names; never personal data.
    pub data: Value,
}

/// Publishes until `stop`; returns at once without a bus.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    if engine.config().bus.is_some() {
        errand::run(engine, Outgoing, stop).await;
    }
}

/// The module `bus`.
pub(crate) struct Outgoing;

/// What a message of the module says.
#[derive(Deserialize)]
struct Payload {
    events: Vec<Uuid>,
}

#[derive(FromQueryResult)]
struct Row {
    merchant_id: Uuid,
    slug: String,
    id: Uuid,
    customer_id: Option<Uuid>,
    sequence: Option<i64>,
    kind: String,
    data: Value,
    happened_at: DateTime<Utc>,
}

#[async_trait]
impl Errand for Outgoing {
    const NAME: &'static str = "bus";
    const BATCH: u64 = 50;

    type Note = ();

    async fn carry(&self, engine: &Engine, messages: &[Message]) -> Vec<Verdict<()>> {
        let named: Vec<Result<Payload, Error>> = messages.iter().map(Message::news).collect();
        let wanted = messages.iter().zip(&named).filter_map(|(message, named)| {
            let named = named.as_ref().ok()?;
            Some(named.events.iter().map(|event| (message.merchant.uuid(), *event)))
        });
        let outcomes = match publish(engine, wanted.flatten().collect()).await {
            Ok(outcomes) => outcomes,
            Err(error) => return messages.iter().map(|_| Verdict::Failed(error.clone())).collect(),
        };
        let verdict = |(message, named): (&Message, Result<Payload, Error>)| match named {
            Err(error) => Verdict::Failed(error),
            Ok(named) => {
                // One that is no longer stored has been kept its thirty days: nobody waits for it any more.
                let mut outcomes =
                    named.events.iter().filter_map(|event| outcomes.get(&(message.merchant.uuid(), *event)));
                match outcomes.find_map(|outcome| outcome.as_ref().err()) {
                    None => Verdict::Ended(()),
                    Some(error) => Verdict::Failed(error.clone().into()),
                }
            }
        };
        messages.iter().zip(named).map(verdict).collect()
    }

    async fn note(&self, _: &DatabaseTransaction, _: &Engine, _: Vec<(&Message, ())>) -> Result<(), Error> {
        Ok(())
    }
}

impl From<BusError> for Error {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Away(_) => Self::Busy { retry_after: Duration::from_secs(1) },
            BusError::Refused(_) => Self::Inconsistent(error.to_string()),
        }
    }
}

/// Publishes events, and tells what became of each that is stored.
async fn publish(
    engine: &Engine,
    wanted: BTreeSet<(Uuid, Uuid)>,
) -> Result<BTreeMap<(Uuid, Uuid), Result<(), BusError>>, Error> {
    let Some(bus) = &engine.config().bus else {
        return Err(Error::Inconsistent("there is no bus".to_owned()));
    };
    let (merchants, ids): (Vec<Uuid>, Vec<Uuid>) = wanted.into_iter().unzip();
    let values = [merchants.into(), ids.into()];
    let select = statement(include_str!("sql/bus_events.sql"), values);
    let events: Vec<Published> =
        Row::find_by_statement(select).all(engine.db()).await?.into_iter().map(Row::published).collect();
    if events.is_empty() {
        return Ok(BTreeMap::new());
    }
    let outcomes = bus.publish(&events).await;
    let keys = events.iter().map(|event| (event.merchant.uuid(), event.id));
    Ok(keys.zip(outcomes).collect())
}

impl Row {
    fn published(self) -> Published {
        Published {
            id: self.id,
            merchant: MerchantId::from_uuid(self.merchant_id),
            slug: self.slug,
            kind: self.kind,
            customer: self.customer_id.map(CustomerId::from_uuid),
            sequence: self.sequence,
            happened_at: self.happened_at,
            data: self.data,
        }
    }
}
