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
use uuid::Uuid;

use super::statement;
use super::step::{self, By};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::Ledger;

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_secs(1);
/// What one look takes at most.
const ROWS: i64 = 500;
/// How often it looks again for more in one run.
const ROUNDS: usize = 100;

/// What a run of the job did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RewardsRound {
    /// Holds that were let go.
    pub released: u64,
    /// Vouchers that were over.
    pub expired: u64,
}

/// Whose time it is: one sandbox's, or everybody's but the sandboxes'.
struct Look {
    now: DateTime<Utc>,
    only: Option<Uuid>,
    without: Vec<Uuid>,
}

/// Ends what is due until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        if let Err(error) = engine.rewards_end_due().await {
            metrics::counter!("rewards_due_errors_total").increment(1);
            tracing::warn!(%error, "holds and vouchers could not be ended; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// Lets go of the holds whose time is over, and ends the vouchers, of all merchants, for a bounded time. Running it
    /// again, or elsewhere at the same time, changes nothing more.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one merchant keeps no other waiting and is told at the end.
    pub async fn rewards_end_due(&self) -> Result<RewardsRound, Error> {
        let (mut round, mut failed) = (RewardsRound::default(), None);
        let sandboxes = self.clock().ahead();
        let everybody = Look {
            now: self.clock().now(),
            only: None,
            without: sandboxes.iter().map(|sandbox| sandbox.uuid()).collect(),
        };
        let each = sandboxes.iter().map(|sandbox| Look {
            now: self.now(*sandbox),
            only: Some(sandbox.uuid()),
            without: Vec::new(),
        });
        for mut look in std::iter::once(everybody).chain(each) {
            for _ in 0..ROUNDS {
                let holds = self.holds_over(&look).await?;
                if holds.is_empty() {
                    break;
                }
                for (merchant, id) in holds {
                    if look.without.contains(&merchant.uuid()) {
                        continue;
                    }
                    match self.hold_end(merchant, id, look.now).await {
                        Ok(released) => round.released += u64::from(released),
                        Err(error) => {
                            tracing::warn!(%merchant, redemption = %id, %error, "a hold could not be let go");
                            look.without.push(merchant.uuid());
                            failed = Some(error);
                        }
                    }
                }
            }
            round.expired += self.vouchers_end(&look).await?;
        }
        if round.released > 0 {
            metrics::counter!("redemption_holds_released_total").increment(round.released);
            self.outbox_wake().wake();
        }
        failed.map_or(Ok(round), Err)
    }

    async fn holds_over(&self, look: &Look) -> Result<Vec<(MerchantId, RedemptionId)>, Error> {
        let values = [look.now.into(), ROWS.into(), look.without.clone().into(), look.only.into()];
        let rows = self.db().query_all_raw(statement(include_str!("sql/holds_over.sql"), values)).await?;
        rows.iter()
            .map(|row| {
                let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
                Ok((merchant, RedemptionId::from_uuid(row.try_get("", "id")?)))
            })
            .collect()
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

    async fn vouchers_end(&self, look: &Look) -> Result<u64, Error> {
        let mut ended = 0;
        for _ in 0..ROUNDS {
            let values = [look.now.into(), ROWS.into(), look.without.clone().into(), look.only.into()];
            let over =
                self.db().execute_raw(statement(include_str!("sql/vouchers_over.sql"), values)).await?;
            ended += over.rows_affected();
            if over.rows_affected() < ROWS.unsigned_abs() {
                break;
            }
        }
        Ok(ended)
    }
}
