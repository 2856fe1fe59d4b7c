//! Remainders: what is left of a worth in points when whole points were given.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is left of a worth in points when whole points were given, in whole billionths of a point.
///
/// Above zero it is still to be given. Below zero it was given ahead, by rounding up, or the purchase that it came from
/// has gone back: what is earned next makes up for it first. Written as a decimal string: `"0.4"`, `"-0.25"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Remainder(i64);

/// The text is not a remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemainderError {
    /// Something else than digits with at most one point between them, and perhaps a minus before them.
    #[error("must be a decimal number such as 0.25")]
    Malformed,
    /// More than nine places.
    #[error("must have at most nine decimal places")]
    TooPrecise,
    /// More than can be kept.
    #[error("must be between -9223372036 and 9223372036")]
    TooLarge,
}

impl Remainder {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// How many billionths are one point.
    pub const SCALE: u64 = 1_000_000_000;

    /// So many billionths of a point.
    #[must_use]
    pub const fn from_billionths(billionths: i64) -> Self {
        Self(billionths)
    }

    /// So many billionths, or the nearest remainder that there is: for parts of what was a remainder before.
    #[must_use]
    pub fn saturating(billionths: i128) -> Self {
        let bound = if billionths < 0 { i64::MIN } else { i64::MAX };
        Self(i64::try_from(billionths).unwrap_or(bound))
    }

    /// The number of billionths.
    #[must_use]
    pub const fn billionths(self) -> i64 {
        self.0
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond what can be kept.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` beyond what can be kept.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Without its sign, for people: `0.25`.
    #[must_use]
    pub fn magnitude(self) -> String {
        let billionths = self.0.unsigned_abs();
        let (whole, places) = (billionths / Self::SCALE, billionths % Self::SCALE);
        if places == 0 {
            return whole.to_string();
        }
        let places = format!("{places:09}");
        format!("{whole}.{}", places.trim_end_matches('0'))
    }
}

impl FromStr for Remainder {
    type Err = RemainderError;

    fn from_str(text: &str) -> Result<Self, RemainderError> {
        let (sign, number) = text.strip_prefix('-').map_or((1_i128, text), |number| (-1, number));
        let (whole, places) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(places) {
            return Err(RemainderError::Malformed);
        }
        let places = places.trim_end_matches('0');
        if places.len() > 9 {
            return Err(RemainderError::TooPrecise);
        }
        // Digits only, so that the one way in which these parses can fail is size.
        let whole: i128 = whole.parse().map_err(|_| RemainderError::TooLarge)?;
        let billionths: i128 = format!("{places:0<9}").parse().map_err(|_| RemainderError::TooPrecise)?;
        whole
            .checked_mul(i128::from(Self::SCALE))
            .and_then(|scaled| scaled.checked_add(billionths))
            .and_then(|magnitude| i64::try_from(sign * magnitude).ok())
            .map(Self)
            .ok_or(RemainderError::TooLarge)
    }
}

impl TryFrom<String> for Remainder {
    type Error = RemainderError;

    fn try_from(text: String) -> Result<Self, RemainderError> {
        text.parse()
    }
}

impl From<Remainder> for String {
    fn from(remainder: Remainder) -> String {
        remainder.to_string()
    }
}

impl fmt::Display for Remainder {
    /// Without trailing zeros: `0.4`, `-0.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", self.magnitude())
    }
}

impl fmt::Debug for Remainder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remainder({self})")
    }
}
