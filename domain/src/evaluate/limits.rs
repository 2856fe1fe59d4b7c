//! What promotions have given before, and what a purchase adds to that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matching::Trial;
use super::{CompiledRules, PurchaseFacts};
use crate::ids::PromotionId;
use crate::points::Points;
use crate::promotion::{Budget, CustomerLimit, LimitPeriod};

/// What promotions with a limit or a budget have given, as it was just before a purchase.
///
/// It is a part of the [`PurchaseFacts`] and stored with them, so that evaluating again gives the same. A
/// promotion that is not in it has given nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LimitsUsed(BTreeMap<PromotionId, LimitUse>);

/// What one promotion has given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitUse {
    /// What the customer has had of it in the period of its limit.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub used: Points,
    /// What is left of its budget. `None` where nothing of it is used, or there is no budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_left: Option<Points>,
}

impl LimitsUsed {
    /// Whether nothing was given by anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a promotion has given.
    #[must_use]
    pub fn of(&self, promotion: PromotionId) -> LimitUse {
        self.0.get(&promotion).copied().unwrap_or_default()
    }

    /// Says what a promotion has given.
    pub fn set(&mut self, promotion: PromotionId, given: LimitUse) {
        if given == LimitUse::default() {
            self.0.remove(&promotion);
        } else {
            self.0.insert(promotion, given);
        }
    }

    /// All that have given something, by id.
    pub fn iter(&self) -> impl Iterator<Item = (PromotionId, LimitUse)> {
        self.0.iter().map(|(promotion, given)| (*promotion, *given))
    }
}

impl FromIterator<(PromotionId, LimitUse)> for LimitsUsed {
    fn from_iter<T: IntoIterator<Item = (PromotionId, LimitUse)>>(given: T) -> Self {
        let mut limits = Self::default();
        for (promotion, given) in given {
            limits.set(promotion, given);
        }
        limits
    }
}

impl LimitUse {
    /// What is left of a budget.
    pub(super) fn left_of(self, budget: Budget) -> Points {
        self.budget_left.map_or(budget.points, |left| left.min(budget.points)).max(Points::ZERO)
    }
}

/// A limit or a budget that a purchase meets: what has to be known before it can be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Whose it is.
    pub promotion_id: PromotionId,
    /// The limit for each customer.
    pub customer: Option<CustomerLimit>,
    /// The budget.
    pub budget: Option<Budget>,
}

/// What a purchase takes of the limit or budget of a promotion: what the caller is to book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumed {
    /// Of which promotion.
    pub promotion_id: PromotionId,
    /// How much, above zero.
    pub points: Points,
    /// The period of its limit for each customer, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<LimitPeriod>,
    /// Whether it has a budget.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub budget: bool,
}

/// The limits and budgets of all promotions that match a purchase, whatever is left of them, by promotion id.
///
/// Whoever evaluates fills exactly these into [`PurchaseFacts::limits`]. That stays a short list: what does
/// not match cannot be used, and need not be known. `facts.limits` itself is not looked at.
#[must_use]
pub fn limited(facts: &PurchaseFacts, rules: &CompiledRules) -> Vec<Limited> {
    if !rules.is_limited() {
        return Vec::new();
    }
    let mut limited = Trial::new(facts, rules).limited();
    limited.sort_unstable_by_key(|limited| limited.promotion_id);
    limited
}
