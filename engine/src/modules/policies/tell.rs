//! Messages of others for this module.

use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::{NAME, PAYMENTS, statement};
use crate::error::Error;

/// Tells the module of something that a purchase did not tell itself, where the merchant has or had a policy. Whoever finds
/// the message sees what it is about: it is written in the same transaction.
///
/// The words are `claims`, `returned` (purchases), `enrolled`, `tiers`, `moved` (customers), each with a list of ids,
/// `referrals` with a list of `{"friend": id, "what": "registered" …}`, and `birthdays` with a list of
/// `{"day": date, "customers": ids}`.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn tell(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    payload: serde_json::Value,
) -> Result<(), Error> {
    let sql = "INSERT INTO queue (module, merchant_id, payload)
               SELECT $2, $1, $3 WHERE EXISTS (SELECT FROM reward_policies WHERE merchant_id = $1 AND version > 0)";
    txn.execute_raw(statement(sql, [merchant.uuid().into(), NAME.into(), payload.into()])).await?;
    Ok(())
}

/// Has these awards looked at by whoever pays.
pub(super) async fn tell_payments(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    due: &[Uuid],
) -> Result<(), Error> {
    if due.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO queue (module, merchant_id, payload) VALUES ($2, $1, $3)";
    let payload = json!({ "due": due });
    txn.execute_raw(statement(sql, [merchant.uuid().into(), PAYMENTS.into(), payload.into()])).await?;
    Ok(())
}
