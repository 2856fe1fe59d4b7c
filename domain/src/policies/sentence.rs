//! A policy in one plain sentence, for lists and the editor.

use super::{
    Beneficiary, CapPeriod, CountUnit, Counting, DiscountWorth, Milestones, PolicyCap, PolicyEffect,
    PolicyEvent, PolicyTerms,
};
use crate::fields::{percent, thing};
use crate::ids::{RewardId, TierId};
use crate::money::{Currency, format_amount, group_digits};
use crate::promotion::one_of;

/// What rewards and tiers are called, for those who know.
pub trait PolicyNames {
    /// The name of a reward.
    fn reward(&self, id: RewardId) -> Option<String>;
    /// The name of a tier.
    fn tier(&self, id: TierId) -> Option<String>;
}

/// Knows no name.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNames;

impl PolicyNames for NoNames {
    fn reward(&self, _: RewardId) -> Option<String> {
        None
    }

    fn tier(&self, _: TierId) -> Option<String> {
        None
    }
}

/// Says when what is given to whom: `When a friend makes the 1st, 100th or 1,000th purchase, the advocate gets “Free meal”,
/// after 14 days.`
#[must_use]
pub fn sentence(terms: &PolicyTerms, currency: Currency, names: &impl PolicyNames) -> String {
    let mut text = when(&terms.event, terms.to, currency, names);
    let gets: Vec<String> = terms.effects.iter().map(|effect| effect_text(effect, currency, names)).collect();
    text.push_str(match terms.to {
        Beneficiary::Customer => ", the customer gets ",
        Beneficiary::Friend => ", the friend gets ",
        Beneficiary::Advocate => ", the advocate gets ",
        Beneficiary::Both => ", friend and advocate each get ",
    });
    text.push_str(&one_of(gets.into_iter(), "and"));
    let hold = (terms.hold_days > 0).then(|| format!("after {}", days(terms.hold_days)));
    let cap = terms.cap.map(often);
    let cool_down = terms.cool_down_days.map(|rest| format!("not again within {}", days(rest)));
    for clause in [hold, cap, cool_down].into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&clause);
    }
    text.push('.');
    text
}

fn when(event: &PolicyEvent, to: Beneficiary, currency: Currency, names: &impl PolicyNames) -> String {
    match event {
        PolicyEvent::Enrolment => "When somebody joins".to_owned(),
        PolicyEvent::Registration => "When a friend joins by referral".to_owned(),
        PolicyEvent::FirstPurchase(counting) => {
            let who = if to.needs_referral() { "a friend" } else { "a customer" };
            format!("When {who} makes the first purchase{}", limits(counting, currency))
        }
        PolicyEvent::FriendPurchase(counting) => match counting.unit {
            CountUnit::Purchases => format!("For every purchase of a friend{}", limits(counting, currency)),
            CountUnit::Units => format!("For every unit that a friend buys{}", limits(counting, currency)),
        },
        PolicyEvent::FriendCount(counting, milestones) => passes("a friend", counting, milestones, currency),
        PolicyEvent::FriendsCount(counting, milestones) => {
            passes("the friends of an advocate together", counting, milestones, currency)
        }
        PolicyEvent::OwnCount(counting, milestones) => passes("a customer", counting, milestones, currency),
        PolicyEvent::PointsAbove(points) => {
            format!("When the balance of a customer rises above {}", points.counted())
        }
        PolicyEvent::TierReached(tier) => match names.tier(*tier) {
            Some(name) => format!("When a customer reaches {name}"),
            None => "When a customer reaches a tier".to_owned(),
        },
        PolicyEvent::Birthday => "On the birthday of a customer".to_owned(),
    }
}

fn passes(who: &str, counting: &Counting, milestones: &Milestones, currency: Currency) -> String {
    let (what, verb) = match counting.unit {
        CountUnit::Purchases => ("purchase", if who.starts_with("the") { "make" } else { "makes" }),
        CountUnit::Units => ("unit", if who.starts_with("the") { "buy" } else { "buys" }),
    };
    let numbers = match milestones {
        Milestones::At(numbers) => format!("the {}", one_of(numbers.iter().copied().map(ordinal), "or")),
        Milestones::Every(1) => "every".to_owned(),
        Milestones::Every(step) => format!("every {}", ordinal(*step)),
    };
    format!("When {who} {verb} {numbers} {what}{}", limits(counting, currency))
}

fn limits(counting: &Counting, currency: Currency) -> String {
    let mut text = String::new();
    if !counting.products.include.is_empty() {
        text.push_str(" of ");
        text.push_str(&one_of(counting.products.include.iter().map(thing), "or"));
    }
    if !counting.products.exclude.is_empty() {
        text.push_str(" except ");
        text.push_str(&one_of(counting.products.exclude.iter().map(thing), "or"));
    }
    if let Some(minimum) = counting.minimum_amount {
        text.push_str(&format!(" for at least {}", format_amount(minimum, currency)));
    }
    text
}

/// Says what an effect gives: `500 points`, `“Free meal”`.
#[must_use]
pub fn effect_text(effect: &PolicyEffect, currency: Currency, names: &impl PolicyNames) -> String {
    match effect {
        PolicyEffect::Points(points) => points.counted(),
        PolicyEffect::Cashback(amount) => format!("{} cashback", format_amount(*amount, currency)),
        PolicyEffect::Credits(1) => "1 referral credit".to_owned(),
        PolicyEffect::Credits(credits) => format!("{} referral credits", group_digits((*credits).into())),
        PolicyEffect::Reward(reward) => {
            names.reward(*reward).map_or_else(|| "a reward".to_owned(), |name| format!("“{name}”"))
        }
        PolicyEffect::Discount { worth, valid_days } => {
            let off = match worth {
                DiscountWorth::MoneyOff(amount) => format_amount(*amount, currency),
                DiscountWorth::Percent(part) => percent(*part),
            };
            let valid = valid_days.map(|valid| format!(" within {}", days(valid))).unwrap_or_default();
            format!("{off} off a purchase{valid}")
        }
        PolicyEffect::Email { subject, .. } => format!("an e-mail “{subject}”"),
    }
}

fn often(cap: PolicyCap) -> String {
    let times = match cap.times {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        times => format!("{} times", group_digits(times.into())),
    };
    match cap.per {
        CapPeriod::Day => format!("at most {times} a day"),
        CapPeriod::Month => format!("at most {times} a month"),
        CapPeriod::Year => format!("at most {times} a year"),
        CapPeriod::Ever => format!("at most {times}"),
    }
}

fn days(number: u16) -> String {
    match number {
        1 => "1 day".to_owned(),
        _ => format!("{} days", group_digits(number.into())),
    }
}

/// `1st`, `2nd`, `11th`, `1,000th`.
pub(super) fn ordinal(number: u64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{}{ending}", group_digits(i64::try_from(number).unwrap_or(i64::MAX)))
}
