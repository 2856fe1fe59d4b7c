//! The promotion that is tried, among the rules of a time.

use chrono::TimeDelta;

use super::ReplayWindow;
use crate::evaluate::CompiledRules;
use crate::ids::PromotionId;
use crate::points::Points;
use crate::promotion::{PromotionRules, PromotionTerms, PromotionVersion, RuleSet};

/// A version takes about the memory of so many names: skus and the like.
const NAMES_OF_A_VERSION: usize = 4;

/// What a promotion might say.
#[derive(Debug, Clone)]
pub struct Draft {
    id: PromotionId,
    version: u32,
    terms: PromotionTerms,
    given: Points,
}

/// The rules of a time with a draft among them.
#[derive(Debug)]
pub struct ReplayRules {
    /// The rules, ready to evaluate.
    pub(super) compiled: CompiledRules,
    /// Whether the promotion was among the rules of that time, so that it may have given something then.
    pub(super) had: bool,
    size: usize,
}

impl ReplayRules {
    /// How large they are: a name, such as that of a product, counts once, a version as a few of them. A promotion may name
    /// thousands of products.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }
}

impl Draft {
    /// These terms, as a version of a promotion that may have others.
    #[must_use]
    pub const fn new(id: PromotionId, version: u32, terms: PromotionTerms) -> Self {
        Self { id, version, terms, given: Points::ZERO }
    }

    /// The same, of a promotion that has given so much of its budget by now, in all its versions.
    #[must_use]
    pub fn having_given(self, given: Points) -> Self {
        Self { given, ..self }
    }

    /// Of which promotion.
    #[must_use]
    pub const fn id(&self) -> PromotionId {
        self.id
    }

    /// Which version of it.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What it says.
    #[must_use]
    pub const fn terms(&self) -> &PromotionTerms {
        &self.terms
    }

    /// What its promotion has given of the budget by now.
    #[must_use]
    pub const fn given(&self) -> Points {
        self.given
    }

    /// The rules of a time with the draft in the place of all versions of its promotion: in force throughout,
    /// whatever its dates and those of the versions say, whether it rested or was ended, and without its budget.
    ///
    /// They are for purchases of the window alone: what cannot be in force in it is left out. A rule set has everything
    /// that was ever published, nearly all of which is over, and a window meets many rule sets.
    #[must_use]
    pub fn among(&self, mut rules: RuleSet, window: ReplayWindow) -> ReplayRules {
        let before = rules.promotions.len();
        rules.promotions.retain(|promotion| promotion.id != self.id);
        let had = rules.promotions.len() < before;
        rules.promotions.retain_mut(|promotion| cut_to(promotion, window));
        let terms = PromotionTerms { starts_at: None, ends_at: None, budget: None, ..self.terms.clone() };
        rules.promotions.push(PromotionRules {
            id: self.id,
            versions: vec![PromotionVersion { version: self.version, effective_from: None, terms }],
            pauses: Vec::new(),
            ended_at: None,
        });
        let versions = rules.promotions.iter().flat_map(|promotion| &promotion.versions);
        let size = versions.map(|version| NAMES_OF_A_VERSION + names(&version.terms)).sum();
        ReplayRules { compiled: CompiledRules::new(&rules), had, size }
    }
}

/// Leaves of a promotion the versions that are in force at some instant of a window. Gives whether it can give anything then.
fn cut_to(promotion: &mut PromotionRules, window: ReplayWindow) -> bool {
    let first = promotion.version_at(window.from()).map(|version| version.version);
    promotion.versions.retain(|version| {
        first.is_none_or(|first| version.version >= first)
            && version.effective_from.is_none_or(|effective_from| effective_from < window.to())
    });
    // By its own dates only if all of it is over: a version that is over keeps the ones before it from coming back.
    // They are dates on the clocks of retailers, which are nowhere a whole day behind.
    let is_over = |version: &PromotionVersion| {
        let over = version.terms.ends_at.and_then(|end| end.checked_add_signed(TimeDelta::days(1)));
        over.is_some_and(|over| over.and_utc() <= window.from())
    };
    !promotion.ended_by(window.from()) && !promotion.versions.iter().all(is_over)
}

/// How many products, retailers, regions and tiers a promotion names.
fn names(terms: &PromotionTerms) -> usize {
    let products = terms.products.include.len() + terms.products.exclude.len();
    products + terms.retailers.len() + terms.regions.len() + terms.tiers.len()
}
