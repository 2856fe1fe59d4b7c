//! Scores: what purchases earned, less what was returned of them, by period.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::codes::Zone;
use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::statement;
use crate::engine::Engine;
use crate::error::Error;

/// Purchases that one transaction counts when all that ever happened is counted: nobody waits long for its lock.
const CHUNK: i64 = 500;

/// A leaderboard under lock.
pub(super) struct Held {
    pub merchant: MerchantId,
    pub zone: Zone,
    /// The first week of which scores are kept.
    pub kept_week: NaiveDate,
    /// The first month of which scores are kept.
    pub kept_month: NaiveDate,
}

impl Engine {
    /// Counts these purchases as they are by now; nothing where the merchant has no leaderboard any more.
    pub(super) async fn leaderboard_follow(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        purchases: Vec<Uuid>,
    ) -> Result<(), Error> {
        if purchases.is_empty() {
            return Ok(());
        }
        let Some((kept_week, kept_month)) = hold(txn, merchant).await? else { return Ok(()) };
        let zone = self.merchant_settings_in(txn, merchant).await?.time_zone;
        Held { merchant, zone, kept_week, kept_month }.count(txn, purchases).await
    }
}

/// Holds the leaderboard of a merchant until the transaction ends, and tells since when it keeps weeks and months.
pub(super) async fn hold(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
) -> Result<Option<(NaiveDate, NaiveDate)>, Error> {
    let sql = "SELECT kept_week, kept_month FROM leaderboards WHERE merchant_id = $1 FOR NO KEY UPDATE";
    let row = txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?;
    row.map(|row| Ok((row.try_get("", "kept_week")?, row.try_get("", "kept_month")?))).transpose()
}

impl Held {
    /// Counts these purchases.
    pub async fn count(&self, txn: &DatabaseTransaction, purchases: Vec<Uuid>) -> Result<(), Error> {
        let values = [
            self.merchant.uuid().into(),
            purchases.into(),
            self.zone.as_str().into(),
            self.kept_week.into(),
            self.kept_month.into(),
        ];
        let moved = txn.query_all_raw(statement(include_str!("count.sql"), values)).await?;
        climb(txn, self.merchant, &moved).await
    }

    /// Counts the next of everything that the merchant's customers ever bought, and tells whether there may be more.
    ///
    /// How far it is stands in the row that is held. What is counted twice, because a message was quicker, counts once.
    pub async fn count_on(&self, txn: &DatabaseTransaction, now: DateTime<Utc>) -> Result<bool, Error> {
        let sql = "SELECT counted_to FROM leaderboards WHERE merchant_id = $1 AND counted_at IS NULL";
        let row = txn.query_one_raw(statement(sql, [self.merchant.uuid().into()])).await?;
        let Some(row) = row else { return Ok(false) };
        let after = row.try_get::<Option<Uuid>>("", "counted_to")?.unwrap_or_default();
        let sql = "SELECT id FROM purchases WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let values = [self.merchant.uuid().into(), after.into(), CHUNK.into()];
        let rows = txn.query_all_raw(statement(sql, values)).await?;
        let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
        let last = ids.last().copied().unwrap_or(after);
        let has_more = i64::try_from(ids.len()).is_ok_and(|count| count == CHUNK);
        self.count(txn, ids).await?;
        let sql = "UPDATE leaderboards SET counted_to = $2, counted_at = $3 WHERE merchant_id = $1";
        let values = [self.merchant.uuid().into(), last.into(), (!has_more).then_some(now).into()];
        txn.execute_raw(statement(sql, values)).await?;
        Ok(has_more)
    }
}

/// Moves customers in the trees, as rows of period, day, old and new score say.
pub(super) async fn climb(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    moved: &[QueryResult],
) -> Result<(), Error> {
    if moved.is_empty() {
        return Ok(());
    }
    let (mut periods, mut days) = (Vec::<String>::new(), Vec::<NaiveDate>::new());
    let (mut old, mut new) = (Vec::<i64>::new(), Vec::<i64>::new());
    for row in moved {
        periods.push(row.try_get("", "period")?);
        days.push(row.try_get("", "starts_on")?);
        old.push(row.try_get("", "old_score")?);
        new.push(row.try_get("", "new_score")?);
    }
    let values = [merchant.uuid().into(), periods.into(), days.into(), old.into(), new.into()];
    txn.execute_raw(statement(include_str!("nodes.sql"), values)).await?;
    Ok(())
}
