//! Points that were earned and cannot be spent yet.
//!
//! ```text
//! credit ─▶ account `pending`, a row for each instant ─▶ due: maturity ─▶ `available`, in the lot of that day
//!                                └─▶ a return before that takes them back
//! ```
//! A promotion or the merchant says for how many days points wait. They wait from the purchase on, so that a till that
//! was offline keeps nobody waiting longer; what was bought so long ago that the time has passed does not wait at all.
//! A claim waits from the claim.
//!
//! Rows are only changed under the lock of the customer's balance. Whoever matures, cancels or counts them holds it, so
//! that each point leaves exactly once, however many jobs run, how late, or beside which return.

mod mature;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::codes::Zone;
use perennial_domain::evaluate::PendingPoints;
use perennial_domain::expiry::matures_at;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::points::Points;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use crate::error::Error;
use crate::statement::statement;

pub(crate) use mature::run;

/// Writes what waits. The order of the placeholders is that of [`Columns`].
pub(crate) const WRITE: &str = include_str!("write.sql");

/// Points of one purchase that can be spent from one instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub matures_at: DateTime<Utc>,
    /// Above zero.
    pub points: Points,
}

/// When these points can be spent, soonest first; without those whose time has passed by `now`.
pub(crate) fn waiting(
    pending: &[PendingPoints],
    earned_at: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: Zone,
) -> Vec<Waiting> {
    let mut by_instant = BTreeMap::new();
    for PendingPoints { days, points } in pending {
        if let Some(instant) = matures_at(earned_at, *days, zone).filter(|instant| *instant > now) {
            // Parts of one purchase, whose sum can be counted.
            *by_instant.entry(instant).or_insert(0) += points.get();
        }
    }
    let row = |(matures_at, points)| Waiting { matures_at, points: Points::new(points) };
    by_instant.into_iter().map(row).collect()
}

/// The sum of parts of one purchase.
pub(crate) fn total(waiting: &[Waiting]) -> Points {
    Points::new(waiting.iter().map(|waiting| waiting.points.get()).sum())
}

/// Rows for [`WRITE`].
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub merchant: Vec<Uuid>,
    pub purchase: Vec<Uuid>,
    pub customer: Vec<Uuid>,
    pub matures_at: Vec<DateTime<Utc>>,
    pub points: Vec<i64>,
}

impl Columns {
    pub fn add(
        &mut self,
        merchant: MerchantId,
        purchase: PurchaseId,
        customer: CustomerId,
        waiting: &[Waiting],
    ) {
        for Waiting { matures_at, points } in waiting {
            self.merchant.push(merchant.uuid());
            self.purchase.push(purchase.uuid());
            self.customer.push(customer.uuid());
            self.matures_at.push(*matures_at);
            self.points.push(points.get());
        }
    }
}

/// Writes what of a claimed purchase waits.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn write(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchase: PurchaseId,
    customer: CustomerId,
    waiting: &[Waiting],
) -> Result<(), Error> {
    if waiting.is_empty() {
        return Ok(());
    }
    let mut columns = Columns::default();
    columns.add(merchant, purchase, customer, waiting);
    let Columns { merchant, purchase, customer, matures_at, points } = columns;
    let values: [Value; 5] =
        [merchant.into(), purchase.into(), customer.into(), matures_at.into(), points.into()];
    txn.execute_raw(statement(WRITE, values)).await?;
    Ok(())
}

/// How many points of a purchase still wait. The customer's balance is locked already.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn of_purchase(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchase: PurchaseId,
) -> Result<i64, Error> {
    let sql = "SELECT coalesce(sum(waiting), 0)::int8 AS waiting FROM pending_points WHERE merchant_id = $1 AND purchase_id = $2";
    let key = [merchant.uuid().into(), purchase.uuid().into()];
    match txn.query_one_raw(statement(sql, key)).await? {
        Some(row) => Ok(row.try_get("", "waiting")?),
        None => Ok(0),
    }
}

/// Lets points of a purchase wait no longer, because a return took them: those first that would have waited longest. The
/// ledger is the caller's to post, who holds the lock of the customer's balance.
///
/// # Errors
/// [`Error::Inconsistent`] when fewer wait; the transaction has to be given up.
pub(crate) async fn cancel(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchase: PurchaseId,
    points: i64,
) -> Result<(), Error> {
    if points == 0 {
        return Ok(());
    }
    let values = [merchant.uuid().into(), purchase.uuid().into(), points.into()];
    let row = txn.query_one_raw(statement(include_str!("cancel.sql"), values)).await?;
    let cancelled: i64 = row.map_or(Ok(0), |row| row.try_get("", "cancelled"))?;
    if cancelled == points {
        Ok(())
    } else {
        Err(Error::Inconsistent(format!(
            "{points} points of purchase {purchase} were to wait, {cancelled} did"
        )))
    }
}
