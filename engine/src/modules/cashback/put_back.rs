//! Cashback that paid for a purchase, on its way back into the wallet.

use perennial_domain::ids::{CustomerId, MerchantId, OfferId, PurchaseId};
use perennial_domain::money::{Amount, Currency};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

use super::statement;
use crate::error::Error;
use crate::ledger::{Direction, Ledger, PostingKind, Side};
use crate::stored::stored;

/// Whose cashback goes back, and what it had paid for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PutBack {
    /// The merchant.
    pub merchant: MerchantId,
    /// What it had paid for.
    pub purchase: PurchaseId,
    /// Whose it is; locked in the ledger.
    pub customer: CustomerId,
    /// The currency of the purchase, and of the lots.
    pub currency: Currency,
    /// A new id, only for this posting.
    pub posting: Uuid,
}

/// Puts cashback back into the lots that it came from, and tells how much came into the wallet.
///
/// What is owed is repaid first. A lot whose own purchase was returned meanwhile does not take back what the merchant has
/// borne for it: the return could not take what was spent, and takes it now. What goes back to a lot that is over is over,
/// too; the job books it out.
///
/// # Errors
/// Only when the database fails, or what is stored contradicts itself; the transaction has to be given up.
pub(crate) async fn put_back(
    txn: &DatabaseTransaction,
    ledger: &mut Ledger,
    what: PutBack,
    lots: &[((PurchaseId, OfferId), i64)],
) -> Result<Amount, Error> {
    let asked: Vec<_> = lots
        .iter()
        .enumerate()
        .map(|(place, ((purchase, offer), amount))| {
            json!({ "place": place, "purchase_id": purchase, "offer_id": offer, "amount": amount })
        })
        .collect();
    let values = [
        what.merchant.uuid().into(),
        what.customer.uuid().into(),
        what.currency.code().into(),
        serde_json::Value::from(asked).into(),
    ];
    let row = txn.query_one_raw(statement(include_str!("put_back.sql"), values)).await?;
    let row = row.ok_or_else(|| Error::Inconsistent("cashback went back to nobody".to_owned()))?;
    let amount: i64 = row.try_get("", "amount")?;
    if amount > 0 {
        let purchase = Some(what.purchase.uuid());
        let mut posting = ledger.posting(PostingKind::Cashback, what.posting, what.customer, purchase)?;
        posting.wallet(Side::Redeemed, Direction::In, amount, what.currency)?;
        posting.done();
    }
    stored(Amount::new(amount), "cashback_lots.remaining")
}
