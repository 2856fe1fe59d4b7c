//! Which product filters let a line through, for all filters of a rule set at once.

use std::collections::HashMap;

use super::LineFacts;
use crate::promotion::{ProductFilter, ProductMatcher};

/// A set of small numbers, here of filters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits & (1 << (number % 64)) != 0)
    }

    fn union(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (bits, other) in self.0.iter_mut().zip(&other.0) {
            *bits |= other;
        }
    }

    fn subtract(&mut self, other: &Self) {
        for (bits, other) in self.0.iter_mut().zip(&other.0) {
            *bits &= !other;
        }
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// All product filters of a rule set, turned around: from what a product is to the filters that name it.
///
/// A line then costs one look-up for its sku, one for its category and one for each tag, however many
/// promotions there are.
#[derive(Debug, Default)]
pub(super) struct Filters {
    numbers: HashMap<FilterKey, usize>,
    /// The filters that include everything.
    open: Bits,
    skus: HashMap<String, Named>,
    categories: HashMap<String, Named>,
    tags: HashMap<String, Named>,
}

/// Sorted, so that two filters that say the same are one.
type FilterKey = (Vec<ProductMatcher>, Vec<ProductMatcher>);

/// The filters that name a sku, a category or a tag.
#[derive(Debug, Default)]
struct Named {
    include: Bits,
    exclude: Bits,
}

impl Filters {
    /// Adds a filter and gives its number; the same filter always has the same one.
    pub(super) fn add(&mut self, filter: &ProductFilter) -> usize {
        let sorted = |matchers: &[ProductMatcher]| {
            let mut matchers = matchers.to_vec();
            matchers.sort_unstable();
            matchers
        };
        let key = (sorted(&filter.include), sorted(&filter.exclude));
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.numbers.len();
        if filter.include.is_empty() {
            self.open.insert(number);
        }
        for matcher in &filter.include {
            self.named(matcher).include.insert(number);
        }
        for matcher in &filter.exclude {
            self.named(matcher).exclude.insert(number);
        }
        self.numbers.insert(key, number);
        number
    }

    fn named(&mut self, matcher: &ProductMatcher) -> &mut Named {
        let (index, name) = match matcher {
            ProductMatcher::Sku(sku) => (&mut self.skus, sku.as_str()),
            ProductMatcher::Category(category) => (&mut self.categories, category.as_str()),
            ProductMatcher::Tag(tag) => (&mut self.tags, tag.as_str()),
        };
        index.entry(name.to_owned()).or_default()
    }

    /// Leaves in `through` the filters that let a line through.
    ///
    /// To be included by name a product must be in the catalogue; to be excluded, its text is enough.
    pub(super) fn through(&self, line: &LineFacts, through: &mut Bits) {
        through.clear();
        through.union(&self.open);
        let Some(product) = &line.product else {
            if let Some(named) = line.product_text.as_deref().and_then(|text| self.skus.get(text)) {
                through.subtract(&named.exclude);
            }
            return;
        };
        let sku = self.skus.get(product.sku.as_str());
        let category = product.category.as_ref().and_then(|category| self.categories.get(category.as_str()));
        let tags = product.tags.iter().filter_map(|tag| self.tags.get(tag.as_str()));
        let names = || sku.into_iter().chain(category).chain(tags.clone());
        for named in names() {
            through.union(&named.include);
        }
        for named in names() {
            through.subtract(&named.exclude);
        }
    }
}
