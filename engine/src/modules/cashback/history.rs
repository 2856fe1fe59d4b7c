//! What happened to the money in a wallet.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, PurchaseId};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{Page, PageRequest};

/// What moved money into or out of a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CashbackEvent {
    /// A purchase gave it.
    Given,
    /// A return of the purchase took it back.
    Returned,
    /// It paid for a purchase.
    Spent,
    /// It had paid for a purchase that was returned.
    GivenBack,
    /// Nobody spent it in time.
    Expired,
    /// It came with an account that was merged into this one, or what that owed did.
    Merged,
}

/// One movement of a wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CashbackEntry {
    /// The customer's event counter.
    pub sequence: i64,
    /// What happened.
    pub event: CashbackEvent,
    /// How much in minor units, below zero when it left the wallet.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// The purchase behind it; what expires has none.
    pub purchase_id: Option<PurchaseId>,
    /// The till's number of the purchase.
    pub transaction_id: Option<String>,
    /// Where the purchase was made.
    pub retailer_name: Option<String>,
    /// The zone of that store, else of the merchant, an IANA name.
    pub time_zone: String,
    /// When the purchase was made.
    pub occurred_at: Option<DateTime<Utc>>,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
}

impl Engine {
    /// The movements of a customer's wallets, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant; [`Error::Invalid`] when the page cannot be
    /// read.
    pub async fn customer_cashback_entries(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<CashbackEntry>, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let before = page.after::<i64>()?.unwrap_or(i64::MAX);
        let values =
            [cx.merchant().uuid().into(), customer.uuid().into(), before.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(include_str!("history.sql"), values)).await?;
        let entries = rows.iter().map(entry).collect::<Result<Vec<_>, Error>>()?;
        Ok(page.page(entries, |entry: &CashbackEntry| entry.sequence))
    }
}

fn entry(row: &QueryResult) -> Result<CashbackEntry, Error> {
    let (kind, other): (String, String) = (row.try_get("", "kind")?, row.try_get("", "other")?);
    let amount: i64 = row.try_get("", "amount")?;
    let purchase: Option<Uuid> = row.try_get("", "purchase_id")?;
    Ok(CashbackEntry {
        sequence: row.try_get("", "sequence")?,
        event: event(&kind, &other, amount)?,
        amount,
        currency: row.try_get("", "currency")?,
        purchase_id: purchase.map(PurchaseId::from_uuid),
        transaction_id: row.try_get("", "transaction_id")?,
        retailer_name: row.try_get("", "retailer_name")?,
        time_zone: row.try_get("", "time_zone")?,
        occurred_at: row.try_get("", "occurred_at")?,
        posted_at: row.try_get("", "posted_at")?,
    })
}

/// What a movement was, by the account at its other end and its direction.
fn event(kind: &str, other: &str, amount: i64) -> Result<CashbackEvent, Error> {
    match (other, amount > 0) {
        _ if kind == "merge" => Ok(CashbackEvent::Merged),
        ("issued", true) => Ok(CashbackEvent::Given),
        ("issued", false) => Ok(CashbackEvent::Returned),
        ("redeemed", true) => Ok(CashbackEvent::GivenBack),
        ("redeemed", false) => Ok(CashbackEvent::Spent),
        ("expired", false) => Ok(CashbackEvent::Expired),
        _ => Err(Error::Inconsistent(format!("cashback of {amount} moved against {other}"))),
    }
}
