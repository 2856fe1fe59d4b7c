//! The published promotions of a merchant: what purchases are evaluated by.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PromotionTerms;
use crate::ids::PromotionId;
use crate::points::Rounding;

/// Everything that decides what a purchase earns. Stored whole, never changed, so that any purchase can be
/// evaluated again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// How the worth of a line becomes whole points.
    pub rounding: Rounding,
    /// Whether what rounding leaves is kept for the customer's next purchase, by promotion.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carry_over: bool,
    /// For how many days points wait before they can be spent, where a promotion does not say otherwise.
    #[serde(default, skip_serializing_if = "is_at_once")]
    pub pending_days: u16,
    /// The published promotions. Their order means nothing.
    pub promotions: Vec<PromotionRules>,
}

// By reference, because serde hands it over like that.
const fn is_at_once(days: &u16) -> bool {
    *days == 0
}

/// A promotion with all its published versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionRules {
    /// Which promotion.
    pub id: PromotionId,
    /// Its published versions. Their order means nothing.
    pub versions: Vec<PromotionVersion>,
    /// When it rested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// When it was ended by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// One published version of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionVersion {
    /// Its number; a promotion begins with 1.
    pub version: u32,
    /// From when it is in force; always, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<DateTime<Utc>>,
    /// What it says.
    pub terms: PromotionTerms,
}

/// A time in which a promotion rests, from inclusive to exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it was over; absent while it lasts.
    #[serde(default)]
    pub to: Option<DateTime<Utc>>,
}

impl Pause {
    /// Whether the promotion rests at this instant.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.from <= instant && self.to.is_none_or(|to| instant < to)
    }
}

impl PromotionRules {
    /// The version in force at an instant: the highest one whose time has come. A lower one never revives.
    #[must_use]
    pub fn version_at(&self, instant: DateTime<Utc>) -> Option<&PromotionVersion> {
        self.versions
            .iter()
            .filter(|version| version.effective_from.is_none_or(|from| from <= instant))
            .max_by_key(|version| version.version)
    }

    /// Whether the promotion rests at an instant.
    #[must_use]
    pub fn paused_at(&self, instant: DateTime<Utc>) -> bool {
        self.pauses.iter().any(|pause| pause.contains(instant))
    }

    /// Whether the promotion was ended by hand before or at an instant.
    #[must_use]
    pub fn ended_by(&self, instant: DateTime<Utc>) -> bool {
        self.ended_at.is_some_and(|ended_at| ended_at <= instant)
    }
}
