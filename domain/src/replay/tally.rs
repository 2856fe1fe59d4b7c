//! Counting, one purchase after the other.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::budget::forecast;
use super::hours::Hours;
use super::kept::Kept;
use super::winners::Winners;
use super::{
    Draft, LeftOut, LeftOutReason, LookedAt, Overlap, Past, Replay, ReplayDay, ReplayRules, ReplayWindow,
    Unclaimed, Winner,
};
use crate::calendar::{business_date, local_date};
use crate::codes::Zone;
use crate::evaluate::{Comparison, EvaluationError, LimitUse, compare, evaluate};
use crate::ids::{CustomerId, PromotionId, PurchaseId};
use crate::money::Currency;
use crate::points::{Points, Rate, Remainder};
use crate::settings::{MerchantSettings, PointValue};

/// How many other promotions are named.
const OVERLAPS: usize = 20;

/// What has come together so far.
#[derive(Debug)]
pub struct Tally {
    draft: Draft,
    window: ReplayWindow,
    currency: Currency,
    zone: Zone,
    point_value: Option<PointValue>,
    /// Whose purchases are coming.
    customer: Option<Current>,
    looked_at: LookedAt,
    matched: u64,
    customers: u64,
    points: i64,
    gives: i64,
    gave: i64,
    change: i64,
    days: BTreeMap<NaiveDate, ReplayDay>,
    hours: Hours,
    winners: Winners,
    overlaps: BTreeMap<PromotionId, Overlap>,
    unclaimed: Unclaimed,
    left_out: BTreeMap<LeftOutReason, (u64, PurchaseId)>,
}

/// The customer whose purchases are coming.
#[derive(Debug)]
struct Current {
    id: CustomerId,
    /// What the promotion has given, by the first day of the period of its limit.
    used: BTreeMap<Option<NaiveDate>, Points>,
    /// What the promotion carries over.
    carried: Remainder,
    purchases: u64,
    matched: u64,
    /// What the promotion gives.
    gives: i64,
    /// How many points more that makes.
    points: i64,
}

/// How a replay ended.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// Whether everything was looked at.
    pub complete: bool,
    /// The present, from which what is to come is counted.
    pub now: DateTime<Utc>,
}

/// What a purchase would have earned.
struct Found {
    /// All of it that is kept.
    points: i64,
    /// With the promotion and without it, where it matches.
    matched: Option<(Kept, Kept)>,
    /// What the promotion carries on, where it counts for a line and the merchant carries over.
    carried: Option<Remainder>,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(draft: Draft, window: ReplayWindow, settings: &MerchantSettings) -> Self {
        let zone = settings.time_zone;
        let first = local_date(window.from(), zone);
        let last = local_date(window.last(), zone);
        let days = first.iter_days().take_while(|date| *date <= last);
        Self {
            days: days.map(|date| (date, ReplayDay { date, matched: 0, points: 0 })).collect(),
            hours: Hours::of(window),
            draft,
            window,
            currency: settings.currency,
            zone,
            point_value: settings.point_value,
            customer: None,
            looked_at: LookedAt::default(),
            matched: 0,
            customers: 0,
            points: 0,
            gives: 0,
            gave: 0,
            change: 0,
            winners: Winners::default(),
            overlaps: BTreeMap::new(),
            unclaimed: Unclaimed::default(),
            left_out: BTreeMap::new(),
        }
    }

    /// How many purchases were met so far, those that were left out among them.
    #[must_use]
    pub fn met(&self) -> u64 {
        let left_out: u64 = self.left_out.values().map(|(purchases, _)| purchases).sum();
        self.looked_at.purchases + self.unclaimed.purchases + left_out
    }

    /// Counts a purchase that cannot be evaluated.
    pub fn leave_out(&mut self, reason: LeftOutReason, purchase: PurchaseId) {
        self.left_out.entry(reason).or_insert((0, purchase)).0 += 1;
    }

