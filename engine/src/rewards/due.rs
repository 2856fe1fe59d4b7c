//! The job for what time alone ends: holds that nobody captured, and vouchers that nobody used.
//!
//! It may run on any number of servers, twice, or days late: every hold is looked at again under its lock. Nothing waits for
//! it either: a hold whose time is over cannot be captured, and a voucher whose time is over cannot be used, whether it has
//! come or not.

use std::time::Duration;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{MerchantId, RedemptionId};
use perennial_domain::rewards::RedemptionState;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;

use super::statement;
use super::step;
use crate::cx::{By, Cx};
use crate::due::{Due, Found, Look, Whose};
use crate::engine::Engine;
use crate::error::Error;
use crate::jobs::{self, Job};
use crate::ledger::Ledger;

/// How often it is looked for what is due.
const JOB: Job = Job {
    every: Duration::from_secs(1),
    errors: "rewards_due_errors_total",
    failure: "holds and vouchers could not be ended",
};
/// What one look takes at most.
const ROWS: i64 = 500;
/// How often it looks again for more in one run.
const ROUNDS: usize = 100;
/// Holds that are over.
const LOOK: Look =
    Look { what: "holds", sql: include_str!("sql/holds_over.sql"), id: "id", rows: ROWS, rounds: ROUNDS };

/// What a run of the job did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RewardsRound {
    /// Holds that were let go.
    pub released: u64,
    /// Vouchers that were over.
    pub expired: u64,
}

/// Ends what is due until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.rewards_end_due()).await;
}

impl Engine {
    /// Lets go of the holds whose time is over, and ends the vouchers, of all merchants, for a bounded time. Running it
    /// again, or elsewhere at the same time, changes nothing more.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one hold keeps no other waiting and is told at the end.
    pub async fn rewards_end_due(&self) -> Result<RewardsRound, Error> {
        let (mut round, mut due) = (RewardsRound::default(), Due::of(self, &LOOK));
        while let Some(Found { merchant, ids, now }) = due.next(self).await? {
            for id in ids.into_iter().map(RedemptionId::from_uuid) {
                match self.hold_end(merchant, id, now).await {
                    Ok(released) => round.released += u64::from(released),
                    Err(error) => {
                        let busy = matches!(error, Error::Busy { .. });
                        due.failed(Found { merchant, ids: vec![id.uuid()], now }, error);
                        if busy {
                            break;
                        }
                    }
                }
            }
        }
        for whose in Whose::all(self) {
            round.expired += self.vouchers_end(&whose).await?;
        }
        if round.released > 0 {
            metrics::counter!("redemption_holds_released_total").increment(round.released);
            self.outbox_wake().wake();
        }
        due.end().map(|()| round)
    }

    /// Lets go of a hold, unless somebody has captured it or let it go before.
    async fn hold_end(
        &self,
        merchant: MerchantId,
        id: RedemptionId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let cx = Cx::system(merchant);
        let txn = self.begin().await?;
        let mut redemption = step::lock_with_stock(&txn, &cx, id).await?;
        let is_over = redemption.state == RedemptionState::Reserved
            && redemption.state.at(now, redemption.held_until) == RedemptionState::Released;
        if !is_over {
            return Ok(false);
        }
        let settings = self.merchant_settings_in(&txn, merchant).await?;
        let mut ledger = Ledger::lock(&txn, merchant, &[redemption.customer], now).await?;
        self.redemption_release(&txn, &mut ledger, &mut redemption, &settings, &By::from(&cx), now).await?;
        ledger.write_and_announce(&txn, self, vec![redemption.changed()]).await?;
        txn.commit().await?;
        Ok(true)
    }

    async fn vouchers_end(&self, whose: &Whose) -> Result<u64, Error> {
        let mut ended = 0;
        for _ in 0..ROUNDS {
            let over = statement(include_str!("sql/vouchers_over.sql"), whose.values(ROWS));
            let over = self.db().execute_raw(over).await?;
            ended += over.rows_affected();
            if over.rows_affected() < ROWS.unsigned_abs() {
                break;
            }
        }
        Ok(ended)
    }
}
