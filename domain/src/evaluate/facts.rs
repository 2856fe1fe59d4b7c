//! Everything about a purchase that decides what it earns.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::{LimitsUsed, Remainders};
use crate::codes::{CategoryName, Label, Region, RetailerCode, Sku, Tag, Zone};
use crate::ids::TierId;
use crate::money::{Amount, Currency};
use crate::points::Rate;
use crate::promotion::ProductMatcher;

/// What is known about a purchase. Together with a rule set it decides what the purchase earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseFacts {
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Where it happened.
    pub retailer: Arc<RetailerFacts>,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// Whether it is the customer's first.
    pub first_purchase: bool,
    /// The customer's tier at the moment of the credit; the one that the purchase leads to counts from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Arc<TierFacts>>,
    /// What the promotions with a limit or a budget that it matches have given before.
    #[serde(default, skip_serializing_if = "LimitsUsed::is_empty")]
    pub limits: LimitsUsed,
    /// What the promotions that it matches had carried over for the customer, where the merchant has that.
    #[serde(default, skip_serializing_if = "Remainders::is_empty")]
    pub remainders: Remainders,
    /// What was bought. Left out of JSON when empty, for those who store lines elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineFacts>,
}

/// What is known about the customer's tier, as it was at the moment of the credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TierFacts {
    /// Which.
    pub id: TierId,
    /// What it was called.
    #[serde(deserialize_with = "Label::deserialize_stored")]
    pub name: Label,
    /// Times what lines earn; flat points are not multiplied.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub multiplier: Rate,
}

const fn one() -> Rate {
    Rate::ONE
}

fn is_one(rate: &Rate) -> bool {
    *rate == Rate::ONE
}

/// What is known about the retailer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetailerFacts {
    /// Its code.
    pub code: RetailerCode,
    /// Its region, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The zone of its clocks.
    pub zone: Zone,
    /// When its business day begins.
    pub business_day_start: NaiveTime,
}

/// What is known about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineFacts {
    /// The product, when it is in the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Arc<KnownProduct>>,
    /// What the till said for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_text: Option<String>,
    /// What is paid for it.
    pub paid: Amount,
}

/// A product of the catalogue, as it was at the time of the purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownProduct {
    /// Its sku.
    pub sku: Sku,
    /// Its category, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryName>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl KnownProduct {
    /// Whether it is the product, or of the kind, that a promotion names.
    #[must_use]
    pub fn is(&self, matcher: &ProductMatcher) -> bool {
        match matcher {
            ProductMatcher::Sku(sku) => self.sku == *sku,
            ProductMatcher::Category(category) => self.category.as_ref() == Some(category),
            ProductMatcher::Tag(tag) => self.tags.contains(tag),
        }
    }
}
