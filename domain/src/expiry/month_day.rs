//! A day of every year.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A day of every year, written `MM-DD`: `12-31`. `02-29` is the last day of February in every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: u8,
    day: u8,
}

/// The text is not a day of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a month and a day such as 12-31")]
pub struct MonthDayError;

/// Any leap year: it has every day that a year can have.
const LEAP_YEAR: i32 = 2000;

impl MonthDay {
    /// Takes a month from 1 and a day from 1.
    pub fn new(month: u8, day: u8) -> Result<Self, MonthDayError> {
        match NaiveDate::from_ymd_opt(LEAP_YEAR, month.into(), day.into()) {
            Some(_) => Ok(Self { month, day }),
            None => Err(MonthDayError),
        }
    }

    /// The date in a year; 28 February for `02-29` in a year without it. `None` at the ends of time.
    #[must_use]
    pub fn in_year(self, year: i32) -> Option<NaiveDate> {
        let (month, day) = (u32::from(self.month), u32::from(self.day));
        NaiveDate::from_ymd_opt(year, month, day).or_else(|| NaiveDate::from_ymd_opt(year, month, day - 1))
    }

    /// The first date of this day that is not before another date.
    #[must_use]
    pub fn on_or_after(self, date: NaiveDate) -> Option<NaiveDate> {
        let this_year = self.in_year(date.year()).filter(|found| *found >= date);
        this_year.or_else(|| self.in_year(date.year() + 1))
    }
}

impl FromStr for MonthDay {
    type Err = MonthDayError;

    fn from_str(text: &str) -> Result<Self, MonthDayError> {
        let (month, day) = text.trim().split_once('-').ok_or(MonthDayError)?;
        let number = |part: &str| match part.as_bytes() {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Ok((tens - b'0') * 10 + (ones - b'0')),
            _ => Err(MonthDayError),
        };
        Self::new(number(month)?, number(day)?)
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl TryFrom<String> for MonthDay {
    type Error = MonthDayError;

    fn try_from(text: String) -> Result<Self, MonthDayError> {
        text.parse()
    }
}

impl From<MonthDay> for String {
    fn from(day: MonthDay) -> String {
        day.to_string()
    }
}
