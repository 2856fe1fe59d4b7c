//! Which letters there are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Placeholder;

/// A letter that a customer may get. The list is closed: whoever writes a new letter enters it here, with its placeholders
/// and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The code to sign in with.
    SignInCode,
    /// Somebody is new in the program.
    Welcome,
    /// A higher tier is reached.
    TierUp,
    /// A lower tier is what is left.
    TierDown,
    /// No tier is left.
    TierLost,
    /// Points are about to expire.
    PointsExpiring,
    /// A voucher was given by a reward policy.
    VoucherGiven,
    /// What a reward policy says: its effect is this letter.
    PolicyLetter,
}

impl MessageKind {
    /// All of them, in the order in which a list shows them.
    pub const ALL: [Self; 8] = [
        Self::SignInCode,
        Self::Welcome,
        Self::TierUp,
        Self::TierDown,
        Self::TierLost,
        Self::PointsExpiring,
        Self::VoucherGiven,
        Self::PolicyLetter,
    ];

    /// The word for it in the API, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignInCode => "sign_in_code",
            Self::Welcome => "welcome",
            Self::TierUp => "tier_up",
            Self::TierDown => "tier_down",
            Self::TierLost => "tier_lost",
            Self::PointsExpiring => "points_expiring",
            Self::VoucherGiven => "voucher_given",
            Self::PolicyLetter => "policy_letter",
        }
    }

    /// What the dashboard calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SignInCode => "Sign-in code",
            Self::Welcome => "Welcome",
            Self::TierUp => "A tier is reached",
            Self::TierDown => "A lower tier",
            Self::TierLost => "No tier any more",
            Self::PointsExpiring => "Points expire soon",
            Self::VoucherGiven => "A voucher as a present",
            Self::PolicyLetter => "E-mail of a reward policy",
        }
    }

    /// When it is sent, one sentence.
    #[must_use]
    pub const fn sent_when(self) -> &'static str {
        match self {
            Self::SignInCode => "When somebody wants to sign in to the portal.",
            Self::Welcome => "Once, when somebody has become a customer.",
            Self::TierUp => "When a customer has reached a higher tier.",
            Self::TierDown => "When a customer has fallen to a lower tier.",
            Self::TierLost => "When a customer has lost the last tier.",
            Self::PointsExpiring => "30 days, 7 days and 1 day before points expire.",
            Self::VoucherGiven => "When a reward policy has given a customer a voucher or a discount.",
            Self::PolicyLetter => {
                "When a reward policy says so. What the policy says stands inside; this is the frame around it."
            }
        }
    }

    /// What has happened to the customer then, as half a sentence to the customer: `… when you reach a higher tier`.
    #[must_use]
    pub const fn occasion(self) -> &'static str {
        match self {
            Self::SignInCode => "you want to sign in",
            Self::Welcome => "you are new in the program",
            Self::TierUp => "you reach a higher tier",
            Self::TierDown => "you fall to a lower tier",
            Self::TierLost => "you lose your tier",
            Self::PointsExpiring => "some of your points expire soon",
            Self::VoucherGiven => "you are given a voucher",
            Self::PolicyLetter => "there is news for you from the program",
        }
    }

    /// Whether customers choose if they get it. A code is asked for, and a welcome comes once, before there was a choice.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        !matches!(self, Self::SignInCode | Self::Welcome)
    }

    /// The kinds that end for whoever unsubscribes in a letter of this kind: the kind itself. A welcome comes only once, so
    /// whoever unsubscribes there wants no letters at all. Nothing of a sign-in code, which is asked for.
    #[must_use]
    pub fn unsubscribes(self) -> Vec<Self> {
        match self {
            Self::SignInCode => Vec::new(),
            Self::Welcome => Self::optional().collect(),
            kind => vec![kind],
        }
    }

    /// The kinds that customers may choose.
    pub fn optional() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.is_optional())
    }

    /// What may stand in it.
    #[must_use]
    pub const fn placeholders(self) -> &'static [Placeholder] {
        use Placeholder as P;
        match self {
            Self::SignInCode => &[P::Code, P::Minutes, P::Shop],
            Self::Welcome => &[P::Name, P::Shop, P::PointsName, P::Page],
            Self::TierUp => &[P::Name, P::Shop, P::Tier, P::Benefits, P::KeptUntil, P::Page],
            Self::TierDown => &[P::Name, P::Shop, P::Tier, P::OldTier, P::Benefits, P::KeptUntil, P::Page],
            Self::TierLost => &[P::Name, P::Shop, P::OldTier, P::Page],
            Self::PointsExpiring => &[P::Name, P::Shop, P::Points, P::PointsName, P::ExpiresOn, P::Page],
            Self::VoucherGiven => &[P::Name, P::Shop, P::Reward, P::Voucher, P::ValidUntil, P::Page],
            Self::PolicyLetter => &[P::Name, P::Shop, P::Points, P::Subject, P::Text, P::Page],
        }
    }

    /// What must stand in its text, because the letter would be of no use without it.
    #[must_use]
    pub const fn required(self) -> &'static [Placeholder] {
        match self {
            Self::SignInCode => &[Placeholder::Code],
            Self::VoucherGiven => &[Placeholder::Voucher],
            Self::PolicyLetter => &[Placeholder::Text],
            Self::Welcome | Self::TierUp | Self::TierDown | Self::TierLost | Self::PointsExpiring => &[],
        }
    }

    /// Its number in links that were sent: never changes, never given to another.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::SignInCode => 1,
            Self::Welcome => 2,
            Self::TierUp => 3,
            Self::TierDown => 4,
            Self::TierLost => 5,
            Self::PointsExpiring => 6,
            Self::VoucherGiven => 7,
            Self::PolicyLetter => 8,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MessageKind {
    type Err = UnknownMessageKind;

    fn from_str(text: &str) -> Result<Self, UnknownMessageKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownMessageKind)
    }
}

/// The text names no kind of letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must name a kind of message")]
pub struct UnknownMessageKind;
