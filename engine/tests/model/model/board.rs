//! The leaderboard: the points of purchases by the day on which they happened, less returns.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::purchases::begin;
use super::{Model, calendar};
use crate::plain::*;

#[derive(Debug, Clone, Default)]
pub struct Board {
    counted: BTreeMap<u32, (usize, NaiveDate, i64)>,
}

impl Model {
    pub fn count_board(&mut self, purchases: &BTreeSet<u32>) {
        for number in purchases.iter().filter(|_| self.setup.has_board) {
            let stored = &self.purchases[number];
            if let Some(credit) = &stored.credit {
                let day = calendar::day(stored.occurred_at);
                self.board.counted.insert(*number, (credit.customer, day, stored.points()));
            }
        }
    }

    /// The scores of the running periods.
    pub fn scores(&self) -> Vec<(usize, Period, i64)> {
        let mut scores = Vec::new();
        for customer in 0..CUSTOMERS {
            for period in [Period::Week, Period::Month, Period::Ever] {
                let first = begin(period, self.now);
                let last = match period {
                    Period::Week => first + chrono::Days::new(6),
                    Period::Month => calendar::month_end(first),
                    _ => NaiveDate::MAX,
                };
                let of_period = self
                    .board
                    .counted
                    .values()
                    .filter(|(whose, day, _)| *whose == customer && first <= *day && *day <= last);
                let score: i64 = of_period.map(|(_, _, points)| points).sum();
                if score != 0 {
                    scores.push((customer, period, score));
                }
            }
        }
        scores
    }

    /// One more than how many have more points, and how many the customer has; no rank without points.
    pub fn rank(&self, customer: usize) -> (Option<i64>, i64) {
        let score = |of: usize| {
            let scores = self.scores();
            let ever = scores.iter().find(|(whose, period, _)| (*whose, *period) == (of, Period::Ever));
            ever.map_or(0, |(_, _, score)| *score)
        };
        let own = score(customer);
        let higher = (0..CUSTOMERS).filter(|other| score(*other) > own).count();
        ((own > 0).then(|| i64::try_from(higher).unwrap() + 1), own)
    }
}
