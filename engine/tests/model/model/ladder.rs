//! Tiers: up at once; down only when a period is over, after grace; and edits of the ladder, which move everybody whom they
//! concern.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::{Model, calendar};
use crate::plain::*;

#[derive(Debug, Clone, Default)]
pub struct Ladder {
    tiers: BTreeMap<usize, Tier>,
    /// What each purchase counts, as far as was told: whose, on which day, how much.
    counted: BTreeMap<u32, (usize, NaiveDate, i64)>,
}

/// First and last day; since ever without a first.
type Span = (Option<NaiveDate>, NaiveDate);

impl Ladder {
    pub fn new(setup: &Setup) -> Self {
        Self { tiers: setup.tiers.iter().cloned().enumerate().collect(), counted: BTreeMap::new() }
    }

    pub fn has(&self, tier: usize) -> bool {
        self.tiers.contains_key(&tier)
    }

    pub fn terms(&self, tier: usize) -> &Tier {
        &self.tiers[&tier]
    }

    /// The tier that everybody has.
    pub fn base(&self) -> Option<usize> {
        self.tiers.iter().find(|(_, terms)| terms.threshold == 0).map(|(tier, _)| *tier)
    }

    fn threshold(&self, tier: Option<usize>) -> i64 {
        tier.map_or(-1, |tier| self.tiers[&tier].threshold)
    }

    /// The highest one that is reached.
    fn reached(&self, progress: i64) -> Option<usize> {
        let reached = self.tiers.iter().filter(|(_, terms)| terms.threshold <= progress);
        reached.max_by_key(|(_, terms)| terms.threshold).map(|(tier, _)| *tier)
    }

    /// The next lower one.
    fn below(&self, threshold: i64) -> Option<usize> {
        self.reached(threshold - 1)
    }
}

impl Model {
    pub fn tier_of(&self, customer: usize) -> Option<usize> {
        let account = &self.accounts[customer];
        if account.known { account.place.tier } else { self.ladder.base() }
    }

    /// Counts these purchases as they are by now, and moves whom that moves.
    pub fn count_tiers(&mut self, purchases: &BTreeSet<u32>) {
        for number in purchases {
            let stored = &self.purchases[number];
            let Some(credit) = &stored.credit else { continue };
            let paid_back: i64 = stored.returns.values().map(|(_, returned)| returned.paid_back).sum();
            let worth = match self.setup.ladder.basis {
                Basis::Points => stored.points(),
                Basis::Spend => stored.answer.paid - paid_back,
                Basis::Purchases => i64::from(!stored.is_gone()),
            };
            let day = calendar::day(stored.occurred_at);
            self.ladder.counted.insert(*number, (credit.customer, day, worth));
        }
        self.look_at_tiers();
    }

    fn progress(&self, customer: usize, (from, to): Span) -> i64 {
        let counts = |(whose, day, _): &&(usize, NaiveDate, i64)| {
            *whose == customer && from.is_none_or(|from| from <= *day) && *day <= to
        };
        self.ladder.counted.values().filter(counts).map(|(_, _, worth)| worth).sum()
    }

    /// The days that count on a day.
    fn window(&self, customer: usize, day: NaiveDate) -> Span {
        match self.setup.ladder.window {
            Window::Ever => (None, day),
            Window::Months(months) => (Some(day + Days::new(1) - Months::new(months)), day),
            Window::CalendarYear => {
                let of = |month, date| NaiveDate::from_ymd_opt(day.year(), month, date).unwrap();
                (Some(of(1, 1)), of(12, 31))
            }
            Window::MembershipYear => {
                // A till that was late may tell of days before the enrolment: they are the year before the first.
                let since = self.accounts[customer].enrolled_on;
                if day < since {
                    return (Some(since - Months::new(12)), since - Days::new(1));
                }
                let year = |number: u32| since + Months::new(12 * number);
                let number = (1..).find(|number| year(*number) > day).unwrap();
                (Some(year(number - 1)), year(number) - Days::new(1))
            }
        }
    }

    /// The last day for which a tier is kept that is reached, or kept, on a day.
    fn period_end(&self, customer: usize, day: NaiveDate) -> Option<NaiveDate> {
        match self.setup.ladder.window {
            Window::Ever => None,
            Window::Months(months) => Some(day + Months::new(months) - Days::new(1)),
            _ => Some(self.window(customer, day).1),
        }
    }

    /// The days in which the tier was earned that is kept until a day.
    fn merit(&self, customer: usize, kept_until: NaiveDate) -> Option<Span> {
        match self.setup.ladder.window {
            Window::Ever => None,
            Window::Months(months) => {
                Some(self.window(customer, kept_until + Days::new(1) - Months::new(months)))
            }
            _ => Some(self.window(customer, self.window(customer, kept_until).0? - Days::new(1))),
        }
    }

    /// From the lowest place nobody falls; all others are kept until some day.
    fn settle_place(&mut self, customer: usize) {
        let end = self.period_end(customer, calendar::day(self.now));
        let base = self.ladder.base();
        let place = &mut self.accounts[customer].place;
        let is_bottom = place.tier.is_none() || place.tier == base;
        place.kept_until = if is_bottom { None } else { end.and(place.kept_until.or(end)) };
    }

    fn move_to(&mut self, customer: usize, tier: Option<usize>, kept_until: Option<NaiveDate>, up: bool) {
        let now = self.now;
        let place = &mut self.accounts[customer].place;
        place.tier = tier;
        place.kept_until = kept_until;
        place.moves.push((now, tier, up));
        self.settle_place(customer);
    }

