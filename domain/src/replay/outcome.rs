//! What came out.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::ReplayBudget;
use crate::ids::{CustomerId, PromotionId, PurchaseId};
use crate::money::Currency;
use crate::points::{Points, Rate};

/// What a promotion would have given, had it been in force in a window.
///
/// Of returned purchases only what is left of them counts, everywhere. Points are those that a budget that is
/// large enough would have let through; see [`ReplayBudget`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replay {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// The version that was tried.
    pub version: u32,
    /// What it is called.
    pub name: String,
    /// When the window begins.
    pub from: DateTime<Utc>,
    /// When it is over.
    pub to: DateTime<Utc>,
    /// Whether all purchases of the window were looked at. Else the figures are those of the customers that the
    /// replay came to before its time was over.
    pub complete: bool,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The credited purchases that were looked at.
    pub looked_at: LookedAt,
    /// How many of them the promotion would have matched.
    pub matched: u64,
    /// How many customers would have had points by it.
    pub customers: u64,
    /// How many points more customers would have earned than without the promotion: what it gives, less what
    /// others give less because of it.
    pub points: i64,
    /// The points that it would have given itself.
    pub gives: i64,
    /// The points that other promotions would have given less because of it, where they meet in a stacking group;
    /// below zero where they would have given more, as a multiplier does of a higher rate.
    pub displaces: i64,
    /// The points that its versions of that time have really given; none when it is new.
    pub gave: i64,
    /// How many points more customers would have earned than they really have. The same as `points` unless the
    /// promotion was in force.
    pub change: i64,
    /// What `points` are worth by the merchant's value of a point, in minor units; absent when points have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
    /// The part of what was paid that `cost` is, as a decimal: `0.009` is 0.9 percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Rate>,
    /// Every day of the window, the oldest first.
    pub days: Vec<ReplayDay>,
    /// The customers who would have gained most, at most 20.
    pub winners: Vec<Winner>,
    /// The promotions that it would have met in a purchase, the most frequent first, at most 20.
    pub overlaps: Vec<Overlap>,
    /// What would have become of its budget; absent when it has none, or not everything was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<ReplayBudget>,
    /// A budget that is enough until the promotion ends, or else for as long as the window is, at the pace of the
    /// window and with a tenth to spare; absent when it gives nothing, or not everything was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_budget: Option<Points>,
    /// Purchases that nobody has claimed; they are in no other figure.
    pub unclaimed: Unclaimed,
    /// Purchases that could not be evaluated, by the reason; they are in no other figure.
    pub left_out: Vec<LeftOut>,
}

/// The credited purchases that a replay has looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookedAt {
    /// How many there are.
    pub purchases: u64,
    /// By how many customers.
    pub customers: u64,
    /// What was to be paid for them, minor units.
    pub amount: i64,
    /// The points that they really earned.
    pub points: i64,
}

/// A day of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayDay {
    /// The business date of the retailers.
    pub date: NaiveDate,
    /// How many purchases the promotion would have matched.
    pub matched: u64,
    /// How many points more they would have earned.
    pub points: i64,
}

/// A customer who would have gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Winner {
    /// Who.
    pub customer_id: CustomerId,
    /// How many points more.
    pub points: i64,
    /// How many of the customer's purchases the promotion would have matched.
    pub purchases: u64,
}

/// Another promotion that counts for purchases which the promotion would have matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overlap {
    /// Which.
    pub promotion_id: PromotionId,
    /// What it is called.
    pub name: String,
    /// In how many purchases they meet.
    pub purchases: u64,
    /// The points that it gives for them beside the promotion.
    pub points: i64,
    /// The points that it gives less because of the promotion; below zero where it gives more.
    pub displaced: i64,
}

/// What was bought and nobody has claimed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unclaimed {
    /// How many purchases.
    pub purchases: u64,
    /// How many of them the promotion would have matched.
    pub matched: u64,
    /// How many points more a claim of all of them would give, limits per customer aside.
    pub points: i64,
}

/// Purchases that could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// Why.
    pub reason: LeftOutReason,
    /// How many.
    pub purchases: u64,
    /// One of them.
    pub example: PurchaseId,
}

/// Why a purchase could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// What is stored of it has another shape than today.
    Unreadable,
    /// The rules of its time are not stored.
    RulesMissing,
    /// It would be worth more points than can be counted.
    Overflow,
    /// It was paid in another currency than the merchant's.
    OtherCurrency,
}

impl LeftOutReason {
    /// The reason for people, after a number of purchases: `12 purchases: …`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Unreadable => "what is stored of them has an older shape",
            Self::RulesMissing => "the rules of their time are not stored",
            Self::Overflow => "they would be worth more points than can be counted",
            Self::OtherCurrency => "they were paid in another currency",
        }
    }
}
