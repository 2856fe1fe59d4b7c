//! Reasons to doubt a referral, each with its weight and in words.

use serde::{Deserialize, Serialize};

use super::alias::same_mailbox;
use super::policy::{ReferralPolicy, SamePerson};
use super::state::{ReferralState, Review};
use crate::codes::Email;

/// The highest score.
const CERTAIN: u8 = 100;

/// From this score on a person looks at a referral.
const DOUBTFUL: u8 = 50;

/// What is known of a friend and an advocate at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The friend's address.
    pub friend_email: Option<Email>,
    /// The advocate's.
    pub advocate_email: Option<Email>,
    /// Whether both are called the same, case and surrounding spaces aside.
    pub same_name: bool,
    /// Whether both have paid by the same means.
    pub same_payment: bool,
    /// How many friends the advocate has brought in the last hour, without this one.
    pub in_hour: u32,
    /// How many in the last 24 hours, without this one.
    pub in_day: u32,
    /// Whether the friend has, directly or through others, brought the advocate.
    pub is_cycle: bool,
}

/// One reason to doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RiskReason {
    /// Both are among people who recommend each other in a circle.
    Cycle,
    /// Mail to both ends in one mailbox.
    SameEmail,
    /// Both have paid by the same means.
    SamePayment,
    /// The advocate has brought more friends within an hour than the merchant allows.
    ManyInHour,
    /// The same within a day.
    ManyInDay,
    /// Both have one name. People of one family do; it weighs little.
    SameName,
}

/// One reason to doubt as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Risk {
    /// Which.
    pub reason: RiskReason,
    /// The same for people, one sentence without a full stop.
    pub text: String,
    /// How much it weighs, 1 to 100.
    pub score: u8,
}

/// What becomes of a referral when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `registered`, or `rejected` from the beginning.
    pub state: ReferralState,
    /// `none` or `waiting`.
    pub review: Review,
    /// Why.
    pub risks: Vec<Risk>,
    /// The weights together, at most 100.
    pub score: u8,
}

impl RiskReason {
    /// All of them, the gravest first.
    pub const ALL: [Self; 6] =
        [Self::Cycle, Self::SameEmail, Self::SamePayment, Self::ManyInHour, Self::ManyInDay, Self::SameName];

    /// How much it weighs.
    #[must_use]
    pub const fn score(self) -> u8 {
        match self {
            Self::Cycle => CERTAIN,
            Self::SameEmail => 80,
            Self::SamePayment => 70,
            Self::ManyInHour | Self::ManyInDay => DOUBTFUL,
            Self::SameName => 20,
        }
    }

    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Cycle => "These customers recommend each other in a circle",
            Self::SameEmail => "Both e-mail addresses lead to one mailbox",
            Self::SamePayment => "Both have paid by the same means",
            Self::ManyInHour => "The advocate has brought unusually many friends within an hour",
            Self::ManyInDay => "The advocate has brought unusually many friends within a day",
            Self::SameName => "Both have the same name",
        }
    }

    /// Whether it says that friend and advocate are one person.
    #[must_use]
    pub const fn is_same_person(self) -> bool {
        matches!(self, Self::SameEmail | Self::SamePayment)
    }
}

impl From<RiskReason> for Risk {
    fn from(reason: RiskReason) -> Self {
        Self { reason, text: reason.text().to_owned(), score: reason.score() }
    }
}

/// The reasons to doubt that the evidence gives, the gravest first.
#[must_use]
pub fn risk(policy: &ReferralPolicy, evidence: &Evidence) -> Vec<RiskReason> {
    let holds = |reason: &RiskReason| match reason {
        RiskReason::Cycle => evidence.is_cycle,
        RiskReason::SameEmail => evidence
            .friend_email
            .as_ref()
            .zip(evidence.advocate_email.as_ref())
            .is_some_and(|(friend, advocate)| same_mailbox(friend, advocate)),
        RiskReason::SamePayment => evidence.same_payment,
        RiskReason::ManyInHour => evidence.in_hour >= policy.max_per_hour,
        RiskReason::ManyInDay => evidence.in_day >= policy.max_per_day,
        RiskReason::SameName => evidence.same_name,
    };
    RiskReason::ALL.into_iter().filter(holds).collect()
}

/// What becomes of a referral for which there are these reasons to doubt.
///
/// A circle never counts. What looks like one person is refused where the merchant wants that, else a person looks at
/// it, as at everything that weighs enough.
#[must_use]
pub fn verdict(policy: &ReferralPolicy, reasons: &[RiskReason]) -> Verdict {
    let score = reasons.iter().fold(0_u8, |sum, reason| sum.saturating_add(reason.score())).min(CERTAIN);
    let is_refused = reasons.iter().any(|reason| match policy.same_person {
        SamePerson::Refuse => *reason == RiskReason::Cycle || reason.is_same_person(),
        SamePerson::Review => *reason == RiskReason::Cycle,
    });
    let (state, review) = match (is_refused, score >= DOUBTFUL) {
        (true, _) => (ReferralState::Rejected, Review::Rejected),
        (false, true) => (ReferralState::Registered, Review::Waiting),
        (false, false) => (ReferralState::Registered, Review::None),
    };
    Verdict { state, review, risks: reasons.iter().copied().map(Risk::from).collect(), score }
}
