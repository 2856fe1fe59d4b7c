//! When points expire, by the policy of their merchant.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::MonthDay;
use crate::calendar::{end_of_date, local_date};
use crate::codes::Zone;
use crate::error::FieldError;

/// The most months that a policy can speak of.
pub const MAX_MONTHS: u16 = 120;

/// The most dates that a policy can have in a year.
pub const MAX_DATES: usize = 20;

/// The last year in which anything expires: what would expire later never does. It keeps every date of expiry
/// below 9999-12-31, by which databases tell a lot that never expires.
pub const LAST_EXPIRY_YEAR: i32 = 9998;

/// When points expire.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExpiryPolicy {
    /// They never do.
    // With braces: of a variant without them, serde would accept unknown fields.
    Never {},
    /// So many months after they could first be spent, on the same day of the month, or on the last one of a
    /// month that has no such day.
    AfterMonths {
        /// How many, 1 to 120.
        months: u16,
        /// Whether they last to the end of that month.
        #[serde(default)]
        month_end: bool,
    },
    /// On fixed days of every year. Points expire on the first of them after the day on which they could first
    /// be spent; so nobody earns points in the evening that are gone at midnight.
    Calendar {
        /// The days, 1 to 20, as `MM-DD`; `02-29` is the last day of February in every year.
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        dates: Vec<MonthDay>,
        /// For how many months points must have been held on such a day to expire, 0 to 120: with 12 and
        /// `12-31`, points of any day of a year expire at the end of the next one.
        #[serde(default)]
        held_months: u16,
    },
    /// All of a customer's points at once, so many months after the last time that the customer earned or spent
    /// any. Returns, expiry and adjustments by staff are no activity.
    Inactivity {
        /// How many, 1 to 120.
        months: u16,
    },
}

impl Default for ExpiryPolicy {
    fn default() -> Self {
        Self::NEVER
    }
}

impl ExpiryPolicy {
    /// Points never expire.
    pub const NEVER: Self = Self::Never {};

    /// The word for its kind in the API and the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Never {} => "never",
            Self::AfterMonths { .. } => "after_months",
            Self::Calendar { .. } => "calendar",
            Self::Inactivity { .. } => "inactivity",
        }
    }

    /// Whether points that a customer has already live on whenever the customer earns or spends some.
    ///
    /// Then [`expires_on`](Self::expires_on) is to be asked with the date of the last activity, and its answer
    /// holds for all lots of the customer.
    #[must_use]
    pub const fn is_sliding(&self) -> bool {
        matches!(self, Self::Inactivity { .. })
    }

    /// The last day on which points can be spent that could first be spent on a day; both are local dates of
    /// the merchant. `None` when they never expire.
    #[must_use]
    pub fn expires_on(&self, from: NaiveDate) -> Option<NaiveDate> {
        let date = match self {
            Self::Never {} => None,
            Self::AfterMonths { months, month_end: false } | Self::Inactivity { months } => {
                months_later(from, *months)
            }
            Self::AfterMonths { months, month_end: true } => {
                months_later(from, *months).and_then(last_of_month)
            }
            Self::Calendar { dates, held_months } => {
                let next_day = from.checked_add_days(Days::new(1))?;
                let earliest = months_later(from, *held_months)?.max(next_day);
                dates.iter().filter_map(|date| date.on_or_after(earliest)).min()
            }
        };
        date.filter(|date| date.year() <= LAST_EXPIRY_YEAR)
    }

    /// What the type alone does not rule out, with pointers below `pointer`.
    pub(crate) fn errors(&self, pointer: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut bounded = |field: &str, months: u16, min: u16| {
            if !(min..=MAX_MONTHS).contains(&months) {
                let detail = format!("Must be between {min} and {MAX_MONTHS}");
                errors.push(FieldError::new(format!("{pointer}/{field}"), "out_of_range", detail));
            }
        };
        match self {
            Self::Never {} => {}
            Self::AfterMonths { months, .. } | Self::Inactivity { months } => bounded("months", *months, 1),
            Self::Calendar { dates, held_months } => {
                bounded("held_months", *held_months, 0);
                let pointer = format!("{pointer}/dates");
                if dates.is_empty() {
                    errors.push(FieldError::new(pointer, "required", "At least one date is required"));
                } else if dates.len() > MAX_DATES {
                    let detail = format!("Must have at most {MAX_DATES} entries");
                    errors.push(FieldError::new(pointer, "too_many", detail));
                }
            }
        }
        errors
    }

    /// In words, for people.
    #[must_use]
    pub fn text(&self) -> String {
        let count = |months: u16| match months {
            1 => "1 month".to_owned(),
            _ => format!("{months} months"),
        };
        match self {
            Self::Never {} => "Points never expire".to_owned(),
            Self::AfterMonths { months, month_end } => {
                let end = if *month_end { ", at the end of the month" } else { "" };
                format!("Points expire after {}{end}", count(*months))
            }
            Self::Calendar { dates, held_months } => {
                let dates: Vec<_> = dates.iter().map(ToString::to_string).collect();
                let held = match held_months {
                    0 => String::new(),
                    months => format!(", once they are {} old", count(*months)),
                };
                format!("Points expire every year on {}{held}", dates.join(", "))
            }
            Self::Inactivity { months } => format!("Points expire after {} without activity", count(*months)),
        }
    }
}

/// The instant at which a date of expiry is over: midnight, when the next local day begins.
#[must_use]
pub fn over_at(expires_on: NaiveDate, zone: Zone) -> DateTime<Utc> {
    end_of_date(expires_on, zone)
}

/// The latest date that is over at an instant: lots of this date and of earlier ones are to be expired.
///
/// A job that runs late, or twice, finds the same lots to expire as one that runs in time, and none before.
#[must_use]
pub fn over_by(now: DateTime<Utc>, zone: Zone) -> NaiveDate {
    local_date(now, zone).pred_opt().unwrap_or(NaiveDate::MIN)
}

fn months_later(date: NaiveDate, months: u16) -> Option<NaiveDate> {
    // Ends on the last day of a month that is too short: 31 January and one month is 28 or 29 February.
    date.checked_add_months(Months::new(months.into()))
}

fn last_of_month(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}
