//! The statements of returns.

use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::returns::{ReturnState, Returning};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use serde::Serialize;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::Return;
use crate::error::{Error, What};
use crate::intake::messages::{Messages, Totals};
use crate::purchase_record::{ClaimRecord, PurchaseRecord};
pub(super) use crate::statement::statement;
use crate::stored::stored;

/// A purchase, and the claim that credited it.
pub(super) struct Bought {
    pub purchase: PurchaseRecord,
    pub claim: Option<ClaimRecord>,
}

impl Bought {
    /// Reads both. The row of an unclaimed purchase's claim is locked, so that nobody claims what is being returned.
    pub async fn lock(
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        id: PurchaseId,
    ) -> Result<Self, Error> {
        let key = || [merchant.uuid().into(), id.uuid().into()];
        let select = "SELECT * FROM purchases WHERE merchant_id = $1 AND id = $2";
        let row =
            txn.query_one_raw(statement(select, key())).await?.ok_or(Error::NotFound(What::Purchase))?;
        let purchase = PurchaseRecord::from_row(raw(&row)?)?;
        if purchase.customer_id.is_some() {
            return Ok(Self { purchase, claim: None });
        }
        let select = "SELECT * FROM claims WHERE merchant_id = $1 AND purchase_id = $2 FOR UPDATE";
        let claim = match txn.query_one_raw(statement(select, key())).await? {
            Some(row) if raw(&row)?.try_get::<Option<Uuid>, _>("id")?.is_some() => {
                Some(ClaimRecord::from_row(raw(&row)?)?)
            }
            _ => None,
        };
        Ok(Self { purchase, claim })
    }

    /// Whose it is by now.
    pub fn customer(&self) -> Option<CustomerId> {
        self.claim.as_ref().map(|claim| claim.customer_id).or(self.purchase.customer_id)
    }
}

/// What was returned so far, locked until the transaction ends: the row is made when there is none.
pub(super) async fn lock_state(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchase: PurchaseId,
) -> Result<ReturnState, Error> {
    let lock = "INSERT INTO return_states AS s (merchant_id, purchase_id, state) VALUES ($1, $2, '{}')
        ON CONFLICT (merchant_id, purchase_id) DO UPDATE SET state = s.state RETURNING state";
    let row = txn
        .query_one_raw(statement(lock, [merchant.uuid().into(), purchase.uuid().into()]))
        .await?
        .ok_or_else(|| Error::Inconsistent(format!("the returns of purchase {purchase} cannot be locked")))?;
    state(&row)
}

/// What was returned so far, locked; `None` when nothing was.
pub(super) async fn find_state(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchase: PurchaseId,
) -> Result<Option<ReturnState>, Error> {
    let select = "SELECT state FROM return_states WHERE merchant_id = $1 AND purchase_id = $2 FOR UPDATE";
    let row = txn.query_one_raw(statement(select, [merchant.uuid().into(), purchase.uuid().into()])).await?;
    row.map(|row| state(&row)).transpose()
}

fn state(row: &QueryResult) -> Result<ReturnState, Error> {
    stored(serde_json::from_value(row.try_get("", "state")?), "return_states.state")
}

/// Stores what was returned by now.
pub(super) async fn save_state(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchase: PurchaseId,
    state: &ReturnState,
) -> Result<(), Error> {
    let update = "UPDATE return_states SET state = $3 WHERE merchant_id = $1 AND purchase_id = $2";
    let values = [merchant.uuid().into(), purchase.uuid().into(), json(state)?.into()];
    txn.execute_raw(statement(update, values)).await?;
    Ok(())
}

/// The return of this name, and what it had asked for.
pub(super) async fn find(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchase: PurchaseId,
    return_id: &str,
) -> Result<Option<(Return, Returning)>, Error> {
    let select = "SELECT * FROM returns WHERE merchant_id = $1 AND purchase_id = $2 AND return_id = $3";
    let values = [merchant.uuid().into(), purchase.uuid().into(), return_id.into()];
    let Some(row) = txn.query_one_raw(statement(select, values)).await? else { return Ok(None) };
    let returning = stored(serde_json::from_value(row.try_get("", "content")?), "returns.content")?;
    Ok(Some((Return::from_row(&row)?, returning)))
}

/// Stores a return.
pub(super) async fn insert(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    record: &Return,
    returning: &Returning,
    from_available: i64,
    tender_posting: Uuid,
) -> Result<(), Error> {
    // The order is that of the columns in the file.
    let values: [Value; 29] = [
        merchant.uuid().into(),
        record.id.into(),
        record.purchase_id.uuid().into(),
        record.return_id.clone().into(),
        record.customer_id.map(CustomerId::uuid).into(),
        json(returning)?.into(),
        record.amount.get().into(),
        record.currency.clone().into(),
        json(&record.lines)?.into(),
        record.points_reversed.get().into(),
        record.pending_reversed.get().into(),
        from_available.into(),
        record.debt.get().into(),
        record.absorbed.get().into(),
        record.cashback_reversed.get().into(),
        record.policy.clone().into(),
        record.complete.into(),
        record.balance.map(|balance| balance.points).into(),
        record.balance.map(|balance| balance.pending).into(),
        record.by.clone().into(),
        record.created_at.into(),
        Some(tender_posting).filter(|_| !record.tenders.points.is_zero()).into(),
        record.tenders.points.get().into(),
        record.tenders.points_expired.get().into(),
        record.tenders.cashback.get().into(),
        json(&record.rewards_returned)?.into(),
        record.paid_back.get().into(),
        record.cashback_debt.get().into(),
        record.cashback_absorbed.get().into(),
    ];
    txn.execute_raw(statement(include_str!("insert.sql"), values)).await?;
    Ok(())
}

/// The customer has spent so much less.
pub(super) async fn unspend(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
    amount: Amount,
) -> Result<(), Error> {
    let update = "UPDATE balances SET spent = spent - $3 WHERE merchant_id = $1 AND customer_id = $2";
    let values = [merchant.uuid().into(), customer.uuid().into(), amount.get().into()];
    txn.execute_raw(statement(update, values)).await?;
    Ok(())
}

/// Takes what was returned off the figures of the day of its purchase.
pub(super) async fn count_off(
    txn: &DatabaseTransaction,
    purchase: &PurchaseRecord,
    amount: Amount,
    points: i64,
) -> Result<(), Error> {
    let mut messages = Messages::default();
    let totals = Totals { purchases: 0, amount: -amount.get(), points: -points };
    messages.count(purchase.merchant_id, purchase.business_date, purchase.retailer_id, totals);
    let unwritable = |error| Error::Inconsistent(format!("a message cannot be written as JSON: {error}"));
    for message in messages.finish().map_err(unwritable)? {
        let values = [message.module.name().into(), message.merchant.uuid().into(), message.payload.into()];
        let insert = "INSERT INTO outbox (module, merchant_id, payload) VALUES ($1, $2, $3::jsonb)";
        txn.execute_raw(statement(insert, values)).await?;
    }
    Ok(())
}

pub(super) fn json(value: &impl Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value)
        .map_err(|error| Error::Inconsistent(format!("a return cannot be written as JSON: {error}")))
}

/// The row as the driver has it, which is what records are read from.
fn raw(row: &QueryResult) -> Result<&PgRow, Error> {
    row.try_as_pg_row().ok_or_else(|| Error::Inconsistent("the database is not Postgres".to_owned()))
}
