//! A reward policy after its checks.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Counting, Milestones, PolicyEffect, PolicyInput};
use crate::calendar::local_date;
use crate::codes::{Label, Zone};
use crate::ids::TierId;
use crate::points::Points;

/// What has to happen, what is given then, to whom and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PolicyInput", into = "PolicyInput")]
pub struct PolicyTerms {
    /// What people call it.
    pub name: Label,
    /// What has to happen.
    pub event: PolicyEvent,
    /// What is given then; one to five.
    pub effects: Vec<PolicyEffect>,
    /// To whom.
    pub to: Beneficiary,
    /// How often one customer can have it.
    pub cap: Option<PolicyCap>,
    /// For how many days nothing more of it is given to the same customer.
    pub cool_down_days: Option<u16>,
    /// After how many days it is paid.
    pub hold_days: u16,
}

/// What has to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyEvent {
    /// Somebody joins the program.
    Enrolment,
    /// A friend joins by referral.
    Registration,
    /// Somebody's first purchase; of the friend, where the friend or the advocate is given something.
    FirstPurchase(Counting),
    /// Every purchase of a friend; with units, once for each of them.
    FriendPurchase(Counting),
    /// The n-th of one friend.
    FriendCount(Counting, Milestones),
    /// The n-th of all friends of an advocate together.
    FriendsCount(Counting, Milestones),
    /// The customer's own n-th.
    OwnCount(Counting, Milestones),
    /// What can be spent goes from at most so many points to more.
    PointsAbove(Points),
    /// A tier is reached from below.
    TierReached(TierId),
    /// It is the customer's birthday, by the merchant's calendar.
    Birthday,
}

impl PolicyEvent {
    /// The words of all events in the API, in the order in which a form offers them.
    pub const WORDS: [&'static str; 10] = [
        "enrolment",
        "registration",
        "first_purchase",
        "friend_purchase",
        "friend_count",
        "friends_count",
        "own_count",
        "points",
        "tier",
        "birthday",
    ];

    /// The word for it in the API.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Enrolment => "enrolment",
            Self::Registration => "registration",
            Self::FirstPurchase(_) => "first_purchase",
            Self::FriendPurchase(_) => "friend_purchase",
            Self::FriendCount(..) => "friend_count",
            Self::FriendsCount(..) => "friends_count",
            Self::OwnCount(..) => "own_count",
            Self::PointsAbove(_) => "points",
            Self::TierReached(_) => "tier",
            Self::Birthday => "birthday",
        }
    }

    /// What a purchase counts, where purchases are what happens.
    #[must_use]
    pub const fn counting(&self) -> Option<&Counting> {
        match self {
            Self::FirstPurchase(counting)
            | Self::FriendPurchase(counting)
            | Self::FriendCount(counting, _)
            | Self::FriendsCount(counting, _)
            | Self::OwnCount(counting, _) => Some(counting),
            Self::Enrolment
            | Self::Registration
            | Self::PointsAbove(_)
            | Self::TierReached(_)
            | Self::Birthday => None,
        }
    }

    /// The numbers that are passed, where something is counted.
    #[must_use]
    pub const fn milestones(&self) -> Option<&Milestones> {
        match self {
            Self::FriendCount(_, milestones)
            | Self::FriendsCount(_, milestones)
            | Self::OwnCount(_, milestones) => Some(milestones),
            _ => None,
        }
    }

    /// Whether it is about what a friend does.
    #[must_use]
    pub const fn is_of_friends(&self) -> bool {
        matches!(
            self,
            Self::Registration | Self::FriendPurchase(_) | Self::FriendCount(..) | Self::FriendsCount(..)
        )
    }

    /// Whether the event of this word can be about what a friend does, so that there is a choice of whom it is given to.
    #[must_use]
    pub fn may_be_of_friends(word: &str) -> bool {
        matches!(
            word,
            "registration" | "first_purchase" | "friend_purchase" | "friend_count" | "friends_count"
        )
    }

    /// Whether it can only be told from the points of a customer.
    #[must_use]
    pub const fn is_of_points(&self) -> bool {
        matches!(self, Self::PointsAbove(_))
    }
}

/// Who is given something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// Who did it.
    #[default]
    Customer,
    /// Who did it, if somebody has referred that customer.
    Friend,
    /// Who has referred whom did it.
    Advocate,
    /// The friend and the advocate.
    Both,
}

impl Beneficiary {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Friend, Self::Advocate, Self::Both];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Friend => "friend",
            Self::Advocate => "advocate",
            Self::Both => "both",
        }
    }

    /// Whether there has to be an advocate.
    #[must_use]
    pub const fn needs_referral(self) -> bool {
        !matches!(self, Self::Customer)
    }

    /// Whom it comes to, when this customer did it and this is the advocate, if there is one.
    pub fn resolve<T: Copy>(self, customer: T, advocate: Option<T>) -> impl Iterator<Item = T> {
        let pair = match (self, advocate) {
            (Self::Customer, _) => [Some(customer), None],
            (Self::Friend, Some(_)) => [Some(customer), None],
            (Self::Advocate, Some(advocate)) => [Some(advocate), None],
            (Self::Both, Some(advocate)) => [Some(customer), Some(advocate)],
            (Self::Friend | Self::Advocate | Self::Both, None) => [None, None],
        };
        pair.into_iter().flatten()
    }
}

/// How often one customer can have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PolicyCap {
    /// So often, at least once.
    pub times: u32,
    /// In which time.
    pub per: CapPeriod,
}

/// The time in which a cap counts, by the merchant's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CapPeriod {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
    /// All the time there is.
    #[default]
    Ever,
}

impl CapPeriod {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Month, Self::Year, Self::Ever];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
            Self::Ever => "ever",
        }
    }

    /// The first local day of the period that an instant belongs to; none of `ever`, which has no first day.
    #[must_use]
    pub fn begins_on(self, instant: DateTime<Utc>, zone: Zone) -> Option<NaiveDate> {
        let today = local_date(instant, zone);
        // Every month and every year has a first day.
        match self {
            Self::Day => Some(today),
            Self::Month => Some(today.with_day(1).unwrap_or(today)),
            Self::Year => Some(NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today)),
            Self::Ever => None,
        }
    }
}
