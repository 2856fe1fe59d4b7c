//! How much a promotion gives at most: to one customer, and to all of them together.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::business_date;
use crate::codes::Zone;
use crate::points::Points;

/// The most that a promotion gives to one customer in some time.
///
/// What the customer had while the promotion had no such limit, or one for another kind of time, does not
/// count: whoever changes a limit from a day to a month begins a new count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CustomerLimit {
    /// The most, above zero.
    pub points: Points,
    /// In which time.
    pub per: LimitPeriod,
}

impl CustomerLimit {
    /// What is left of it for somebody who has had so much; never negative.
    #[must_use]
    pub fn left(self, used: Points) -> Points {
        self.points.checked_sub(used).map_or(Points::ZERO, |left| left.min(self.points).max(Points::ZERO))
    }
}

/// The time in which a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitPeriod {
    /// A calendar day.
    Day,
    /// A calendar month.
    Month,
    /// All the time there is.
    Ever,
}

impl LimitPeriod {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Month, Self::Ever];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Ever => "ever",
        }
    }

    /// The first day of the period that an instant belongs to, by the merchant's zone; none of `ever`, which
    /// has no first day. Two instants count together exactly when this is the same.
    ///
    /// The instant is the purchase's `occurred_at`, so that a till that was offline over night counts for the
    /// day of the sale; for a claim it is the instant of the claim.
    #[must_use]
    pub fn begins_on(self, instant: DateTime<Utc>, merchant_zone: Zone) -> Option<NaiveDate> {
        // Days of the merchant begin at midnight, also where a fold shows the hour before it twice.
        let date = business_date(instant, merchant_zone, NaiveTime::MIN);
        match self {
            Self::Day => Some(date),
            // Every month has a first day.
            Self::Month => Some(date.with_day(1).unwrap_or(date)),
            Self::Ever => None,
        }
    }

    /// For people, after a number of points: ` a day`, ` a month`, and nothing for ever.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Day => " a day",
            Self::Month => " a month",
            Self::Ever => "",
        }
    }
}

/// The most that a promotion gives to all customers together, over all of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    /// The most, above zero.
    pub points: Points,
    /// What happens to the purchase that does not fit any more.
    pub when_exhausted: WhenExhausted,
}

impl Budget {
    /// What of so many points still fits what is left.
    #[must_use]
    pub fn grants(self, points: Points, left: Points) -> Points {
        match self.when_exhausted {
            _ if points <= left => points,
            WhenExhausted::Stop => Points::ZERO,
            WhenExhausted::Partial => left.max(Points::ZERO),
        }
    }
}

/// What happens to a purchase that would give more than what is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhenExhausted {
    /// It earns nothing from the promotion. A smaller one may still fit.
    #[default]
    Stop,
    /// It gets the rest.
    Partial,
}

impl WhenExhausted {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::Stop, Self::Partial];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Partial => "partial",
        }
    }
}
