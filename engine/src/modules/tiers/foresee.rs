//! Where a customer would stand after something that is not committed.

use std::collections::BTreeSet;

use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};

use super::program::Program;
use super::standing::CustomerTier;
use super::statement;
use crate::engine::Engine;
use crate::error::Error;

/// Where a customer stands as far as the module has come; nothing where the merchant has no tiers.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn standing(
    engine: &Engine,
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<Option<CustomerTier>, Error> {
    let program = Program::read(engine, txn, merchant).await?;
    if program.ladder.tiers().is_empty() {
        return Ok(None);
    }
    match program.members(txn, &[customer]).await?.pop() {
        Some(member) => program.standing(txn, &member).await.map(Some),
        None => Ok(None),
    }
}

/// Where a customer stands once a purchase counts as it does by now, in a transaction that is going to be rolled back and
/// that has locked the balance of the customer. Nothing where the merchant has no tiers.
///
/// The ladder comes before the balances in the order of locks. It is only taken when nobody has it, so that nobody waits
/// for anybody: while somebody is changing it there is no answer.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn standing_after(
    engine: &Engine,
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
    purchase: PurchaseId,
) -> Result<Option<CustomerTier>, Error> {
    let sql = "SELECT FROM tier_ladders WHERE merchant_id = $1 FOR SHARE SKIP LOCKED";
    if txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?.is_none() {
        return Ok(None);
    }
    engine.tiers_follow(txn, merchant, &BTreeSet::from([purchase.uuid()]), &BTreeSet::new()).await?;
    standing(engine, txn, merchant, customer).await
}
