//! Somebody signs up by a link, or types the code of a friend.

use perennial_domain::codes::ReferralCode;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{CameBy, Touch, counts};
use sea_orm::DatabaseTransaction;

use super::refer::{Candidate, NotReferred, Txn, refer};
use crate::engine::Engine;
use crate::error::Error;

/// By what somebody who signs up was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BroughtBy {
    /// A link that was followed, which counts for as many days as the merchant has set.
    Link(Touch),
    /// A code that was typed just now.
    Code(ReferralCode),
}

impl Engine {
    /// Makes the referral of somebody who has just become a customer, in the same transaction, which is what keeps
    /// others away from the balance. Tells whether the code counts; one that does not is ignored.
    pub(crate) async fn refer_in(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        friend: CustomerId,
        brought_by: &BroughtBy,
    ) -> Result<Result<(), NotReferred>, Error> {
        let (policy, now) = (self.merchant_settings_in(txn, merchant).await?.referrals, self.now(merchant));
        let (code, came_by) = match brought_by {
            BroughtBy::Link(touch) if !counts(&policy, touch, now) => {
                return Ok(Err(NotReferred::NotApplicable));
            }
            BroughtBy::Link(touch) => (touch.code.clone(), CameBy::Link),
            BroughtBy::Code(code) => (code.clone(), CameBy::Signup),
        };
        let candidate = Candidate { merchant, policy: &policy, friend, code: Some(code), came_by, now };
        let outcomes = refer(&mut Txn(txn), &[candidate]).await?;
        Ok(outcomes.into_iter().next().unwrap_or(Err(NotReferred::UnknownCode)))
    }
}
