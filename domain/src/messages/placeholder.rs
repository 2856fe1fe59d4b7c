//! What stands for something that only the letter itself knows.

use serde::{Deserialize, Serialize};

/// A word in braces that is filled in when a letter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placeholder {
    /// What the customer is called.
    Name,
    /// What the merchant is called.
    Shop,
    /// The address of the customer's page.
    Page,
    /// What points are called.
    PointsName,
    /// The code to sign in with.
    Code,
    /// For how many minutes it works.
    Minutes,
    /// A tier.
    Tier,
    /// The tier before.
    OldTier,
    /// What the tier brings.
    Benefits,
    /// How long the tier is kept at least.
    KeptUntil,
    /// A number of points.
    Points,
    /// The last day of points.
    ExpiresOn,
    /// What a voucher is for.
    Reward,
    /// The code of a voucher.
    Voucher,
    /// The last day of a voucher.
    ValidUntil,
    /// What a reward policy's letter is about.
    Subject,
    /// What a reward policy's letter says.
    Text,
}

/// What becomes of the words around a placeholder that has nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// They close up: `Hello {name},` is `Hello,`.
    ClosesUp,
    /// Their paragraph would say nothing: it is left out.
    TakesParagraph,
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Name,
        Self::Shop,
        Self::Page,
        Self::PointsName,
        Self::Code,
        Self::Minutes,
        Self::Tier,
        Self::OldTier,
        Self::Benefits,
        Self::KeptUntil,
        Self::Points,
        Self::ExpiresOn,
        Self::Reward,
        Self::Voucher,
        Self::ValidUntil,
        Self::Subject,
        Self::Text,
    ];

    /// The word that stands between the braces.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Shop => "shop",
            Self::Page => "page",
            Self::PointsName => "points_name",
            Self::Code => "code",
            Self::Minutes => "minutes",
            Self::Tier => "tier",
            Self::OldTier => "old_tier",
            Self::Benefits => "benefits",
            Self::KeptUntil => "kept_until",
            Self::Points => "points",
            Self::ExpiresOn => "expires_on",
            Self::Reward => "reward",
            Self::Voucher => "voucher",
            Self::ValidUntil => "valid_until",
            Self::Subject => "subject",
            Self::Text => "text",
        }
    }

    /// What it becomes, for whoever writes a template.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Name => "The name of the customer; nothing where none is known",
            Self::Shop => "Your name",
            Self::Page => {
                "The address of the customer’s page; a button when it stands alone in its paragraph"
            }
            Self::PointsName => "What you call points",
            Self::Code => "The code",
            Self::Minutes => "For how many minutes the code works",
            Self::Tier => "The tier that the customer has now",
            Self::OldTier => "The tier that the customer had",
            Self::Benefits => "What the tier brings, a line each; without any, its paragraph is left out",
            Self::KeptUntil => {
                "Until when the tier is kept at least; where there is no such day, its paragraph is left out"
            }
            Self::Points => "How many points",
            Self::ExpiresOn => "The last day on which they can be spent",
            Self::Reward => "What the voucher is for",
            Self::Voucher => "The code of the voucher",
            Self::ValidUntil => "The last day of the voucher; where it has none, its paragraph is left out",
            Self::Subject => "What the policy’s e-mail is about",
            Self::Text => "What the policy’s e-mail says",
        }
    }

    /// What stands there in a preview.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Name => "Maya Lindqvist",
            Self::Shop => "Hearth & Hops",
            Self::Page => "https://loyalty.example.com/p/hearth-and-hops",
            Self::PointsName => "points",
            Self::Code => "482 913",
            Self::Minutes => "10",
            Self::Tier => "Gold",
            Self::OldTier => "Platinum",
            Self::Benefits => "- 1.5 times the points\n- 5% off every purchase\n- Early booking",
            Self::KeptUntil => "Dec 31, 2027",
            Self::Points => "1,240",
            Self::ExpiresOn => "Mar 31, 2027",
            Self::Reward => "A free meal",
            Self::Voucher => "7K3M-9QXT-2WDF-8RBN",
            Self::ValidUntil => "Jun 30, 2027",
            Self::Subject => "You have more than 1,000 points",
            Self::Text => "You have 1,240 points now.\n\nThat is enough for a free meal.",
        }
    }

    pub(super) const fn absent(self) -> Absent {
        match self {
            Self::Benefits | Self::KeptUntil | Self::ValidUntil => Absent::TakesParagraph,
            _ => Absent::ClosesUp,
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placeholder| placeholder.word() == word)
    }
}
