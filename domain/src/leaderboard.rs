//! Leaderboards: their periods, and how customers are called in front of others.

use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// What the points of a leaderboard were earned in, by the merchant's local days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeaderboardPeriod {
    /// The running week, from Monday (ISO 8601).
    Week,
    /// The running month.
    Month,
    /// Since the beginning.
    Ever,
}

/// The text names no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of week, month, ever")]
pub struct UnknownPeriod;

impl LeaderboardPeriod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Week, Self::Month, Self::Ever];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Ever => "ever",
        }
    }

    /// The first day of the period that a day lies in; none where it has none.
    #[must_use]
    pub fn starts_on(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
            Self::Month => day.with_day(1),
            Self::Ever => None,
        }
    }

    /// The last day of the period that a day lies in; none where it has none.
    #[must_use]
    pub fn ends_on(self, day: NaiveDate) -> Option<NaiveDate> {
        let first = self.starts_on(day)?;
        match self {
            Self::Week => first.checked_add_days(Days::new(6)),
            Self::Month => first.checked_add_months(Months::new(1))?.pred_opt(),
            Self::Ever => None,
        }
    }

    /// The first day of the period before the one that a day lies in; none where there is none.
    #[must_use]
    pub fn previous(self, day: NaiveDate) -> Option<NaiveDate> {
        self.starts_on(self.starts_on(day)?.pred_opt()?)
    }
}

impl FromStr for LeaderboardPeriod {
    type Err = UnknownPeriod;

    fn from_str(text: &str) -> Result<Self, UnknownPeriod> {
        Self::ALL.into_iter().find(|period| period.as_str() == text).ok_or(UnknownPeriod)
    }
}

/// How a customer is called in front of others: `Ada L.` of `Ada King Lovelace`; none of a name that is missing, or that
/// looks like an address or a number, which nobody else is to see.
#[must_use]
pub fn shortened(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let first = words.next()?;
    let is_private = |word: &str| word.contains('@') || word.chars().any(|letter| letter.is_ascii_digit());
    if name.split_whitespace().any(is_private) {
        return None;
    }
    let initial = words.next_back().and_then(|last| last.chars().find(|letter| letter.is_alphabetic()));
    Some(match initial {
        Some(initial) => format!("{first} {}.", initial.to_uppercase()),
        None => first.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_begin_on_monday_also_across_years() {
        for (today, first, last) in [
            ("2026-11-21", "2026-11-16", "2026-11-22"),
            ("2026-11-16", "2026-11-16", "2026-11-22"),
            ("2026-11-22", "2026-11-16", "2026-11-22"),
            ("2027-01-01", "2026-12-28", "2027-01-03"),
        ] {
            let week = LeaderboardPeriod::Week;
            assert_eq!(week.starts_on(day(today)), Some(day(first)));
            assert_eq!(week.ends_on(day(today)), Some(day(last)));
        }
        assert_eq!(LeaderboardPeriod::Week.previous(day("2027-01-01")), Some(day("2026-12-21")));
    }

    #[test]
    fn months_end_on_their_last_day() {
        for (today, last) in [("2028-02-10", "2028-02-29"), ("2026-12-31", "2026-12-31")] {
            assert_eq!(LeaderboardPeriod::Month.ends_on(day(today)), Some(day(last)));
        }
        assert_eq!(LeaderboardPeriod::Month.previous(day("2026-01-31")), Some(day("2025-12-01")));
        assert_eq!(LeaderboardPeriod::Ever.starts_on(day("2026-01-31")), None);
    }

    #[test]
    fn names_are_shortened_and_addresses_never_shown() {
        for (name, short) in [
            ("Ada Lovelace", Some("Ada L.")),
            ("  Ada  King   lovelace ", Some("Ada L.")),
            ("Ada", Some("Ada")),
            ("Žofie Šťastná", Some("Žofie Š.")),
            ("Renée d'Arc", Some("Renée D.")),
            ("", None),
            ("ada@example.com", None),
            ("Ada ada@example.com", None),
            ("+44 7700 900123", None),
        ] {
            assert_eq!(shortened(name).as_deref(), short, "{name}");
        }
    }

    #[test]
    fn a_period_is_written_as_it_is_read() {
        for period in LeaderboardPeriod::ALL {
            assert_eq!(period.as_str().parse(), Ok(period));
            assert_eq!(serde_json::to_value(period).unwrap(), period.as_str());
        }
        assert_eq!("year".parse::<LeaderboardPeriod>(), Err(UnknownPeriod));
    }
}
