//! The numbers: what a purchase earns, line by line and promotion by promotion.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Carried, Consumed};
use crate::ids::PromotionId;
use crate::points::{Points, Remainder};
use crate::promotion::Effect;

/// What a purchase earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// All of it: the lines together with what is given once.
    pub points: Points,
    /// What each line earns, in the order of the lines.
    pub lines: Vec<LineAward>,
    /// What is given once for the purchase.
    pub applied: Vec<Applied>,
    /// Which of `points` cannot be spent at once, by the number of days that they wait, the fewest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingPoints>,
    /// What of `points` counts towards limits and budgets, by promotion id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumed: Vec<Consumed>,
    /// What the promotions that count for lines carry over, by promotion id. Empty where the merchant does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
}

/// Points that cannot be spent at once.
///
/// How long points wait is said by the promotion that gives them, else by the merchant. A promotion's number
/// stands in place of the merchant's, be it larger or smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingPoints {
    /// For how many days they wait, above zero.
    pub days: u16,
    /// How many they are, above zero.
    pub points: Points,
}

/// What a line earns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAward {
    /// All of it: the sum over `applied`.
    pub points: Points,
    /// By which promotions; highest priority first, rates before multipliers.
    pub applied: Vec<Applied>,
}

/// What one promotion gave to a line or a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Applied {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// Which version of it.
    pub version: u32,
    /// What the version is called.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Arc<str>,
    /// What it gives.
    pub effect: Effect,
    /// How many points of the line or purchase are its own.
    pub points: Points,
    /// How many more they would be without the promotion's cap, limit and budget.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub cut: Points,
    /// How much this added to what the promotion carries over for the customer, where the merchant carries over: its
    /// worth here is `points`, `cut` and this together. Below zero where something from before was used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Remainder>,
}

/// Why a purchase cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// A number left the range in which it is exact. The line is named unless it is the sum.
    #[error("the purchase is worth more points than can be counted")]
    Overflow {
        /// Index of the line.
        line: Option<usize>,
    },
}
