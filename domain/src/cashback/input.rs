//! A cashback offer as the API and the editor write it.

use serde::{Deserialize, Serialize};

use super::OfferTerms;
use crate::fields::MAX_ENTRIES;
use crate::promotion::format_local;

/// A cashback offer as it is written, before its checks. Only a name and a percentage are required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct OfferInput {
    /// What people call it.
    pub name: String,
    /// The part of what is paid that comes back, as a decimal above 0 and below 1: `"0.05"` for 5%.
    pub percentage: String,
    /// The products it is about: skus, `category:x` and `tag:x`; everything when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub products: Vec<String>,
    /// Whether it gives anything at present. True when not given.
    pub active: bool,
    /// When it begins, as a local date and time of the merchant: `2026-11-21T00:00:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// When it is over, as a local date and time of the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The most that it gives for one purchase, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap_per_purchase: Option<i64>,
    /// The most that it gives to one customer in a calendar month of the merchant, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap_per_month: Option<i64>,
    /// For how many days the cashback waits before it can be spent, up to 3,650; none when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_days: Option<i64>,
    /// For how many days the cashback can be spent once it can be, 1 to 3,650, to the end of the merchant's
    /// local day; for ever when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<i64>,
}

impl Default for OfferInput {
    fn default() -> Self {
        Self {
            name: String::new(),
            percentage: String::new(),
            products: Vec::new(),
            active: true,
            starts_at: None,
            expires_at: None,
            cap_per_purchase: None,
            cap_per_month: None,
            pending_days: None,
            valid_days: None,
        }
    }
}

impl From<OfferTerms> for OfferInput {
    fn from(terms: OfferTerms) -> Self {
        Self {
            name: terms.name.into(),
            percentage: terms.percentage.to_string(),
            products: terms.products.iter().map(ToString::to_string).collect(),
            active: terms.active,
            starts_at: terms.starts_at.map(format_local),
            expires_at: terms.expires_at.map(format_local),
            cap_per_purchase: terms.cap_per_purchase.map(i64::from),
            cap_per_month: terms.cap_per_month.map(i64::from),
            pending_days: (terms.pending_days > 0).then_some(terms.pending_days.into()),
            valid_days: terms.valid_days.map(i64::from),
        }
    }
}
