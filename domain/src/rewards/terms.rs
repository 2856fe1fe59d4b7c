//! The terms of a reward after their checks.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::RewardInput;
use crate::codes::{Description, Label, Sku};
use crate::ids::TierId;
use crate::money::Amount;
use crate::points::{Points, Rate};

/// What a reward gives, for how many points, to whom and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RewardInput", into = "RewardInput")]
pub struct RewardTerms {
    /// What people call it.
    pub name: Label,
    /// What it is, in a few sentences.
    pub description: Option<Description>,
    /// What it gives.
    pub kind: RewardKind,
    /// What it costs.
    pub cost: PointsCost,
    /// How many are left; any number when absent, and for a pool, which has as many as it has codes.
    pub stock: Option<u64>,
    /// How many one customer can have, ever.
    pub limit_per_customer: Option<u32>,
    /// The tiers whose customers can have it; everybody when empty.
    pub tiers: Vec<TierId>,
    /// The local date and time of the merchant from which it can be had.
    pub valid_from: Option<NaiveDateTime>,
    /// The local date and time of the merchant until which it can be had; after `valid_from`.
    pub valid_until: Option<NaiveDateTime>,
    /// For how many days its voucher can be used, to the end of the merchant's local day; for ever when absent.
    pub valid_days: Option<u16>,
}

/// What a reward gives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RewardKind {
    /// So much off a purchase, above zero. With a variable cost it is worth that once for each step.
    MoneyOff(Amount),
    /// A part of a purchase, above 0 and up to 1.
    Percent(Rate),
    /// One unit of a product.
    FreeProduct(Sku),
    /// A code that the merchant uploaded, good for something that only the merchant knows.
    VoucherPool,
    /// Something that is prepared, sent or handed over by people.
    External,
}

impl RewardKind {
    /// The words of all kinds in the API and the database, in the order in which a form offers them.
    pub const WORDS: [&'static str; 5] = ["money_off", "percent", "free_product", "voucher_pool", "external"];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::MoneyOff(_) => "money_off",
            Self::Percent(_) => "percent",
            Self::FreeProduct(_) => "free_product",
            Self::VoucherPool => "voucher_pool",
            Self::External => "external",
        }
    }

    /// Whether somebody must prepare or send something, so that its redemption has steps of fulfilment.
    #[must_use]
    pub const fn is_fulfilled_by_people(&self) -> bool {
        matches!(self, Self::External)
    }
}

/// What a reward costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PointsCost {
    /// The same for everybody, above zero.
    Fixed(Points),
    /// As many points as the customer chooses.
    Variable(VariableCost),
}

/// As many points as the customer chooses, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariableCost {
    step: Points,
    min: Points,
    max: Option<Points>,
}

impl VariableCost {
    /// A choice of at least `min` and at most `max` points in multiples of `step`. `None` unless the step is
    /// above zero, the bounds are multiples of it, and `step` ≤ `min` ≤ `max`.
    #[must_use]
    pub fn new(step: Points, min: Points, max: Option<Points>) -> Option<Self> {
        let fits = |points: Points| points.get().checked_rem(step.get()) == Some(0);
        let ok = step > Points::ZERO
            && min >= step
            && fits(min)
            && max.is_none_or(|max| max >= min && fits(max))
            && max.unwrap_or(min) <= Points::MAX;
        ok.then_some(Self { step, min, max })
    }

    /// The step.
    #[must_use]
    pub const fn step(self) -> Points {
        self.step
    }

    /// The least that can be chosen.
    #[must_use]
    pub const fn min(self) -> Points {
        self.min
    }

    /// The most that can be chosen.
    #[must_use]
    pub const fn max(self) -> Option<Points> {
        self.max
    }
}

/// Why a number of points cannot be chosen for a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// The reward leaves the choice to the customer, and none was made.
    #[error("this reward needs a number of points")]
    Required,
    /// The reward costs another number of points, and leaves no choice.
    #[error("this reward costs {}", .cost.counted())]
    Fixed {
        /// What it costs.
        cost: Points,
    },
    /// Not among the numbers that can be chosen.
    #[error("must be a multiple of {step} from {min}{}", upper(.max))]
    NotAChoice {
        /// The step.
        step: Points,
        /// The least.
        min: Points,
        /// The most.
        max: Option<Points>,
    },
    /// The steps together are worth more than the largest amount.
    #[error("is worth more money than can be counted")]
    TooMuch,
}

fn upper(max: &Option<Points>) -> String {
    max.map(|max| format!(" to {max}")).unwrap_or_default()
}

impl PointsCost {
    /// The least that it can cost.
    #[must_use]
    pub const fn least(self) -> Points {
        match self {
            Self::Fixed(points) => points,
            Self::Variable(cost) => cost.min,
        }
    }

    /// What it costs when the customer chose so many points, or chose none.
    pub fn chosen(self, points: Option<Points>) -> Result<Points, CostError> {
        match (self, points) {
            (Self::Fixed(cost), None) => Ok(cost),
            (Self::Fixed(cost), Some(points)) if points == cost => Ok(cost),
            (Self::Fixed(cost), Some(_)) => Err(CostError::Fixed { cost }),
            (Self::Variable(_), None) => Err(CostError::Required),
            (Self::Variable(VariableCost { step, min, max }), Some(points)) => {
                let fits = points.get().checked_rem(step.get()) == Some(0);
                if fits && points >= min && max.is_none_or(|max| points <= max) && points <= Points::MAX {
                    Ok(points)
                } else {
                    Err(CostError::NotAChoice { step, min, max })
                }
            }
        }
    }
}

impl RewardTerms {
    /// What the voucher does for a customer who pays so many points, which [`PointsCost::chosen`] has let through.
    ///
    /// It is the kind itself, except that money off at a variable cost is worth its value once for each step.
    pub fn bought_with(&self, points: Points) -> Result<RewardKind, CostError> {
        let (RewardKind::MoneyOff(value), PointsCost::Variable(cost)) = (&self.kind, self.cost) else {
            return Ok(self.kind.clone());
        };
        let steps = points.get().checked_div(cost.step.get()).and_then(|steps| u64::try_from(steps).ok());
        let worth = steps.and_then(|steps| value.checked_mul(steps)).ok_or(CostError::TooMuch)?;
        Ok(RewardKind::MoneyOff(worth))
    }
}
