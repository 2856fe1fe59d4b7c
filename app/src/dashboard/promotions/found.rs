//! What a replay has found, in words that the server makes: it knows names and zones.

use super::fields::Values;
use crate::error::PageError;
#[cfg(feature = "ssr")]
use crate::form::FormState;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The field of a form that was replayed with what came out; nobody types it.
const FOUND: &str = "replay.found";
/// The field with the number of days that are looked at.
pub const DAYS: &str = "replay.days";
/// The days that can be chosen.
pub const CHOICES: [u16; 4] = [7, 30, 90, 365];

/// Where a replay stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Nobody has asked for one.
    #[default]
    Idle,
    /// So many purchases were looked at, of about so many.
    Running {
        /// By now.
        looked_at: i64,
        /// In all; nothing is known of it yet while it is 0.
        expected: i64,
    },
    /// It is over.
    Found(Box<Found>),
    /// It has found nothing, and why.
    Failed(String),
}

/// A line of the answer to whoever listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// How far it is.
    Progress {
        /// So many purchases were looked at.
        looked_at: i64,
        /// About so many there are.
        expected: i64,
    },
    /// What came out; the last line.
    Found(Box<Found>),
    /// Why nothing did; the last line.
    Failed(PageError),
}

/// What a promotion would have given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Over which time: `Apr 21 – May 20`.
    pub period: String,
    /// How many purchases were looked at.
    pub purchases: i64,
    /// That it was cut short, and where; empty when it was not.
    pub cut: String,
    /// The figures that count.
    pub figures: Vec<Figure>,
    /// How many points more on each day.
    pub days: Vec<(NaiveDate, i64)>,
    /// Who would have gained most, the first first.
    pub winners: Vec<Winner>,
    /// What else there is to say, a sentence each.
    pub notes: Vec<String>,
    /// What becomes of the budget, if there is one.
    pub budget: Option<Budget>,
}

/// A figure and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// `$1,904`
    pub number: String,
    /// `would have cost`
    pub what: String,
}

/// A customer who would have gained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Winner {
    /// The customer.
    pub id: String,
    /// What the customer is called.
    pub name: String,
    /// How many points more.
    pub points: i64,
    /// How long the bar is, of a hundred.
    pub percent: i64,
}

/// What becomes of a budget at the pace of the replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The budget that was replayed.
    pub points: i64,
    /// The finding in a few words; empty when it is fine.
    pub title: String,
    /// What it means.
    pub text: String,
    /// What would be enough, when it is not.
    pub enough: Option<i64>,
}

impl Found {
    /// The form that was replayed, with what came out.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn with(&self, mut values: Values) -> FormState {
        // Texts, numbers and dates: they can always be written.
        values.insert(FOUND.to_owned(), serde_json::to_string(self).unwrap_or_default());
        FormState::sent(values)
    }
}

impl Stage {
    /// What a form says that was replayed, and takes it out of its fields.
    #[must_use]
    pub fn taken(values: &mut Values) -> Option<Self> {
        let found = serde_json::from_str(&values.remove(FOUND)?).ok()?;
        Some(Self::Found(found))
    }
}

/// How many days are meant by what was chosen.
#[must_use]
pub fn days(chosen: &str) -> u16 {
    chosen.trim().parse().ok().filter(|days| (1..=400).contains(days)).unwrap_or(30)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_travels_with_the_form() {
        let found = Found {
            period: "May 1 – May 30".to_owned(),
            purchases: 12,
            cut: String::new(),
            figures: vec![Figure { number: "$1".to_owned(), what: "would have cost".to_owned() }],
            days: vec![(NaiveDate::default(), 5)],
            winners: Vec::new(),
            notes: vec!["“Quoted”".to_owned()],
            budget: None,
        };
        let form = found.with(Values::from([("name".to_owned(), "Fig".to_owned())]));
        assert!(form.is_clean());
        let mut values = form.values;
        assert_eq!(Stage::taken(&mut values), Some(Stage::Found(Box::new(found))));
        assert_eq!(values.into_keys().collect::<Vec<_>>(), ["name"]);
        assert_eq!(Stage::taken(&mut Values::new()), None);
    }

    #[test]
    fn days_are_a_number_that_makes_sense() {
        assert_eq!(["90", " 7 ", "", "0", "401", "week"].map(days), [90, 7, 30, 30, 30, 30]);
    }
}
