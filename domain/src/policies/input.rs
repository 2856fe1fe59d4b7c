//! A reward policy as the API and the editor write it.

use serde::{Deserialize, Serialize};

use super::check::{MAX_EFFECTS, MAX_MILESTONES};
use super::{Counting, Milestones, PolicyEffect, PolicyEvent, PolicyTerms};
use crate::promotion::ProductsInput;
use crate::rewards::ValueInput;

/// A reward policy as it is written, before its checks. A name, an event and an effect are required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PolicyInput {
    /// What people call it.
    pub name: String,
    /// What has to happen. It can only be changed before the policy is published.
    pub event: EventInput,
    /// What is given then, one to five effects; all of them, to everybody in `to`.
    #[serde(deserialize_with = "crate::bounded::at_most::<MAX_EFFECTS, _, _>")]
    pub effects: Vec<EffectInput>,
    /// Who is given it: `customer` (who did it), `friend`, `advocate`, or `both` of them; `customer` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How often one customer can have it; any number of times when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<CapInput>,
    /// For how many days after it was given nothing more of it is given to the same customer, 1 to 3,650.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cool_down_days: Option<i64>,
    /// After how many days it is paid, 0 to 3,650; a return before that pays nothing. At once when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_days: Option<i64>,
}

/// What has to happen. Which fields go with which `on` is said there; all others are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EventInput {
    /// `enrolment`: somebody joins; who is imported does not. `registration`: a friend joins by referral.
    /// `first_purchase`: somebody's first one. `friend_purchase`: every purchase of a friend. `friend_count`,
    /// `friends_count`, `own_count`: the n-th of one friend, of all friends together, of the customer. `points`: the
    /// balance rises above a number. `tier`: a tier is reached.
    /// `birthday`: it is the customer's birthday by the merchant's calendar, once a year.
    pub on: String,
    /// With a `…_count`: the numbers that are passed, such as 1, 100 and 1000. Either these or `every`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_MILESTONES, _, _>"
    )]
    pub at: Vec<i64>,
    /// With a `…_count`: every so many, such as every 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<i64>,
    /// With purchases: whether `purchases` or `units` of products are counted; purchases when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// With purchases: which lines are counted.
    #[serde(skip_serializing_if = "products_are_all")]
    pub products: ProductsInput,
    /// With purchases: what the lines that are counted must come to, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_amount: Option<i64>,
    /// With `points`: the number that has to be exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<i64>,
    /// With `tier`: the id of the tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

/// One thing that is given. Which fields go with which `give` is said there; all others are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EffectInput {
    /// `points` with `points`; `cashback` with `amount`; `credits` with `credits`, which count towards tiers by referrals;
    /// `reward` with `reward`; `discount` with `value` and perhaps `valid_days`; `email` with `subject` and `text`.
    pub give: String,
    /// So many points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// So much cashback, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// So many referral credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<i64>,
    /// The id of a reward of the catalogue: its voucher, free of charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    /// What a discount takes off one purchase: minor units, or a decimal above 0 and up to 1 as a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueInput>,
    /// For how many days the voucher of a discount can be used, 1 to 3,650; for ever when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<i64>,
    /// What the letter is about. `{name}`, `{points}` and `{shop}` stand for the customer, the balance and the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it says, with the same placeholders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How often one customer can have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CapInput {
    /// So often.
    pub times: i64,
    /// `day`, `month`, `year` or `ever`, by the merchant's calendar.
    pub per: String,
}

fn products_are_all(products: &ProductsInput) -> bool {
    products.include.is_empty() && products.exclude.is_empty()
}

impl From<PolicyTerms> for PolicyInput {
    fn from(terms: PolicyTerms) -> Self {
        Self {
            name: terms.name.into(),
            event: terms.event.into(),
            effects: terms.effects.into_iter().map(EffectInput::from).collect(),
            to: Some(terms.to.as_str().to_owned()),
            cap: terms.cap.map(|cap| CapInput { times: cap.times.into(), per: cap.per.as_str().to_owned() }),
            cool_down_days: terms.cool_down_days.map(i64::from),
            hold_days: (terms.hold_days > 0).then_some(terms.hold_days.into()),
        }
    }
}

impl From<PolicyEvent> for EventInput {
    fn from(event: PolicyEvent) -> Self {
        let mut input = Self { on: event.word().to_owned(), ..Self::default() };
        if let Some(counting) = event.counting() {
            input.count_with(counting);
        }
        match &event {
            PolicyEvent::FriendCount(_, milestones)
            | PolicyEvent::FriendsCount(_, milestones)
            | PolicyEvent::OwnCount(_, milestones) => input.pass(milestones),
            PolicyEvent::PointsAbove(points) => input.above = Some(points.get()),
            PolicyEvent::TierReached(tier) => input.tier = Some(tier.to_string()),
            PolicyEvent::Enrolment
            | PolicyEvent::Registration
            | PolicyEvent::FirstPurchase(_)
            | PolicyEvent::FriendPurchase(_)
            | PolicyEvent::Birthday => {}
        }
        input
    }
}

impl EventInput {
    fn count_with(&mut self, counting: &Counting) {
        self.count = Some(counting.unit.as_str().to_owned());
        self.products = ProductsInput {
            include: counting.products.include.iter().map(ToString::to_string).collect(),
            exclude: counting.products.exclude.iter().map(ToString::to_string).collect(),
        };
        self.minimum_amount = counting.minimum_amount.map(i64::from);
    }

    fn pass(&mut self, milestones: &Milestones) {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        match milestones {
            Milestones::At(numbers) => self.at = numbers.iter().copied().map(whole).collect(),
            Milestones::Every(step) => self.every = Some(whole(*step)),
        }
    }
}

impl From<PolicyEffect> for EffectInput {
    fn from(effect: PolicyEffect) -> Self {
        let give = effect.word().to_owned();
        let none = Self { give, ..Self::default() };
        match effect {
            PolicyEffect::Points(points) => Self { points: Some(points.get()), ..none },
            PolicyEffect::Cashback(amount) => Self { amount: Some(amount.get()), ..none },
            PolicyEffect::Credits(credits) => Self { credits: Some(credits.into()), ..none },
            PolicyEffect::Reward(reward) => Self { reward: Some(reward.to_string()), ..none },
            PolicyEffect::Discount { worth, valid_days } => {
                Self { value: Some(worth.into()), valid_days: valid_days.map(i64::from), ..none }
            }
            PolicyEffect::Email { subject, text } => {
                Self { subject: Some(subject.into()), text: Some(text.into()), ..none }
            }
        }
    }
}