    /// Looks at a purchase, by the rules of its time. Those of one customer come one after the other, in the order
    /// in which they were credited.
    pub fn add(&mut self, past: Past, rules: &ReplayRules) {
        let id = past.id;
        if past.facts.currency != self.currency {
            self.leave_out(LeftOutReason::OtherCurrency, id);
            return;
        }
        let counted = match past.customer {
            Some(customer) => {
                let mut current = self.turn_to(customer);
                let counted = self.add_credited(&mut current, past, rules);
                self.customer = Some(current);
                counted
            }
            None => self.add_unclaimed(&past, rules),
        };
        if let Err(EvaluationError::Overflow { .. }) = counted {
            self.leave_out(LeftOutReason::Overflow, id);
        }
    }

    /// The customer whose purchases come now; whoever's came before has no more.
    fn turn_to(&mut self, customer: CustomerId) -> Current {
        match self.customer.take() {
            Some(current) if current.id == customer => current,
            before => {
                if let Some(before) = before {
                    self.part_with(&before);
                }
                Current {
                    id: customer,
                    used: BTreeMap::new(),
                    carried: Remainder::ZERO,
                    purchases: 0,
                    matched: 0,
                    gives: 0,
                    points: 0,
                }
            }
        }
    }

    /// Counts a customer whose purchases have all come.
    fn part_with(&mut self, customer: &Current) {
        self.looked_at.customers += u64::from(customer.purchases > 0);
        self.customers += u64::from(customer.gives > 0);
        let Current { id, points, matched, .. } = *customer;
        self.winners.offer(Winner { customer_id: id, points, purchases: matched });
    }

    fn add_credited(
        &mut self,
        current: &mut Current,
        mut past: Past,
        rules: &ReplayRules,
    ) -> Result<(), EvaluationError> {
        let own = self.draft.id();
        let limit = self.draft.terms().max_points_per_customer;
        let period = limit.map(|limit| limit.per.begins_on(past.counts_at, self.zone));
        let used = period.and_then(|period| current.used.get(&period)).copied().unwrap_or_default();
        past.facts.limits.set(own, LimitUse { used, budget_left: None });
        past.facts.remainders.set(own, current.carried);
        let stored = past.stored(own);
        let found = find(&past, rules, own, stored.points)?;
        current.purchases += 1;
        current.carried = found.carried.unwrap_or(current.carried);
        self.looked_at.purchases += 1;
        count(&mut self.looked_at.amount, past.amount());
        count(&mut self.looked_at.points, stored.points);
        count(&mut self.gave, stored.own);
        count(&mut self.change, found.points.saturating_sub(stored.points));
        let Some((with, without)) = found.matched else { return Ok(()) };
        let (gives, points) = (with.by(own), with.points().saturating_sub(without.points()));
        if let Some(period) = period {
            let used = current.used.entry(period).or_default();
            *used = Points::new(used.get().saturating_add(gives));
        }
        current.matched += 1;
        count(&mut current.gives, gives);
        count(&mut current.points, points);
        self.matched += 1;
        count(&mut self.gives, gives);
        count(&mut self.points, points);
        self.hours.count(past.facts.occurred_at, gives);
        self.count_day(&past, points);
        self.count_overlaps(&with, &without);
        Ok(())
    }

    fn add_unclaimed(&mut self, past: &Past, rules: &ReplayRules) -> Result<(), EvaluationError> {
        let compared = compare(&past.facts, &rules.compiled, self.draft.id())?;
        self.unclaimed.purchases += 1;
        if let Some(Comparison { with, without }) = compared {
            let points = Kept::of(&with, past).points().saturating_sub(Kept::of(&without, past).points());
            self.unclaimed.matched += 1;
            count(&mut self.unclaimed.points, points);
        }
        Ok(())
    }

    fn count_day(&mut self, past: &Past, points: i64) {
        let retailer = &past.facts.retailer;
        let date = business_date(past.facts.occurred_at, retailer.zone, retailer.business_day_start);
        // A retailer in another zone may be a day ahead of the merchant, or behind.
        let day = self.days.entry(date).or_insert(ReplayDay { date, matched: 0, points: 0 });
        day.matched += 1;
        count(&mut day.points, points);
    }

