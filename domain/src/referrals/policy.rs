//! What a merchant sets for referrals.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::target::{Origin, SharingTarget, Target};
use crate::error::FieldError;

/// The most days for which a link that was followed is remembered.
pub const MAX_ATTRIBUTION_DAYS: u16 = 365;

/// The most days for which an award waits.
pub const MAX_HOLD_DAYS: u16 = 365;

/// The most sites that links may lead to.
pub const MAX_ORIGINS: usize = 20;

/// The most things that customers can share.
pub const MAX_TARGETS: usize = 50;

/// How friends are brought, believed and waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ReferralPolicy {
    /// Whether codes bring anybody. While not, they are ignored; who came before is not forgotten.
    pub enabled: bool,
    /// For how many days a link that was followed counts, 1 to 365.
    pub attribution_days: u16,
    /// Which link counts when several were followed.
    pub touch: TouchModel,
    /// For how many days an award waits after the first purchase, so that a return comes before it: 0 to 365.
    pub hold_days: u16,
    /// What happens when friend and advocate look like one person.
    pub same_person: SamePerson,
    /// How many friends somebody can bring within an hour before a person looks at it, 1 to 10,000.
    pub max_per_hour: u32,
    /// The same within 24 hours, 1 to 100,000.
    pub max_per_day: u32,
    /// The sites that links may lead to, at most 20, beside those whose pages may call the API (`allowed_origins` of the
    /// merchant). Your own pages here are always allowed.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub allowed_origins: Vec<Origin>,
    /// What customers can share beside the program itself, at most 50.
    pub targets: Vec<SharingTarget>,
}

/// A change of some of a [`ReferralPolicy`]. What is not given stays; lists are replaced whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ReferralPolicyPatch {
    /// See [`ReferralPolicy::enabled`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// See [`ReferralPolicy::attribution_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution_days: Option<u16>,
    /// See [`ReferralPolicy::touch`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touch: Option<TouchModel>,
    /// See [`ReferralPolicy::hold_days`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_days: Option<u16>,
    /// See [`ReferralPolicy::same_person`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_person: Option<SamePerson>,
    /// See [`ReferralPolicy::max_per_hour`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_hour: Option<u32>,
    /// See [`ReferralPolicy::max_per_day`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_day: Option<u32>,
    /// See [`ReferralPolicy::allowed_origins`].
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub allowed_origins: Option<Vec<Origin>>,
    /// See [`ReferralPolicy::targets`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<SharingTarget>>,
}

/// Which link counts when somebody followed several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TouchModel {
    /// The first.
    First,
    /// The last.
    #[default]
    Last,
}

/// What happens when friend and advocate look like one person: aliases of one mailbox, one means of payment. (A
/// telephone number belongs to one customer in any case.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SamePerson {
    /// A person looks at it; nothing is paid before.
    #[default]
    Review,
    /// It does not count.
    Refuse,
}

impl Default for ReferralPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            attribution_days: 30,
            touch: TouchModel::default(),
            hold_days: 14,
            same_person: SamePerson::default(),
            max_per_hour: 10,
            max_per_day: 50,
            allowed_origins: Vec::new(),
            targets: Vec::new(),
        }
    }
}

impl ReferralPolicy {
    /// The policy after a change.
    #[must_use]
    pub fn with(&self, patch: ReferralPolicyPatch) -> Self {
        Self {
            enabled: patch.enabled.unwrap_or(self.enabled),
            attribution_days: patch.attribution_days.unwrap_or(self.attribution_days),
            touch: patch.touch.unwrap_or(self.touch),
            hold_days: patch.hold_days.unwrap_or(self.hold_days),
            same_person: patch.same_person.unwrap_or(self.same_person),
            max_per_hour: patch.max_per_hour.unwrap_or(self.max_per_hour),
            max_per_day: patch.max_per_day.unwrap_or(self.max_per_day),
            allowed_origins: patch.allowed_origins.unwrap_or_else(|| self.allowed_origins.clone()),
            targets: patch.targets.unwrap_or_else(|| self.targets.clone()),
        }
    }

    /// What the types alone do not rule out, with pointers below `pointer`; `may_lead_to` says where links may lead.
    pub(crate) fn errors(&self, pointer: &str, may_lead_to: impl Fn(&Target) -> bool) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut bounded = |field: &str, number: u32, min: u32, max: u32| {
            if !(min..=max).contains(&number) {
                let detail = format!("Must be between {min} and {max}");
                errors.push(FieldError::new(format!("{pointer}/{field}"), "out_of_range", detail));
            }
        };
        bounded("attribution_days", self.attribution_days.into(), 1, MAX_ATTRIBUTION_DAYS.into());
        bounded("hold_days", self.hold_days.into(), 0, MAX_HOLD_DAYS.into());
        bounded("max_per_hour", self.max_per_hour, 1, 10_000);
        bounded("max_per_day", self.max_per_day, 1, 100_000);
        for (field, count, max) in [
            ("allowed_origins", self.allowed_origins.len(), MAX_ORIGINS),
            ("targets", self.targets.len(), MAX_TARGETS),
        ] {
            if count > max {
                let detail = format!("Must be at most {max}");
                errors.push(FieldError::new(format!("{pointer}/{field}"), "too_many", detail));
            }
        }
        for (index, target) in self.targets.iter().take(MAX_TARGETS).enumerate() {
            if !may_lead_to(&target.url) {
                let detail = "Must be on one of the sites that links may lead to";
                errors.push(FieldError::new(format!("{pointer}/targets/{index}/url"), "not_allowed", detail));
            }
        }
        errors
    }
}

impl TouchModel {
    /// Both, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::Last, Self::First];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
        }
    }
}

impl SamePerson {
    /// Both, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::Review, Self::Refuse];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Refuse => "refuse",
        }
    }
}

/// The text is no word of a referral policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownReferralWord {
    /// Not a touch model.
    #[error("must be first or last")]
    Touch,
    /// Not a rule for one person.
    #[error("must be review or refuse")]
    SamePerson,
}

impl FromStr for TouchModel {
    type Err = UnknownReferralWord;

    fn from_str(text: &str) -> Result<Self, UnknownReferralWord> {
        Self::ALL.into_iter().find(|model| model.as_str() == text).ok_or(UnknownReferralWord::Touch)
    }
}

impl FromStr for SamePerson {
    type Err = UnknownReferralWord;

    fn from_str(text: &str) -> Result<Self, UnknownReferralWord> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or(UnknownReferralWord::SamePerson)
    }
}
