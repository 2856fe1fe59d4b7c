//! What customers, tills and staff see of cashback.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::cashback::Cashback;
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_domain::money::Amount;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::stored::stored;

/// A customer's cashback in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashbackWallet {
    /// ISO 4217.
    pub currency: String,
    /// What can be spent, in minor units.
    pub available: Amount,
    /// What waits before it can be spent.
    pub pending: Amount,
    /// What was spent before its purchase came back, and is owed: cashback that comes next repays it.
    pub owed: Amount,
    /// What expires next, soonest first, at most twelve.
    pub expiring: Vec<CashbackExpiring>,
}

/// Cashback that expires together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashbackExpiring {
    /// How much, in minor units.
    pub amount: Amount,
    /// From this instant on it is gone.
    pub expires_at: DateTime<Utc>,
}

/// What a purchase gave in cashback, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashbackGiven {
    /// What of it returns took back.
    pub returned: Amount,
    /// When it was given.
    pub credited_at: DateTime<Utc>,
    /// How much, and why.
    #[serde(flatten)]
    pub cashback: Cashback,
}

impl Engine {
    /// The wallets of a customer, one a currency; none before the first cashback.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_cashback(
        &self,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<Vec<CashbackWallet>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        let (_, wallets) =
            self.wallets(cx, &[customer]).await?.pop().ok_or(Error::NotFound(What::Customer))?;
        Ok(wallets)
    }

    /// The wallets of many customers with one statement, in no particular order; nothing of customers whom the merchant
    /// does not have.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read customers.
    pub async fn customers_cashback(
        &self,
        cx: &Cx,
        customers: &[CustomerId],
    ) -> Result<Vec<(CustomerId, Vec<CashbackWallet>)>, Error> {
        cx.require(Action::CustomersRead)?;
        self.wallets(cx, customers).await
    }

    async fn wallets(
        &self,
        cx: &Cx,
        customers: &[CustomerId],
    ) -> Result<Vec<(CustomerId, Vec<CashbackWallet>)>, Error> {
        let merchant = cx.merchant();
        let ids: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
        let values = [merchant.uuid().into(), ids.into(), self.now(merchant).into()];
        let rows = self.db().query_all_raw(statement(include_str!("wallet.sql"), values)).await?;
        rows.iter()
            .map(|row| {
                let wallets: serde_json::Value = row.try_get("", "wallets")?;
                let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
                Ok((customer, stored(serde_json::from_value(wallets), "cashback_lots")?))
            })
            .collect()
    }

    /// What a purchase gave in cashback, and why; `None` while the module has not come to it, and where the merchant had
    /// no offer.
    ///
    /// # Errors
    /// Those of reading the purchase itself.
    pub async fn purchase_cashback(
        &self,
        cx: &Cx,
        purchase: PurchaseId,
    ) -> Result<Option<CashbackGiven>, Error> {
        if cx.customer().is_none() {
            cx.require(Action::PurchasesRead)?;
        }
        // Whoever may see the purchase may see what it gave.
        self.purchase_get(cx, purchase).await?;
        let values = [cx.merchant().uuid().into(), purchase.uuid().into()];
        let Some(row) = self.db().query_one_raw(statement(include_str!("given.sql"), values)).await? else {
            return Ok(None);
        };
        let explanation: serde_json::Value = row.try_get("", "explanation")?;
        Ok(Some(CashbackGiven {
            returned: stored(Amount::new(row.try_get("", "returned")?), "cashback_lots.returned")?,
            credited_at: row.try_get("", "credited_at")?,
            cashback: stored(serde_json::from_value(explanation), "cashback_credits.explanation")?,
        }))
    }
}
