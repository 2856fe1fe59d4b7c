//! Which promotions match a purchase: the version in force, and all of its conditions.

use std::ops::ControlFlow;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::basket::Basket;
use super::compiled::{CompiledPromotion, CompiledRules, CompiledVersion};
use super::{Limited, MissReason, PurchaseFacts};
use crate::calendar::{business_date, end_instant, local, start_instant};
use crate::ids::PromotionId;
use crate::money::Amount;
use crate::promotion::{StackingMode, Weekdays};

/// One purchase before one rule set.
pub(super) struct Trial<'a> {
    pub(super) facts: &'a PurchaseFacts,
    pub(super) rules: &'a CompiledRules,
    pub(super) basket: Basket,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    pub(super) business_date: NaiveDate,
}

/// A promotion that matches, by its version in force.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub(super) promotion: &'a CompiledPromotion,
    pub(super) version: &'a CompiledVersion,
}

/// What becomes of the reasons against a match. A reason is only built for those who want to hear it.
pub(super) trait Misses {
    fn miss(&mut self, reason: impl FnOnce() -> MissReason) -> ControlFlow<()>;
}

/// Whether there is any reason, as soon as one is found.
struct Any;

impl Misses for Any {
    fn miss(&mut self, _: impl FnOnce() -> MissReason) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// All reasons.
impl Misses for Vec<MissReason> {
    fn miss(&mut self, reason: impl FnOnce() -> MissReason) -> ControlFlow<()> {
        self.push(reason());
        ControlFlow::Continue(())
    }
}

impl<'a> Trial<'a> {
    pub(super) fn new(facts: &'a PurchaseFacts, rules: &'a CompiledRules) -> Self {
        let retailer = &facts.retailer;
        Self {
            facts,
            rules,
            basket: Basket::new(facts, &rules.filters),
            at: facts.occurred_at,
            local: local(facts.occurred_at, retailer.zone),
            business_date: business_date(facts.occurred_at, retailer.zone, retailer.business_day_start),
        }
    }

    /// All promotions that match, in the order in which they go first: by priority, then the older one.
    pub(super) fn candidates(&self) -> Vec<Candidate<'a>> {
        let mut candidates: Vec<_> = self.in_force().filter(|candidate| self.matches(*candidate)).collect();
        candidates.sort_unstable_by_key(Candidate::rank);
        candidates
    }

    fn matches(&self, candidate: Candidate<'_>) -> bool {
        let terms = self.check_terms(candidate, &mut Any);
        terms.is_continue() && self.check_limits(candidate, &mut Any).is_continue()
    }

    /// The limits and budgets of all promotions that match, whatever is left of them.
    pub(super) fn limited(&self) -> Vec<Limited> {
        self.in_force()
            .filter(|candidate| candidate.version.terms.is_limited())
            .filter(|candidate| self.check_terms(*candidate, &mut Any).is_continue())
            .map(|Candidate { promotion, version }| Limited {
                promotion_id: promotion.id,
                customer: version.terms.max_points_per_customer,
                budget: version.terms.budget,
            })
            .collect()
    }

    /// All promotions that match and give by the line, whatever is left of their limits.
    pub(super) fn carrying(&self) -> Vec<PromotionId> {
        self.in_force()
            .filter(|candidate| candidate.version.terms.effect.is_per_line())
            .filter(|candidate| self.check_terms(*candidate, &mut Any).is_continue())
            .map(|candidate| candidate.promotion.id)
            .collect()
    }

