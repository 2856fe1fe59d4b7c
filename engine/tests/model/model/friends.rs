//! Referrals: one advocate a friend, for ever; what looks wrong waits for a person, and circles count for nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Model;
use crate::plain::*;

pub const REGISTERED: &str = "registered";
pub const QUALIFIED: &str = "qualified";
pub const REWARDED: &str = "rewarded";
const REVERSED: &str = "reversed";
const REJECTED: &str = "rejected";

const NONE: &str = "none";
const WAITING: &str = "waiting";
const APPROVED: &str = "approved";

const UNKNOWN: &str = "unknown_referral_code";
const NOT_APPLICABLE: &str = "referral_not_applicable";

#[derive(Debug, Clone)]
pub struct Friend {
    pub advocate: usize,
    pub state: &'static str,
    pub review: &'static str,
    registered_at: DateTime<Utc>,
    /// The first purchase, and when it came.
    first: Option<(u32, DateTime<Utc>)>,
}

/// Whether what depends on a referral may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pays {
    Yes,
    Waits,
    Never,
}

impl Friend {
    pub fn pays(&self) -> Pays {
        match (self.state, self.review) {
            (REVERSED | REJECTED, _) => Pays::Never,
            (_, NONE | APPROVED) => Pays::Yes,
            (_, WAITING) => Pays::Waits,
            _ => Pays::Never,
        }
    }

    /// Nothing is given before this, once the friend has bought something.
    pub fn held_until(&self, hold_days: i64) -> Option<DateTime<Utc>> {
        let bought = self.state != REGISTERED;
        self.first.filter(|_| bought).map(|(_, at)| at + TimeDelta::days(hold_days))
    }
}

impl Model {
    /// A code in a purchase counts for somebody who has bought nothing before. Tells what the till is warned of.
    pub fn comes_by(&mut self, code: Option<usize>, friend: usize) -> Option<&'static str> {
        let code = code?;
        if self.accounts[friend].purchases > 0 {
            return Some(NOT_APPLICABLE);
        }
        self.refer(code, friend)
    }

    fn refer(&mut self, code: usize, friend: usize) -> Option<&'static str> {
        let Some(rules) = self.setup.friends.clone().filter(|_| code < KNOWN_CUSTOMERS) else {
            return Some(UNKNOWN);
        };
        let advocate = code;
        if self.friends.contains_key(&friend) || advocate == friend {
            return Some(NOT_APPLICABLE);
        }
        let above = self.above(advocate);
        let is_circle = above.contains(&friend);
        let hour = self.now - TimeDelta::hours(1);
        let brought =
            self.friends.values().filter(|one| one.advocate == advocate && one.registered_at > hour);
        let many = brought.count() >= rules.per_hour;
        let (state, review) = match (is_circle, many) {
            (true, _) => (REJECTED, REJECTED),
            (false, true) => (REGISTERED, WAITING),
            (false, false) => (REGISTERED, NONE),
        };
        if is_circle {
            // Who brought whom in the rest of it is no longer plain either.
            for other in above {
                if let Some(other) = self.friends.get_mut(&other)
                    && other.review == NONE
                    && [REGISTERED, QUALIFIED].contains(&other.state)
                {
                    other.review = WAITING;
                }
            }
        }
        let made = Friend { advocate, state, review, registered_at: self.now, first: None };
        self.friends.insert(friend, made);
        if is_circle {
            return Some(NOT_APPLICABLE);
        }
        self.promises.friends_joined.push(friend);
        None
    }

    /// The advocate, who brought the advocate, who brought that one, and so on.
    fn above(&self, advocate: usize) -> Vec<usize> {
        let mut line = vec![advocate];
        while let Some(friend) = line.last().and_then(|one| self.friends.get(one))
            && friend.state != REJECTED
        {
            line.push(friend.advocate);
        }
        line
    }

    /// Friends qualify by their first purchase, and do not count when all of it was returned.
    pub fn follow_friends(&mut self, claimed: &[u32]) {
        for number in claimed {
            let stored = &self.purchases[number];
            let first = stored.credit.as_ref().filter(|credit| credit.is_first);
            if let (Some(code), Some(friend)) = (stored.purchase.code, first.map(|credit| credit.customer)) {
                // Who claims is told nothing of it.
                let _ = self.refer(code, friend);
            }
        }
        let friends: Vec<usize> = self.friends.keys().copied().collect();
        for friend in friends {
            let bought = self.purchases.iter().filter_map(|(number, stored)| {
                let credit = stored.credit.as_ref().filter(|credit| credit.customer == friend)?;
                Some((credit.at, *number))
            });
            let earliest = bought.min();
            let Some(one) = self.friends.get_mut(&friend) else { continue };
            if let Some((at, number)) = earliest.filter(|_| one.state == REGISTERED) {
                one.state = QUALIFIED;
                one.first = Some((number, at));
            }
            let gone = one.first.is_some_and(|(number, _)| self.purchases[&number].is_gone());
            if gone && [QUALIFIED, REWARDED].contains(&one.state) {
                one.state = REVERSED;
                self.promises.friends_gone.push(friend);
            }
        }
    }

    /// A person decides.
    pub fn review(&mut self, friend: usize, counts: bool) -> Answer {
        let Some(one) = self.friends.get_mut(&friend) else { return Answer::Skipped };
        if counts {
            if one.review != WAITING || [REVERSED, REJECTED].contains(&one.state) {
                return Answer::Refused("not_waiting".to_owned());
            }
            one.review = APPROVED;
            self.promises.friends_approved.push(friend);
            return Answer::Done;
        }
        if ![REGISTERED, QUALIFIED].contains(&one.state) {
            return Answer::Refused("referral_over".to_owned());
        }
        (one.state, one.review) = (REJECTED, REJECTED);
        self.promises.friends_gone.push(friend);
        Answer::Done
    }

    /// Something was given for these friends.
    pub fn rewarded(&mut self, friends: &BTreeSet<usize>) {
        for friend in friends {
            if let Some(one) = self.friends.get_mut(friend)
                && one.state == QUALIFIED
                && one.pays() == Pays::Yes
            {
                one.state = REWARDED;
            }
        }
    }
}
