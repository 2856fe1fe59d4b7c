//! What a purchase counts for a policy.

use crate::evaluate::KnownProduct;
use crate::money::Amount;
use crate::promotion::{ProductFilter, ProductMatcher};

/// Which lines are counted, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counting {
    /// What is counted.
    pub unit: CountUnit,
    /// Which lines are.
    pub products: ProductFilter,
    /// What these lines must come to, less what was returned of them.
    pub minimum_amount: Option<Amount>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CountUnit {
    /// Purchases, whatever is in them.
    #[default]
    Purchases,
    /// Units of products.
    Units,
}

impl CountUnit {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::Purchases, Self::Units];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchases => "purchases",
            Self::Units => "units",
        }
    }
}

/// A line as it is by now.
#[derive(Debug, Clone, Copy)]
pub struct BoughtLine<'a> {
    /// What was known of its product.
    pub known: Option<&'a KnownProduct>,
    /// The product as the till sent it.
    pub text: Option<&'a str>,
    /// Units bought.
    pub quantity: u64,
    /// What was to be paid for it.
    pub due: Amount,
    /// Units returned.
    pub returned_quantity: u64,
    /// What was returned of the amount.
    pub returned: Amount,
}

impl BoughtLine<'_> {
    fn left(&self) -> Amount {
        self.due.checked_sub(self.returned).unwrap_or_default()
    }

    /// Whether nothing of it is left: all that was to be paid for it came back, or every unit of what cost nothing.
    fn is_gone(&self) -> bool {
        if self.due.is_zero() {
            self.quantity > 0 && self.returned_quantity >= self.quantity
        } else {
            self.left().is_zero()
        }
    }

    fn units(&self) -> u64 {
        if self.is_gone() { 0 } else { self.quantity.saturating_sub(self.returned_quantity) }
    }
}

impl Counting {
    /// What a purchase with these lines counts, which may be nothing. `complete` tells that all of it was returned.
    #[must_use]
    pub fn count<'a>(&self, lines: impl Iterator<Item = BoughtLine<'a>>, complete: bool) -> u64 {
        let mut units = 0_u64;
        let (mut any, mut amount) = (false, 0_i64);
        for line in lines.filter(|line| self.is_about(line)) {
            any |= !line.is_gone();
            amount = amount.saturating_add(line.left().get());
            units = units.saturating_add(line.units());
        }
        let enough = self.minimum_amount.is_none_or(|minimum| amount >= minimum.get());
        match self.unit {
            _ if complete || !any || !enough => 0,
            CountUnit::Purchases => 1,
            CountUnit::Units => units,
        }
    }

    /// As promotions see it: to be included by name a product must be in the catalogue; to be excluded, its text is enough.
    fn is_about(&self, line: &BoughtLine<'_>) -> bool {
        let named = |matcher: &ProductMatcher| match (line.known, matcher) {
            (Some(known), _) => known.is(matcher),
            (None, _) => false,
        };
        let excluded = |matcher: &ProductMatcher| match (line.known, matcher) {
            (None, ProductMatcher::Sku(sku)) => line.text == Some(sku.as_str()),
            _ => named(matcher),
        };
        let included = self.products.include.is_empty() || self.products.include.iter().any(named);
        included && !self.products.exclude.iter().any(excluded)
    }
}
