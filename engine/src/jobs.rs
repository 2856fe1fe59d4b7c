//! What time alone causes.
//!
//! Every job does all that is due by the time of each merchant's program, however late it comes, and changes nothing when
//! it runs twice or on several servers at once. The workers repeat each at a pace of its own. [`Engine::jobs_run`] runs them
//! once, in the order in which a day does them, for those who have set a clock ahead and want to see what that does.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::error::Error;

/// The pace of a job, and what is told when it fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// How long it rests after each time.
    pub every: Duration,
    /// The metric that counts how often it failed.
    pub errors: &'static str,
    /// What could not be done.
    pub failure: &'static str,
}

/// Does a job again and again until `stop`. Survives every error.
pub(crate) async fn repeat<T, F>(job: Job, stop: CancellationToken, mut once: impl FnMut() -> F)
where
    F: Future<Output = Result<T, Error>>,
{
    let Job { every, errors, failure } = job;
    loop {
        if let Err(error) = once().await {
            metrics::counter!(errors).increment(1);
            tracing::warn!(%error, "{failure}; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

impl Engine {
    /// Does everything that is due by now, of all merchants.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What was done before stays done.
    pub async fn jobs_run(&self) -> Result<(), Error> {
        // Points that mature are spent, or expire, like all others.
        self.mature_due().await?;
        self.expiry_round().await?;
        self.rewards_end_due().await?;
        self.cashback_expire_due().await?;
        self.tiers_round().await?;
        self.leaderboards_round().await?;
        self.birthdays_round().await?;
        self.awards_settle_due().await?;
        self.returns_meet().await?;
        Ok(())
    }
}
