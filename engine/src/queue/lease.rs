//! Taking messages, and giving them back.

use std::collections::BTreeSet;
use std::time::Duration;

use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::{LEASE, Message, THINGS};
use crate::error::Error;
use crate::statement::statement;

/// Leases up to `limit` of what is due, oldest first; fewer when they name many things.
pub(super) async fn take(db: &impl ConnectionTrait, module: &str, limit: u64) -> Result<Vec<Message>, Error> {
    let values = [
        module.into(),
        limit.cast_signed().into(),
        LEASE.as_secs_f64().into(),
        i64::try_from(THINGS).unwrap_or(i64::MAX).into(),
    ];
    let rows = db.query_all_raw(statement(include_str!("lease.sql"), values)).await?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        messages.push(Message {
            id: row.try_get("", "id")?,
            merchant: MerchantId::from_uuid(row.try_get("", "merchant_id")?),
            payload: row.try_get("", "payload")?,
            attempts: row.try_get("", "attempts")?,
            fence: row.try_get("", "fence")?,
        });
    }
    // An UPDATE returns its rows in any order.
    messages.sort_unstable_by_key(|message| message.id);
    Ok(messages)
}

/// Deletes the messages within the transaction of their effect; false when one of them is no longer ours.
pub(super) async fn finish(
    txn: &impl ConnectionTrait,
    module: &str,
    messages: &[Message],
) -> Result<bool, Error> {
    let ids: Vec<i64> = messages.iter().map(|message| message.id).collect();
    let fences: Vec<i64> = messages.iter().map(|message| message.fence).collect();
    let values = [module.into(), ids.into(), fences.into()];
    let deleted = txn.execute_raw(statement(include_str!("finish.sql"), values)).await?.rows_affected();
    Ok(deleted == messages.len() as u64)
}

/// Deletes those of the messages that are still ours, and tells their numbers.
pub(super) async fn finish_some(
    txn: &impl ConnectionTrait,
    module: &str,
    messages: &[&Message],
) -> Result<BTreeSet<i64>, Error> {
    let ids: Vec<i64> = messages.iter().map(|message| message.id).collect();
    let fences: Vec<i64> = messages.iter().map(|message| message.fence).collect();
    let values = [module.into(), ids.into(), fences.into()];
    let sql = concat!(include_str!("finish.sql"), "RETURNING q.id");
    let rows = txn.query_all_raw(statement(sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// Gives messages back that could not be processed for a reason that lies elsewhere: the attempt does not count.
pub(super) async fn give_back(
    db: &impl ConnectionTrait,
    module: &str,
    messages: &[Message],
    pause: Duration,
) -> Result<(), Error> {
    let ids: Vec<i64> = messages.iter().map(|message| message.id).collect();
    let fences: Vec<i64> = messages.iter().map(|message| message.fence).collect();
    let values = [module.into(), ids.into(), fences.into(), pause.as_secs_f64().into()];
    let update = "UPDATE queue AS q
        SET due_at = clock_timestamp() + make_interval(secs => $4), attempts = greatest(q.attempts - 1, 0)
        FROM unnest($2::int8[], $3::int8[]) AS mine (id, fence)
        WHERE q.module = $1 AND q.id = mine.id AND q.fence = mine.fence";
    db.execute_raw(statement(update, values)).await?;
    Ok(())
}

/// Leases messages anew that are still ours, from now on: what was tried with them has taken its time.
pub(super) async fn renew<'m>(
    db: &impl ConnectionTrait,
    module: &str,
    messages: impl Iterator<Item = &'m Message>,
) -> Result<(), Error> {
    let (ids, fences): (Vec<i64>, Vec<i64>) = messages.map(|message| (message.id, message.fence)).unzip();
    let values = [module.into(), ids.into(), fences.into(), LEASE.as_secs_f64().into()];
    let update = "UPDATE queue AS q
        SET due_at = clock_timestamp() + make_interval(secs => $4)
        FROM unnest($2::int8[], $3::int8[]) AS mine (id, fence)
        WHERE q.module = $1 AND q.id = mine.id AND q.fence = mine.fence";
    db.execute_raw(statement(update, values)).await?;
    Ok(())
}

/// Puts two messages into the place of one, if it is still ours. The attempt does not count.
pub(super) async fn halve(
    db: &impl ConnectionTrait,
    module: &str,
    message: &Message,
    (first, second): (Value, Value),
) -> Result<(), Error> {
    let values = [module.into(), message.id.into(), message.fence.into(), first.into(), second.into()];
    db.execute_raw(statement(include_str!("halve.sql"), values)).await?;
    Ok(())
}

/// Lets a message that failed wait before its next attempt.
pub(super) async fn put_off(
    db: &impl ConnectionTrait,
    module: &str,
    message: &Message,
    pause: Duration,
    error: &str,
) -> Result<(), Error> {
    let values =
        [module.into(), message.id.into(), message.fence.into(), pause.as_secs_f64().into(), error.into()];
    let update = "UPDATE queue SET due_at = clock_timestamp() + make_interval(secs => $4), last_error = $5
        WHERE module = $1 AND id = $2 AND fence = $3";
    db.execute_raw(statement(update, values)).await?;
    Ok(())
}

/// Moves a message to the dead letters.
pub(super) async fn bury(
    db: &impl ConnectionTrait,
    module: &str,
    message: &Message,
    error: &str,
) -> Result<(), Error> {
    let values = [module.into(), message.id.into(), message.fence.into(), error.into()];
    db.execute_raw(statement(include_str!("bury.sql"), values)).await?;
    Ok(())
}
