//! What takes away a part of what a promotion would give.

use serde::{Deserialize, Serialize};

use crate::points::Points;
use crate::promotion::{LimitPeriod, WhenExhausted};

/// One thing that took away a part of what a promotion would have given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cut {
    /// The thing, for programs.
    #[serde(flatten)]
    pub reason: CutReason,
    /// The thing, for people: a plain sentence without a full stop.
    pub text: String,
}

impl From<CutReason> for Cut {
    fn from(reason: CutReason) -> Self {
        Self { text: reason.text(), reason }
    }
}

/// What took away a part of what a promotion would have given, and how many points that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CutReason {
    /// Its cap per purchase.
    PurchaseCap {
        /// The cap.
        cap: Points,
        /// What it took away.
        points: Points,
    },
    /// Its limit per customer.
    CustomerLimit {
        /// The limit.
        limit: Points,
        /// The time in which it counts.
        per: LimitPeriod,
        /// What the customer had had in that time.
        used: Points,
        /// What was left.
        left: Points,
        /// What it took away.
        points: Points,
    },
    /// Its budget.
    Budget {
        /// The budget.
        budget: Points,
        /// What a purchase gets that does not fit.
        when_exhausted: WhenExhausted,
        /// What was left.
        left: Points,
        /// What it took away.
        points: Points,
    },
}

impl CutReason {
    /// The reason in a plain sentence without a full stop.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::PurchaseCap { cap, points } => {
                format!("At most {} a purchase: {} less", cap.counted(), points.grouped())
            }
            Self::CustomerLimit { limit, per, used, left, points } => format!(
                "At most {}{} for a customer, {} of them used and {} left: {} less",
                limit.counted(),
                per.text(),
                used.grouped(),
                left.grouped(),
                points.grouped(),
            ),
            Self::Budget { budget, when_exhausted: WhenExhausted::Partial, left, points } => format!(
                "{} left of a budget of {}: {} less",
                left.grouped(),
                budget.counted(),
                points.grouped(),
            ),
            Self::Budget { budget, when_exhausted: WhenExhausted::Stop, left, points } => format!(
                "{} left of a budget of {}, which this purchase does not fit: {} less",
                left.grouped(),
                budget.counted(),
                points.grouped(),
            ),
        }
    }
}
