//! One customer under lock: what is on the accounts, and when it will be gone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use perennial_domain::points::Points;

use super::Lots;
use crate::error::Error;

/// Stands for "never", behind every day that a lot can have.
pub(crate) const NEVER: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(never) => never,
    None => NaiveDate::MAX,
};

/// A customer's points. Nobody else can change them while the row of the balance is locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    /// What can be spent; below zero while a debt is open.
    pub available: i64,
    /// What waits before it can be spent.
    pub pending: i64,
    /// What is held for a redemption.
    pub reserved: i64,
    /// What a return took that had been spent already.
    pub debt: i64,
    /// What was ever earned by purchases, less what returns took back.
    pub lifetime: i64,
    /// The number of the newest event.
    pub sequence: i64,
    /// Whether the account was closed for good: what is there runs out by itself, and nothing more is given or spent.
    pub is_erased: bool,
    /// Whether the account was merged into another: nothing moves here any more.
    pub is_merged: bool,
    lots: BTreeMap<NaiveDate, i64>,
    touched: BTreeSet<NaiveDate>,
}

impl Holder {
    pub(super) fn new(lots: BTreeMap<NaiveDate, i64>) -> Self {
        Self { lots, ..Self::default() }
    }

    /// What can be spent, by the day after which it is gone, soonest first.
    pub fn lots(&self) -> Lots {
        self.lots.iter().filter(|(_, left)| **left > 0).map(|(day, left)| (day_of(*day), *left)).collect()
    }

    /// The lots with a day that have changed, with what is left in them.
    pub(super) fn changed_lots(&self) -> impl Iterator<Item = (NaiveDate, i64)> + '_ {
        let dated = self.touched.iter().filter(|day| **day != NEVER);
        dated.map(|day| (*day, self.lots.get(day).copied().unwrap_or(0)))
    }

    /// What of the points can be spent for ever.
    pub(super) fn undated(&self) -> i64 {
        self.lots.get(&NEVER).copied().unwrap_or(0)
    }

    /// Puts points into lots, after they have repaid what is owed; the first lots repay first.
    pub(super) fn put(&mut self, lots: &[(Option<NaiveDate>, i64)]) -> Result<(), Error> {
        let total = total(lots)?;
        self.available = within_points(self.available, total)?;
        for (day, points) in lots {
            let repaid = self.debt.min(*points);
            self.debt -= repaid;
            let kept = points - repaid;
            if kept > 0 {
                let day = day.unwrap_or(NEVER);
                // The sum of all lots is within what can be available, see above.
                *self.lots.entry(day).or_insert(0) += kept;
                self.touched.insert(day);
            }
        }
        Ok(())
    }

    /// Takes points from these lots first, in their order, then from those that go first. What is missing becomes a debt,
    /// or refuses all of it.
    pub(super) fn take(
        &mut self,
        points: i64,
        first: &[Option<NaiveDate>],
        may_owe: bool,
    ) -> Result<Lots, Error> {
        let there: i64 = self.lots.values().sum();
        if points > there && !may_owe {
            return Err(Error::conflict(
                "insufficient_points",
                format!("There are {} points, {points} are needed", self.available.max(0)),
            ));
        }
        let mut missing = points;
        let mut taken = Lots::new();
        let first = first.iter().map(|day| day.unwrap_or(NEVER));
        let days: Vec<NaiveDate> = first.chain(self.lots.keys().copied()).collect();
        for day in days {
            // A lot that was among the first is empty when its turn comes again.
            let Some(left) = self.lots.get_mut(&day) else { continue };
            let part = missing.min(*left);
            if part > 0 {
                *left -= part;
                missing -= part;
                self.touched.insert(day);
                taken.push((day_of(day), part));
            }
        }
        self.available = within_points(self.available, -points)?;
        self.debt = within_points(self.debt, missing)?;
        Ok(taken)
    }

    /// Takes points from exactly these lots.
    pub(super) fn take_from(&mut self, lots: &[(Option<NaiveDate>, i64)]) -> Result<(), Error> {
        let total = total(lots)?;
        for (day, points) in lots {
            let day = day.unwrap_or(NEVER);
            match self.lots.get_mut(&day) {
                Some(left) if *left >= *points => *left -= points,
                _ => {
                    return Err(Error::Inconsistent(format!(
                        "the lot of {day} does not hold {points} points"
                    )));
                }
            }
            self.touched.insert(day);
        }
        self.available = within_points(self.available, -total)?;
        Ok(())
    }
}

fn day_of(day: NaiveDate) -> Option<NaiveDate> {
    (day != NEVER).then_some(day)
}

fn total(lots: &[(Option<NaiveDate>, i64)]) -> Result<i64, Error> {
    lots.iter().try_fold(0, |sum, (_, points)| within_points(sum, *points))
}

/// A sum of points that stays where every number is exact.
pub(super) fn within_points(before: i64, more: i64) -> Result<i64, Error> {
    Points::new(before)
        .checked_add(Points::new(more))
        .map(Points::get)
        .ok_or_else(|| Error::conflict("overflow", "These are more points than can be counted"))
}
