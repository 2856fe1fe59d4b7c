//! One customer's points: lots by the last day on which they can be spent, and what is owed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

/// Behind every other day: for ever.
pub const NEVER: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();

/// What of a purchase waits until an instant.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub purchase: u32,
    pub matures_at: chrono::DateTime<chrono::Utc>,
    pub points: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Whether the program knows the customer.
    pub known: bool,
    pub lots: BTreeMap<NaiveDate, i64>,
    pub debt: i64,
    pub waiting: Vec<Waiting>,
    pub reserved: i64,
    pub lifetime: i64,
    pub purchases: u32,
    /// The days on which something was earned or spent; of what has waited, the day from which on it could be spent.
    pub active: BTreeSet<NaiveDate>,
    pub enrolled_on: NaiveDate,
    pub place: Place,
}

/// Where a customer stands on the ladder.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub tier: Option<usize>,
    /// The last day for which it is kept, where it can be lost.
    pub kept_until: Option<NaiveDate>,
    /// Every change: when, to which tier, and whether it led up.
    pub moves: Vec<(chrono::DateTime<chrono::Utc>, Option<usize>, bool)>,
}

impl Account {
    pub fn available(&self) -> i64 {
        self.lots.values().sum::<i64>() - self.debt
    }

    pub fn pending(&self) -> i64 {
        self.waiting.iter().map(|waiting| waiting.points).sum()
    }

    pub fn balance(&self) -> (i64, i64) {
        (self.available(), self.pending())
    }

    /// Earnings repay first what is owed.
    pub fn put(&mut self, day: NaiveDate, points: i64) {
        let repaid = points.min(self.debt);
        self.debt -= repaid;
        if points > repaid {
            *self.lots.entry(day).or_default() += points - repaid;
        }
    }

    /// Takes from the lots of these days first, then from what expires earliest. Tells what it took of which day, and
    /// what was missing.
    pub fn take(&mut self, points: i64, first: &[NaiveDate]) -> (Vec<(NaiveDate, i64)>, i64) {
        let (mut missing, mut taken) = (points, Vec::new());
        let days: Vec<NaiveDate> = first.iter().chain(self.lots.keys()).copied().collect();
        for day in days {
            let Some(left) = self.lots.get_mut(&day) else { continue };
            let part = missing.min(*left);
            *left -= part;
            missing -= part;
            if part > 0 {
                taken.push((day, part));
            }
        }
        self.lots.retain(|_, left| *left > 0);
        (taken, missing)
    }

    /// What of which lots so many points would be, those first that are over first; nothing when there are not so many.
    pub fn open(&self, points: i64, today: NaiveDate) -> Option<Vec<(NaiveDate, i64)>> {
        let (mut missing, mut found) = (points, Vec::new());
        for (day, left) in self.lots.iter().filter(|(day, _)| **day >= today) {
            let part = missing.min(*left);
            missing -= part;
            if part > 0 {
                found.push((*day, part));
            }
        }
        (missing == 0).then_some(found)
    }

    /// Takes what can be spent of so many points, from the lots of these days first. Tells what is owed then.
    pub fn owe(&mut self, points: i64, first: &[NaiveDate]) -> i64 {
        let there = points.min(self.available().max(0));
        let (_, missing) = self.take(there, first);
        assert_eq!(missing, 0, "what is available is in lots");
        points - there
    }

    /// Lots whose day is over are gone.
    pub fn expire(&mut self, today: NaiveDate) {
        self.lots.retain(|day, _| *day >= today);
    }
}
