//! What rewards ask of tiers: whether they exist, and which one a customer has.

use perennial_domain::ids::{CustomerId, MerchantId, TierId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::statement;
use crate::error::Error;

/// Refuses at `/tiers/n` a tier that the merchant does not have.
pub(super) async fn must_exist(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    tiers: &[TierId],
) -> Result<(), Error> {
    if tiers.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = tiers.iter().map(|tier| tier.uuid()).collect();
    // They stay until the transaction ends, so that what names them names something.
    let sql =
        "SELECT id FROM tiers WHERE merchant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into(), ids.clone().into()])).await?;
    let there = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
    match ids.iter().position(|id| !there.contains(id)) {
        None => Ok(()),
        Some(index) => Err(Error::field(format!("/tiers/{index}"), "unknown_tier", "There is no such tier")),
    }
}

/// The tier that a customer has, if any.
pub(super) async fn of_customer(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<Option<TierId>, Error> {
    // Who has reached none stands on the tier that everybody has, where there is one.
    let sql = "SELECT coalesce(m.tier_id, base.id) AS tier_id
               FROM (SELECT) AS one
               LEFT JOIN tier_memberships AS m ON m.merchant_id = $1 AND m.customer_id = $2
               LEFT JOIN tiers AS base ON base.merchant_id = $1 AND base.threshold = 0";
    let row = db.query_one_raw(statement(sql, [merchant.uuid().into(), customer.uuid().into()])).await?;
    let tier: Option<Option<Uuid>> = row.map(|row| row.try_get("", "tier_id")).transpose()?;
    Ok(tier.flatten().map(TierId::from_uuid))
}
