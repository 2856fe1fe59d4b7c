//! Points: integers, and the one place where a fraction becomes one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::{MAX_SAFE_INTEGER, group_digits};
pub use crate::rate::{Rate, RateError};
pub use crate::remainder::{Remainder, RemainderError};

/// A number of points. Negative only where points are taken away, or owed after a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(i64);

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);
    /// The most that anything can be worth: 2^53 − 1, which every JSON reader reads exactly.
    pub const MAX: Self = Self(MAX_SAFE_INTEGER);

    /// Wraps a number of points.
    #[must_use]
    pub const fn new(points: i64) -> Self {
        Self(points)
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether these are none.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond ± [`Points::MAX`].
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .filter(|sum| sum.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs())
            .map(Self)
    }

    /// The difference, or `None` beyond ± [`Points::MAX`].
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0
            .checked_sub(other.0)
            .filter(|difference| difference.unsigned_abs() <= MAX_SAFE_INTEGER.unsigned_abs())
            .map(Self)
    }

    /// The sum of many, or `None` beyond ± [`Points::MAX`].
    pub fn checked_sum(points: impl IntoIterator<Item = Self>) -> Option<Self> {
        points.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// With a comma between thousands, for people: `1,240`.
    #[must_use]
    pub fn grouped(self) -> String {
        group_digits(self.0)
    }

    /// With its noun, for people: `1 point`, `1,240 points`.
    #[must_use]
    pub fn counted(self) -> String {
        match self.0 {
            1 => "1 point".to_owned(),
            _ => format!("{} points", self.grouped()),
        }
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the exact worth of a line becomes whole points. Applied once a line, never in between; where remainders are
/// carried over, once a line for each promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Down: 9.99 is 9.
    #[default]
    Floor,
    /// To the nearest, a half up: 9.5 is 10.
    HalfUp,
    /// To the nearest, a half to the even neighbour: 8.5 is 8 and 9.5 is 10.
    HalfEven,
    /// Up: 9.01 is 10.
    Ceil,
}

impl Rounding {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::Floor, Self::HalfUp, Self::HalfEven, Self::Ceil];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::HalfUp => "half_up",
            Self::HalfEven => "half_even",
            Self::Ceil => "ceil",
        }
    }

    /// What it does, for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Floor => "rounded down",
            Self::HalfUp => "rounded to the nearest, a half up",
            Self::HalfEven => "rounded to the nearest, a half to even",
            Self::Ceil => "rounded up",
        }
    }

    /// Divides and rounds; `None` when `denominator` is zero.
    #[must_use]
    pub fn divide(self, numerator: u128, denominator: u128) -> Option<u128> {
        let whole = numerator.checked_div(denominator)?;
        let remainder = numerator.checked_rem(denominator)?;
        // Compares twice the remainder with the denominator without doubling, which could overflow.
        let against_half = remainder.cmp(&(denominator - remainder));
        let up = match self {
            Self::Floor => false,
            Self::HalfUp => against_half.is_ge(),
            Self::HalfEven => against_half.is_gt() || (against_half.is_eq() && whole % 2 == 1),
            Self::Ceil => remainder > 0,
        };
        whole.checked_add(u128::from(up))
    }
}

impl std::str::FromStr for Rounding {
    type Err = UnknownRounding;

    fn from_str(text: &str) -> Result<Self, UnknownRounding> {
        Self::ALL.into_iter().find(|rounding| rounding.as_str() == text).ok_or(UnknownRounding)
    }
}

/// The text names no way of rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of floor, half_up, half_even, ceil")]
pub struct UnknownRounding;
