//! What a return would change, before it is booked.

use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::returns::CheckedReturn;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{Bought, statement};
use super::{Return, require};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::modules::tiers::{self, CustomerTier};
use crate::stored::stored;

/// A return that was not booked: what it would be, and what else of the customer it would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnPreview {
    /// The return, as it would be booked.
    #[serde(flatten)]
    pub record: Return,
    /// Where the customer stands on the ladder of tiers; absent where the merchant has none, where nobody has claimed the
    /// purchase, and while somebody is changing the ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier_before: Option<CustomerTier>,
    /// Where the customer would stand. Nobody falls before the end of the period, so that it is the progress that changes
    /// at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier_after: Option<CustomerTier>,
    /// What is in the cashback wallet of the purchase's currency, in minor units, what waits included; absent while nobody
    /// has claimed the purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cashback_before: Option<Amount>,
    /// What would be in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cashback_after: Option<Amount>,
}

impl Engine {
    /// What [`return_purchase`](Self::return_purchase) would do, and what would become of the customer's tier and wallet.
    /// Leaves no trace.
    ///
    /// # Errors
    /// Those of the return itself.
    pub async fn return_preview(
        &self,
        cx: &Cx,
        purchase: PurchaseId,
        checked: &CheckedReturn,
    ) -> Result<ReturnPreview, Error> {
        let txn = self.begin().await?;
        let preview = self.return_preview_in(&txn, cx, purchase, checked).await?;
        txn.rollback().await?;
        Ok(preview)
    }

    /// The same within a transaction of the caller, who has to roll it back: the return, and what follows from it for the
    /// tier, are done in it.
    ///
    /// # Errors
    /// The same.
    pub async fn return_preview_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        purchase: PurchaseId,
        checked: &CheckedReturn,
    ) -> Result<ReturnPreview, Error> {
        require(cx)?;
        let merchant = cx.merchant();
        // Read before anything is locked; whether a key of another retailer may know of it is for the return to say.
        let found = Bought::read(txn, merchant, purchase).await?;
        let (mut tier_before, mut cashback_before) = (None, None);
        if let Some((customer, currency)) = &found {
            tier_before = tiers::standing(self, txn, merchant, *customer).await?;
            cashback_before = Some(wallet(txn, merchant, *customer, currency).await?);
        }
        let record = self.return_purchase_in(txn, cx, purchase, checked).await?.record;
        let (mut tier_after, mut cashback_after) = (None, None);
        if let Some((customer, currency)) = &found {
            tier_after = tiers::standing_after(self, txn, merchant, *customer, purchase).await?;
            cashback_after = Some(wallet(txn, merchant, *customer, currency).await?);
        }
        // One without the other says nothing.
        if tier_after.is_none() {
            tier_before = None;
        }
        Ok(ReturnPreview { record, tier_before, tier_after, cashback_before, cashback_after })
    }
}

/// What is in a wallet.
async fn wallet(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
    currency: &str,
) -> Result<Amount, Error> {
    let sql =
        "SELECT amount FROM cashback_wallets WHERE merchant_id = $1 AND customer_id = $2 AND currency = $3";
    let values: [sea_orm::Value; 3] = [merchant.uuid().into(), customer.uuid().into(), currency.into()];
    let row = txn.query_one_raw(statement(sql, values)).await?;
    let amount: i64 = row.map(|row| row.try_get("", "amount")).transpose()?.unwrap_or(0);
    stored(Amount::new(amount), "cashback_wallets.amount")
}

impl Bought {
    /// Whose a purchase is and in which currency, without a lock; nothing for one that nobody has.
    async fn read(
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        id: PurchaseId,
    ) -> Result<Option<(CustomerId, String)>, Error> {
        let sql = "SELECT p.currency, coalesce(p.customer_id, c.customer_id) AS customer_id
                   FROM purchases AS p
                   LEFT JOIN LATERAL (
                       SELECT c.customer_id FROM claims AS c WHERE c.merchant_id = $1 AND c.purchase_id = $2 LIMIT 1
                   ) AS c ON true
                   WHERE p.merchant_id = $1 AND p.id = $2";
        let Some(row) = txn.query_one_raw(statement(sql, [merchant.uuid().into(), id.uuid().into()])).await?
        else {
            return Ok(None);
        };
        let customer: Option<Uuid> = row.try_get("", "customer_id")?;
        let currency = row.try_get("", "currency")?;
        Ok(customer.map(|customer| (CustomerId::from_uuid(customer), currency)))
    }
}
