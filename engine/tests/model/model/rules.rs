//! What the merchant has published: promotions with all that they ever said. A purchase keeps what was published when it
//! arrived.

use std::rc::Rc;

use chrono::{DateTime, NaiveDate, Utc};

use super::Model;
use crate::plain::*;

/// Under which a promotion's limit of a customer counts: customer, promotion, period and its first day.
pub type Use = (usize, usize, Period, NaiveDate);

#[derive(Debug, Clone)]
pub struct Rules {
    pub promotions: Vec<Promotion>,
    pub pending_days: u64,
    /// Whether what rounding leaves is carried over.
    pub carry_over: bool,
}

#[derive(Debug, Clone)]
pub struct Promotion {
    versions: Vec<(Option<DateTime<Utc>>, Terms)>,
    /// Times in which it rests; the last may still last.
    pauses: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

impl Rules {
    pub fn new(promotions: &[Terms], carry_over: bool) -> Self {
        let promotion =
            |terms: &Terms| Promotion { versions: vec![(None, terms.clone())], pauses: Vec::new() };
        Self { promotions: promotions.iter().map(promotion).collect(), pending_days: 0, carry_over }
    }
}

impl Promotion {
    /// The highest version in force; lower ones never come back.
    pub fn at(&self, instant: DateTime<Utc>) -> Option<&Terms> {
        let rests = |(from, to): &(DateTime<Utc>, Option<DateTime<Utc>>)| {
            *from <= instant && to.is_none_or(|to| instant < to)
        };
        let version = self.versions.iter().rev().find(|(from, _)| from.is_none_or(|from| from <= instant));
        version.filter(|_| !self.pauses.iter().any(rests)).map(|(_, terms)| terms)
    }

    /// Whether what it says now is about a tier.
    pub fn names(&self, tier: usize) -> bool {
        self.versions.last().is_some_and(|(_, terms)| terms.tiers.contains(&tier))
    }
}

impl Model {
    pub fn edit_promotion(&mut self, promotion: usize, terms: &Terms) -> Answer {
        if terms.tiers.iter().any(|tier| !self.ladder.has(*tier)) {
            return Answer::Skipped;
        }
        let now = self.now;
        Rc::make_mut(&mut self.rules).promotions[promotion].versions.push((Some(now), terms.clone()));
        Answer::Done
    }

    pub fn pause(&mut self, promotion: usize) -> Answer {
        let now = self.now;
        let pauses = &mut Rc::make_mut(&mut self.rules).promotions[promotion].pauses;
        match pauses.last_mut() {
            Some((_, to @ None)) => *to = Some(now),
            _ => pauses.push((now, None)),
        }
        Answer::Done
    }

    pub fn set_carry_over(&mut self, carry_over: bool) -> Answer {
        Rc::make_mut(&mut self.rules).carry_over = carry_over;
        Answer::Done
    }

    pub fn set_policy(&mut self, policy: ReturnPolicy, pending_days: u64) -> Answer {
        self.policy = policy;
        Rc::make_mut(&mut self.rules).pending_days = pending_days;
        Answer::Done
    }
}
