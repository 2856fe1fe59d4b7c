//! What a server keeps in memory about a merchant: settings, retailers, rules, tiers, catalogue.
//!
//! A [`Snapshot`] never changes. Whoever changes something of it in the database raises a revision of the merchant in
//! the same transaction; whoever evaluates purchases reads the revisions first, in its own transaction, and asks for
//! a snapshot [at least](SnapshotStore::at_least) that new. So no server evaluates by rules that are older than what
//! had been published when the request began, and none has to be told.

mod catalogue;
mod load;
mod store;
mod tiers;

pub use catalogue::{Catalogue, ProductEntry};
pub use store::{Revisions, SnapshotStore};
pub use tiers::Tiers;
pub(crate) use tiers::facts;

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::codes::Slug;
use perennial_domain::evaluate::{CompiledRules, RetailerFacts};
use perennial_domain::ids::{MerchantId, RetailerId};
use perennial_domain::settings::MerchantSettings;

/// Settings, retailers, rules and catalogue of a merchant as they were at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// Its name in addresses.
    pub slug: Slug,
    /// Its settings.
    pub settings: MerchantSettings,
    /// The version of settings, retailers and rules; a purchase stores it.
    pub rules_version: i64,
    /// Every published promotion, ready to evaluate.
    pub rules: Arc<CompiledRules>,
    /// Its retailers, the archived ones too.
    pub retailers: Arc<Retailers>,
    /// The program modules that hear of its purchases, by the name of their queue.
    pub modules: Arc<[String]>,
    /// Its tiers.
    pub tiers: Arc<Tiers>,
    /// Its products.
    pub catalogue: Arc<Catalogue>,
}

impl Snapshot {
    /// How new this is.
    #[must_use]
    pub fn revisions(&self) -> Revisions {
        Revisions { rules: self.rules_version, catalogue: self.catalogue.revision() }
    }
}

/// The retailers of a merchant.
#[derive(Debug, Default)]
pub struct Retailers {
    by_id: HashMap<RetailerId, Arc<RetailerEntry>>,
    by_code: HashMap<Box<str>, Arc<RetailerEntry>>,
}

/// A retailer in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetailerEntry {
    /// The retailer.
    pub id: RetailerId,
    /// Its name.
    pub name: String,
    /// What an evaluation must know: code, region, zone, business day.
    pub facts: Arc<RetailerFacts>,
    /// Whether it no longer takes part. It still resolves, for the replay of an old purchase.
    pub archived: bool,
}

impl RetailerEntry {
    /// The merchant's short name for it.
    #[must_use]
    pub fn code(&self) -> &str {
        self.facts.code.as_str()
    }
}

impl Retailers {
    pub(crate) fn new(entries: impl IntoIterator<Item = RetailerEntry>) -> Self {
        let mut retailers = Self::default();
        for entry in entries {
            let entry = Arc::new(entry);
            retailers.by_code.insert(entry.code().into(), Arc::clone(&entry));
            retailers.by_id.insert(entry.id, entry);
        }
        retailers
    }

    /// By its id.
    #[must_use]
    pub fn by_id(&self, id: RetailerId) -> Option<&Arc<RetailerEntry>> {
        self.by_id.get(&id)
    }

    /// By its code.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Arc<RetailerEntry>> {
        self.by_code.get(code)
    }

    /// By code or id, as a till may send either.
    #[must_use]
    pub fn named(&self, code_or_id: &str) -> Option<&Arc<RetailerEntry>> {
        self.by_code(code_or_id).or_else(|| self.by_id(code_or_id.parse().ok()?))
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<RetailerEntry>> {
        self.by_id.values()
    }
}
