//! What counts towards tiers: purchases, less what was returned of them, by local day.

use std::collections::BTreeSet;

use perennial_domain::codes::Zone;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::ladder;
use super::program::Program;
use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::Ledger;

/// Purchases that one statement counts when all that ever happened is counted.
const CHUNK: i64 = 10_000;

impl Engine {
    /// Counts these purchases as they are by now, and moves whom that moves, or whom referral credits do. Tells how many
    /// moves that were.
    pub(super) async fn tiers_follow(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        purchases: &BTreeSet<Uuid>,
        credited: &BTreeSet<Uuid>,
    ) -> Result<usize, Error> {
        if (purchases.is_empty() && credited.is_empty()) || !ladder::share(txn, merchant).await? {
            return Ok(0);
        }
        let mut buyers = buyers(txn, merchant, purchases).await?;
        buyers.extend(credited.iter().copied().map(CustomerId::from_uuid));
        buyers.sort_unstable();
        buyers.dedup();
        if buyers.is_empty() {
            return Ok(0);
        }
        // Nothing is posted: the lock keeps everything of these customers as it is.
        Ledger::lock(txn, merchant, &buyers, self.now(merchant)).await?;
        // The day by which the locks are held: whoever had them before may have moved somebody on a later one.
        let program = Program::read(self, txn, merchant).await?;
        let purchases: Vec<Uuid> = purchases.iter().copied().collect();
        count(txn, merchant, program.settings.time_zone, purchases).await?;
        program.follow(txn, &buyers).await
    }
}

/// Counts everything that a merchant's customers ever bought. The ladder is held alone.
///
/// It takes about half a minute for a million purchases; until it is done nobody is moved, and tills do not wait.
pub(super) async fn count_all(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    zone: Zone,
) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let sql = "SELECT id FROM purchases WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let values = [merchant.uuid().into(), after.into(), CHUNK.into()];
        let rows = txn.query_all_raw(statement(sql, values)).await?;
        let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = *last;
        count(txn, merchant, zone, ids).await?;
    }
}

/// Counts purchases of customers who cannot move meanwhile.
async fn count(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    zone: Zone,
    purchases: Vec<Uuid>,
) -> Result<(), Error> {
    let values = [merchant.uuid().into(), purchases.into(), zone.as_str().into()];
    txn.execute_raw(statement(include_str!("count.sql"), values)).await?;
    Ok(())
}

/// Whose these purchases are.
async fn buyers(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    purchases: &BTreeSet<Uuid>,
) -> Result<Vec<CustomerId>, Error> {
    let asked: Vec<Uuid> = purchases.iter().copied().collect();
    let values = [merchant.uuid().into(), asked.into()];
    let rows = txn.query_all_raw(statement(include_str!("buyers.sql"), values)).await?;
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "customer_id")?))).collect()
}

/// What was returned by these returns.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn returned(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    returns: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>, Error> {
    if returns.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Uuid> = returns.iter().copied().collect();
    let sql = "SELECT r.purchase_id
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT purchase_id FROM returns AS r WHERE r.merchant_id = $1 AND r.id = asked.id LIMIT 1) AS r";
    let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into(), asked.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "purchase_id")?)).collect()
}
