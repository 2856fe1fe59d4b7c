//! What policies have counted of two customers, and given to them, of whom one goes on.
//!
//! - **Found out before**: whether the points of either have risen above a number, and the tiers that either has reached, as
//!   far as nobody has looked yet. Both are numbered by account and could not be told from the numbers of the other one.
//! - **Added up**: what purchases count, for milestones and for friends, and referral credits. Numbers that only the sum has
//!   passed are passed and give nothing; caps and rests are those of one customer.
//! - **Moved**: awards. What waits is given to the customer who goes on. A cause that either was given for is answered: one
//!   joins once, buys for the first time once, passes a number once, and has one birthday a year. Where both were, both stay given.
//! - **Let go**: up to where the points of the account that ends were looked at. The posting of a merge is no rise.

use std::collections::BTreeSet;

use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use uuid::Uuid;

use super::follow::Work;
use super::tell::tell_payments;
use super::{Heard, award, causes, friends, points, running, statement};
use crate::error::Error;
use crate::ledger::Ledger;
use crate::modules::merge::Merging;
use crate::modules::merged;
use crate::modules::referrals::merge::{ReferralsMerged, brought};

/// Comes to what is numbered by account, while each has an own one. The balances are locked, and nothing was posted yet.
pub(crate) async fn before(merging: &Merging<'_>, ledger: &Ledger) -> Result<(), Error> {
    let Merging { engine, txn, merchant, from, into, now, .. } = *merging;
    let policies = running::policies(txn, merchant).await?;
    if policies.is_empty() {
        return Ok(());
    }
    let settings = engine.merchant_settings_in(txn, merchant).await?;
    let referrals = friends::of(txn, engine, merchant, &[from, into]).await?;
    let work = Work { txn, merchant, settings: &settings, now, policies: &policies, referrals: &referrals };
    let mut found = points::crossed(&work, ledger, &BTreeSet::from([from, into])).await?;
    found.extend(causes::tiers(&work, &BTreeSet::from([from.uuid(), into.uuid()])).await?);
    let due: Vec<Uuid> = award::write(engine, &work, found).await?;
    tell_payments(txn, merchant, &due).await
}

/// Adds up what was counted and moves what was given. Tells how many awards that were given, or are still to be given, came
/// to the customer who goes on.
pub(crate) async fn merge(merging: &Merging<'_>, referred: ReferralsMerged) -> Result<i64, Error> {
    if referred.changed_places {
        let sql = "UPDATE policy_awards SET friend_id = CASE WHEN friend_id = $2 THEN $3 ELSE $2 END
                   WHERE merchant_id = $1 AND friend_id IN ($2, $3)";
        merging.run(sql).await?;
    }
    merging.run(include_str!("sql/merge_counts.sql")).await?;
    let moved = statement(include_str!("sql/merge_awards.sql"), merging.key());
    let row = merging.txn.query_one_raw(moved).await?;
    Ok(row.map(|row| row.try_get("", "awards")).transpose()?.unwrap_or(0))
}

impl Heard {
    /// Has everything that was written of customers before a merge be of those they are by now.
    ///
    /// A referral that was closed by the merge stays with the id of the account that ended. What waits for it ends there, too;
    /// nothing else follows from it.
    pub(super) async fn follow_merges(
        &mut self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
    ) -> Result<(), Error> {
        let lists =
            [&self.moved, &self.enrolled, &self.tiers, &self.registered, &self.approved, &self.rejected];
        let named: BTreeSet<Uuid> =
            lists.into_iter().chain(self.birthdays.values()).flatten().copied().collect();
        let merged = merged(txn, merchant, &named).await?;
        if merged.is_empty() {
            return Ok(());
        }
        let closed = brought(txn, merchant, &merged.keys().copied().collect()).await?;
        let now = |ids: &mut BTreeSet<Uuid>| {
            *ids = ids.iter().map(|id| merged.get(id).copied().unwrap_or(*id)).collect();
        };
        for ids in [&mut self.moved, &mut self.enrolled, &mut self.tiers] {
            now(ids);
        }
        self.birthdays.values_mut().for_each(now);
        for ids in [&mut self.registered, &mut self.approved] {
            ids.retain(|id| !closed.contains(id));
            now(ids);
        }
        let ended: BTreeSet<Uuid> = self.rejected.intersection(&closed).copied().collect();
        self.rejected.retain(|id| !closed.contains(id));
        now(&mut self.rejected);
        self.rejected.extend(ended);
        Ok(())
    }
}
