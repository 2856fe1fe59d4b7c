//! What staff do to a customer's tier.

use chrono::NaiveDate;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::tiers::{
    Assessment, MAX_PIN_YEARS, ManualMoveError, Membership, Situation, demote, pin, promote,
};
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};

use super::ladder;
use super::program::Program;
use super::standing::CustomerTier;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::ledger::Ledger;

/// A step up or down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TierStep {
    /// The last day, in the merchant's zone, on which nothing but staff moves the customer, at most a hundred years away.
    /// Unless given, the tier is held to the end of the period, then looked at as any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned_until: Option<NaiveDate>,
}

/// How long a customer stays put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TierPin {
    /// The last day of that, in the merchant's zone, at most a hundred years away; without one the customer is let go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl Engine {
    /// Moves a customer one tier up and tells the customer so. A dry run tells what would come of it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `at_top`; [`Error::Invalid`] at `/pinned_until` for a day that is
    /// over, or out of reach.
    pub async fn customer_tier_promote(
        &self,
        cx: &Cx,
        customer: CustomerId,
        step: TierStep,
        dry_run: bool,
    ) -> Result<CustomerTier, Error> {
        let txn = self.begin().await?;
        let tier = self.customer_tier_promote_in(&txn, cx, customer, step).await?;
        self.end(txn, dry_run).await?;
        Ok(tier)
    }

    /// [`customer_tier_promote`](Self::customer_tier_promote) within a transaction of the caller, who wakes the outbox
    /// after the commit. Rolled back, it tells what would have come of it.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_tier_promote_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        step: TierStep,
    ) -> Result<CustomerTier, Error> {
        self.assign(txn, cx, customer, "/pinned_until", |situation, membership| {
            promote(situation, membership, step.pinned_until)
        })
        .await
    }

    /// Moves a customer one tier down and tells the customer so. A dry run tells what would come of it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `at_bottom`; [`Error::Invalid`] at `/pinned_until` for a day that is
    /// over, or out of reach.
    pub async fn customer_tier_demote(
        &self,
        cx: &Cx,
        customer: CustomerId,
        step: TierStep,
        dry_run: bool,
    ) -> Result<CustomerTier, Error> {
        let txn = self.begin().await?;
        let tier = self.customer_tier_demote_in(&txn, cx, customer, step).await?;
        self.end(txn, dry_run).await?;
        Ok(tier)
    }

    /// [`customer_tier_demote`](Self::customer_tier_demote) within a transaction of the caller, who wakes the outbox
    /// after the commit. Rolled back, it tells what would have come of it.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_tier_demote_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        step: TierStep,
    ) -> Result<CustomerTier, Error> {
        self.assign(txn, cx, customer, "/pinned_until", |situation, membership| {
            demote(situation, membership, step.pinned_until)
        })
        .await
    }

    /// Holds a customer on the tier until a day, or lets the customer go. Nobody moves by that, and nobody is told. A
    /// dry run tells what would come of it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] at `/until` for a day that is over, or out of reach.
    pub async fn customer_tier_pin(
        &self,
        cx: &Cx,
        customer: CustomerId,
        held: TierPin,
        dry_run: bool,
    ) -> Result<CustomerTier, Error> {
        let txn = self.begin().await?;
        let tier = self.customer_tier_pin_in(&txn, cx, customer, held).await?;
        self.end(txn, dry_run).await?;
        Ok(tier)
    }

    /// [`customer_tier_pin`](Self::customer_tier_pin) within a transaction of the caller, who wakes the outbox after the
    /// commit. Rolled back, it tells what would have come of it.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_tier_pin_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        held: TierPin,
    ) -> Result<CustomerTier, Error> {
        self.assign(txn, cx, customer, "/until", |situation, membership| {
            pin(situation, membership, held.until)
        })
        .await
    }

    async fn assign(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        date: &'static str,
        decide: impl FnOnce(&Situation<'_>, &Membership) -> Result<Assessment, ManualMoveError>,
    ) -> Result<CustomerTier, Error> {
        cx.require(Action::TiersAssign)?;
        let merchant = cx.merchant();
        ladder::share(txn, merchant).await?;
        let locked = Ledger::lock(txn, merchant, &[customer], self.now(merchant)).await;
        let locked = locked.map_err(|error| match error {
            Error::CustomerNotFound => Error::NotFound(What::Customer),
            other => other,
        })?;
        locked.refuse_erased(customer)?;
        // By the day on which the lock is held.
        let program = Program::read(self, txn, merchant).await?;
        let members = program.members(txn, &[customer]).await?;
        // First what time has made of the customer, if the job has not come by: staff decide about what is.
        let mut outcomes = program.assess(txn, members).await?;
        let outcome = outcomes.first_mut().ok_or(Error::NotFound(What::Customer))?;
        let decided = decide(&program.situation(&outcome.member), &outcome.member.membership);
        outcome.apply(decided.map_err(|refused| refusal(refused, date))?, Some(cx.actor_name()));
        program.write(txn, &outcomes).await?;
        let member = outcomes.pop().ok_or(Error::NotFound(What::Customer))?.member;
        program.standing(txn, &member).await
    }

    /// Commits, or takes everything back that was only asked about.
    pub(super) async fn end(&self, txn: DatabaseTransaction, dry_run: bool) -> Result<(), Error> {
        if dry_run {
            return Ok(txn.rollback().await?);
        }
        txn.commit().await?;
        self.outbox_wake().wake();
        self.inner.mail_wake.notify_one();
        Ok(())
    }
}

fn refusal(refused: ManualMoveError, date: &'static str) -> Error {
    match refused {
        ManualMoveError::AtTheTop => Error::conflict(refused.code(), "There is no higher tier"),
        ManualMoveError::AtTheBottom => Error::conflict(refused.code(), "There is nothing below"),
        ManualMoveError::PinInThePast => Error::field(date, refused.code(), "This day is over"),
        ManualMoveError::PinTooFar => {
            let detail = format!("Must be at most {MAX_PIN_YEARS} years away");
            Error::field(date, refused.code(), detail)
        }
    }
}
