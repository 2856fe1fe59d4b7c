//! Money: whole minor units of one currency, never a floating-point number.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::currency::{Currency, UnknownCurrency};

/// The largest integer that every JSON implementation reads exactly: 2^53 − 1.
pub const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// The number is negative or above 2^53 − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of minor units between 0 and {MAX_SAFE_INTEGER}")]
pub struct AmountOutOfRange;

/// An amount of money in minor units (cents), from 0 to 2^53 − 1. The currency is known from the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(MAX_SAFE_INTEGER);

    /// Takes a number of minor units.
    pub const fn new(minor_units: i64) -> Result<Self, AmountOutOfRange> {
        if minor_units < 0 || minor_units > MAX_SAFE_INTEGER {
            return Err(AmountOutOfRange);
        }
        Ok(Self(minor_units))
    }

    /// So many minor units, or the largest amount where that is more: for parts of what was an amount before.
    #[must_use]
    pub fn saturating(minor_units: u64) -> Self {
        i64::try_from(minor_units).ok().and_then(|units| Self::new(units).ok()).unwrap_or(Self::MAX)
    }

    /// The number of minor units.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The same, as a number that has no sign: for sums and shares.
    #[must_use]
    pub const fn unsigned(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` above the largest amount.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// The difference, or `None` when `other` is larger.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(|difference| Self::new(difference).ok())
    }

    /// The amount `quantity` times, or `None` above the largest amount.
    #[must_use]
    pub fn checked_mul(self, quantity: u64) -> Option<Self> {
        let quantity = i64::try_from(quantity).ok()?;
        self.0.checked_mul(quantity).and_then(|product| Self::new(product).ok())
    }

    /// The sum of many, or `None` above the largest amount.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

impl TryFrom<i64> for Amount {
    type Error = AmountOutOfRange;

    fn try_from(minor_units: i64) -> Result<Self, AmountOutOfRange> {
        Self::new(minor_units)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> i64 {
        amount.0
    }
}

impl fmt::Display for Amount {
    /// The bare number of minor units; people read [`format_amount`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Writes an amount for people: `$1,234.50`, `¥500`, `KWD 1.234`.
#[must_use]
pub fn format_amount(amount: Amount, currency: Currency) -> String {
    let scale = 10_i64.pow(currency.minor_digits());
    let (major, minor) = (amount.0 / scale, amount.0 % scale);
    let mut text = currency.prefix();
    text.push_str(&group_digits(major));
    let digits = currency.minor_digits() as usize;
    if digits > 0 {
        text.push_str(&format!(".{minor:0digits$}"));
    }
    text
}

/// Writes a whole number with a comma between thousands: `12,345`.
#[must_use]
pub fn group_digits(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
