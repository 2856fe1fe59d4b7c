//! What a return takes back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::cashback::{Cashback, reversal};
use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PurchaseId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::returns::{ReturnPolicy, ReturnState};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

use super::credit::lines_returned;
use super::statement;
use crate::error::Error;
use crate::ledger::{Direction, Ledger, PostingKind, Side};
use crate::purchase_record::LineRecord;
use crate::stored::stored;

/// Whose cashback is taken back, of which purchase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TakeBack {
    /// The merchant.
    pub merchant: MerchantId,
    /// What is returned.
    pub purchase: PurchaseId,
    /// Whose it was; locked in the ledger.
    pub customer: CustomerId,
    /// What becomes of what was spent already.
    pub policy: ReturnPolicy,
    /// When.
    pub now: DateTime<Utc>,
    /// A new id, only for the posting of what the customer gives back.
    pub posting: Uuid,
    /// A new id, only for the posting of what the merchant bears.
    pub bearing: Uuid,
}

/// What a return took back in cashback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TakenBack {
    /// All of it, however it was.
    pub reversed: Amount,
    /// Of this what had been spent and is owed.
    pub debt: Amount,
    /// Of this what had been spent and the merchant bears.
    pub absorbed: Amount,
}

impl TakenBack {
    /// What of it the customer has given, or owes.
    pub fn given_up(self) -> Amount {
        self.reversed.checked_sub(self.absorbed).unwrap_or_default()
    }
}

/// Takes back what the purchase gave for what was returned of it, and tells how much that was. `bought` are its lines and
/// `state` is all that was returned, with the return in question; what earlier returns took back is not taken twice.
///
/// What of it was spent comes from the rest of the wallet; what that does not hold is owed, or the merchant bears it. What
/// has expired meanwhile is not taken once more. A purchase that the module has not come to gave nothing yet: the module
/// will see the return.
///
/// # Errors
/// Only when the database fails, or what is stored contradicts itself; the transaction has to be given up.
pub(crate) async fn take_back(
    txn: &DatabaseTransaction,
    ledger: &mut Ledger,
    what: TakeBack,
    bought: &[LineRecord],
    state: &ReturnState,
) -> Result<TakenBack, Error> {
    let key = || [what.merchant.uuid().into(), what.purchase.uuid().into()];
    let sql =
        "SELECT explanation FROM cashback_credits WHERE merchant_id = $1 AND purchase_id = $2 AND amount > 0";
    let Some(row) = txn.query_one_raw(statement(sql, key())).await? else {
        return Ok(TakenBack::default());
    };
    let explanation: serde_json::Value = row.try_get("", "explanation")?;
    let given: Cashback = stored(serde_json::from_value(explanation), "cashback_credits.explanation")?;
    let (mut before, mut there) = (BTreeMap::new(), BTreeMap::new());
    let sql = "SELECT offer_id, remaining, expired, returned FROM cashback_lots
               WHERE merchant_id = $1 AND purchase_id = $2";
    for row in txn.query_all_raw(statement(sql, key())).await? {
        let offer = OfferId::from_uuid(row.try_get("", "offer_id")?);
        before.insert(offer, stored(Amount::new(row.try_get("", "returned")?), "cashback_lots.returned")?);
        there.insert(offer, (row.try_get::<i64>("", "remaining")?, row.try_get::<i64>("", "expired")?));
    }
    let back = reversal(lines_returned(&given, bought, state), &before);
    if back.amount.is_zero() {
        return Ok(TakenBack::default());
    }
    let mut lots = Vec::with_capacity(back.offers.len());
    // Parts of one purchase, whose sums are amounts.
    let (mut taken, mut spent) = (0, Vec::new());
    for (offer, amount) in &back.offers {
        let (remaining, expired) = there.get(offer).copied().unwrap_or((0, 0));
        let part = amount.get().min(remaining);
        let over = (amount.get() - part).min(expired);
        taken += part;
        spent.push((*offer, amount.get() - part - over));
        lots.push(json!({ "offer_id": offer, "returned": amount, "taken": part, "expired": over }));
    }
    let values = [
        what.merchant.uuid().into(),
        what.purchase.uuid().into(),
        what.customer.uuid().into(),
        given.currency.code().into(),
        serde_json::Value::from(lots).into(),
        taken.into(),
    ];
    txn.execute_raw(statement(include_str!("take_back.sql"), values)).await?;
    let covered = what.cover(txn, &spent, given.currency).await?;
    let left = taken + covered.by_others + covered.debt;
    what.post(ledger, left, covered.absorbed, given.currency)?;
    let amount = |minor_units: i64| stored(Amount::new(minor_units), "cashback_lots.remaining");
    Ok(TakenBack {
        reversed: amount(left + covered.absorbed)?,
        debt: amount(covered.debt)?,
        absorbed: amount(covered.absorbed)?,
    })
}

/// Where what was spent comes from.
#[derive(Default)]
struct Covered {
    by_others: i64,
    debt: i64,
    absorbed: i64,
}

impl TakeBack {
    /// Takes what was spent of these offers from the rest of the wallet, and by the policy what is missing.
    async fn cover(
        &self,
        txn: &DatabaseTransaction,
        spent: &[(OfferId, i64)],
        currency: Currency,
    ) -> Result<Covered, Error> {
        let missing: i64 = spent.iter().map(|(_, spent)| spent).sum();
        if missing == 0 {
            return Ok(Covered::default());
        }
        let (merchant, customer) = (self.merchant.uuid(), self.customer.uuid());
        let values =
            [merchant.into(), customer.into(), currency.code().into(), missing.into(), self.now.into()];
        let row = txn.query_one_raw(statement(include_str!("cover.sql"), values)).await?;
        let row = row.ok_or_else(|| Error::Inconsistent("cashback was taken from nobody".to_owned()))?;
        let by_others: i64 = row.try_get("", "taken")?;
        let rest = missing - by_others;
        let (debt, absorbed) = if self.policy.owes() { (rest, 0) } else { (0, rest) };
        // What the merchant bears can no longer come back into its lot, should what it paid for be returned.
        let mut left = by_others + debt;
        let mut lots = Vec::with_capacity(spent.len());
        for (offer, spent) in spent {
            let part = left.min(*spent);
            left -= part;
            lots.push(json!({ "offer_id": offer, "covered": part }));
        }
        let values = [
            merchant.into(),
            self.purchase.uuid().into(),
            customer.into(),
            serde_json::Value::from(lots).into(),
            currency.code().into(),
            debt.into(),
        ];
        txn.execute_raw(statement(include_str!("owe.sql"), values)).await?;
        Ok(Covered { by_others, debt, absorbed })
    }

    fn post(&self, ledger: &mut Ledger, left: i64, absorbed: i64, currency: Currency) -> Result<(), Error> {
        let purchase = Some(self.purchase.uuid());
        if left > 0 {
            let mut posting = ledger.posting(PostingKind::Cashback, self.posting, self.customer, purchase)?;
            posting.wallet(Side::Issued, Direction::Out, left, currency)?;
            posting.done();
        }
        if absorbed > 0 {
            let mut posting = ledger.posting(PostingKind::Cashback, self.bearing, self.customer, purchase)?;
            posting.bear(absorbed, currency)?;
            posting.done();
        }
        Ok(())
    }
}
