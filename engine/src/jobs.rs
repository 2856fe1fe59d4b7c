//! What time alone causes.
//!
//! Every job does all that is due by the time of each merchant's program, however late it comes, and changes nothing when
//! it runs twice or on several servers at once. The workers run each at a pace of its own; here they run once, in the
//! order in which a day does them, for those who have set a clock ahead and want to see what that does.

use crate::engine::Engine;
use crate::error::Error;

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