    fn in_force(&self) -> impl Iterator<Item = Candidate<'a>> {
        self.rules.promotions.iter().filter_map(|promotion| {
            promotion.version_at(self.at).map(|version| Candidate { promotion, version })
        })
    }

    /// Everything that speaks against a promotion; empty when it matches.
    pub(super) fn misses(&self, promotion: &'a CompiledPromotion) -> Vec<MissReason> {
        let mut misses = Vec::new();
        match promotion.version_at(self.at) {
            Some(version) => {
                let candidate = Candidate { promotion, version };
                // Collecting never breaks off.
                let _ = self.check_terms(candidate, &mut misses);
                // What was given before is only known of promotions that match but for that.
                if misses.is_empty() {
                    let _ = self.check_limits(candidate, &mut misses);
                }
            }
            None => {
                let first = promotion.versions.iter().filter_map(|version| version.effective_from).min();
                misses.extend(first.map(|effective_from| MissReason::NotYetInForce { effective_from }));
            }
        }
        misses
    }

    /// Goes through the conditions of a version, the cheap ones first.
    fn check_terms(
        &self,
        Candidate { promotion, version }: Candidate<'_>,
        misses: &mut impl Misses,
    ) -> ControlFlow<()> {
        let terms = &version.terms;
        let retailer = &self.facts.retailer;
        if let Some(ended_at) = promotion.ended_at.filter(|ended_at| *ended_at <= self.at) {
            misses.miss(|| MissReason::Ended { ended_at })?;
        }
        if let Some(pause) = promotion.pauses.iter().find(|pause| pause.contains(self.at)) {
            misses.miss(|| MissReason::Paused { since: pause.from })?;
        }
        if terms.first_purchase_only && !self.facts.first_purchase {
            misses.miss(|| MissReason::NotFirstPurchase)?;
        }
        if !terms.tiers.is_empty()
            && !self.facts.tier.as_ref().is_some_and(|tier| terms.tiers.contains(&tier.id))
        {
            misses.miss(|| MissReason::Tier {
                tier: self.facts.tier.as_ref().map(|tier| tier.id),
                tiers: terms.tiers.clone(),
            })?;
        }
        if !terms.retailers.is_empty() && !terms.retailers.contains(&retailer.code) {
            misses.miss(|| MissReason::Retailer {
                retailer: retailer.code.clone(),
                retailers: terms.retailers.clone(),
            })?;
        }
        if !terms.regions.is_empty()
            && !retailer.region.as_ref().is_some_and(|region| terms.regions.contains(region))
        {
            misses.miss(|| MissReason::Region {
                region: retailer.region.clone(),
                regions: terms.regions.clone(),
            })?;
        }
        if let Some(starts_at) =
            terms.starts_at.filter(|starts_at| self.at < start_instant(*starts_at, retailer.zone))
        {
            misses.miss(|| MissReason::NotStarted { starts_at })?;
        }
        if let Some(ends_at) = terms.ends_at.filter(|ends_at| self.at >= end_instant(*ends_at, retailer.zone))
        {
            misses.miss(|| MissReason::Over { ends_at })?;
        }
        self.check_clock(version, misses)?;
        self.check_basket(version, misses)
    }

    fn check_clock(&self, version: &CompiledVersion, misses: &mut impl Misses) -> ControlFlow<()> {
        let time = self.local.time();
        let mut day = self.business_date;
        if let Some(hours) = version.terms.hours {
            if !hours.contains(time) {
                misses.miss(|| MissReason::Hours {
                    time: time.format("%H:%M").to_string(),
                    from: hours.from().format("%H:%M").to_string(),
                    to: hours.to().format("%H:%M").to_string(),
                })?;
            } else if hours.began_yesterday(time) {
                // Friday 22:00 to 02:00 is a thing of Friday, also where the business day begins at midnight.
                day = self.local.date().pred_opt().unwrap_or(day);
            }
        }
        let weekdays = version.terms.weekdays;
        if !weekdays.contains(day.weekday()) {
            misses.miss(|| MissReason::Weekday {
                day: Weekdays::ALL.with(day.weekday()).names().collect(),
                days: weekdays.names().map(str::to_owned).collect(),
            })?;
        }
        ControlFlow::Continue(())
    }

    fn check_basket(&self, version: &CompiledVersion, misses: &mut impl Misses) -> ControlFlow<()> {
        let paid = self.basket.paid_through(version.filter);
        if paid == 0 {
            return misses.miss(|| MissReason::NoMatchingLine);
        }
        let minimum = version.terms.minimum_amount.unwrap_or(Amount::ZERO);
        // More than the largest amount is more than any minimum.
        match i64::try_from(paid).ok().and_then(|paid| Amount::new(paid).ok()) {
            Some(amount) if amount < minimum => misses.miss(|| MissReason::BelowMinimum {
                amount,
                minimum,
                missing: minimum.checked_sub(amount).unwrap_or(minimum),
                currency: self.facts.currency,
            }),
            _ => ControlFlow::Continue(()),
        }
    }

    /// Whether anything is left of what it may give. A promotion that has nothing left steps aside like one
    /// that is over, and keeps nobody else from counting.
    fn check_limits(
        &self,
        Candidate { promotion, version }: Candidate<'_>,
        misses: &mut impl Misses,
    ) -> ControlFlow<()> {
        let terms = &version.terms;
        if !terms.is_limited() {
            return ControlFlow::Continue(());
        }
        let given = self.facts.limits.of(promotion.id);
        if let Some(limit) = terms.max_points_per_customer.filter(|limit| limit.left(given.used).is_zero()) {
            misses.miss(|| MissReason::LimitReached {
                limit: limit.points,
                per: limit.per,
                used: given.used,
            })?;
        }
        if let Some(budget) = terms.budget.filter(|budget| given.left_of(*budget).is_zero()) {
            misses.miss(|| MissReason::BudgetSpent { budget: budget.points })?;
        }
        ControlFlow::Continue(())
    }
}

impl Candidate<'_> {
    pub(super) fn mode(&self) -> StackingMode {
        self.version.terms.stacking.mode
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.promotion.id == other.promotion.id
    }

    /// Who goes first: the higher priority, then the older promotion.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (std::cmp::Reverse(self.version.terms.priority), self.promotion.id)
    }
}
