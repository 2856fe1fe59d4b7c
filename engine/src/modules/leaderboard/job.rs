//! What time alone does: periods end, and what happened before a leaderboard was opened, or was being written then, is
//! counted.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;

use super::count::{Held, hold};
use super::open::kept;
use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::modules::sweep::{Opening, opening};

/// How often it is looked for periods that are over.
const EVERY: Duration = Duration::from_secs(60);
/// Purchases of one transaction.
const BATCH: usize = 200;
/// Transactions that count what a merchant's customers ever bought, before the next merchant has its turn.
const CHUNKS: usize = 20;
/// Rows deleted by one transaction.
const DELETED: i64 = 5_000;
/// How the module began for a merchant.
const OPENING: Opening = opening!("leaderboards");

/// Makes rounds until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        let pause = match engine.leaderboards_step().await {
            // Somebody waits for it.
            Ok(true) => Duration::ZERO,
            Ok(false) => EVERY,
            Err(error) => {
                metrics::counter!("leaderboard_errors_total").increment(1);
                tracing::warn!(%error, "leaderboards could not be looked through; trying again");
                EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Engine {
    /// Forgets the scores of periods that nobody can ask for any more, and counts what happened before a leaderboard was
    /// opened, or was being written then, of all merchants. Running it again, or on several servers at once, changes nothing.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. A merchant whose round fails is logged, stops no other, and is tried again next time.
    pub async fn leaderboards_round(&self) -> Result<(), Error> {
        while self.leaderboards_step().await? {}
        Ok(())
    }

    /// Does a bounded part of that for each merchant, and tells whether there is more to count.
    async fn leaderboards_step(&self) -> Result<bool, Error> {
        let mut has_more = false;
        let sql =
            "SELECT merchant_id, opened_at, swept_at, counted_at FROM leaderboards ORDER BY merchant_id";
        for row in self.db().query_all_raw(statement(sql, [])).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            let is_swept = row.try_get::<Option<DateTime<Utc>>>("", "swept_at")?.is_some();
            let is_counted = row.try_get::<Option<DateTime<Utc>>>("", "counted_at")?.is_some();
            let opened_at = row.try_get("", "opened_at")?;
            match self.leaderboard_round(merchant, opened_at, is_swept, is_counted).await {
                Ok(more) => has_more |= more,
                Err(error) => {
                    metrics::counter!("leaderboard_errors_total").increment(1);
                    tracing::error!(%merchant, %error, "the leaderboard of a merchant could not be looked through");
                }
            }
        }
        Ok(has_more)
    }

    async fn leaderboard_round(
        &self,
        merchant: MerchantId,
        opened_at: DateTime<Utc>,
        is_swept: bool,
        is_counted: bool,
    ) -> Result<bool, Error> {
        let has_more = !is_counted && self.leaderboard_count(merchant).await?;
        if !is_swept {
            self.leaderboard_sweep(merchant, opened_at).await?;
        }
        let zone = self.merchant_settings_in(self.db(), merchant).await?.time_zone;
        let (week, month) = kept(local_date(self.now(merchant), zone));
        let txn = self.begin().await?;
        let Some((kept_week, kept_month)) = hold(&txn, merchant).await? else { return Ok(false) };
        if week > kept_week || month > kept_month {
            // What is deleted below counts for nothing from now on. A zone further west takes nothing back.
            let sql = "UPDATE leaderboards SET kept_week = $2, kept_month = $3 WHERE merchant_id = $1";
            let values = [merchant.uuid().into(), week.max(kept_week).into(), month.max(kept_month).into()];
            txn.execute_raw(statement(sql, values)).await?;
        }
        txn.commit().await?;
        self.leaderboard_forget(merchant, week.max(kept_week), month.max(kept_month)).await?;
        Ok(has_more)
    }

    /// Counts more of what was bought before the leaderboard was opened, a transaction at a time, and tells whether there is
    /// still more. Whoever is killed has lost a chunk; the next begins where the last one ended that was committed.
    async fn leaderboard_count(&self, merchant: MerchantId) -> Result<bool, Error> {
        for _ in 0..CHUNKS {
            let txn = self.begin().await?;
            // Closed meanwhile.
            let Some((kept_week, kept_month)) = hold(&txn, merchant).await? else { return Ok(false) };
            let zone = self.merchant_settings_in(&txn, merchant).await?.time_zone;
            let held = Held { merchant, zone, kept_week, kept_month };
            let has_more = held.count_on(&txn, self.clock().now()).await?;
            txn.commit().await?;
            if !has_more {
                return Ok(false);
            }
        }
        Ok(true)
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
