//! The job that has awards given whose time has come.
//!
//! It may run on any number of servers, twice, or days late: every award is looked at again under its lock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::statement;
use crate::engine::Engine;
use crate::error::Error;

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_secs(10);
/// Awards that one look takes at most: short locks, whatever falls due in one night.
const ROWS: i64 = 200;
/// How often it looks again for more in one run.
const ROUNDS: usize = 250;

/// Has awards given until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        if let Err(error) = engine.awards_settle_due().await {
            metrics::counter!("policy_awards_errors_total").increment(1);
            tracing::warn!(%error, "awards could not be given; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// Gives every award that is due, of all merchants, for a bounded time. Tells how many it came to. Running it again, or
    /// elsewhere at the same time, changes nothing more.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one merchant keeps no other waiting and is told at the end.
    pub async fn awards_settle_due(&self) -> Result<usize, Error> {
        let (mut settled, mut failed) = (0, None);
        // One look for everybody, and one for each sandbox whose time is another.
        let sandboxes = self.clock().ahead();
        for only in std::iter::once(None).chain(sandboxes.iter().copied().map(Some)) {
            let now = only.map_or_else(|| self.clock().now(), |sandbox| self.now(sandbox));
            let elsewhere = if only.is_none() { sandboxes.as_slice() } else { &[] };
            let mut left_out: Vec<Uuid> = elsewhere.iter().map(|sandbox| sandbox.uuid()).collect();
            for _ in 0..ROUNDS {
                let due = self.awards_due(now, only, &left_out).await?;
                if due.is_empty() {
                    break;
                }
                for (merchant, awards) in due {
                    let count = awards.len();
                    match self.awards_settle_now(merchant, &awards).await {
                        Ok(()) => settled += count,
                        Err(error) => {
                            tracing::warn!(%merchant, %error, "awards of a merchant could not be given");
                            left_out.push(merchant.uuid());
                            failed = Some(error);
                        }
                    }
                }
            }
        }
        if settled > 0 {
            self.outbox_wake().wake();
            self.inner.mail_wake.notify_one();
        }
        failed.map_or(Ok(settled), Err)
    }

    async fn awards_settle_now(&self, merchant: MerchantId, awards: &BTreeSet<Uuid>) -> Result<(), Error> {
        let txn = self.begin().await?;
        self.awards_settle(&txn, merchant, awards).await?;
        txn.commit().await?;
        Ok(())
    }

    /// What is due, of one merchant or of all but some.
    async fn awards_due(
        &self,
        now: DateTime<Utc>,
        only: Option<MerchantId>,
        left_out: &[Uuid],
    ) -> Result<BTreeMap<MerchantId, BTreeSet<Uuid>>, Error> {
        let sql = "SELECT merchant_id, id
                   FROM policy_awards
                   WHERE ((state = 'held' AND NOT waits) OR (state = 'paid' AND undo))
                     AND due_at <= $1
                     AND merchant_id <> ALL ($3::uuid[])
                     AND ($4::uuid IS NULL OR merchant_id = $4)
                   ORDER BY due_at
                   LIMIT $2";
        let values = [now.into(), ROWS.into(), left_out.to_vec().into(), only.map(MerchantId::uuid).into()];
        let mut due: BTreeMap<MerchantId, BTreeSet<Uuid>> = BTreeMap::new();
        for row in self.db().query_all_raw(statement(sql, values)).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            due.entry(merchant).or_default().insert(row.try_get("", "id")?);
        }
        Ok(due)
    }
}
