//! Turning events into deliveries.

use std::collections::BTreeMap;

use async_trait::async_trait;
use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use uuid::{Builder, Uuid};

use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::tell_those_before;
use crate::queue::{Message, Module};

/// The consumer of the queue `webhooks`: it has messages only of merchants with an endpoint that is switched on.
pub(crate) struct Webhooks;

/// What a message of the queue says.
#[derive(Deserialize)]
struct News {
    events: Vec<Uuid>,
}

/// An endpoint and an event that it hears.
#[derive(FromQueryResult)]
struct Pair {
    endpoint_id: Uuid,
    event_id: Uuid,
}

#[async_trait]
impl Module for Webhooks {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        // In order of merchant, so that two workers meet the same rows in the same order.
        let mut told: BTreeMap<MerchantId, Vec<Uuid>> = BTreeMap::new();
        for message in messages {
            let news: News = message.news()?;
            told.entry(message.merchant).or_default().extend(news.events);
        }
        for (merchant, events) in told {
            make(txn, engine, merchant, events).await?;
        }
        Ok(())
    }
}

/// Writes the deliveries of these events, and of earlier ones of the same customers that another worker is still about
/// to make: an event is committed after those that its customer has before it, so whoever sees it sees them. Purchases alone
/// are told moments after they were credited; those that still wait for that are told first.
async fn make(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    events: Vec<Uuid>,
) -> Result<(), Error> {
    tell_those_before(txn, engine, merchant, &events).await?;
    let values = [merchant.uuid().into(), events.into()];
    let pairs = Pair::find_by_statement(statement(include_str!("sql/heard.sql"), values)).all(txn).await?;
    if pairs.is_empty() {
        return Ok(());
    }
    let (millis, _) = engine.id_parts();
    // They count up within the millisecond: the order of the log is the order in which they are made.
    let ids: Vec<Uuid> = (0..pairs.len()).map(|place| numbered(engine, millis, place)).collect();
    let (endpoints, events): (Vec<Uuid>, Vec<Uuid>) =
        pairs.into_iter().map(|pair| (pair.endpoint_id, pair.event_id)).unzip();
    let values =
        [merchant.uuid().into(), endpoints.into(), events.into(), ids.into(), engine.clock().now().into()];
    txn.execute_raw(statement(include_str!("sql/make.sql"), values)).await?;
    Ok(())
}

/// A UUIDv7 whose random part begins with a number.
fn numbered(engine: &Engine, millis: u64, place: usize) -> Uuid {
    let (_, mut random) = engine.id_parts();
    let number = u16::try_from(place).unwrap_or(u16::MAX).min(0x0fff);
    let [high, low, ..] = &mut random;
    [*high, *low] = number.to_be_bytes();
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
