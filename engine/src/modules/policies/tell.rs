//! Messages of others for this module.

use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::{PAYMENTS, statement};
use crate::error::Error;

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
