//! What time alone does: periods end, pins end, and what was being written when a ladder was made is counted.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::program::Program;
use super::{ladder, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::jobs::{self, Job};
use crate::ledger::Ledger;
use crate::modules::sweep::{Opening, opening};

/// How often it is looked for customers whose period is over.
const JOB: Job = Job {
    every: Duration::from_secs(60),
    errors: "tiers_errors_total",
    failure: "tiers could not be looked through",
};
/// Customers, or purchases, of one transaction.
const BATCH: usize = 200;
/// Memberships that one statement makes due.
const DUE_AT_ONCE: i64 = 20_000;
/// How the module began for a merchant.
const OPENING: Opening = opening!("tier_ladders");

/// Makes rounds until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.tiers_round()).await;
}

/// Has the job look at everybody who stands somewhere, because what tiers go by has changed. Customers move when it
/// comes by, or with their next purchase. To be called before the change is published, as the ladder is held.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn policy_changed(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    today: NaiveDate,
) -> Result<(), Error> {
    if !ladder::hold_existing(txn, merchant).await? {
        return Ok(());
    }
    // In parts: no statement lasts long, however many customers there are.
    let mut after = Uuid::nil();
    loop {
        let values = [merchant.uuid().into(), today.into(), after.into(), DUE_AT_ONCE.into()];
        let row = txn.query_one_raw(statement(include_str!("due_again.sql"), values)).await?;
        let last = row.map(|row| row.try_get::<Option<Uuid>>("", "last")).transpose()?.flatten();
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}

impl Engine {
    /// Looks at every customer whose period or pin is over, of all merchants, however late, period by period. Tells how
    /// many moves that made. Running it again, or on several servers at once, changes nothing.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. A merchant whose round fails is logged, stops no other, and is tried again next time.
    pub async fn tiers_round(&self) -> Result<usize, Error> {
        let sql = "SELECT merchant_id, opened_at, swept_at FROM tier_ladders ORDER BY merchant_id";
        let mut moves = 0;
        for row in self.db().query_all_raw(statement(sql, [])).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            let is_swept = row.try_get::<Option<DateTime<Utc>>>("", "swept_at")?.is_some();
            let round = self.tiers_round_of(merchant, row.try_get("", "opened_at")?, is_swept);
            match round.await {
                Ok(moved) => moves += moved,
                Err(error) => {
                    metrics::counter!("tiers_errors_total").increment(1);
                    tracing::error!(%merchant, %error, "the tiers of a merchant could not be looked through");
                }
            }
        }
        if moves > 0 {
            self.outbox_wake().wake();
            self.inner.mail_wake.notify_one();
        }
        Ok(moves)
    }

    async fn tiers_round_of(
        &self,
        merchant: MerchantId,
        opened_at: DateTime<Utc>,
        is_swept: bool,
    ) -> Result<usize, Error> {
        // What was bought then counts by today, so that these customers may move here instead of below.
        let mut moves = if is_swept { 0 } else { self.sweep(merchant, opened_at).await? };
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let today = local_date(self.now(merchant), settings.time_zone);
        let mut after = Uuid::nil();
        loop {
            let sql = "SELECT customer_id FROM tier_memberships
                       WHERE merchant_id = $1 AND due_on <= $2 AND customer_id > $3
                       ORDER BY customer_id LIMIT $4";
            let values = [merchant.uuid().into(), today.into(), after.into(), (BATCH as i64).into()];
            let rows = self.db().query_all_raw(statement(sql, values)).await?;
            let due = rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "customer_id")?)));
            let due = due.collect::<Result<Vec<_>, Error>>()?;
            let Some(last) = due.last() else { return Ok(moves) };
            after = last.uuid();
            moves += self.look_at(merchant, &due).await?;
        }
    }

    /// Looks at these customers together; where that fails, one by one, so that one whose rows contradict themselves
    /// stops no other.
    async fn look_at(&self, merchant: MerchantId, customers: &[CustomerId]) -> Result<usize, Error> {
        match self.look_at_together(merchant, customers).await {
            Ok(moves) => return Ok(moves),
            Err(error @ Error::Busy { .. }) => return Err(error),
            Err(error) => tracing::warn!(%error, "the tiers of a batch of customers; one by one"),
        }
        let mut moves = 0;
        for customer in customers {
            match self.look_at_together(merchant, std::slice::from_ref(customer)).await {
                Ok(moved) => moves += moved,
                Err(error) => {
                    metrics::counter!("tiers_errors_total").increment(1);
                    tracing::error!(%customer, %error, "the tier of a customer could not be looked at");
                }
            }
        }
        Ok(moves)
    }

    async fn look_at_together(&self, merchant: MerchantId, customers: &[CustomerId]) -> Result<usize, Error> {
        let txn = self.begin().await?;
        ladder::share(&txn, merchant).await?;
        Ledger::lock(&txn, merchant, customers, self.now(merchant)).await?;
        // Looked at again under the lock, by the day that it is then: somebody may have bought something meanwhile.
        let program = Program::read(self, &txn, merchant).await?;
        let moves = program.follow(&txn, customers).await?;
        txn.commit().await?;
        Ok(moves)
    }

    /// Counts what transactions have written that were under way when the ladder was made: they could not know that they
    /// had to tell. Waits for the last of them. Tells how many moves that made.
    async fn sweep(&self, merchant: MerchantId, opened_at: DateTime<Utc>) -> Result<usize, Error> {
        let Some(ids) = self.written_meanwhile(&OPENING, merchant, opened_at).await? else { return Ok(0) };
        let mut moves = 0;
        for ids in ids.chunks(BATCH) {
            let txn = self.begin().await?;
            let purchases = ids.iter().copied().collect::<BTreeSet<_>>();
            moves += self.tiers_follow(&txn, merchant, &purchases, &BTreeSet::new()).await?;
            txn.commit().await?;
        }
        self.swept(&OPENING, merchant).await?;
        Ok(moves)
    }
}
