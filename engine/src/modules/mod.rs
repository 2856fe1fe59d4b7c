//! The program modules: what follows from the ledger, each at its own pace, in a folder of its own.
//!
//! ```text
//! purchase, claim, return ─same transaction─▶ a message for each module that the merchant uses ─▶ its own queue and loop
//! ```
//! A folder has the consumer of its queue, its operations, its proofs for reconciliation and, where it stores anything of
//! customers, what a merge does with that. Beside the folders is what they share: [`tell`](mod@tell) writes the messages of
//! everything but purchases, [`merge`] calls the modules when two customers become one, and [`survivors`](mod@survivors)
//! says who a customer named in a message is by now.

pub mod cashback;
pub mod leaderboard;
pub(crate) mod merge;
pub mod policies;
pub mod referrals;
mod survivors;
mod sweep;
mod tell;
pub mod tiers;

use std::sync::Arc;

pub(crate) use survivors::{merged, survivors};
pub(crate) use tell::tell;

use crate::events::Announcements;
use crate::queue::Module;
use crate::webhooks::Webhooks;

/// Every module that has a queue. Whoever adds a module adds a folder here and a line below.
pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    vec![
        Arc::new(Announcements),
        Arc::new(cashback::Cashback),
        Arc::new(leaderboard::Leaderboards),
        Arc::new(policies::Policies),
        Arc::new(policies::Payments),
        Arc::new(referrals::Referrals),
        Arc::new(tiers::Tiers),
        Arc::new(Webhooks),
    ]
}
