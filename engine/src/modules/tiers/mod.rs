//! Tiers: what customers have done lately decides what they get.
//!
//! ```text
//! purchase, claim, return ─▶ queue ─▶ count, by local day ─┐
//! the end of a period ──▶ job ─────────────────────────────┼─▶ domain ─▶ membership, move, letter, live message
//! staff: promote, demote, pin; an edit of the ladder ──────┘
//! ```
//! A purchase counts by a row of its own, `tier_counted`, which always says what is true of it by now: a message that
//! comes again, late, or after the return that it should have come before, changes nothing. Progress is a sum of local
//! days. The rules are those of [`perennial_domain::tiers`]; every real change of a tier writes one row of `tier_moves`,
//! with the letter and the message to the customer's page in the same transaction.
//!
//! Two locks order everything. Whoever counts or moves somebody shares the merchant's row of `tier_ladders`, then holds
//! the balances of the customers; whoever edits the ladder has that row alone, and so sees everybody stand still without
//! keeping a single till waiting. Purchases read the tier of their customer and lock nothing of this.
//!
//! - [`ladder`] is what the merchant has, [`edit`] changes it, [`impact`] moves everybody along, [`mod@change`] tells what
//!   another policy would do;
//! - [`count`] keeps what customers have done, [`program`] finds out what that makes of them, [`moves`] writes it down;
//! - [`merge`] is what becomes of two customers of whom one goes on;
//! - [`manual`] is what staff do, [`job`] what time does, [`standing`](self::standing::CustomerTier) what everybody sees,
//!   [`foresee`] what a return would change, [`flow`] how many went which way.

mod change;
mod count;
mod edit;
mod flow;
mod foresee;
mod impact;
mod job;
mod ladder;
mod letter;
mod manual;
pub(crate) mod merge;
mod moves;
mod program;
mod standing;

use std::collections::BTreeSet;

use async_trait::async_trait;
use perennial_domain::ids::PurchaseId;
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::modules::survivors;
use crate::queue::{Message, Module, by_merchant};
use crate::statement::statement;

pub use change::TierChange;
pub(crate) use change::change;
pub(crate) use count::returned;
pub use edit::TierEdited;
pub use flow::TierFlow;
pub(crate) use foresee::{standing, standing_after};
pub use impact::{TierExample, TierMovement};
pub(crate) use job::{policy_changed, run};
pub use ladder::{TierCustomers, TierName, TierView};
pub(crate) use ladder::{facts, unknown};
pub use manual::{TierPin, TierStep};
pub use moves::TierMove;
pub use standing::{CustomerTier, TierKeep, TierNext};

/// The word in `queue.module` and in a snapshot's modules.
pub(crate) const NAME: &str = "tiers";

/// Proves what is stored here; see [`crate::reconcile`].
pub(crate) const RECONCILE_I8: &str = concat!(
    "WITH asked (module) AS (VALUES ('tiers'))",
    include_str!("../../reconcile/waiting.sql"),
    include_str!("reconcile_i8.sql")
);

/// The consumer of the queue.
pub(crate) struct Tiers;

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
    /// Customers whose referral credits have changed.
    #[serde(default)]
    credited: Vec<Uuid>,
}

/// The news of one merchant.
#[derive(Default)]
struct Heard {
    purchases: BTreeSet<Uuid>,
    returns: BTreeSet<Uuid>,
    credited: BTreeSet<Uuid>,
}

#[async_trait]
impl Module for Tiers {
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
            heard.credited.extend(news.credited);
        })?;
        for (merchant, Heard { mut purchases, returns, credited }) in heard {
            let credited = survivors(txn, merchant, credited).await?;
            purchases.extend(count::returned(txn, merchant, &returns).await?);
            engine.tiers_follow(txn, merchant, &purchases, &credited).await?;
        }
        Ok(())
    }
}
