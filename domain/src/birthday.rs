//! The day on which a customer was born.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::codes::CodeError;

/// The earliest year that anybody who is alive was born in.
const FIRST_YEAR: u16 = 1900;

/// A month and a day, and the year where the customer has told it: `05-17`, or `1990-05-17`.
///
/// The year is nobody's business unless they say it: a gift needs the day only. Whoever was born on 29 February
/// celebrates on 28 February in years that have no such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Birthday {
    month: u8,
    day: u8,
    year: Option<u16>,
}

impl Birthday {
    /// Reads `05-17` or `1990-05-17`.
    ///
    /// # Errors
    /// [`CodeError`] says what is wrong.
    pub fn new(text: &str) -> Result<Self, CodeError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(CodeError::Empty);
        }
        let parts: Vec<&str> = text.split('-').collect();
        let read = match parts.as_slice() {
            [month, day] => Self::of(None, number(month, 2)?, number(day, 2)?),
            [year, month, day] => Self::of(Some(number(year, 4)?), number(month, 2)?, number(day, 2)?),
            _ => None,
        };
        read.ok_or(SHAPE)
    }

    /// From its parts; nothing when there is no such day, or when it lies before 1900.
    #[must_use]
    pub fn of(year: Option<u16>, month: u16, day: u16) -> Option<Self> {
        // Without a year every day is one that some year has.
        let of_year = i32::from(year.unwrap_or(2000));
        NaiveDate::from_ymd_opt(of_year, month.into(), day.into())?;
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        year.is_none_or(|year| year >= FIRST_YEAR).then_some(Self { month, day, year })
    }

    /// From what is stored: the [`key`](Self::key), and the year.
    #[must_use]
    pub fn stored(key: i16, year: Option<i16>) -> Option<Self> {
        let key = u16::try_from(key).ok()?;
        let year = year.map(u16::try_from).transpose().ok()?;
        Self::of(year, key / 100, key % 100)
    }

    /// Month and day as one number, such as 517 for May 17: what is stored and looked up by.
    #[must_use]
    pub fn key(self) -> i16 {
        i16::from(self.month) * 100 + i16::from(self.day)
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The year, where it is known.
    #[must_use]
    pub const fn year(self) -> Option<u16> {
        self.year
    }

    /// Whether it is celebrated on this day.
    #[must_use]
    pub fn is_on(self, date: NaiveDate) -> bool {
        celebrating(date).contains(&self.key())
    }

    /// Whether somebody with this birthday can have been born by a day. It is not known of those who keep their year.
    #[must_use]
    pub fn is_born_by(self, date: NaiveDate) -> bool {
        let born = |year: u16| NaiveDate::from_ymd_opt(year.into(), self.month.into(), self.day.into());
        self.year.and_then(born).is_none_or(|born| born <= date)
    }
}

/// The keys of those who celebrate on a day: its own, and on 28 February of a year without a 29th also that one.
#[must_use]
pub fn celebrating(date: NaiveDate) -> Vec<i16> {
    // At most 1231.
    let key = i16::try_from(date.month() * 100 + date.day()).unwrap_or_default();
    if key == 228 && !date.leap_year() { vec![228, 229] } else { vec![key] }
}

const SHAPE: CodeError =
    CodeError::Shape { expected: "a month and a day such as 05-17, or with the year 1990-05-17" };

fn number(text: &str, digits: usize) -> Result<u16, CodeError> {
    let is_plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().map_err(|_| SHAPE) } else { Err(SHAPE) }
}

impl fmt::Display for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(year) = self.year {
            write!(f, "{year:04}-")?;
        }
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl FromStr for Birthday {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::new(text)
    }
}

impl TryFrom<String> for Birthday {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::new(&text)
    }
}

impl From<Birthday> for String {
    fn from(birthday: Birthday) -> Self {
        birthday.to_string()
    }
}
