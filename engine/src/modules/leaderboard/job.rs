//! What time alone does: periods end, and what was being written when a leaderboard was opened is counted.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;

use super::count::hold;
use super::open::kept;
use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::modules::sweep::{Opening, opening};

/// How often it is looked for periods that are over.
const EVERY: Duration = Duration::from_secs(60);
/// Purchases of one transaction.
const BATCH: usize = 200;
/// Rows deleted by one transaction.
const DELETED: i64 = 5_000;
/// How the module began for a merchant.
const OPENING: Opening = opening!("leaderboards");

/// Makes rounds until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        if let Err(error) = engine.leaderboards_round().await {
            metrics::counter!("leaderboard_errors_total").increment(1);
            tracing::warn!(%error, "leaderboards could not be looked through; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// Forgets the scores of periods that nobody can ask for any more, and counts what was being written when a
    /// leaderboard was opened, of all merchants. Running it again, or on several servers at once, changes nothing.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. A merchant whose round fails is logged, stops no other, and is tried again next time.
    pub async fn leaderboards_round(&self) -> Result<(), Error> {
        let sql = "SELECT merchant_id, opened_at, swept_at FROM leaderboards ORDER BY merchant_id";
        for row in self.db().query_all_raw(statement(sql, [])).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            let is_swept = row.try_get::<Option<DateTime<Utc>>>("", "swept_at")?.is_some();
            if let Err(error) =
                self.leaderboard_round(merchant, row.try_get("", "opened_at")?, is_swept).await
            {
                metrics::counter!("leaderboard_errors_total").increment(1);
                tracing::error!(%merchant, %error, "the leaderboard of a merchant could not be looked through");
            }
        }
        Ok(())
    }

    async fn leaderboard_round(
        &self,
        merchant: MerchantId,
        opened_at: DateTime<Utc>,
        is_swept: bool,
    ) -> Result<(), Error> {
        if !is_swept {
            self.leaderboard_sweep(merchant, opened_at).await?;
        }
        let zone = self.merchant_settings_in(self.db(), merchant).await?.time_zone;
        let (week, month) = kept(local_date(self.now(merchant), zone));
        let txn = self.begin().await?;
        let Some((kept_week, kept_month)) = hold(&txn, merchant).await? else { return Ok(()) };
        if week > kept_week || month > kept_month {
            // What is deleted below counts for nothing from now on. A zone further west takes nothing back.
            let sql = "UPDATE leaderboards SET kept_week = $2, kept_month = $3 WHERE merchant_id = $1";
            let values = [merchant.uuid().into(), week.max(kept_week).into(), month.max(kept_month).into()];
            txn.execute_raw(statement(sql, values)).await?;
        }
        txn.commit().await?;
        self.leaderboard_forget(merchant, week.max(kept_week), month.max(kept_month)).await
    }

    /// Deletes what is not kept any more, a batch at a time.
    async fn leaderboard_forget(
        &self,
        merchant: MerchantId,
        week: NaiveDate,
        month: NaiveDate,
    ) -> Result<(), Error> {
        let scores = "DELETE FROM leaderboard_scores WHERE ctid = ANY (ARRAY(
                          SELECT ctid FROM leaderboard_scores
                          WHERE merchant_id = $1
                            AND ((period = 'week' AND starts_on < $2) OR (period = 'month' AND starts_on < $3))
                            AND period <> 'ever'
                          LIMIT $4))";
        let nodes = "DELETE FROM leaderboard_nodes WHERE ctid = ANY (ARRAY(
                         SELECT ctid FROM leaderboard_nodes
                         WHERE merchant_id = $1
                           AND ((period = 'week' AND starts_on < $2) OR (period = 'month' AND starts_on < $3))
                         LIMIT $4))";
        for delete in [scores, nodes] {
            loop {
                let values = [merchant.uuid().into(), week.into(), month.into(), DELETED.into()];
                let gone = self.db().execute_raw(statement(delete, values)).await?.rows_affected();
                if gone < DELETED.unsigned_abs() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Counts what transactions have written that were under way when the leaderboard was opened: they could not know that
    /// they had to tell. Waits for the last of them.
    async fn leaderboard_sweep(&self, merchant: MerchantId, opened_at: DateTime<Utc>) -> Result<(), Error> {
        let Some(ids) = self.written_meanwhile(&OPENING, merchant, opened_at).await? else { return Ok(()) };
        for ids in ids.chunks(BATCH) {
            let txn = self.begin().await?;
            self.leaderboard_follow(&txn, merchant, ids.to_vec()).await?;
            txn.commit().await?;
        }
        self.swept(&OPENING, merchant).await
    }
}