    /// Time and progress, one period after the other, however late.
    pub fn look_at_tiers(&mut self) {
        for customer in (0..CUSTOMERS).filter(|customer| self.accounts[*customer].known).collect::<Vec<_>>() {
            while self.look_at(customer) {}
        }
    }

    fn look_at(&mut self, customer: usize) -> bool {
        let today = calendar::day(self.now);
        self.settle_place(customer);
        let running = self.progress(customer, self.window(customer, today));
        let place = self.accounts[customer].place.clone();
        let reached = self.ladder.reached(running);
        if self.ladder.threshold(reached) > self.ladder.threshold(place.tier) {
            self.move_to(customer, reached, self.period_end(customer, today), true);
            return true;
        }
        let Some(kept_until) = place.kept_until.filter(|until| *until < today) else { return false };
        let grace = Days::new(self.setup.ladder.grace_days);
        let (from, to) = self.window(customer, kept_until);
        let progress = running.max(self.progress(customer, (from, to + grace)));
        let next_end = self.period_end(customer, kept_until + Days::new(1));
        let threshold = self.ladder.threshold(place.tier);
        if progress >= threshold {
            self.accounts[customer].place.kept_until = next_end;
            return true;
        }
        if today <= kept_until + grace {
            return false;
        }
        let to = if self.setup.ladder.one_step {
            self.ladder.below(threshold)
        } else {
            self.ladder.reached(progress)
        };
        self.move_to(customer, to, next_end, false);
        true
    }

    pub fn new_tier(&mut self, tier: usize, terms: &Tier) -> Answer {
        if self.ladder.has(tier) {
            return Answer::Skipped;
        }
        self.edit(tier, Some(terms))
    }

    pub fn edit_tier(&mut self, tier: usize, terms: &Tier) -> Answer {
        if !self.ladder.has(tier) {
            return Answer::Skipped;
        }
        self.edit(tier, Some(terms))
    }

    pub fn drop_tier(&mut self, tier: usize) -> Answer {
        if !self.ladder.has(tier) {
            return Answer::Skipped;
        }
        if self.rules.promotions.iter().any(|promotion| promotion.names(tier)) {
            return Answer::Refused("tier_in_use".to_owned());
        }
        let is_meant = |promise: &Promise| matches!(promise.when, When::TierReached(named) if named == tier);
        if self.setup.promises.iter().any(is_meant) {
            return Answer::Refused("tier_in_use".to_owned());
        }
        self.edit(tier, None)
    }

    fn edit(&mut self, tier: usize, terms: Option<&Tier>) -> Answer {
        let old = self.ladder.tiers.clone();
        let mut others = old.iter().filter(|(other, _)| **other != tier);
        if terms.is_some_and(|terms| others.any(|(_, other)| other.threshold == terms.threshold)) {
            return Answer::Refused("threshold_taken".to_owned());
        }
        match terms {
            Some(terms) => self.ladder.tiers.insert(tier, terms.clone()),
            None => self.ladder.tiers.remove(&tier),
        };
        let steps = |tiers: &BTreeMap<usize, Tier>| -> Vec<(usize, i64)> {
            tiers.iter().map(|(tier, terms)| (*tier, terms.threshold)).collect()
        };
        let mut moves: BTreeMap<(Option<usize>, Option<usize>), u64> = BTreeMap::new();
        if steps(&old) == steps(&self.ladder.tiers) {
            return Answer::Moved(Vec::new());
        }
        for customer in 0..CUSTOMERS {
            if self.accounts[customer].known {
                let from = self.accounts[customer].place.tier;
                self.concern(customer, &old);
                let to = self.accounts[customer].place.tier;
                if from != to {
                    *moves.entry((from, to)).or_default() += 1;
                }
            }
        }
        Answer::Moved(moves.into_iter().map(|((from, to), customers)| (from, to, customers)).collect())
    }

    /// What an edit does to a customer. Who stands on a tier that is gone goes to the next lower one that is left, or
    /// higher where the progress leads there. Whoever has reached a higher one rises. Whoever had reached the old
    /// threshold of the own tier and not the new one, neither now nor when it was earned, falls to where that leads; who
    /// is there for another reason stays.
    fn concern(&mut self, customer: usize, old: &BTreeMap<usize, Tier>) {
        let today = calendar::day(self.now);
        let place = self.accounts[customer].place.clone();
        let end = self.period_end(customer, today);
        let running = self.progress(customer, self.window(customer, today));
        let reached = self.ladder.reached(running);
        if let Some(gone) = place.tier.filter(|tier| !self.ladder.has(*tier)) {
            let below = self.ladder.below(old[&gone].threshold);
            let higher = self.ladder.threshold(reached) > self.ladder.threshold(below);
            let to = if higher { reached } else { below };
            let up = to.is_some() && self.ladder.threshold(to) >= old[&gone].threshold;
            self.move_to(customer, to, end, up);
            return;
        }
        if self.ladder.threshold(reached) > self.ladder.threshold(place.tier) {
            self.move_to(customer, reached, end, true);
            return;
        }
        self.settle_place(customer);
        let Some(tier) = place.tier else { return };
        // As it was kept on the ladder of before: a lowest tier that is no longer free was never earned.
        let merit = place.kept_until.and_then(|until| self.merit(customer, until));
        let best = merit.map_or(running, |span| running.max(self.progress(customer, span)));
        let (before, now) = (old[&tier].threshold, self.ladder.threshold(Some(tier)));
        if (before..now).contains(&best) {
            let to = self.ladder.reached(best);
            let up = to.is_some() && self.ladder.threshold(to) >= now;
            if to == Some(tier) {
                return;
            }
            self.move_to(customer, to, end, up);
        }
    }
}
