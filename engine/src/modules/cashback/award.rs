//! Cashback that is given without a purchase: by a reward policy, and taken back with it.
//!
//! It lies in a lot like all other: under the id of the award in place of a purchase, and that of the policy in place of an
//! offer. It repays first what is owed; the rest can be spent at once and does not expire.

use chrono::NaiveDate;
use perennial_domain::ids::{AwardId, CustomerId, MerchantId, PolicyId};
use perennial_domain::money::Currency;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::statement;
use crate::error::Error;
use crate::ledger::{Direction, Ledger, PostingKind, Side};

/// Money of an award.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AwardedCashback {
    /// The merchant.
    pub merchant: MerchantId,
    /// Why.
    pub award: AwardId,
    /// By which policy.
    pub policy: PolicyId,
    /// Whose wallet; locked in the ledger.
    pub customer: CustomerId,
    /// How much, in minor units, above zero.
    pub amount: i64,
    /// The merchant's currency.
    pub currency: Currency,
    /// A new id, only for this posting.
    pub posting: Uuid,
}

/// Puts it into the wallet. `month` is the first day of the merchant's month. The ledger is written by the caller.
///
/// # Errors
/// Only when the database fails, or what is stored contradicts itself; the transaction has to be given up.
pub(crate) async fn award(
    txn: &DatabaseTransaction,
    ledger: &mut Ledger,
    what: AwardedCashback,
    month: NaiveDate,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Error> {
    let mut posting = ledger.posting(PostingKind::Award, what.posting, what.customer, None)?;
    posting.wallet(Side::Issued, Direction::In, what.amount, what.currency)?;
    posting.done();
    let values = [
        what.merchant.uuid().into(),
        what.award.uuid().into(),
        what.policy.uuid().into(),
        what.customer.uuid().into(),
        what.currency.code().into(),
        month.into(),
        what.amount.into(),
        now.into(),
    ];
    txn.execute_raw(statement(include_str!("award.sql"), values)).await?;
    Ok(())
}

/// Takes back so much of it, as far as it is still there, and tells how much that was.
///
/// # Errors
/// The same.
pub(crate) async fn award_back(
    txn: &DatabaseTransaction,
    ledger: &mut Ledger,
    what: AwardedCashback,
) -> Result<i64, Error> {
    let values = [
        what.merchant.uuid().into(),
        what.award.uuid().into(),
        what.policy.uuid().into(),
        what.customer.uuid().into(),
        what.currency.code().into(),
        what.amount.into(),
    ];
    let row = txn.query_one_raw(statement(include_str!("award_back.sql"), values)).await?;
    let taken: i64 = row.map(|row| row.try_get("", "taken")).transpose()?.unwrap_or(0);
    if taken > 0 {
        let mut posting = ledger.posting(PostingKind::Award, what.posting, what.customer, None)?;
        posting.wallet(Side::Issued, Direction::Out, taken, what.currency)?;
        posting.done();
    }
    Ok(taken)
}
