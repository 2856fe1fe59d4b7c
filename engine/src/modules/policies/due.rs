//! The free rewards that a basket would bring: what a quote has to know of policies, with what would keep them from being given.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::codes::Zone;
use perennial_domain::ids::{PolicyId, RewardId};
use perennial_domain::policies::{Beneficiary, BoughtLine, PolicyEffect, PolicyEvent, PolicyTerms};
use perennial_domain::quote::RewardDue;
use perennial_domain::rewards::RewardTerms;
use serde::Deserialize;

use super::award::{Times, grant};
use super::give::worth_of;

/// A running policy that gives rewards for what customers buy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Due {
    policy: PolicyId,
    terms: PolicyTerms,
}

/// What policies know of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct DueKnown {
    /// What was counted of the customer.
    counted: BTreeMap<PolicyId, i64>,
    /// What the customer had of policies with a cap or a rest.
    had: Vec<Had>,
    /// What was counted of all friends of who brought the customer; nothing when nobody did, or when it does not count.
    brought: Option<BTreeMap<PolicyId, i64>>,
}

/// When something was given, and how often at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Had {
    policy: PolicyId,
    at: DateTime<Utc>,
    times: u64,
}

/// What decides which rewards a basket brings.
pub(crate) struct DueFacts<'f> {
    /// What policies know of the customer.
    pub known: &'f DueKnown,
    /// Whether it would be the customer's first purchase.
    pub is_first: bool,
    /// For how many days nothing is given after the first purchase of a friend.
    pub referral_hold_days: u16,
    /// The merchant's zone.
    pub zone: Zone,
    /// When it would be given.
    pub now: DateTime<Utc>,
}

/// A reward of the catalogue and how many are left of it.
pub(crate) struct Shelved<'r> {
    pub id: RewardId,
    pub terms: &'r RewardTerms,
    pub left: Option<i64>,
}

/// The rewards that a basket brings the customer by these policies, as far as that can be known: not what a cap, a rest or the
/// stock would keep back. `rewards` are those of the catalogue.
pub(crate) fn due_in<'l, 'r>(
    policies: &[Due],
    facts: &DueFacts<'_>,
    lines: impl Iterator<Item = BoughtLine<'l>> + Clone,
    rewards: impl Iterator<Item = Shelved<'r>>,
) -> Vec<RewardDue> {
    let givable = rewards.filter(|reward| worth_of(reward.terms).is_some());
    let mut shelf: BTreeMap<RewardId, Shelved<'_>> = givable.map(|reward| (reward.id, reward)).collect();
    let mut due = Vec::new();
    for Due { policy, terms } in policies {
        let of_policy = facts.known.had.iter().filter(|had| had.policy == *policy);
        let mut had: Times = of_policy.map(|had| (had.at, had.times)).collect();
        let waits_for_return = terms.to.needs_referral() && facts.is_first && facts.referral_hold_days > 0;
        for times in facts.causes(*policy, terms, lines.clone()) {
            if grant(&mut had, terms, facts.zone, facts.now, times).is_err() {
                continue;
            }
            for effect in &terms.effects {
                let PolicyEffect::Reward(reward_id) = effect else { continue };
                let Some(reward) = shelf.get_mut(reward_id) else { continue };
                match &mut reward.left {
                    Some(left) if *left <= 0 => continue,
                    Some(left) => *left -= 1,
                    None => {}
                }
                due.push(RewardDue {
                    reward_id: *reward_id,
                    name: reward.terms.name.to_string(),
                    why: terms.name.to_string(),
                    held: terms.hold_days > 0 || waits_for_return,
                });
            }
        }
    }
    due
}

impl DueFacts<'_> {
    /// What the basket causes for the customer by a policy: how often at once, a number for each cause.
    fn causes<'l>(
        &self,
        policy: PolicyId,
        terms: &PolicyTerms,
        lines: impl Iterator<Item = BoughtLine<'l>>,
    ) -> Vec<u64> {
        let is_given = match terms.to {
            Beneficiary::Customer => true,
            Beneficiary::Friend | Beneficiary::Both => self.known.brought.is_some(),
            Beneficiary::Advocate => false,
        };
        let Some(counting) = terms.event.counting().filter(|_| is_given) else { return Vec::new() };
        let count = counting.count(lines, false);
        let passed = |before: Option<i64>| {
            let before = before.unwrap_or(0).unsigned_abs();
            let milestones = terms.event.milestones();
            let passed = milestones.map(|milestones| milestones.passed(before, before.saturating_add(count)));
            vec![1; passed.map_or(0, |passed| passed.len())]
        };
        let own = self.known.counted.get(&policy).copied();
        match (&terms.event, &self.known.brought) {
            _ if count == 0 => Vec::new(),
            (PolicyEvent::FirstPurchase(_), _) if self.is_first => vec![1],
            (PolicyEvent::OwnCount(..), _) | (PolicyEvent::FriendCount(..), Some(_)) => passed(own),
            (PolicyEvent::FriendPurchase(_), Some(_)) => vec![count],
            (PolicyEvent::FriendsCount(..), Some(friends)) => passed(friends.get(&policy).copied()),
            _ => Vec::new(),
        }
    }
}
