//! Referrals: a program module.
//!
//! ```text
//! purchase with a code ─┐
//! signing up by a link ─┼─▶ refer: one advocate a friend, reasons to doubt ─▶ row ─▶ queue ─▶ told
//! claim of a purchase ──┘                                                      │
//!                          purchases, claims, returns ─▶ queue ─▶ follow: qualified, reversed
//!                                     staff ─▶ review: approved, rejected, banned
//! ```
//! A referral is a row whose key is the friend: whatever happens at once, nobody has two advocates, and who brought whom
//! never changes. Who brought whom forms trees; a code that would close a circle is rejected, and a person has to look
//! at everybody else in it. What is given for a referral is the business of the reward policies, which are told of every
//! change and ask [`advocates_of`].
//!
//! - [`codes`] makes the codes, [`visits`] counts the clicks on their links;
//! - [`refer`](mod@refer) makes referrals, [`follow`] is the consumer of the queue, [`standing`] what both change;
//! - [`review`] is what staff decide, [`list`], [`friends`] and [`funnel`] what people see;
//! - [`merge`] is what becomes of the referrals of two customers of whom one goes on.

mod codes;
mod follow;
mod friends;
mod funnel;
mod list;
pub(crate) mod merge;
mod refer;
mod review;
mod sign_up;
mod standing;
mod visits;

use std::collections::BTreeSet;

use async_trait::async_trait;
use perennial_domain::ids::PurchaseId;
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::queue::{Message, Module, by_merchant};
use crate::statement::statement;

pub use codes::ReferralCodeView;
pub use friends::{ReferralFriend, ReferralSummary};
pub use funnel::{AdvocateFigures, ReferralDay, ReferralFunnel};
pub use list::{ReferralFilter, ReferralView};
pub(crate) use refer::{Ask, Candidate, NotReferred, refer};
pub use sign_up::BroughtBy;
pub(crate) use standing::{Advocacy, advocates_of, rewarded};
pub use visits::ReferralVisit;

/// The word in `queue.module` and in a snapshot's modules.
pub(crate) const NAME: &str = "referrals";

/// Proves what is stored here; see [`crate::reconcile`].
pub(crate) const RECONCILE_I8: &str = include_str!("sql/reconcile_i8.sql");

/// The consumer of the queue.
pub(crate) struct Referrals;

/// What a message of the queue says.
#[derive(Deserialize)]
struct News {
    /// Friends whose referral was just made.
    #[serde(default)]
    made: Vec<Uuid>,
    /// Those of them whose referral was refused as it was made.
    #[serde(default)]
    refused: Vec<Uuid>,
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
    made: BTreeSet<Uuid>,
    refused: BTreeSet<Uuid>,
    purchases: BTreeSet<Uuid>,
    claims: BTreeSet<Uuid>,
    returns: BTreeSet<Uuid>,
}

#[async_trait]
impl Module for Referrals {
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
            heard.made.extend(news.made);
            heard.refused.extend(news.refused);
            heard.purchases.extend(news.purchases.into_iter().map(PurchaseId::uuid));
            heard.claims.extend(news.claims.into_iter().map(PurchaseId::uuid));
            heard.returns.extend(news.returns);
        })?;
        for (merchant, mut heard) in heard {
            heard.made = merge::friends_by_now(txn, merchant, heard.made).await?;
            heard.refused = merge::friends_by_now(txn, merchant, heard.refused).await?;
            engine.referrals_follow(txn, merchant, heard).await?;
        }
        Ok(())
    }
}
