//! What a person sees of the queues, and what they can do about a dead letter.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::modules;
use crate::page::{Page, PageRequest};
use crate::statement::statement;

/// Dead letters that are put back into a queue in one go, at most.
pub const RETRIED_AT_ONCE: i64 = 1_000;

/// A message that failed too often.
#[derive(Debug, Clone, PartialEq, Serialize, FromQueryResult)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// The module whose queue it was in.
    pub module: String,
    /// Its place in that queue.
    pub id: i64,
    /// What it says, in the module's own words.
    pub payload: Value,
    /// When it was written.
    pub enqueued_at: DateTime<Utc>,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i32,
    /// What the last attempt failed with.
    pub error: String,
}

/// What putting back all dead letters of a module has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, FromQueryResult)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLettersRetried {
    /// How many wait in the queue again.
    pub retried: i64,
    /// How many are still there, because they were more than are put back in one go.
    pub remaining: i64,
}

/// How a module keeps up with a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromQueryResult)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueState {
    /// The module.
    pub module: String,
    /// Messages that wait.
    pub waiting: i64,
    /// Of these, those that have failed and will be tried again.
    pub failing: i64,
    /// When the oldest of them was written.
    pub oldest: Option<DateTime<Utc>>,
    /// Messages that were given up.
    pub dead: i64,
}

impl Engine {
    /// The queues of the merchant: one row for each module, also for one that has nothing waiting and nothing given up.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn queue_list(&self, cx: &Cx) -> Result<Vec<QueueState>, Error> {
        cx.require(Action::StatisticsRead)?;
        let states = statement(include_str!("states.sql"), [cx.merchant().uuid().into()]);
        let mut states = QueueState::find_by_statement(states).all(self.db()).await?;
        for module in modules::all() {
            if states.iter().all(|state| state.module != module.name()) {
                let module = module.name().to_owned();
                states.push(QueueState { module, waiting: 0, failing: 0, oldest: None, dead: 0 });
            }
        }
        states.sort_unstable_by(|one, other| one.module.cmp(&other.module));
        Ok(states)
    }

    /// Messages that were given up, of one module or of all, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn dead_letter_list(
        &self,
        cx: &Cx,
        module: Option<&str>,
        page: &PageRequest,
    ) -> Result<Page<DeadLetter>, Error> {
        cx.require(Action::StatisticsRead)?;
        // Numbers are given by one sequence over all modules: one of them alone is a key.
        let after: Option<i64> = page.after()?;
        let module = module.map(str::to_owned);
        let values = [cx.merchant().uuid().into(), after.into(), page.probe().into(), module.into()];
        let select = "SELECT module, id, payload, enqueued_at, died_at, attempts, error FROM dead_letters
            WHERE merchant_id = $1 AND ($2::int8 IS NULL OR id < $2) AND ($4::text IS NULL OR module = $4)
            ORDER BY id DESC LIMIT $3";
        let rows = DeadLetter::find_by_statement(statement(select, values)).all(self.db()).await?;
        Ok(page.page(rows, |letter| letter.id))
    }

    /// Puts a dead letter back into its queue, to be tried as if it were new.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such dead letter, for example because somebody was faster.
    pub async fn dead_letter_retry(&self, cx: &Cx, module: &str, id: i64) -> Result<(), Error> {
        let txn = self.begin().await?;
        self.dead_letter_retry_in(&txn, cx, module, id).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(())
    }

    /// [`dead_letter_retry`](Self::dead_letter_retry) within a transaction of the caller, who wakes the workers when it has
    /// committed.
    ///
    /// # Errors
    /// The same.
    pub async fn dead_letter_retry_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        module: &str,
        id: i64,
    ) -> Result<(), Error> {
        cx.require(Action::SettingsWrite)?;
        let retry = "WITH letter AS (
                DELETE FROM dead_letters WHERE merchant_id = $1 AND module = $2 AND id = $3
                RETURNING merchant_id, module, payload, enqueued_at
            )
            INSERT INTO queue (merchant_id, module, payload, enqueued_at)
            SELECT merchant_id, module, payload, enqueued_at FROM letter";
        change_dead_letter(txn, cx, retry, module, id).await
    }

    /// Puts the oldest dead letters of a module back into its queue, at most [`RETRIED_AT_ONCE`], to be tried as if they were
    /// new. Where there is none nothing happens.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn dead_letters_retry(&self, cx: &Cx, module: &str) -> Result<DeadLettersRetried, Error> {
        let txn = self.begin().await?;
        let retried = self.dead_letters_retry_in(&txn, cx, module).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(retried)
    }

    /// [`dead_letters_retry`](Self::dead_letters_retry) within a transaction of the caller, who wakes the outbox after the
    /// commit.
    ///
    /// # Errors
    /// The same.
    pub async fn dead_letters_retry_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        module: &str,
    ) -> Result<DeadLettersRetried, Error> {
        cx.require(Action::SettingsWrite)?;
        let values = [cx.merchant().uuid().into(), module.into(), RETRIED_AT_ONCE.into()];
        let retry = statement(include_str!("retry_all.sql"), values);
        let retried = DeadLettersRetried::find_by_statement(retry).one(txn).await?;
        Ok(retried.unwrap_or(DeadLettersRetried { retried: 0, remaining: 0 }))
    }

    /// Throws a dead letter away: what it should have caused will not happen.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such dead letter.
    pub async fn dead_letter_discard(&self, cx: &Cx, module: &str, id: i64) -> Result<(), Error> {
        let txn = self.begin().await?;
        self.dead_letter_discard_in(&txn, cx, module, id).await?;
        txn.commit().await?;
        Ok(())
    }

    /// [`dead_letter_discard`](Self::dead_letter_discard) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn dead_letter_discard_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        module: &str,
        id: i64,
    ) -> Result<(), Error> {
        cx.require(Action::SettingsWrite)?;
        let discard = "DELETE FROM dead_letters WHERE merchant_id = $1 AND module = $2 AND id = $3";
        change_dead_letter(txn, cx, discard, module, id).await
    }

    /// Whether every queue and the outbox are empty, but for what waits for a person.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn queues_are_drained(&self) -> Result<bool, Error> {
        let drained = "SELECT NOT EXISTS (SELECT FROM queue)
            AND NOT EXISTS (SELECT FROM outbox WHERE parked_at IS NULL) AS drained";
        let row = self.db().query_one_raw(statement(drained, [])).await?;
        Ok(row.map(|row| row.try_get("", "drained")).transpose()?.unwrap_or(true))
    }
}

async fn change_dead_letter(
    txn: &DatabaseTransaction,
    cx: &Cx,
    sql: &'static str,
    module: &str,
    id: i64,
) -> Result<(), Error> {
    let values = [cx.merchant().uuid().into(), module.into(), id.into()];
    let changed = txn.execute_raw(statement(sql, values)).await?.rows_affected();
    if changed == 0 { Err(Error::NotFound(What::DeadLetter)) } else { Ok(()) }
}
