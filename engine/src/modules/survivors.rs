//! Messages that name customers, some of whom have been merged into others since they were written.
//!
//! A message is not rewritten by a merge, because whoever has it leased may be waiting for a balance that the merge holds.
//! Whoever has the effect of one asks who its customers are by now. Most messages name purchases, which a merge gives to the
//! customer who goes on: they ask nothing.

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::error::Error;
use crate::statement::statement;

/// Into whom those of these customers were merged who were. Of nobody nothing is asked.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn merged(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customers: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Uuid>, Error> {
    if customers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked: Vec<Uuid> = customers.iter().copied().collect();
    let values = [merchant.uuid().into(), asked.into()];
    let rows = db.query_all_raw(statement(include_str!("survivors.sql"), values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "merged_into")?))).collect()
}

/// Who these customers are by now.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn survivors(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customers: BTreeSet<Uuid>,
) -> Result<BTreeSet<Uuid>, Error> {
    let merged = merged(db, merchant, &customers).await?;
    if merged.is_empty() {
        return Ok(customers);
    }
    Ok(customers.into_iter().map(|id| merged.get(&id).copied().unwrap_or(id)).collect())
}
