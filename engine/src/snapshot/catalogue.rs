//! The products of a merchant in memory.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::evaluate::KnownProduct;
use perennial_domain::ids::ProductId;

/// A product in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductEntry {
    /// The product.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// What an evaluation must know: sku, category, tags. The sku never changes.
    pub known: Arc<KnownProduct>,
}

/// The products of a merchant at one revision.
///
/// A big base that is shared with older catalogues, and what changed since on top: a change of one product does not
/// copy a hundred thousand. Archived products are not found: for a purchase they are text, like unknown ones.
#[derive(Debug, Default)]
pub struct Catalogue {
    revision: i64,
    base: Arc<Index>,
    recent: Index,
}

/// By sku and by id; `None` stands for a product that was archived.
#[derive(Debug, Default, Clone)]
struct Index {
    by_sku: HashMap<Box<str>, Option<Arc<ProductEntry>>>,
    by_id: HashMap<ProductId, Option<Arc<ProductEntry>>>,
}

/// A product that was changed, or archived.
pub(super) struct Change {
    pub(super) product: ProductEntry,
    pub(super) is_archived: bool,
}

/// What changed is folded into the base beyond this share of it, so that folding costs little per change.
const FOLD_ABOVE_ONE_IN: usize = 8;
/// A small catalogue is folded at once.
const FOLD_ABOVE: usize = 1_000;

impl Catalogue {
    /// The revision of the merchant's catalogue that this is.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// By sku.
    #[must_use]
    pub fn by_sku(&self, sku: &str) -> Option<&Arc<ProductEntry>> {
        self.recent.by_sku.get(sku).or_else(|| self.base.by_sku.get(sku))?.as_ref()
    }

    /// By id.
    #[must_use]
    pub fn by_id(&self, id: ProductId) -> Option<&Arc<ProductEntry>> {
        self.recent.by_id.get(&id).or_else(|| self.base.by_id.get(&id))?.as_ref()
    }

    /// By sku or id, as a till may send either.
    #[must_use]
    pub fn named(&self, sku_or_id: &str) -> Option<&Arc<ProductEntry>> {
        self.by_sku(sku_or_id).or_else(|| self.by_id(sku_or_id.parse().ok()?))
    }

    /// The same catalogue with some products changed.
    pub(super) fn with(&self, revision: i64, changes: Vec<Change>) -> Self {
        let mut recent = self.recent.clone();
        for change in changes {
            recent.put(change);
        }
        let changed = recent.by_id.len();
        if changed <= FOLD_ABOVE.max(self.base.by_id.len() / FOLD_ABOVE_ONE_IN) && !self.base.by_id.is_empty()
        {
            return Self { revision, base: Arc::clone(&self.base), recent };
        }
        let mut base = Index::clone(&self.base);
        base.by_sku.extend(recent.by_sku);
        base.by_id.extend(recent.by_id);
        // What is gone from the base needs no marker there.
        base.by_sku.retain(|_, product| product.is_some());
        base.by_id.retain(|_, product| product.is_some());
        Self { revision, base: Arc::new(base), recent: Index::default() }
    }
}

impl Index {
    fn put(&mut self, Change { product, is_archived }: Change) {
        let product = Arc::new(product);
        let entry = (!is_archived).then(|| Arc::clone(&product));
        self.by_sku.insert(product.known.sku.as_str().into(), entry.clone());
        self.by_id.insert(product.id, entry);
    }
}

#[cfg(test)]
mod tests {
    use perennial_domain::codes::{CategoryName, Sku};

    use super::*;

    fn category<'c>(catalogue: &'c Catalogue, sku: &str) -> Option<&'c str> {
        catalogue.by_sku(sku)?.known.category.as_ref().map(CategoryName::as_str)
    }

    fn change(number: u64, category: &str, is_archived: bool) -> Change {
        let known = KnownProduct {
            sku: Sku::new(&format!("sku-{number}")).unwrap(),
            category: Some(CategoryName::new(category).unwrap()),
            tags: Vec::new(),
        };
        let id = ProductId::new(number, [7; 10]);
        let product = ProductEntry { id, name: format!("Product {number}"), known: Arc::new(known) };
        Change { product, is_archived }
    }

    #[test]
    fn a_change_hides_the_base_and_leaves_the_older_catalogue_as_it_was() {
        let old = Catalogue::default().with(1, (0..10_000).map(|n| change(n, "fruit", false)).collect());
        assert!(old.recent.by_id.is_empty(), "the first load is the base");
        let new = old.with(2, vec![change(5, "vegetables", false), change(6, "fruit", true)]);
        assert!(Arc::ptr_eq(&old.base, &new.base), "a small change copies nothing");
        assert_eq!(new.revision(), 2);
        assert_eq!(category(&new, "sku-5"), Some("vegetables"));
        assert_eq!(category(&old, "sku-5"), Some("fruit"));
        assert!(new.by_sku("sku-6").is_none() && old.by_sku("sku-6").is_some());
        let id = ProductId::new(7, [7; 10]);
        assert_eq!(new.named(&id.to_string()).map(|p| p.known.sku.as_str()), Some("sku-7"));
    }

    #[test]
    fn many_changes_are_folded_into_the_base() {
        let old = Catalogue::default().with(1, (0..2_000).map(|n| change(n, "fruit", false)).collect());
        let new = old.with(2, (0..1_500).map(|n| change(n, "fruit", n < 500)).collect());
        assert!(new.recent.by_id.is_empty());
        assert_eq!(new.base.by_id.len(), 1_500);
        assert!(new.by_sku("sku-499").is_none() && new.by_sku("sku-500").is_some());
    }
}
