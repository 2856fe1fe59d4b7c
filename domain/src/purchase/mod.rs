//! What a till may say about a purchase, and the same once it is checked.

mod check;
mod content;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

pub use self::check::MAX_LINES;
pub use self::content::{
    Content, ContentLine, CustomerComparison, FieldDifference, FieldValue, MAX_DIFFERENCES, differences,
};
use crate::codes::{PaymentFingerprint, SentReferralCode, TransactionId};
use crate::customer::{CustomerInput, CustomerRef};
use crate::money::{Amount, Currency};
use crate::tender::{MAX_VOUCHERS, Tenders};

/// A purchase as a till posts it. Either `lines` or a single `amount` is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PurchaseInput {
    /// The till's name for the purchase, unique per retailer, for ever; 1 to 128 characters.
    #[serde(default)]
    pub transaction_id: String,
    /// Id or code of the retailer. A key that is bound to a retailer implies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retailer: Option<String>,
    /// Who buys. Without a customer the purchase waits to be claimed.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::objects::maybe")]
    pub customer: Option<CustomerInput>,
    /// What is bought, 1 to 10,000 lines.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::objects::maybe_at_most::<MAX_LINES, _, _>"
    )]
    pub lines: Option<Vec<LineInput>>,
    /// The whole amount in minor units, when the till does not tell lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The merchant's currency, as three letters of ISO 4217.
    #[serde(default)]
    pub currency: String,
    /// When it happened, in RFC 3339; the time of arrival when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<DateTime<FixedOffset>>,
    /// The code of the friend who recommended the program, as a customer without an earlier purchase says it; at most
    /// 64 characters. One that does not count is ignored, and `warnings` say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral_code: Option<String>,
    /// What tells the means of payment from others, such as the fingerprint that a payment provider gives for a card; at
    /// most 128 characters, and never the number of a card. Kept as a hash, to find people who recommend themselves. It
    /// says nothing of what was bought: with another one the same purchase is still the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_fingerprint: Option<String>,
    /// The codes of the vouchers that are used, at most 20. They are the customer's own.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_VOUCHERS, _, _>"
    )]
    pub vouchers: Vec<String>,
    /// How many points pay a part, worth what the merchant's `point_value` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_with_points: Option<i64>,
    /// How much of the customer's cashback pays a part, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_with_cashback: Option<i64>,
}

/// A line of a purchase as a till posts it. Either `unit_price` or `amount` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LineInput {
    /// Id or sku of the product. An unknown one is kept as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How many units; 1 when not given.
    #[serde(default = "one")]
    pub quantity: u64,
    /// The price of one unit in minor units, before the discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<i64>,
    /// The amount of the line in minor units, before the discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// What is taken off the line in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<i64>,
}

const fn one() -> u64 {
    1
}

impl Default for LineInput {
    fn default() -> Self {
        Self { product: None, quantity: one(), unit_price: None, amount: None, discount: None }
    }
}

/// A purchase after every check that needs no state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPurchase {
    /// The till's name for the purchase.
    pub transaction_id: TransactionId,
    /// Id or code of the retailer, when it was given.
    pub retailer: Option<String>,
    /// Who buys, when it was told.
    pub customer: Option<CustomerRef>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// The lines in their order, at least one.
    pub lines: Vec<CheckedLine>,
    /// Whether lines were told or one amount.
    pub shape: Shape,
    /// The sum of what is to be paid, before vouchers and tenders.
    pub amount: Amount,
    /// When it happened, when that was told.
    pub occurred_at: Option<DateTime<FixedOffset>>,
    /// The code of a friend, as it was sent.
    pub referral_code: Option<SentReferralCode>,
    /// What tells the means of payment from others, when it was told.
    pub payment_fingerprint: Option<PaymentFingerprint>,
    /// What it is paid with besides money.
    pub tenders: Tenders,
}

/// How a till told what was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As lines.
    Lines,
    /// As one amount, which became one line without a product.
    Amount,
}

/// A line after its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedLine {
    /// The product as it was sent.
    pub product: Option<String>,
    /// How many units.
    pub quantity: u64,
    /// The price of one unit, when it was sent.
    pub unit_price: Option<Amount>,
    /// The amount before the discount.
    pub amount: Amount,
    /// What was taken off, at most the amount.
    pub discount: Amount,
    /// What is left to pay, before vouchers and tenders; points are earned on what those leave.
    pub paid: Amount,
}
