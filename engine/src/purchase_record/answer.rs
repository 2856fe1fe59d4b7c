//! The answer to a purchase: built from the stored record alone, so that a repeated purchase gets the same bytes.

use chrono::{DateTime, Utc};
use perennial_domain::codes::{ClaimCode, TransactionId, VoucherCode};
use perennial_domain::evaluate::Applied;
use perennial_domain::ids::{CustomerId, ProductId, PurchaseId, RetailerId};
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::Points;
use serde::{Serialize, Serializer};

use super::{Balance, LineRecord, PurchaseRecord, PurchaseStatus, TenderRecord, Warning};

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
    /// What was to be paid, before vouchers and tenders, in minor units.
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
    /// What it was paid with besides money; absent when it was money alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenders: Option<TendersAnswer<'r>>,
    /// What the till should know though the purchase was accepted.
    pub warnings: &'r [Warning],
}

/// What a purchase was paid with besides money.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PurchaseTenders))]
pub struct TendersAnswer<'r> {
    /// The vouchers that were used, in the order in which they were sent.
    #[serde(serialize_with = "vouchers")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<VoucherAnswer>))]
    vouchers: &'r TenderRecord,
    /// Points that were spent: the fewest that are worth `points_amount`.
    points: Points,
    /// What these points paid, in minor units.
    points_amount: Amount,
    /// What cashback paid, in minor units.
    cashback: Amount,
    /// What was left to pay in money, in minor units: points and cashback are earned on it.
    paid: Amount,
}

/// A voucher that was used.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PurchaseVoucher))]
pub struct VoucherAnswer<'r> {
    /// Its code.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    code: &'r VoucherCode,
    /// What it is called.
    name: &'r str,
    /// What it took off, in minor units.
    amount: Amount,
}

impl<'r> From<&'r TenderRecord> for TendersAnswer<'r> {
    fn from(record: &'r TenderRecord) -> Self {
        let points = record.points.as_ref();
        Self {
            vouchers: record,
            points: points.map_or(Points::ZERO, |points| points.spent),
            points_amount: points.map_or(Amount::ZERO, |points| points.amount),
            cashback: record.cashback.as_ref().map_or(Amount::ZERO, |cashback| cashback.amount),
            paid: record.paid,
        }
    }
}

fn vouchers<S: Serializer>(record: &TenderRecord, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(record.vouchers.iter().map(|voucher| VoucherAnswer {
        code: &voucher.code,
        name: &voucher.name,
        amount: voucher.amount,
    }))
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
    /// What was left to pay in money after vouchers and tenders, in minor units; absent when these took nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<Amount>,
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
        paid: (!line.tendered.is_empty()).then(|| line.paid()),
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
            tenders: record.tenders.as_deref().map(TendersAnswer::from),
            warnings: &record.warnings,
        }
    }
}
