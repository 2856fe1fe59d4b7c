//! What tiers are reached by, in which time, and how they are lost: one policy a merchant.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::money::{Amount, Currency, format_amount};
use crate::points::Points;

/// The most months of a rolling window.
pub const MAX_WINDOW_MONTHS: u16 = 60;

/// The most days of grace.
pub const MAX_GRACE_DAYS: u16 = 365;

/// How tiers are reached, kept and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TierPolicy {
    /// What counts.
    pub basis: TierBasis,
    /// In which time it counts.
    pub window: TierWindow,
    /// How far a customer falls who did not keep a tier.
    pub demotion: Demotion,
    /// For how many days after the end of a period what is still missing can be made up for, 0 to 365.
    pub grace_days: u16,
}

/// A change of some of a [`TierPolicy`]. What is not given stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TierPolicyPatch {
    /// See [`TierPolicy::basis`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<TierBasis>,
    /// See [`TierPolicy::window`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<TierWindow>,
    /// See [`TierPolicy::demotion`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demotion: Option<Demotion>,
    /// See [`TierPolicy::grace_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_days: Option<u16>,
}

/// What counts towards a tier; never the balance, so that nobody falls by spending points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TierBasis {
    /// Points that purchases earned, pending ones included.
    #[default]
    PointsEarned,
    /// What was paid, in minor units; what vouchers, points and cashback paid is not.
    Spend,
    /// The number of purchases.
    Purchases,
    /// Friends who came by the customer's referral.
    ReferralCredits,
}

/// In which time it counts. All dates are those of the merchant's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TierWindow {
    /// The last so many months. A tier is kept as long from the day on which it was reached, then looked at again.
    RollingMonths {
        /// How many, 1 to 60.
        months: u16,
    },
    /// From 1 January to 31 December.
    // With braces, as are the next: of a variant without them, serde would accept unknown fields.
    CalendarYear {},
    /// From one anniversary of the customer's enrolment to the next.
    MembershipYear {},
    /// Everything since the beginning. There is no end of a period, and so nobody falls.
    Ever {},
}

impl Default for TierWindow {
    fn default() -> Self {
        Self::RollingMonths { months: 12 }
    }
}

/// How far a customer falls who did not keep a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Demotion {
    /// To the next lower tier; a period later perhaps one more.
    #[default]
    OneStep,
    /// To the tier whose threshold was reached in the period.
    Straight,
}

impl TierPolicy {
    /// The policy after a change.
    #[must_use]
    pub fn with(self, patch: TierPolicyPatch) -> Self {
        Self {
            basis: patch.basis.unwrap_or(self.basis),
            window: patch.window.unwrap_or(self.window),
            demotion: patch.demotion.unwrap_or(self.demotion),
            grace_days: patch.grace_days.unwrap_or(self.grace_days),
        }
    }

    /// What the type alone does not rule out, with pointers below `pointer`.
    pub(crate) fn errors(&self, pointer: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut bounded = |field: &str, number: u16, min: u16, max: u16| {
            if !(min..=max).contains(&number) {
                let detail = format!("Must be between {min} and {max}");
                errors.push(FieldError::new(format!("{pointer}/{field}"), "out_of_range", detail));
            }
        };
        if let TierWindow::RollingMonths { months } = self.window {
            bounded("window/months", months, 1, MAX_WINDOW_MONTHS);
        }
        bounded("grace_days", self.grace_days, 0, MAX_GRACE_DAYS);
        errors
    }
}

impl TierBasis {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::PointsEarned, Self::Spend, Self::Purchases, Self::ReferralCredits];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PointsEarned => "points_earned",
            Self::Spend => "spend",
            Self::Purchases => "purchases",
            Self::ReferralCredits => "referral_credits",
        }
    }

    /// So much of it, for people: `1,240 points`, `$25.00`, `3 purchases`. Never below zero.
    #[must_use]
    pub fn counted(self, number: i64, currency: Currency) -> String {
        let number = number.max(0);
        let plural = |one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            _ => format!("{} {many}", Points::new(number).grouped()),
        };
        match self {
            Self::PointsEarned => plural("point", "points"),
            Self::Spend => format_amount(Amount::new(number).unwrap_or(Amount::MAX), currency),
            Self::Purchases => plural("purchase", "purchases"),
            Self::ReferralCredits => plural("referral credit", "referral credits"),
        }
    }
}

impl TierWindow {
    /// The word for its kind in the API and the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RollingMonths { .. } => "rolling_months",
            Self::CalendarYear {} => "calendar_year",
            Self::MembershipYear {} => "membership_year",
            Self::Ever {} => "ever",
        }
    }
}

impl Demotion {
    /// Both, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::OneStep, Self::Straight];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneStep => "one_step",
            Self::Straight => "straight",
        }
    }
}

impl std::str::FromStr for TierBasis {
    type Err = UnknownTierWord;

    fn from_str(text: &str) -> Result<Self, UnknownTierWord> {
        let expected = "points_earned, spend, purchases, referral_credits";
        Self::ALL.into_iter().find(|basis| basis.as_str() == text).ok_or(UnknownTierWord { expected })
    }
}

impl std::str::FromStr for Demotion {
    type Err = UnknownTierWord;

    fn from_str(text: &str) -> Result<Self, UnknownTierWord> {
        let expected = "one_step, straight";
        Self::ALL.into_iter().find(|demotion| demotion.as_str() == text).ok_or(UnknownTierWord { expected })
    }
}

/// The text is none of the words that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {expected}")]
pub struct UnknownTierWord {
    /// The words that there are.
    pub expected: &'static str,
}
