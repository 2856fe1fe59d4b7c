//! A rule set made ready for many purchases.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::filters::Filters;
use crate::ids::PromotionId;
use crate::points::Rounding;
use crate::promotion::{Pause, PromotionRules, PromotionTerms, RuleSet};

/// A rule set made ready for many purchases: immutable, to be shared between threads.
#[derive(Debug)]
pub struct CompiledRules {
    pub(super) rounding: Rounding,
    /// Whether each promotion carries over what rounding leaves.
    pub(super) carry_over: bool,
    /// For how many days points wait, where a promotion does not say otherwise.
    pub(super) pending_days: u16,
    /// Whether any version has a limit or a budget.
    limited: bool,
    pub(super) promotions: Vec<CompiledPromotion>,
    pub(super) filters: Filters,
}

#[derive(Debug)]
pub(super) struct CompiledPromotion {
    pub(super) id: PromotionId,
    /// The highest version first.
    pub(super) versions: Vec<CompiledVersion>,
    pub(super) pauses: Vec<Pause>,
    pub(super) ended_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub(super) struct CompiledVersion {
    pub(super) number: u32,
    pub(super) effective_from: Option<DateTime<Utc>>,
    pub(super) terms: PromotionTerms,
    /// The name once more, to be shared with everything that it gives.
    pub(super) name: Arc<str>,
    /// The number of its product filter.
    pub(super) filter: usize,
}

impl CompiledRules {
    /// Prepares a rule set.
    #[must_use]
    pub fn new(rules: &RuleSet) -> Self {
        let mut filters = Filters::default();
        let mut promotions: Vec<_> = rules
            .promotions
            .iter()
            .map(|promotion| CompiledPromotion::new(promotion, &mut filters))
            .collect();
        promotions.sort_unstable_by_key(|promotion| promotion.id);
        let versions = promotions.iter().flat_map(|promotion| &promotion.versions);
        let limited = versions.into_iter().any(|version| version.terms.is_limited());
        Self {
            rounding: rules.rounding,
            carry_over: rules.carry_over,
            pending_days: rules.pending_days,
            limited,
            promotions,
            filters,
        }
    }

    /// How the worth of a line becomes whole points.
    #[must_use]
    pub fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// Whether what rounding leaves is kept for the customer's next purchase. Without it no remainders are looked up,
    /// and none are written.
    #[must_use]
    pub fn carries_over(&self) -> bool {
        self.carry_over
    }

    /// Whether what a purchase earns can depend on what was given before. Without it there is nothing to look
    /// up, and nothing to book.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limited
    }
}

impl CompiledPromotion {
    fn new(promotion: &PromotionRules, filters: &mut Filters) -> Self {
        let mut versions: Vec<_> = promotion
            .versions
            .iter()
            .map(|version| CompiledVersion {
                number: version.version,
                effective_from: version.effective_from,
                name: version.terms.name.as_str().into(),
                filter: filters.add(&version.terms.products),
                terms: version.terms.clone(),
            })
            .collect();
        versions.sort_unstable_by_key(|version| std::cmp::Reverse(version.number));
        Self { id: promotion.id, versions, pauses: promotion.pauses.clone(), ended_at: promotion.ended_at }
    }

    /// The version in force at an instant: the highest one whose time has come.
    pub(super) fn version_at(&self, instant: DateTime<Utc>) -> Option<&CompiledVersion> {
        self.versions.iter().find(|version| version.effective_from.is_none_or(|from| from <= instant))
    }
}
