//! Policies to begin with.

use super::{EffectInput, EventInput, PolicyInput};
use crate::ids::RewardId;

/// A policy that many merchants want, as a first draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// Points for friend and advocate at the friend's first purchase, after two weeks.
    ReferAFriend,
    /// A referral credit for each purchase of a friend.
    CreditPerReferredMeal,
    /// A free reward for the advocate at a friend's 1st, 100th and 1,000th.
    FreeMealAtMilestones,
    /// Something free at every 100th own purchase.
    EveryHundredth,
    /// A letter when a balance rises above 100 points.
    HundredPointsMail,
    /// Points on the birthday, with a letter.
    BirthdayPoints,
}

impl Template {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 6] = [
        Self::ReferAFriend,
        Self::CreditPerReferredMeal,
        Self::FreeMealAtMilestones,
        Self::EveryHundredth,
        Self::HundredPointsMail,
        Self::BirthdayPoints,
    ];

    /// The word for it in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReferAFriend => "refer-a-friend",
            Self::CreditPerReferredMeal => "credit-per-referred-meal",
            Self::FreeMealAtMilestones => "free-meal-at-milestones",
            Self::EveryHundredth => "every-hundredth",
            Self::HundredPointsMail => "hundred-points-mail",
            Self::BirthdayPoints => "birthday-points",
        }
    }

    /// What a button calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::ReferAFriend => "Refer a friend",
            Self::CreditPerReferredMeal => "A credit for each referred meal",
            Self::FreeMealAtMilestones => "A free meal at a friend’s 1st, 100th and 1,000th",
            Self::EveryHundredth => "Every 100th meal",
            Self::HundredPointsMail => "100 points mail",
            Self::BirthdayPoints => "500 points on the birthday",
        }
    }

    /// The draft. `reward` is what is free; without one a discount of all of a purchase takes its place where one is needed.
    #[must_use]
    pub fn draft(self, reward: Option<RewardId>) -> PolicyInput {
        let name = self.title().to_owned();
        let free = || match reward {
            Some(reward) => EffectInput {
                give: "reward".to_owned(),
                reward: Some(reward.to_string()),
                ..EffectInput::default()
            },
            None => EffectInput {
                give: "discount".to_owned(),
                value: Some(crate::rewards::ValueInput::Text("1".to_owned())),
                ..EffectInput::default()
            },
        };
        let on = |on: &str| EventInput { on: on.to_owned(), ..EventInput::default() };
        let to = |to: &str| Some(to.to_owned());
        match self {
            Self::ReferAFriend => PolicyInput {
                name,
                event: on("first_purchase"),
                effects: vec![EffectInput {
                    give: "points".to_owned(),
                    points: Some(500),
                    ..EffectInput::default()
                }],
                to: to("both"),
                hold_days: Some(14),
                ..PolicyInput::default()
            },
            Self::CreditPerReferredMeal => PolicyInput {
                name,
                event: EventInput { count: to("units"), ..on("friend_purchase") },
                effects: vec![EffectInput {
                    give: "credits".to_owned(),
                    credits: Some(1),
                    ..EffectInput::default()
                }],
                to: to("advocate"),
                ..PolicyInput::default()
            },
            Self::FreeMealAtMilestones => PolicyInput {
                name,
                event: EventInput { at: vec![1, 100, 1_000], count: to("units"), ..on("friend_count") },
                effects: vec![free()],
                to: to("advocate"),
                ..PolicyInput::default()
            },
            Self::EveryHundredth => PolicyInput {
                name,
                event: EventInput { every: Some(100), count: to("units"), ..on("own_count") },
                effects: vec![free()],
                ..PolicyInput::default()
            },
            Self::HundredPointsMail => PolicyInput {
                name,
                event: EventInput { above: Some(100), ..on("points") },
                effects: vec![EffectInput {
                    give: "email".to_owned(),
                    subject: to("You have more than 100 points"),
                    text: to("Hello {name},\n\nyou have {points} points at {shop} now.\n"),
                    ..EffectInput::default()
                }],
                ..PolicyInput::default()
            },
            Self::BirthdayPoints => PolicyInput {
                name,
                event: on("birthday"),
                effects: vec![
                    EffectInput { give: "points".to_owned(), points: Some(500), ..EffectInput::default() },
                    EffectInput {
                        give: "email".to_owned(),
                        subject: to("Happy birthday from {shop}"),
                        text: to(
                            "Hello {name},\n\nall the best! There is a present for you in your account.\n",
                        ),
                        ..EffectInput::default()
                    },
                ],
                ..PolicyInput::default()
            },
        }
    }
}

impl std::str::FromStr for Template {
    type Err = UnknownTemplate;

    fn from_str(text: &str) -> Result<Self, UnknownTemplate> {
        Self::ALL.into_iter().find(|template| template.as_str() == text).ok_or(UnknownTemplate)
    }
}

/// The text names no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must name a template")]
pub struct UnknownTemplate;
