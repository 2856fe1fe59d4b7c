//! Rates: exact decimals, kept as whole millionths.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An exact decimal from 0 to 1,000,000 with at most six places, written as a string: `"2.5"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(u64);

/// The text is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// Something else than digits with at most one point between them.
    #[error("must be a decimal number such as 2.5")]
    Malformed,
    /// More than six places; cutting them off would change what customers earn.
    #[error("must have at most six decimal places")]
    TooPrecise,
    /// Above the bound, which is there to catch slips and to keep the arithmetic exact.
    #[error("must be at most 1000000")]
    TooLarge,
}

impl Rate {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(Self::SCALE);
    /// The largest rate.
    pub const MAX: Self = Self(1_000_000 * Self::SCALE);
    /// How many millionths are one.
    pub const SCALE: u64 = 1_000_000;

    /// Takes a whole number.
    pub const fn whole(number: u32) -> Result<Self, RateError> {
        match (number as u64).checked_mul(Self::SCALE) {
            Some(millionths) if millionths <= Self::MAX.0 => Ok(Self(millionths)),
            _ => Err(RateError::TooLarge),
        }
    }

    /// The number of millionths.
    #[must_use]
    pub const fn millionths(self) -> u64 {
        self.0
    }

    /// Whether this is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(places) {
            return Err(RateError::Malformed);
        }
        let places = places.trim_end_matches('0');
        if places.len() > 6 {
            return Err(RateError::TooPrecise);
        }
        // Digits only, so that the one way in which these parses can fail is size.
        let whole: u64 = whole.parse().map_err(|_| RateError::TooLarge)?;
        let millionths: u64 = format!("{places:0<6}").parse().map_err(|_| RateError::TooPrecise)?;
        whole
            .checked_mul(Self::SCALE)
            .and_then(|scaled| scaled.checked_add(millionths))
            .filter(|rate| *rate <= Self::MAX.0)
            .map(Self)
            .ok_or(RateError::TooLarge)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> String {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    /// Without trailing zeros: `2.5`, `100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, places) = (self.0 / Self::SCALE, self.0 % Self::SCALE);
        if places == 0 {
            return write!(f, "{whole}");
        }
        let places = format!("{places:06}");
        write!(f, "{whole}.{}", places.trim_end_matches('0'))
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rate({self})")
    }
}
