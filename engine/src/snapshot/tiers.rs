//! The tiers of a merchant in memory.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::evaluate::TierFacts;
use perennial_domain::ids::TierId;
use perennial_domain::tiers::{Ladder, Tier};

/// The ladder, with what an evaluation must know of each tier ready to be shared by purchases.
#[derive(Debug, Default)]
pub struct Tiers {
    ladder: Ladder,
    facts: HashMap<TierId, Arc<TierFacts>>,
}

impl Tiers {
    pub(super) fn new(ladder: Ladder) -> Self {
        let facts = ladder.tiers().iter().map(|tier| (tier.id, Arc::new(facts(tier)))).collect();
        Self { ladder, facts }
    }

    /// Whether the merchant has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ladder.is_empty()
    }

    /// The tiers in order.
    #[must_use]
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// What an evaluation must know of the tier of a customer for whom this one is stored; of the one that everybody has,
    /// when none is.
    #[must_use]
    pub fn facts(&self, stored: Option<TierId>) -> Option<&Arc<TierFacts>> {
        let id = stored.or_else(|| self.ladder.base().map(|tier| tier.id))?;
        self.facts.get(&id)
    }
}

/// What an evaluation must know of a tier.
pub(crate) fn facts(tier: &Tier) -> TierFacts {
    TierFacts { id: tier.id, name: tier.terms.name.clone(), multiplier: tier.terms.multiplier }
}
