//! The ledger's statements: lock and read, then write.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::{Holder, Ledger, NEVER};
use crate::error::Error;
use crate::intake::messages::Messages;
use crate::statement::statement;

impl Ledger {
    /// Locks the balances of these customers, in the order of their ids, and reads them with their lots.
    ///
    /// # Errors
    /// [`Error::CustomerNotFound`] when one of them is not a customer of the merchant; [`Error::Busy`] when one was merged into
    /// another account since the caller has read whose business it is: who comes again reads it anew.
    pub async fn lock(
        txn: &impl ConnectionTrait,
        merchant: MerchantId,
        customers: &[CustomerId],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let ledger = Self::lock_also_merged(txn, merchant, customers, now).await?;
        if ledger.holders.values().any(|holder| holder.is_merged) {
            return Err(Error::merged());
        }
        Ok(ledger)
    }

    /// The same, for whoever asks whether they were merged.
    ///
    /// # Errors
    /// [`Error::CustomerNotFound`].
    pub async fn lock_also_merged(
        txn: &impl ConnectionTrait,
        merchant: MerchantId,
        customers: &[CustomerId],
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let ids: BTreeSet<CustomerId> = customers.iter().copied().collect();
        let ids: Vec<Uuid> = ids.into_iter().map(CustomerId::uuid).collect();
        let asked = || [merchant.uuid().into(), ids.clone().into()];
        let balances = txn.query_all_raw(statement(include_str!("lock.sql"), asked())).await?;
        if balances.len() != ids.len() {
            return Err(Error::CustomerNotFound);
        }
        let mut lots: BTreeMap<Uuid, BTreeMap<NaiveDate, i64>> = BTreeMap::new();
        for row in txn.query_all_raw(statement(include_str!("lots.sql"), asked())).await? {
            let of_customer = lots.entry(row.try_get("", "customer_id")?).or_default();
            of_customer.insert(row.try_get("", "expires_on")?, row.try_get("", "remaining")?);
        }
        let mut holders = BTreeMap::new();
        for row in balances {
            let id: Uuid = row.try_get("", "customer_id")?;
            let mut of_customer = lots.remove(&id).unwrap_or_default();
            of_customer.insert(NEVER, row.try_get("", "undated")?);
            let mut holder = Holder::new(of_customer);
            holder.available = row.try_get("", "available")?;
            holder.pending = row.try_get("", "pending")?;
            holder.reserved = row.try_get("", "reserved")?;
            holder.debt = row.try_get("", "debt")?;
            holder.lifetime = row.try_get("", "lifetime")?;
            holder.sequence = row.try_get("", "sequence")?;
            holder.is_erased = row.try_get("", "erased")?;
            holder.is_merged = row.try_get("", "merged")?;
            holders.insert(CustomerId::from_uuid(id), holder);
        }
        Ok(Self { merchant, now, holders, entries: Vec::new() })
    }

    /// Writes what was posted, in one statement. Nothing was posted: nothing is written.
    ///
    /// # Errors
    /// Only when the database fails; then the transaction has to be given up.
    pub async fn write(self, txn: &impl ConnectionTrait) -> Result<(), Error> {
        let Self { merchant, now, holders, entries } = self;
        // Two movements of a posting may have cancelled each other; an entry of nothing says nothing.
        let entries: Vec<_> = entries.into_iter().filter(|entry| entry.amount != 0).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let moved: BTreeSet<CustomerId> = entries.iter().filter_map(|entry| entry.customer).collect();
        let live = live(merchant, &moved)?;
        let moved: Vec<(Uuid, &Holder)> = holders
            .iter()
            .filter(|(id, _)| moved.contains(id))
            .map(|(id, holder)| (id.uuid(), holder))
            .collect();
        let lots: Vec<(Uuid, NaiveDate, i64)> = moved
            .iter()
            .flat_map(|(id, holder)| holder.changed_lots().map(|(day, left)| (*id, day, left)))
            .collect();
        // The order is that of the placeholders in the file.
        let values: [Value; 23] = [
            merchant.uuid().into(),
            now.into(),
            column(&entries, |entry| entry.posting),
            column(&entries, |entry| entry.leg),
            column(&entries, |entry| entry.kind.as_str().to_owned()),
            column(&entries, |entry| entry.account.to_owned()),
            column(&entries, |entry| entry.customer.map_or(Uuid::nil(), CustomerId::uuid)),
            column(&entries, |entry| entry.sequence.unwrap_or(0)),
            column(&entries, |entry| entry.amount),
            column(&entries, |entry| entry.unit.to_owned()),
            column(&entries, |entry| entry.purchase.unwrap_or(Uuid::nil())),
            column(&moved, |(id, _)| *id),
            column(&moved, |(_, holder)| holder.available),
            column(&moved, |(_, holder)| holder.pending),
            column(&moved, |(_, holder)| holder.reserved),
            column(&moved, |(_, holder)| holder.debt),
            column(&moved, |(_, holder)| holder.lifetime),
            column(&moved, |(_, holder)| holder.sequence),
            column(&lots, |(customer, ..)| *customer),
            column(&lots, |(_, day, _)| *day),
            column(&lots, |(.., left)| *left),
            live.into(),
            column(&moved, |(_, holder)| holder.undated()),
        ];
        txn.execute_raw(statement(include_str!("write.sql"), values)).await?;
        Ok(())
    }
}

/// The message that makes the pages of these customers move; empty when nothing moved but the merchant's accounts: what
/// the merchant absorbs of a return whose points are all gone is nothing to show to anybody.
fn live(merchant: MerchantId, customers: &BTreeSet<CustomerId>) -> Result<String, Error> {
    let mut messages = Messages::default();
    for customer in customers {
        messages.touch(merchant, *customer);
    }
    let unwritable = |error| Error::Inconsistent(format!("a message cannot be written as JSON: {error}"));
    let message = messages.finish().map_err(unwritable)?.pop();
    Ok(message.map(|message| message.payload).unwrap_or_default())
}

/// A column of an array bind. The driver of SeaORM knows no array with nulls in it: the nil UUID and the number 0, which
/// never occur, stand for them in the file.
fn column<T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Value
where
    Vec<V>: Into<Value>,
{
    rows.iter().map(value).collect::<Vec<V>>().into()
}
