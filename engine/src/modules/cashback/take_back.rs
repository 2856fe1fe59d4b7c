//! What a return takes back.

use std::collections::BTreeMap;

use perennial_domain::cashback::{Cashback, reversal};
use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PurchaseId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::returns::ReturnState;
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
    /// A new id, only for this posting.
    pub posting: Uuid,
}

/// Takes back what the purchase gave for what was returned of it, and tells how much left the wallet. `bought` are its
/// lines and `state` is all that was returned, with the return in question; what earlier returns took back is not taken twice.
///
/// What has expired meanwhile is not taken once more. A purchase that the module has not come to gave nothing yet: the
/// module will see the return.
///
/// # Errors
/// Only when the database fails, or what is stored contradicts itself; the transaction has to be given up.
pub(crate) async fn take_back(
    txn: &DatabaseTransaction,
    ledger: &mut Ledger,
    what: TakeBack,
    bought: &[LineRecord],
    state: &ReturnState,
) -> Result<Amount, Error> {
    let key = || [what.merchant.uuid().into(), what.purchase.uuid().into()];
    let sql =
        "SELECT explanation FROM cashback_credits WHERE merchant_id = $1 AND purchase_id = $2 AND amount > 0";
    let Some(row) = txn.query_one_raw(statement(sql, key())).await? else { return Ok(Amount::ZERO) };
    let explanation: serde_json::Value = row.try_get("", "explanation")?;
    let given: Cashback = stored(serde_json::from_value(explanation), "cashback_credits.explanation")?;
    let (mut before, mut there) = (BTreeMap::new(), BTreeMap::new());
    let sql =
        "SELECT offer_id, remaining, returned FROM cashback_lots WHERE merchant_id = $1 AND purchase_id = $2";
    for row in txn.query_all_raw(statement(sql, key())).await? {
        let offer = OfferId::from_uuid(row.try_get("", "offer_id")?);
        before.insert(offer, stored(Amount::new(row.try_get("", "returned")?), "cashback_lots.returned")?);
        there.insert(offer, row.try_get::<i64>("", "remaining")?);
    }
    let back = reversal(lines_returned(&given, bought, state), &before);
    if back.amount.is_zero() {
        return Ok(Amount::ZERO);
    }
    let mut lots = Vec::with_capacity(back.offers.len());
    let mut taken = 0;
    for (offer, amount) in &back.offers {
        let part = amount.get().min(there.get(offer).copied().unwrap_or(0));
        // Parts of one purchase, whose sum is an amount.
        taken += part;
        lots.push(json!({ "offer_id": offer, "returned": amount, "taken": part }));
    }
    post(ledger, what, taken, given.currency)?;
    let values = [
        what.merchant.uuid().into(),
        what.purchase.uuid().into(),
        what.customer.uuid().into(),
        given.currency.code().into(),
        serde_json::Value::from(lots).into(),
        taken.into(),
    ];
    txn.execute_raw(statement(include_str!("take_back.sql"), values)).await?;
    stored(Amount::new(taken), "cashback_lots.remaining")
}

fn post(ledger: &mut Ledger, what: TakeBack, taken: i64, currency: Currency) -> Result<(), Error> {
    if taken == 0 {
        return Ok(());
    }
    let purchase = Some(what.purchase.uuid());
    let mut posting = ledger.posting(PostingKind::Cashback, what.posting, what.customer, purchase)?;
    posting.wallet(Side::Issued, Direction::Out, taken, currency)?;
    posting.done();
    Ok(())
}
