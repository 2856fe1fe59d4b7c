//! Writing events, in the transaction of what they tell of.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use uuid::{Builder, Uuid};

use super::{Happening, Known};
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;
use crate::stored::stored;

/// Locks balances in the order of their ids, which the caller may have done: whoever is at the same customers must not
/// wait for us while we wait for them.
const LOCK: &str = "SELECT FROM balances WHERE merchant_id = $1 AND customer_id = ANY ($2)
                    ORDER BY customer_id FOR NO KEY UPDATE";

/// Writes down what happened, and tells whoever listens. Any number of events by one statement; none: nothing.
///
/// Call it after the ledger was written: an event without a posting of its own takes the customer's next counter, and a
/// ledger that is written afterwards would put it back. The balances of the customers are locked already, or nothing
/// that comes before them in the order of locks will be locked afterwards.
///
/// # Errors
/// Only when the database fails; then the transaction has to be given up.
pub(crate) async fn announce(
    txn: &impl ConnectionTrait,
    engine: &Engine,
    merchant: MerchantId,
    happenings: Vec<Happening>,
) -> Result<(), Error> {
    let (millis, _) = engine.id_parts();
    let id = || Builder::from_unix_timestamp_millis(millis, &engine.id_parts().1).into_uuid();
    let known = happenings.into_iter().map(|what| Known { id: id(), what }).collect();
    announce_once(txn, engine, merchant, known).await?;
    Ok(())
}

/// The same with ids that are known: what was written before is neither written nor told again. Tells what was new.
///
/// # Errors
/// The same.
pub(crate) async fn announce_once(
    txn: &impl ConnectionTrait,
    engine: &Engine,
    merchant: MerchantId,
    events: Vec<Known>,
) -> Result<BTreeSet<Uuid>, Error> {
    if events.is_empty() {
        return Ok(BTreeSet::new());
    }
    for event in &events {
        metrics::counter!("events_total", "kind" => event.what.kind.as_str()).increment(1);
    }
    let counterless: BTreeSet<Uuid> = events
        .iter()
        .filter(|event| event.what.sequence.is_none())
        .filter_map(|event| event.what.customer.map(CustomerId::uuid))
        .collect();
    if !counterless.is_empty() {
        let customers: Vec<Uuid> = counterless.into_iter().collect();
        let values = [merchant.uuid().into(), customers.into()];
        txn.execute_raw(statement(LOCK, values)).await?;
    }
    // After the lock: what has a later counter has not happened before.
    let happened_at = engine.now(merchant);
    let rows: Vec<Row> = events.into_iter().map(|event| Row::new(event, happened_at)).collect();
    let rows = stored(serde_json::to_value(rows), "events")?;
    let has_bus = engine.config().bus.is_some();
    let values = [merchant.uuid().into(), rows.into(), has_bus.into()];
    let write = include_str!("announce.sql");
    let rows = txn.query_all_raw(statement(write, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// A row for `announce.sql`.
#[derive(Serialize)]
struct Row {
    id: Uuid,
    customer_id: Option<CustomerId>,
    sequence: Option<i64>,
    kind: &'static str,
    data: serde_json::Value,
    happened_at: DateTime<Utc>,
}

impl Row {
    fn new(event: Known, happened_at: DateTime<Utc>) -> Self {
        let Known { id, what } = event;
        Self {
            id,
            customer_id: what.customer,
            sequence: what.sequence,
            kind: what.kind.as_str(),
            data: what.data,
            happened_at,
        }
    }
}