    fn count_overlaps(&mut self, with: &Kept, without: &Kept) {
        let own = self.draft.id();
        let only_with =
            with.iter().filter(|share| share.promotion != own && without.by(share.promotion) == 0);
        for share in without.iter().filter(|share| share.points != 0).chain(only_with) {
            let (points, alone) = (with.by(share.promotion), without.by(share.promotion));
            if points == 0 && alone == 0 {
                continue;
            }
            let overlap = self.overlaps.entry(share.promotion).or_insert_with(|| Overlap {
                promotion_id: share.promotion,
                name: share.name.to_string(),
                purchases: 0,
                points: 0,
                displaced: 0,
            });
            overlap.purchases += 1;
            count(&mut overlap.points, points);
            count(&mut overlap.displaced, alone.saturating_sub(points));
        }
    }

    /// What came out.
    #[must_use]
    pub fn finish(mut self, ending: Ending) -> Replay {
        if let Some(last) = self.customer.take() {
            self.part_with(&last);
        }
        let (budget, proposed_budget) = if ending.complete {
            forecast(&self.draft, self.window, &self.hours, ending.now, self.zone)
        } else {
            (None, None)
        };
        let cost = self.point_value.and_then(|value| worth(self.points, value));
        let share = cost.and_then(|cost| part(cost, self.looked_at.amount));
        let mut overlaps: Vec<_> = self.overlaps.into_values().collect();
        overlaps.sort_by_key(|overlap| (Reverse(overlap.purchases), overlap.promotion_id));
        overlaps.truncate(OVERLAPS);
        let left_out = self.left_out.into_iter();
        Replay {
            promotion_id: self.draft.id(),
            version: self.draft.version(),
            name: self.draft.terms().name.to_string(),
            from: self.window.from(),
            to: self.window.to(),
            complete: ending.complete,
            currency: self.currency,
            looked_at: self.looked_at,
            matched: self.matched,
            customers: self.customers,
            points: self.points,
            gives: self.gives,
            displaces: self.gives.saturating_sub(self.points),
            gave: self.gave,
            change: self.change,
            cost,
            share,
            days: self.days.into_values().collect(),
            winners: self.winners.into_named(),
            overlaps,
            budget,
            proposed_budget,
            unclaimed: self.unclaimed,
            left_out: left_out
                .map(|(reason, (purchases, example))| LeftOut { reason, purchases, example })
                .collect(),
        }
    }
}

/// What a purchase would have earned with the promotion. Where the promotion does not match and was not among the
/// rules of that time, that is what is stored, which evaluating again would give once more.
fn find(past: &Past, rules: &ReplayRules, own: PromotionId, stored: i64) -> Result<Found, EvaluationError> {
    if let Some(Comparison { with, without }) = compare(&past.facts, &rules.compiled, own)? {
        let kept = Kept::of(&with, past);
        let carried = kept.carries_on(&with, own);
        let (points, without) = (kept.points(), Kept::of(&without, past));
        return Ok(Found { points, matched: Some((kept, without)), carried });
    }
    let points =
        if rules.had { Kept::of(&evaluate(&past.facts, &rules.compiled)?, past).points() } else { stored };
    Ok(Found { points, matched: None, carried: None })
}

/// Adds to a sum that nobody will ever see the end of.
fn count(sum: &mut i64, more: i64) {
    *sum = sum.saturating_add(more);
}

/// What points are worth, rounded towards nothing.
fn worth(points: i64, value: PointValue) -> Option<i64> {
    let worth = i128::from(points) * i128::from(value.amount.get());
    worth.checked_div(i128::from(value.points.get())).and_then(|worth| i64::try_from(worth).ok())
}

/// Which part of a whole something is, to six places.
fn part(of: i64, whole: i64) -> Option<Rate> {
    if of < 0 {
        return None;
    }
    let scale = i128::from(Rate::SCALE);
    let millionths = (i128::from(of) * scale).checked_div(i128::from(whole))?;
    format!("{}.{:06}", millionths / scale, millionths % scale).parse().ok()
}
