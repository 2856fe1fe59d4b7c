//! What a promotion does to a line or a purchase.

use serde::{Deserialize, Serialize};

use crate::money::Currency;
use crate::points::{Points, Rate};

/// What a promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Points per major unit of what is paid for a line; the rates of a line add.
    AwardRate(Rate),
    /// Times what the rates of a line give; the multipliers of a line multiply.
    Multiplier(Rate),
    /// Points once for a purchase, multiplied by nothing.
    FlatPoints(Points),
}

impl Effect {
    /// For people: `10 points per $1`, `2× points`, `500 points`.
    #[must_use]
    pub fn text(&self, currency: Currency) -> String {
        match self {
            Self::AwardRate(rate) if *rate == Rate::ONE => format!("1 point per {}", currency.one()),
            Self::AwardRate(rate) => format!("{rate} points per {}", currency.one()),
            Self::Multiplier(factor) => format!("{factor}× points"),
            Self::FlatPoints(points) => points.counted(),
        }
    }

    /// Whether it is counted per line, as opposed to once a purchase.
    #[must_use]
    pub const fn is_per_line(&self) -> bool {
        !matches!(self, Self::FlatPoints(_))
    }
}
