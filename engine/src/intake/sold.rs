//! Which merchants have sold something: that never ends, so that whoever knows it asks no more.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use perennial_domain::ids::MerchantId;

/// The memory of one process, shared by its lanes: an id for each merchant whose tills it serves.
#[derive(Clone, Default)]
pub(crate) struct Sold(Arc<RwLock<HashSet<MerchantId>>>);

impl Sold {
    /// Those of these merchants of whom it is not known.
    pub fn unknown(&self, merchants: impl Iterator<Item = MerchantId>) -> BTreeSet<MerchantId> {
        // Whoever panicked has at most not remembered a merchant.
        let sold = self.0.read().unwrap_or_else(PoisonError::into_inner);
        merchants.filter(|merchant| !sold.contains(merchant)).collect()
    }

    /// Purchases of these merchants are committed.
    pub fn remember(&self, merchants: BTreeSet<MerchantId>) {
        if !merchants.is_empty() {
            self.0.write().unwrap_or_else(PoisonError::into_inner).extend(merchants);
        }
    }
}
