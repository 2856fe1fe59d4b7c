//! What a referral has come to.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a referral has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReferralState {
    /// The friend is in the program and has not bought anything.
    Registered,
    /// The friend's first purchase is done.
    Qualified,
    /// The advocate was given something for it.
    Rewarded,
    /// The first purchase was returned in full. Final.
    Reversed,
    /// It does not count. Final.
    Rejected,
}

/// What happens to a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferralEvent {
    /// The friend's first purchase was credited.
    Bought,
    /// The advocate was given something for it, for the first time. What only the friend is given is none of it.
    Paid,
    /// The first purchase was returned in full.
    Returned,
    /// A member of the staff decided that it does not count.
    Refused,
}

impl ReferralState {
    /// All of them, in the order of the way through them.
    pub const ALL: [Self; 5] =
        [Self::Registered, Self::Qualified, Self::Rewarded, Self::Reversed, Self::Rejected];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Qualified => "qualified",
            Self::Rewarded => "rewarded",
            Self::Reversed => "reversed",
            Self::Rejected => "rejected",
        }
    }

    /// The state after an event; nothing where the event changes nothing, because it came again, late, or too late.
    #[must_use]
    pub const fn after(self, event: ReferralEvent) -> Option<Self> {
        match (self, event) {
            (Self::Registered, ReferralEvent::Bought) => Some(Self::Qualified),
            (Self::Qualified, ReferralEvent::Paid) => Some(Self::Rewarded),
            (Self::Qualified | Self::Rewarded, ReferralEvent::Returned) => Some(Self::Reversed),
            // What was paid is not taken back by a word: only a return does that.
            (Self::Registered | Self::Qualified, ReferralEvent::Refused) => Some(Self::Rejected),
            _ => None,
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Reversed | Self::Rejected)
    }
}

/// What people think of a referral that there was reason to doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// There was no reason.
    None,
    /// Nobody has decided yet: nothing is paid for it until somebody does.
    Waiting,
    /// It counts.
    Approved,
    /// It does not.
    Rejected,
}

impl Review {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Waiting, Self::Approved, Self::Rejected];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// Whether something may be paid, as far as the review goes.
    #[must_use]
    pub const fn lets_pay(self) -> bool {
        matches!(self, Self::None | Self::Approved)
    }
}

/// How the friend came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CameBy {
    /// By following a link, then signing up.
    Link,
    /// By a code in a purchase.
    Purchase,
    /// By typing the code when signing up.
    Signup,
}

impl CameBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Link, Self::Purchase, Self::Signup];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Purchase => "purchase",
            Self::Signup => "signup",
        }
    }
}

/// The text is no word of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownReferralState {
    /// Not a state.
    #[error("must be one of registered, qualified, rewarded, reversed, rejected")]
    State,
    /// Not a review.
    #[error("must be one of none, waiting, approved, rejected")]
    Review,
    /// Not a way to come.
    #[error("must be one of link, purchase, signup")]
    CameBy,
}

impl FromStr for ReferralState {
    type Err = UnknownReferralState;

    fn from_str(text: &str) -> Result<Self, UnknownReferralState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownReferralState::State)
    }
}

impl FromStr for Review {
    type Err = UnknownReferralState;

    fn from_str(text: &str) -> Result<Self, UnknownReferralState> {
        Self::ALL.into_iter().find(|review| review.as_str() == text).ok_or(UnknownReferralState::Review)
    }
}

impl FromStr for CameBy {
    type Err = UnknownReferralState;

    fn from_str(text: &str) -> Result<Self, UnknownReferralState> {
        Self::ALL.into_iter().find(|way| way.as_str() == text).ok_or(UnknownReferralState::CameBy)
    }
}
