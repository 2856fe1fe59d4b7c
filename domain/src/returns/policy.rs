//! Where points go that a return takes back and that may be spent already.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::points::Points;

/// What happens when points or cashback are taken back that the customer has spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReturnPolicy {
    /// They are owed: what is earned next repays them.
    #[default]
    AllowNegative,
    /// They are the merchant's loss: the balance stops at zero.
    FloorZero,
    /// Points wait as long as goods can be returned, so that there is seldom anything to owe; what is returned
    /// later is owed.
    PendingUntilReturnWindow,
}

impl ReturnPolicy {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::AllowNegative, Self::FloorZero, Self::PendingUntilReturnWindow];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowNegative => "allow_negative",
            Self::FloorZero => "floor_zero",
            Self::PendingUntilReturnWindow => "pending_until_return_window",
        }
    }

    /// Whether the customer owes what was spent already, cashback as well as points; else the merchant bears it.
    #[must_use]
    pub const fn owes(self) -> bool {
        match self {
            Self::AllowNegative | Self::PendingUntilReturnWindow => true,
            Self::FloorZero => false,
        }
    }

    /// Splits what is to be taken back: what still waits goes first, then what can be spent, and what is
    /// missing is owed or absorbed.
    ///
    /// `pending` is what still waits of the points of the very purchase that is returned: those of another
    /// are not touched. `available` is what the customer can spend; nothing, when it is negative because
    /// something is owed already.
    #[must_use]
    pub fn split(self, reversed: Points, pending: Points, available: Points) -> ReversalSplit {
        let reversed = reversed.max(Points::ZERO);
        let from_pending = reversed.min(pending.max(Points::ZERO));
        let rest = minus(reversed, from_pending);
        let from_available = rest.min(available.max(Points::ZERO));
        let missing = minus(rest, from_available);
        let (debt, absorbed) = if self.owes() { (missing, Points::ZERO) } else { (Points::ZERO, missing) };
        ReversalSplit { pending: from_pending, available: from_available, debt, absorbed }
    }
}

/// The difference of two numbers of which the second is at most the first, and neither is negative.
fn minus(all: Points, part: Points) -> Points {
    Points::new(all.get().saturating_sub(part.get()))
}

/// Where points that are taken back come from; together they are what is taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReversalSplit {
    /// From points of the purchase that wait: they never become spendable.
    pub pending: Points,
    /// From points that could be spent.
    pub available: Points,
    /// Owed by the customer: future earnings repay it.
    pub debt: Points,
    /// Absorbed by the merchant.
    pub absorbed: Points,
}

impl FromStr for ReturnPolicy {
    type Err = UnknownReturnPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownReturnPolicy> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text).ok_or(UnknownReturnPolicy)
    }
}

/// The text names no policy for returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of allow_negative, floor_zero, pending_until_return_window")]
pub struct UnknownReturnPolicy;
