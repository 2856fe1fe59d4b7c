//! Who is told that points are about to expire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;
use crate::codes::Zone;

/// A warning that points expire soon. The later one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// From 30 days before.
    Month,
    /// From 7 days before.
    Week,
    /// From the day before.
    Day,
}

impl Warning {
    /// All of them, the first first.
    pub const ALL: [Self; 3] = [Self::Month, Self::Week, Self::Day];

    /// How many days before the date of expiry it is due.
    #[must_use]
    pub const fn days(self) -> u16 {
        match self {
            Self::Month => 30,
            Self::Week => 7,
            Self::Day => 1,
        }
    }

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
        }
    }
}

impl std::str::FromStr for Warning {
    type Err = UnknownWarning;

    fn from_str(text: &str) -> Result<Self, UnknownWarning> {
        Self::ALL.into_iter().find(|warning| warning.as_str() == text).ok_or(UnknownWarning)
    }
}

/// The text names no warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of month, week, day")]
pub struct UnknownWarning;

/// The warning that is due at an instant for points of a date of expiry, when `sent` is the latest one that was
/// given for this date.
///
/// A warning is due from the beginning of the local day that is its days before the date, until the date is
/// over. Each is given once: after the answer has been written down as `sent`, there is none until the next
/// one's day. Where several are due, because a job runs late or points expire soon after they were earned, only
/// the latest is given: nobody gets three letters about the same points at once.
#[must_use]
pub fn warning_due(
    expires_on: NaiveDate,
    sent: Option<Warning>,
    now: DateTime<Utc>,
    zone: Zone,
) -> Option<Warning> {
    let days_left = expires_on.signed_duration_since(local_date(now, zone)).num_days();
    if days_left < 0 {
        return None;
    }
    let due = Warning::ALL.into_iter().rev().find(|warning| days_left <= warning.days().into())?;
    (sent < Some(due)).then_some(due)
}
