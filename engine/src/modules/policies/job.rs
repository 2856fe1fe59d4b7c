//! The job that has awards given whose time has come.
//!
//! It may run on any number of servers, twice, or days late: every award is looked at again under its lock.

use std::collections::BTreeSet;
use std::time::Duration;

use perennial_domain::ids::MerchantId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::due::{Due, Look};
use crate::engine::Engine;
use crate::error::Error;
use crate::jobs::{self, Job};

/// How often it is looked for what is due.
const JOB: Job = Job {
    every: Duration::from_secs(10),
    errors: "policy_awards_errors_total",
    failure: "awards could not be given",
};
/// Awards whose time has come, and those that have lost their cause.
const LOOK: Look =
    Look { what: "awards", sql: include_str!("sql/due.sql"), id: "id", rows: 200, rounds: 250 };

/// Has awards given until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.awards_settle_due()).await;
}

impl Engine {
    /// Gives every award that is due, of all merchants, for a bounded time. Tells how many it came to. Running it again, or
    /// elsewhere at the same time, changes nothing more.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one award keeps no other waiting and is told at the end.
    pub async fn awards_settle_due(&self) -> Result<usize, Error> {
        let (mut settled, mut due) = (0, Due::of(self, &LOOK));
        while let Some(found) = due.next(self).await? {
            match self.awards_settle_now(found.merchant, &found.ids.iter().copied().collect()).await {
                Ok(()) => settled += found.ids.len(),
                Err(error) => due.failed(found, error),
            }
        }
        if settled > 0 {
            self.outbox_wake().wake();
            self.inner.mail_wake.notify_one();
        }
        due.end().map(|()| settled)
    }

    async fn awards_settle_now(&self, merchant: MerchantId, awards: &BTreeSet<Uuid>) -> Result<(), Error> {
        let txn = self.begin().await?;
        self.awards_settle(&txn, merchant, awards).await?;
        txn.commit().await?;
        Ok(())
    }
}
