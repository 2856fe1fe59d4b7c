//! Reward policies: what a merchant promises for what customers and their friends do.
//!
//! ```text
//! purchase, claim, return, referral, tier, points, enrolment ─▶ queue `policies` ─▶ count, pass, cross ─▶ award, held
//! a new local day ─▶ whose birthday it is ─▶ the same queue
//!                                          time, or at once ─▶ queue `awards` ─▶ points, cashback, voucher, letter
//! ```
//! An award is a row of `policy_awards`, whose key is policy, cause, beneficiary and effect: that is what makes it the only
//! time, whatever is sent twice, late, out of order or at once. What a purchase counts is a row of its own, so that a message
//! that comes again changes nothing and a return makes the count less. An award is written first and paid by the other queue,
//! because what it gives may need locks that come before those of balances.
//!
//! An award stands as long as its cause does: a purchase that counts anything, a number that is reached. A return that leaves less
//! undoes it, before it was paid or after; of what is given for each unit, that of the units that came back. When the number is
//! reached again, it is given again, in another round of the key: never does more than one stand, and a cap counts what
//! stands. What cannot be had back, a voucher that was used or a letter, stands for good.
//!
//! What a policy counts for is decided by when its cause came in: within a time in which it ran, by the version in force.
//! Everything of a customer is only changed under the lock of the customer's balance; what is counted for an advocate, under
//! the advocate's.
//!
//! - [`manage`] and [`life`] are what the merchant does with policies, [`view`] what everybody sees of them;
//! - [`running`] finds out which count; [`follow`] comes to purchases, of which [`counted`] says what they count already, [`points`]
//!   to balances, [`causes`] to all else;
//! - [`birthdays`] tells once a local day of a merchant whose birthday it is, and what that causes;
//! - [`award`] writes down what is given, [`pay`] gives it and takes it back, [`job`] when its time has come;
//! - [`merge`] is what becomes of what two customers have, of whom one goes on;
//! - [`list`], [`progress`], [`due`] and [`trial`] read: awards, how far somebody is, what a basket would bring, what a policy
//!   would have given.

mod award;
mod birthdays;
mod causes;
mod counted;
mod due;
mod follow;
mod friends;
mod give;
mod job;
mod life;
mod list;
mod manage;
pub(crate) mod merge;
mod pay;
mod points;
mod progress;
mod running;
mod tell;
mod trial;
mod undo;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::NaiveDate;
use perennial_domain::ids::MerchantId;
use sea_orm::{DatabaseTransaction, Value};
use serde::Deserialize;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::queue::{Message, Module, by_merchant};
use crate::statement::statement;

pub(crate) use birthdays::{hold_round, run as keep_birthdays};
pub(crate) use due::{Due, DueFacts, DueKnown, Shelved, due_in};
pub(crate) use job::run;
pub use list::{Award, AwardState};
pub(crate) use progress::friend_milestones;
pub use progress::{FriendMilestone, PolicyProgress};
pub use trial::{Trial, TrialEffect};
pub use view::{PolicyFilter, PolicyGave, PolicyState, PolicyVersionView, PolicyView};

/// The word in `queue.module` and in a snapshot's modules.
pub(crate) const NAME: &str = "policies";
/// The word of the queue that pays.
pub(crate) const PAYMENTS: &str = "awards";

/// Proves what is stored here; see [`crate::reconcile`].
pub(crate) const RECONCILE_I8: &str = include_str!("sql/reconcile_i8.sql");

/// The consumer that finds out what is to be given.
pub(crate) struct Policies;

/// The consumer that gives it.
pub(crate) struct Payments;

/// What a message of the queue says: lists of ids, where nothing else is said. Other modules' news are none of ours.
#[derive(Deserialize)]
struct News {
    #[serde(default)]
    purchases: Vec<Uuid>,
    /// Purchases that somebody has claimed.
    #[serde(default)]
    claims: Vec<Uuid>,
    /// Purchases of which something was returned.
    #[serde(default)]
    returned: Vec<Uuid>,
    /// Customers who can spend more than before.
    #[serde(default)]
    moved: Vec<Uuid>,
    /// Customers who have joined.
    #[serde(default)]
    enrolled: Vec<Uuid>,
    /// Customers whose tier has changed.
    #[serde(default)]
    tiers: Vec<Uuid>,
    #[serde(default)]
    referrals: Vec<ReferralNews>,
    #[serde(default)]
    birthdays: Vec<BirthdayNews>,
    /// Awards that may be due.
    #[serde(default)]
    due: Vec<Uuid>,
}

/// Whose birthday may be on a local day of the merchant.
#[derive(Deserialize)]
struct BirthdayNews {
    day: NaiveDate,
    customers: Vec<Uuid>,
}

/// What has become of the referral of a friend.
#[derive(Deserialize)]
struct ReferralNews {
    friend: Uuid,
    /// `registered`, `qualified`, `approved`, `rejected` or `reversed`.
    what: String,
}

/// The news of one merchant.
#[derive(Default)]
struct Heard {
    /// Made, or claimed.
    purchases: BTreeSet<Uuid>,
    /// Of which something was returned.
    returned: BTreeSet<Uuid>,
    moved: BTreeSet<Uuid>,
    enrolled: BTreeSet<Uuid>,
    tiers: BTreeSet<Uuid>,
    registered: BTreeSet<Uuid>,
    approved: BTreeSet<Uuid>,
    rejected: BTreeSet<Uuid>,
    birthdays: BTreeMap<NaiveDate, BTreeSet<Uuid>>,
    due: BTreeSet<Uuid>,
}

fn heard(messages: &[Message]) -> Result<BTreeMap<MerchantId, Heard>, Error> {
    by_merchant(messages, |heard: &mut Heard, news: News| {
        heard.purchases.extend(news.purchases.into_iter().chain(news.claims));
        heard.returned.extend(news.returned);
        heard.moved.extend(news.moved);
        heard.enrolled.extend(news.enrolled);
        heard.tiers.extend(news.tiers);
        heard.due.extend(news.due);
        for BirthdayNews { day, customers } in news.birthdays {
            heard.birthdays.entry(day).or_default().extend(customers);
        }
        for ReferralNews { friend, what } in news.referrals {
            match what.as_str() {
                "registered" => heard.registered.insert(friend),
                "approved" => heard.approved.insert(friend),
                "rejected" | "reversed" => heard.rejected.insert(friend),
                // What qualifies a friend is a purchase, which is heard of by itself.
                _ => continue,
            };
        }
    })
}

#[async_trait]
impl Module for Policies {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        for (merchant, mut heard) in heard(messages)? {
            heard.follow_merges(txn, merchant).await?;
            engine.policies_follow(txn, merchant, &heard).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Module for Payments {
    fn name(&self) -> &'static str {
        PAYMENTS
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        for (merchant, heard) in heard(messages)? {
            engine.awards_settle(txn, merchant, &heard.due).await?;
        }
        Ok(())
    }
}

/// An array bind of ids.
fn ids<T: Copy + Into<Uuid>>(of: impl IntoIterator<Item = T>) -> Value {
    of.into_iter().map(Into::into).collect::<Vec<Uuid>>().into()
}
