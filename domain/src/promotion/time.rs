//! The hours and weekdays of a promotion, as its retailer's clocks and calendar show them.

use std::fmt;

use chrono::{NaiveDateTime, NaiveTime, Timelike, Weekday};

use crate::written;

/// A set of weekdays; all of them when none is named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

/// The days in the order of a week, with their words in the API and for people.
const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Mon, "mon", "Monday"),
    (Weekday::Tue, "tue", "Tuesday"),
    (Weekday::Wed, "wed", "Wednesday"),
    (Weekday::Thu, "thu", "Thursday"),
    (Weekday::Fri, "fri", "Friday"),
    (Weekday::Sat, "sat", "Saturday"),
    (Weekday::Sun, "sun", "Sunday"),
];

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(0);

    /// The same set with one more day.
    #[must_use]
    pub const fn with(self, day: Weekday) -> Self {
        Self(self.0 | 1 << day.num_days_from_monday())
    }

    /// Reads one day as the API writes it: `mon`.
    #[must_use]
    pub fn parse_day(text: &str) -> Option<Weekday> {
        DAYS.iter().find(|(_, word, _)| *word == text).map(|(day, _, _)| *day)
    }

    /// Whether no day is named, so that all of them are meant.
    #[must_use]
    pub const fn is_every_day(self) -> bool {
        self.0 == 0
    }

    /// Whether the day is meant.
    #[must_use]
    pub const fn contains(self, day: Weekday) -> bool {
        self.is_every_day() || self.0 & (1 << day.num_days_from_monday()) != 0
    }

    /// The words of the days that are named, in the order of a week: `mon`.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        DAYS.iter()
            .filter(move |(day, _, _)| !self.is_every_day() && self.contains(*day))
            .map(|(_, word, _)| *word)
    }

    /// The names of the days that are named, in the order of a week: `Monday`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        DAYS.iter()
            .filter(move |(day, _, _)| !self.is_every_day() && self.contains(*day))
            .map(|(_, _, name)| *name)
    }
}

impl fmt::Debug for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words()).finish()
    }
}

/// A span of a clock's face, from inclusive to exclusive. It crosses midnight when `from` is after `to`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hours {
    from: NaiveTime,
    to: NaiveTime,
}

impl Hours {
    /// A span; `None` when both ends are the same, which could mean no time or all day.
    #[must_use]
    pub fn new(from: NaiveTime, to: NaiveTime) -> Option<Self> {
        (from != to).then_some(Self { from, to })
    }

    /// When it begins.
    #[must_use]
    pub const fn from(self) -> NaiveTime {
        self.from
    }

    /// When it is over.
    #[must_use]
    pub const fn to(self) -> NaiveTime {
        self.to
    }

    /// Whether a clock that shows `time` is inside.
    #[must_use]
    pub fn contains(self, time: NaiveTime) -> bool {
        if self.crosses_midnight() {
            time >= self.from || time < self.to
        } else {
            time >= self.from && time < self.to
        }
    }

    /// Whether a clock that shows `time` is inside a span that began on the day before.
    #[must_use]
    pub fn began_yesterday(self, time: NaiveTime) -> bool {
        self.crosses_midnight() && time < self.to
    }

    fn crosses_midnight(self) -> bool {
        self.from > self.to
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", written::time(self.from), written::time(self.to))
    }
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hours({self})")
    }
}

/// Reads the time of a clock as the API writes it: `17:00`.
#[must_use]
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    // chrono alone would accept `7:5` too, and then the text would not come back as it was.
    (text.len() == 5).then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten()
}

/// Reads a local date and time as the API and browsers write it: `2026-11-21T17:00`, seconds optional.
#[must_use]
pub fn parse_local(text: &str) -> Option<NaiveDateTime> {
    match text.len() {
        16 => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok(),
        19 => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok(),
        _ => None,
    }
    // `:60` reads as a leap second, which no clock of a shop shows.
    .filter(|local| local.nanosecond() < 1_000_000_000)
}

/// Writes a local date and time as the API and browsers write it: `2026-11-21T17:00:00`.
#[must_use]
pub fn format_local(local: NaiveDateTime) -> String {
    local.format("%Y-%m-%dT%H:%M:%S").to_string()
}
