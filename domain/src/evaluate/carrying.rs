//! What rounding leaves, kept for the customer's next purchase: `carry_over`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matching::Trial;
use super::{CompiledRules, PurchaseFacts};
use crate::ids::PromotionId;
use crate::points::{Remainder, Rounding};

/// What promotions carry over for a customer, as it was just before a purchase.
///
/// It is a part of the [`PurchaseFacts`] and stored with them, so that evaluating again gives the same. A promotion
/// that is not in it carries nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Remainders(BTreeMap<PromotionId, Remainder>);

impl Remainders {
    /// Whether nothing is carried by anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a promotion carries.
    #[must_use]
    pub fn of(&self, promotion: PromotionId) -> Remainder {
        self.0.get(&promotion).copied().unwrap_or_default()
    }

    /// Says what a promotion carries.
    pub fn set(&mut self, promotion: PromotionId, remainder: Remainder) {
        if remainder.is_zero() {
            self.0.remove(&promotion);
        } else {
            self.0.insert(promotion, remainder);
        }
    }

    /// All that carry something, by id.
    pub fn iter(&self) -> impl Iterator<Item = (PromotionId, Remainder)> {
        self.0.iter().map(|(promotion, remainder)| (*promotion, *remainder))
    }
}

impl FromIterator<(PromotionId, Remainder)> for Remainders {
    fn from_iter<T: IntoIterator<Item = (PromotionId, Remainder)>>(carried: T) -> Self {
        let mut remainders = Self::default();
        for (promotion, remainder) in carried {
            remainders.set(promotion, remainder);
        }
        remainders
    }
}

/// What a promotion carried before something, and what it carries after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// What came from before.
    pub before: Remainder,
    /// What is carried on.
    pub after: Remainder,
}

impl Carried {
    /// Whether it carries on what came from before.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.before == self.after
    }

    /// For people: `0.4 carried from before, 0.15 carried on`; nothing where nothing is carried.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let part = |remainder: Remainder, carried: &str, owed: &str| {
            let words = if remainder > Remainder::ZERO { carried } else { owed };
            (!remainder.is_zero()).then(|| format!("{} {words}", remainder.magnitude()))
        };
        let before = part(self.before, "carried from before", "owed from before");
        let after = part(self.after, "carried on", "owed on");
        match (before, after) {
            (Some(before), Some(after)) => Some(format!("{before}, {after}")),
            (before, after) => before.or(after),
        }
    }
}

/// The promotions of which has to be known what they carry: all that match a purchase and give by the line, whatever is
/// left of their limits, by id. None where the merchant does not carry over.
///
/// Whoever evaluates fills exactly these into [`PurchaseFacts::remainders`], which is not looked at itself. That stays a
/// short list: what does not match carries on what it has.
#[must_use]
pub fn carrying(facts: &PurchaseFacts, rules: &CompiledRules) -> Vec<PromotionId> {
    if !rules.carries_over() {
        return Vec::new();
    }
    let mut carrying = Trial::new(facts, rules).carrying();
    carrying.sort_unstable();
    carrying
}

/// What a worth gives in whole points together with what came from before, and what is carried on. `None` when that
/// cannot be counted.
///
/// The worth is `numerator` over `denominator`, of which billionths count. Nothing is ever taken: while less than nothing
/// is left, it only makes up for that.
pub(super) fn carry(
    rounding: Rounding,
    (numerator, denominator): (u128, u128),
    before: Remainder,
) -> Option<(u128, Remainder)> {
    const POINT: u128 = Remainder::SCALE as u128;
    let worth = i128::try_from(billionths(numerator, denominator)?).ok()?;
    let exact = worth.checked_add(i128::from(before.billionths()))?;
    // What is below zero does not convert, and gives nothing.
    let points = u128::try_from(exact).map_or(Some(0), |exact| rounding.divide(exact, POINT))?;
    let given = i128::try_from(points.checked_mul(POINT)?).ok()?;
    let after = i64::try_from(exact.checked_sub(given)?).ok()?;
    Some((points, Remainder::from_billionths(after)))
}

/// A fraction in whole billionths, rounded down.
fn billionths(numerator: u128, denominator: u128) -> Option<u128> {
    const SCALE: u128 = Remainder::SCALE as u128;
    let whole = numerator.checked_div(denominator)?.checked_mul(SCALE)?;
    let rest = numerator.checked_rem(denominator)?;
    let part = match rest.checked_mul(SCALE) {
        Some(scaled) => scaled / denominator,
        // So long a denominator that a billionth of it is long, too: the last billionth may be lost by this.
        None => rest / (denominator / SCALE + 1),
    };
    whole.checked_add(part)
}
