//! What the staff decide about referrals that there is reason to doubt, and about those who bring them.

use std::collections::BTreeSet;

use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{ReferralEvent, ReferralState, Review};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::codes::{Key, ReferralCodeView, find};
use super::list::{ReferralView, one};
use super::refer::{Txn, lock};
use super::standing::{Changes, Standing, read};
use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::ledger::Ledger;

impl Engine {
    /// Has a referral count that a person had to look at.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `not_waiting` when nobody has to look at it.
    pub async fn referral_approve(&self, cx: &Cx, friend: CustomerId) -> Result<ReferralView, Error> {
        let txn = self.begin().await?;
        let view = self.referral_approve_in(&txn, cx, friend).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(view)
    }

    /// [`referral_approve`](Self::referral_approve) within a transaction of the caller, who wakes the outbox after the
    /// commit.
    ///
    /// # Errors
    /// The same.
    pub async fn referral_approve_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        friend: CustomerId,
    ) -> Result<ReferralView, Error> {
        cx.require(Action::ReferralsReview)?;
        let mut standing = self.referral_locked(txn, cx.merchant(), friend).await?;
        if standing.review != Review::Waiting || standing.state.is_final() {
            return Err(Error::conflict("not_waiting", "Nobody has to decide about this referral"));
        }
        standing.review = Review::Approved;
        let mut changes = Changes::new(self, cx.merchant());
        changes.inform(&standing, "approved");
        changes.keep(&standing, Some(cx.actor_name()));
        changes.write(txn).await?;
        one(self, txn, cx.merchant(), friend).await
    }

    /// Has a referral not count. What was given for it already stays given.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `referral_over` when it was rewarded, reversed or rejected already.
    pub async fn referral_reject(&self, cx: &Cx, friend: CustomerId) -> Result<ReferralView, Error> {
        let txn = self.begin().await?;
        let view = self.referral_reject_in(&txn, cx, friend).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(view)
    }

    /// [`referral_reject`](Self::referral_reject) within a transaction of the caller, who wakes the outbox after the
    /// commit.
    ///
    /// # Errors
    /// The same.
    pub async fn referral_reject_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        friend: CustomerId,
    ) -> Result<ReferralView, Error> {
        cx.require(Action::ReferralsReview)?;
        let standing = self.referral_locked(txn, cx.merchant(), friend).await?;
        if standing.state.after(ReferralEvent::Refused).is_none() {
            let word = match standing.state {
                ReferralState::Rewarded => "Something was given for this referral already",
                _ => "This referral does not count any more",
            };
            return Err(Error::conflict("referral_over", word));
        }
        let mut changes = Changes::new(self, cx.merchant());
        reject(&mut changes, standing, cx.actor_name());
        changes.write(txn).await?;
        one(self, txn, cx.merchant(), friend).await
    }

    /// Bans an advocate: the code brings nobody any more, and nothing is given for whom it brought and was not rewarded
    /// for. Banning again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer without a code.
    pub async fn referral_ban(&self, cx: &Cx, advocate: CustomerId) -> Result<ReferralCodeView, Error> {
        let txn = self.begin().await?;
        let code = self.referral_ban_in(&txn, cx, advocate).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(code)
    }

    /// [`referral_ban`](Self::referral_ban) within a transaction of the caller, who wakes the outbox after the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn referral_ban_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        advocate: CustomerId,
    ) -> Result<ReferralCodeView, Error> {
        cx.require(Action::ReferralsReview)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        Ledger::lock(txn, merchant, &[advocate], now).await.map_err(no_code)?;
        lock(&mut Txn(txn), &BTreeSet::from([merchant])).await?;
        let sql = "UPDATE referral_codes SET disabled_at = $3, disabled_by = $4
                   WHERE merchant_id = $1 AND customer_id = $2 AND disabled_at IS NULL";
        let values =
            [merchant.uuid().into(), advocate.uuid().into(), now.into(), cx.actor_name().to_owned().into()];
        txn.execute_raw(statement(sql, values)).await?;
        let sql = "SELECT friend_id FROM referrals
                   WHERE merchant_id = $1 AND advocate_id = $2 AND state IN ('registered', 'qualified')";
        let values = [merchant.uuid().into(), advocate.uuid().into()];
        let rows = txn.query_all_raw(statement(sql, values)).await?;
        let friends = rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "friend_id")?)));
        let friends = friends.collect::<Result<Vec<_>, Error>>()?;
        let mut changes = Changes::new(self, merchant);
        for standing in read(txn, merchant, &friends).await? {
            reject(&mut changes, standing, cx.actor_name());
        }
        changes.write(txn).await?;
        find(txn, merchant, Key::Customer(advocate)).await?.ok_or(Error::NotFound(What::ReferralCode))
    }

    /// Lets a banned advocate's code bring friends again. What was rejected stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer without a code.
    pub async fn referral_unban(&self, cx: &Cx, advocate: CustomerId) -> Result<ReferralCodeView, Error> {
        let txn = self.begin().await?;
        let code = self.referral_unban_in(&txn, cx, advocate).await?;
        txn.commit().await?;
        Ok(code)
    }

    /// [`referral_unban`](Self::referral_unban) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn referral_unban_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        advocate: CustomerId,
    ) -> Result<ReferralCodeView, Error> {
        cx.require(Action::ReferralsReview)?;
        let sql = "UPDATE referral_codes AS r SET disabled_at = NULL, disabled_by = NULL
                   FROM customers AS c
                   WHERE r.merchant_id = $1 AND r.customer_id = $2
                     AND c.merchant_id = $1 AND c.id = $2 AND c.erased_at IS NULL";
        let values = [cx.merchant().uuid().into(), advocate.uuid().into()];
        txn.execute_raw(statement(sql, values)).await?;
        find(txn, cx.merchant(), Key::Customer(advocate)).await?.ok_or(Error::NotFound(What::ReferralCode))
    }

    /// The referral of a friend, locked, and the balance of the advocate, who is told.
    async fn referral_locked(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        friend: CustomerId,
    ) -> Result<Standing, Error> {
        let unknown = || Error::NotFound(What::Referral);
        // Who brought whom never changes: it can be read before it is locked.
        let advocate = one(self, txn, merchant, friend).await?.advocate_id;
        Ledger::lock(txn, merchant, &[advocate], self.now(merchant)).await?;
        lock(&mut Txn(txn), &BTreeSet::from([merchant])).await?;
        read(txn, merchant, &[friend]).await?.into_iter().next().ok_or_else(unknown)
    }
}

/// Has a referral not count, because of `actor`.
pub(super) fn reject(changes: &mut Changes<'_>, mut standing: Standing, actor: &str) {
    standing.review = Review::Rejected;
    let standing = changes.apply(standing, ReferralEvent::Refused);
    changes.keep(&standing, Some(actor));
}

fn no_code(error: Error) -> Error {
    match error {
        Error::CustomerNotFound => Error::NotFound(What::ReferralCode),
        other => other,
    }
}
