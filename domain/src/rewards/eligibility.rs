//! Whether a customer can have a reward now, and if not, everything that is missing.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::RewardTerms;
use crate::calendar::{end_instant, start_instant};
use crate::codes::Zone;
use crate::ids::TierId;
use crate::points::Points;
use crate::written::moment;

/// Where a customer stands towards a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The points that can be spent; negative where points are owed.
    pub available: Points,
    /// The customer's tier.
    pub tier: Option<TierId>,
    /// How many of this reward the customer has had or holds, without those that were given back.
    pub redeemed: u32,
}

/// Whether a customer can have a reward now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "eligibility", rename_all = "snake_case")]
pub enum Eligibility {
    /// Yes.
    Eligible,
    /// No.
    Missing {
        /// Everything that is missing.
        reasons: Vec<RewardMiss>,
    },
}

impl Eligibility {
    /// Whether the customer can have it.
    #[must_use]
    pub fn is_eligible(&self) -> bool {
        *self == Self::Eligible
    }

    /// How many points are missing, when that is all that is: the rewards worth showing as a goal.
    #[must_use]
    pub fn only_points(&self) -> Option<Points> {
        match self {
            Self::Missing { reasons } => match reasons.as_slice() {
                [RewardMiss { reason: RewardMissReason::InsufficientPoints { missing, .. }, .. }] => {
                    Some(*missing)
                }
                _ => None,
            },
            Self::Eligible => None,
        }
    }
}

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardMiss {
    /// The thing, for programs.
    #[serde(flatten)]
    pub reason: RewardMissReason,
    /// The thing, for people: a plain sentence without a full stop.
    pub text: String,
}

/// Why a customer cannot have a reward now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RewardMissReason {
    /// It cannot be had yet.
    NotStarted {
        /// When it can, by the merchant's clocks.
        valid_from: NaiveDateTime,
    },
    /// It cannot be had any more.
    Over {
        /// When it could last, by the merchant's clocks.
        valid_until: NaiveDateTime,
    },
    /// It is for customers of other tiers.
    Tier {
        /// Which tiers it is for.
        tiers: Vec<TierId>,
    },
    /// None are left.
    OutOfStock,
    /// The customer has had as many as one can have.
    LimitReached {
        /// How many one can have.
        limit: u32,
    },
    /// The customer has too few points.
    InsufficientPoints {
        /// What it costs.
        cost: Points,
        /// What the customer has.
        available: Points,
        /// How many are missing.
        missing: Points,
    },
}

impl RewardMissReason {
    /// The stable word for it, the same as in its JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotStarted { .. } => "not_started",
            Self::Over { .. } => "over",
            Self::Tier { .. } => "tier",
            Self::OutOfStock => "out_of_stock",
            Self::LimitReached { .. } => "limit_reached",
            Self::InsufficientPoints { .. } => "insufficient_points",
        }
    }

    /// The reason in a plain sentence without a full stop.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::NotStarted { valid_from } => format!("Starts on {}", moment(*valid_from)),
            Self::Over { valid_until } => format!("Was over on {}", moment(*valid_until)),
            Self::Tier { .. } => "For customers of another tier".to_owned(),
            Self::OutOfStock => "None are left".to_owned(),
            Self::LimitReached { limit: 1 } => "Only once for each customer".to_owned(),
            Self::LimitReached { limit } => format!("Only {limit} times for each customer"),
            Self::InsufficientPoints { missing, .. } => format!("{} missing", missing.counted()),
        }
    }
}

impl From<RewardMissReason> for RewardMiss {
    fn from(reason: RewardMissReason) -> Self {
        Self { text: reason.text(), reason }
    }
}

/// Whether a customer can have a reward at an instant for so many points.
///
/// `cost` is what [`PointsCost::chosen`](super::PointsCost::chosen) let through, or the least that the reward
/// can cost when nothing was chosen yet. `stock_left` is what is left at that instant, for a pool the number
/// of its free codes; `None` is any number. `zone` is the merchant's.
#[must_use]
pub fn eligibility(
    terms: &RewardTerms,
    cost: Points,
    standing: &Standing,
    stock_left: Option<u64>,
    now: DateTime<Utc>,
    zone: Zone,
) -> Eligibility {
    let mut reasons = Vec::new();
    if let Some(valid_from) = terms.valid_from
        && now < start_instant(valid_from, zone)
    {
        reasons.push(RewardMissReason::NotStarted { valid_from });
    }
    if let Some(valid_until) = terms.valid_until
        && now >= end_instant(valid_until, zone)
    {
        reasons.push(RewardMissReason::Over { valid_until });
    }
    if !terms.tiers.is_empty() && !standing.tier.is_some_and(|tier| terms.tiers.contains(&tier)) {
        reasons.push(RewardMissReason::Tier { tiers: terms.tiers.clone() });
    }
    if stock_left == Some(0) {
        reasons.push(RewardMissReason::OutOfStock);
    }
    if let Some(limit) = terms.limit_per_customer
        && standing.redeemed >= limit
    {
        reasons.push(RewardMissReason::LimitReached { limit });
    }
    if standing.available < cost {
        let available = standing.available;
        // Both are far from the ends of the range; at worst the cost stands for what is missing.
        let missing = cost.checked_sub(available).unwrap_or(cost);
        reasons.push(RewardMissReason::InsufficientPoints { cost, available, missing });
    }
    if reasons.is_empty() {
        return Eligibility::Eligible;
    }
    Eligibility::Missing { reasons: reasons.into_iter().map(RewardMiss::from).collect() }
}
