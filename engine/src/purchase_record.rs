//! A purchase as it was stored: the only thing from which an answer is built, the first time and every time after.
//!
//! The intake makes the record, writes it, and answers with it; a replay reads it back and answers with that. Both
//! are equal, down to the last field, because the row holds nothing else.

mod answer;
mod claim;
mod customer_key;
mod row;
mod tenders;

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::codes::{ClaimCode, SentReferralCode, TransactionId};
use perennial_domain::evaluate::{Applied, KnownProduct, LineFacts, PurchaseFacts};
use perennial_domain::ids::{ApiKeyId, CustomerId, MerchantId, ProductId, PurchaseId, RetailerId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::Points;
use perennial_domain::purchase::{Content, ContentLine, Shape};
use perennial_domain::tender::Tenders;
use serde::{Deserialize, Serialize};
use sqlx::PgExecutor;

pub use answer::{LineAnswer, PurchaseAnswer, TendersAnswer};
pub use claim::ClaimRecord;
pub(crate) use customer_key::CustomerKey;
pub use tenders::{CashbackRecord, LineTenders, PointsRecord, TenderRecord, VoucherRecord};

use crate::error::Error;
use crate::intake::Source;

/// A purchase as it was when it was received. Never changes; a later claim is a record of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseRecord {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// The purchase, also the posting of its entries.
    pub id: PurchaseId,
    /// Where it was bought.
    pub retailer_id: RetailerId,
    /// The till's name for it.
    pub transaction_id: TransactionId,
    /// Whose it was; nobody's while it is unclaimed.
    pub customer_id: Option<CustomerId>,
    /// Hash of the customer reference as it was sent.
    pub(crate) customer_key: Option<CustomerKey>,
    /// Whether that was taken away, because the customer was erased.
    pub(crate) is_forgotten: bool,
    /// Whether it was credited at once.
    pub status: PurchaseStatus,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// The sum of what was to be paid, before vouchers and tenders.
    pub amount: Amount,
    /// When it was bought; when it was received, unless the till told.
    pub occurred_at: DateTime<Utc>,
    /// Whether the till told.
    pub occurred_at_sent: bool,
    /// The retailer's business day that it belongs to.
    pub business_date: NaiveDate,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// Points credited for it.
    pub points_earned: Points,
    /// Points of these that waited, when it was credited, before they could be spent.
    pub points_pending: Points,
    /// Points that a claim is expected to credit; only while unclaimed.
    pub points_claimable: Option<Points>,
    /// The code that claims it; only while unclaimed.
    pub claim_code: Option<ClaimCode>,
    /// The customer's balance after it, in arrival order.
    pub balance: Option<Balance>,
    /// The rule set that it was evaluated by.
    pub rules_version: i64,
    /// What decided its points beside the lines, which are left out here.
    pub facts: PurchaseFacts,
    /// What was bought, and what each line earned.
    pub lines: Vec<LineRecord>,
    /// What was earned by the purchase as a whole: flat points.
    pub applied: Vec<Applied>,
    /// The code of a friend as the till sent it; for most none.
    pub referral_code: Option<SentReferralCode>,
    /// What it was paid with besides money; nothing for most.
    pub tenders: Option<Box<TenderRecord>>,
    /// What the till should know though the purchase was accepted.
    pub warnings: Vec<Warning>,
    /// Where it came from.
    pub source: Source,
    /// The key it was posted with.
    pub api_key_id: Option<ApiKeyId>,
}

/// A line of a stored purchase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRecord {
    /// The product as the till sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The product of the catalogue that this meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// What was known of it at that instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Arc<KnownProduct>>,
    /// How many units.
    pub quantity: u64,
    /// The price of one unit, when it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Amount>,
    /// The amount before the discount.
    pub amount: Amount,
    /// What was taken off, at most the amount.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub discount: Amount,
    /// What of the rest was not paid in money.
    #[serde(default, skip_serializing_if = "LineTenders::is_empty")]
    pub tendered: LineTenders,
    /// Points that the line earned or, unclaimed, would earn.
    pub points: Points,
    /// The promotions that gave them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applied: Vec<Applied>,
}

/// A customer's balance at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Balance {
    /// Points that can be spent; below zero while a debt is open.
    pub points: i64,
    /// Points that wait before they can be spent.
    pub pending: i64,
}

/// Something in a purchase that was accepted and had no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// A stable `snake_case` word.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

/// Whether a purchase was credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PurchaseStatus {
    /// To a customer.
    Credited,
    /// Not yet: it waits to be claimed.
    Unclaimed,
}

impl PurchaseStatus {
    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credited => "credited",
            Self::Unclaimed => "unclaimed",
        }
    }
}

/// The text names no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be credited or unclaimed")]
pub struct UnknownStatus;

impl FromStr for PurchaseStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [Self::Credited, Self::Unclaimed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownStatus)
    }
}

impl LineRecord {
    /// What was to be paid for it, before vouchers and tenders: what can be returned of it.
    #[must_use]
    pub fn due(&self) -> Amount {
        self.amount.checked_sub(self.discount).unwrap_or_default()
    }

    /// What was paid in money: points were earned on it.
    #[must_use]
    pub fn paid(&self) -> Amount {
        self.due().checked_sub(self.tendered.total()).unwrap_or_default()
    }

    /// What decided what it earned.
    pub(crate) fn facts(&self) -> LineFacts {
        LineFacts { product: self.known.clone(), product_text: self.product.clone(), paid: self.paid() }
    }
}

impl PurchaseRecord {
    /// Reads those of these purchases that a merchant has, in no particular order.
    ///
    /// # Errors
    /// When the database fails, or when a row cannot be understood.
    pub async fn load_all(
        executor: impl PgExecutor<'_>,
        merchant: MerchantId,
        ids: &[PurchaseId],
    ) -> Result<Vec<Self>, Error> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
        sqlx::query("SELECT * FROM purchases WHERE merchant_id = $1 AND id = ANY ($2)")
            .bind(merchant.uuid())
            .bind(ids)
            .fetch_all(executor)
            .await?
            .iter()
            .map(Self::from_row)
            .collect()
    }

    /// Everything that decided its points, for evaluating it once more.
    #[must_use]
    pub fn purchase_facts(&self) -> PurchaseFacts {
        PurchaseFacts { lines: self.lines.iter().map(LineRecord::facts).collect(), ..self.facts.clone() }
    }

    /// What the till said, for comparing it with what it says now.
    pub(crate) fn content(&self) -> Content {
        Content {
            retailer: self.retailer_id,
            currency: self.currency,
            lines: self.lines.iter().map(content_line).collect(),
            occurred_at: self.occurred_at_sent.then_some(self.occurred_at),
            referral_code: self.referral_code.clone(),
            tenders: self.tenders.as_ref().map_or_else(Tenders::default, |tenders| tenders.sent()),
            shape: Shape::Lines,
        }
    }
}

// By reference, because serde hands it over like that.
fn is_nothing(amount: &Amount) -> bool {
    amount.is_zero()
}

fn content_line(line: &LineRecord) -> ContentLine {
    ContentLine {
        product: line.product.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        amount: line.amount,
        discount: line.discount,
    }
}
