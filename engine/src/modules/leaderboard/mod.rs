//! Leaderboards: who has earned most this week, this month and ever.
//!
//! ```text
//! purchase, claim, return ─▶ queue ─▶ count, by local day ─▶ scores by period ─▶ trees of scores
//!                                                                 │                    │
//!                                                      those who stand highest    everybody's rank
//! ```
//! A score is the points that a customer's purchases of the period earned, less what returns took back of them, whatever
//! became of the points: spending costs no place. A purchase counts by a row of its own, `leaderboard_counted`, which always
//! says what is true of it by now: a message that comes again, late, or after the return that it should have come before,
//! changes nothing. A period is one of the merchant's local days; a purchase that arrives late counts where it happened.
//!
//! Ranks are exact, of everybody, and cost the same for a million customers as for ten: for each period there is a tree
//! that counts customers by score, of which each node has at most 256 children, and a rank is the sum of the greater
//! siblings on the way up. Whoever has as many points has the same rank. The list is read from an index, down to the
//! thousandth.
//!
//! One lock orders everything: whoever counts, hides a customer or lets a period end holds the merchant's row of
//! `leaderboards`, and nothing else. Purchases lock nothing of this.
//!
//! An open board is there at once. What was bought before is counted by the job, a chunk a transaction, together with what
//! happens meanwhile; until that is done the answers say that it is still being counted.
//!
//! - [`open`] begins and ends it, and hides customers who do not want to be seen; [`merge`] makes one place of two;
//! - [`count`] keeps scores, [`job`] counts what was before and lets periods end, [`read`] shows them.

mod count;
mod job;
pub(crate) mod merge;
mod open;
mod read;

use std::collections::BTreeSet;

use async_trait::async_trait;
use perennial_domain::ids::PurchaseId;
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::modules::tiers;
use crate::queue::{Message, Module, by_merchant};
use crate::statement::statement;

pub(crate) use job::run;
pub use open::LeaderboardState;
pub use read::{LISTED_MAX, Leaderboard, LeaderboardRow, LeaderboardStanding};

/// The word in `queue.module` and in a snapshot's modules.
pub(crate) const NAME: &str = "leaderboard";

/// Proves what is stored here; see [`crate::reconcile`].
pub(crate) const RECONCILE_I8: &str = concat!(
    "WITH asked (module) AS (VALUES ('leaderboard'))",
    include_str!("../../reconcile/waiting.sql"),
    include_str!("reconcile_i8.sql")
);

/// The consumer of the queue.
pub(crate) struct Leaderboards;

/// What a message of the queue says. Other modules' news are none of ours.
#[derive(Deserialize)]
struct News {
    #[serde(default)]
    purchases: Vec<PurchaseId>,
    /// Purchases that somebody has claimed.
    #[serde(default)]
    claims: Vec<PurchaseId>,
    /// Returns, by their own ids.
    #[serde(default)]
    returns: Vec<Uuid>,
}

/// The news of one merchant.
#[derive(Default)]
struct Heard {
    purchases: BTreeSet<Uuid>,
    returns: BTreeSet<Uuid>,
}

#[async_trait]
impl Module for Leaderboards {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        let heard = by_merchant(messages, |heard: &mut Heard, news: News| {
            heard.purchases.extend(news.purchases.into_iter().chain(news.claims).map(PurchaseId::uuid));
            heard.returns.extend(news.returns);
        })?;
        for (merchant, Heard { mut purchases, returns }) in heard {
            purchases.extend(tiers::returned(txn, merchant, &returns).await?);
            engine.leaderboard_follow(txn, merchant, purchases.into_iter().collect()).await?;
        }
        Ok(())
    }
}
