//! The answer to a purchase: built from the stored record alone, so that a repeated purchase gets the same bytes.

use chrono::{DateTime, Utc};
use perennial_domain::codes::{ClaimCode, TransactionId};
use perennial_domain::evaluate::Applied;
use perennial_domain::ids::{CustomerId, ProductId, PurchaseId, RetailerId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::Points;
use serde::{Serialize, Serializer};

use super::{Balance, LineRecord, PurchaseRecord, PurchaseStatus, Warning};

/// A purchase as it was received: what it earned, and the balance after it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Purchase))]
pub struct PurchaseAnswer<'r> {
    /// The purchase.
    pub id: PurchaseId,
    /// The till's name for it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub transaction_id: &'r TransactionId,
    /// Where it was bought.
    pub retailer_id: RetailerId,
    /// Whose it is; null while it is unclaimed.
    pub customer_id: Option<CustomerId>,
    /// Whether it was credited or waits to be claimed.
    pub status: PurchaseStatus,
    /// What was paid, in minor units.
    pub amount: Amount,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// When it was bought.
    pub occurred_at: DateTime<Utc>,
    /// Points credited for it, pending ones included.
    pub points_earned: Points,
    /// Points of these that waited, at that moment, before they can be spent.
    pub points_pending: Points,
    /// Points that a claim is expected to credit; only while unclaimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_claimable: Option<Points>,
    /// The code that claims it; only while unclaimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub claim_code: Option<&'r ClaimCode>,
    /// The customer's balance after this purchase, in order of arrival; absent while unclaimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// The lines in their order.
    #[serde(serialize_with = "lines")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<LineAnswer>))]
    pub lines: &'r [LineRecord],
    /// What was earned by the purchase as a whole: flat points.
    pub applied: &'r [Applied],
    /// What the till should know though the purchase was accepted.
    pub warnings: &'r [Warning],
}

/// A line and what it earned.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PurchaseLine))]
pub struct LineAnswer<'r> {
    /// The product as the till sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'r str>,
    /// The product of the catalogue that this meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<ProductId>,
    /// How many units.
    quantity: u64,
    /// The price of one unit, when it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Amount>,
    /// The amount before the discount, in minor units.
    amount: Amount,
    /// What was taken off, in minor units.
    discount: Amount,
    /// Points that the line earned or, unclaimed, would earn.
    points: Points,
    /// The promotions that gave them.
    applied: &'r [Applied],
}

fn lines<S: Serializer>(lines: &[LineRecord], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().map(|line| LineAnswer {
        product: line.product.as_deref(),
        product_id: line.product_id,
        quantity: line.quantity,
        unit_price: line.unit_price,
        amount: line.amount,
        discount: line.discount,
        points: line.points,
        applied: &line.applied,
    }))
}

impl<'r> From<&'r PurchaseRecord> for PurchaseAnswer<'r> {
    fn from(record: &'r PurchaseRecord) -> Self {
        Self {
            id: record.id,
            transaction_id: &record.transaction_id,
            retailer_id: record.retailer_id,
            customer_id: record.customer_id,
            status: record.status,
            amount: record.amount,
            currency: record.currency,
            occurred_at: record.occurred_at,
            points_earned: record.points_earned,
            points_pending: record.points_pending,
            points_claimable: record.points_claimable,
            claim_code: record.claim_code.as_ref(),
            balance: record.balance,
            lines: &record.lines,
            applied: &record.applied,
            warnings: &record.warnings,
        }
    }
}
