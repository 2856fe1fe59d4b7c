//! What points are worth when they pay.

use crate::money::Amount;
use crate::points::Points;
use crate::settings::PointValue;

/// Points that pay a part of a purchase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PointsTender {
    /// The points that are spent: the fewest that are worth the amount.
    pub points: Points,
    /// What they pay.
    pub amount: Amount,
}

/// Why points cannot pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointsTenderError {
    /// The merchant has not said what points are worth.
    #[error("the merchant takes no points as payment")]
    NoPointValue,
    /// So few points are worth less than one minor unit.
    #[error("so few points pay nothing; at least {least} are needed")]
    TooFew {
        /// The fewest that pay anything.
        least: Points,
    },
    /// The points are worth more than the largest amount.
    #[error("so many points are worth more money than can be counted")]
    TooMany,
}

impl PointsTender {
    /// What so many points pay: their worth by the merchant's `point_value`, rounded down to a minor unit.
    ///
    /// Points are never spent for nothing: when fewer of them are worth as much, only those are spent. Of 10
    /// points at 3 points to the cent, 9 are spent for 3 cents.
    pub fn new(points: Points, value: Option<PointValue>) -> Result<Self, PointsTenderError> {
        if points <= Points::ZERO {
            return Ok(Self::default());
        }
        let value = value.ok_or(PointsTenderError::NoPointValue)?;
        let [given, unit, worth] = [points.get(), value.points.get(), value.amount.get()]
            .map(|number| u128::from(number.unsigned_abs()));
        // Settings refuse a value of zero points or of no money; were there one, points would pay nothing.
        if unit == 0 || worth == 0 {
            return Err(PointsTenderError::NoPointValue);
        }
        let minor_units = given * worth / unit;
        let fewest = |minor_units: u128| -> Result<Points, PointsTenderError> {
            let points = (minor_units * unit).div_ceil(worth);
            i64::try_from(points).map(Points::new).map_err(|_| PointsTenderError::TooMany)
        };
        if minor_units == 0 {
            return Err(PointsTenderError::TooFew { least: fewest(1)? });
        }
        let amount = i64::try_from(minor_units)
            .ok()
            .and_then(|minor_units| Amount::new(minor_units).ok())
            .ok_or(PointsTenderError::TooMany)?;
        Ok(Self { points: fewest(minor_units)?, amount })
    }
}
