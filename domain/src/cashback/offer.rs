//! The terms of an offer after their checks, and a merchant's offers made ready for many purchases.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::OfferInput;
use crate::calendar::{days_later, end_of_day_after};
use crate::codes::{CategoryName, Label, Sku, Tag, Zone};
use crate::evaluate::KnownProduct;
use crate::ids::OfferId;
use crate::money::Amount;
use crate::points::Rate;
use crate::promotion::ProductMatcher;

/// What a cashback offer gives, for what and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OfferInput", into = "OfferInput")]
pub struct OfferTerms {
    /// What people call it.
    pub name: Label,
    /// The part of what is paid that comes back, above 0 and below 1.
    pub percentage: Rate,
    /// What it is about; everything when empty.
    pub products: Vec<ProductMatcher>,
    /// Whether it gives anything at present.
    pub active: bool,
    /// The local date and time of the merchant at which it begins.
    pub starts_at: Option<NaiveDateTime>,
    /// The local date and time of the merchant at which it is over; after `starts_at`.
    pub expires_at: Option<NaiveDateTime>,
    /// The most that it gives for one purchase, above zero.
    pub cap_per_purchase: Option<Amount>,
    /// The most that it gives to one customer in a calendar month of the merchant, above zero.
    pub cap_per_month: Option<Amount>,
    /// For how many days the cashback waits before it can be spent.
    pub pending_days: u16,
    /// For how many days it can then be spent, at least one; for ever when absent.
    pub valid_days: Option<u16>,
}

/// When cashback that was earned can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendingTime {
    /// From this instant.
    pub from: DateTime<Utc>,
    /// Until this instant, exclusive; for ever when absent.
    pub until: Option<DateTime<Utc>>,
}

impl OfferTerms {
    /// When cashback that this offer gave at an instant can be spent: after its pending days, at the same time
    /// of the clock, to the end of the local day that is its valid days later. `zone` is the merchant's.
    #[must_use]
    pub fn spending_time(&self, earned_at: DateTime<Utc>, zone: Zone) -> SpendingTime {
        let from = days_later(earned_at, self.pending_days, zone);
        SpendingTime { from, until: self.valid_days.map(|days| end_of_day_after(from, days, zone)) }
    }
}

/// Whether all matching offers count, or one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CashbackMode {
    /// All of them.
    #[default]
    All,
    /// The one that gives most for the whole purchase; of equal ones the older.
    Best,
}

impl CashbackMode {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::All, Self::Best];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Best => "best",
        }
    }
}

impl std::str::FromStr for CashbackMode {
    type Err = UnknownCashbackMode;

    fn from_str(text: &str) -> Result<Self, UnknownCashbackMode> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or(UnknownCashbackMode)
    }
}

/// The text names no way in which offers meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of all, best")]
pub struct UnknownCashbackMode;

/// An offer of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Which.
    pub id: OfferId,
    /// What it says.
    pub terms: OfferTerms,
}

/// The offers of a merchant made ready for many purchases: immutable, to be shared between threads.
#[derive(Debug, Default)]
pub struct CompiledOffers {
    /// The older one first.
    pub(super) offers: Vec<CompiledOffer>,
}

#[derive(Debug)]
pub(super) struct CompiledOffer {
    pub(super) id: OfferId,
    pub(super) terms: OfferTerms,
    /// The name once more, to be shared with everything that it gives.
    pub(super) name: Arc<str>,
    skus: HashSet<Sku>,
    categories: HashSet<CategoryName>,
    tags: HashSet<Tag>,
}

impl CompiledOffers {
    /// Prepares offers. Their order means nothing.
    #[must_use]
    pub fn new(offers: impl IntoIterator<Item = Offer>) -> Self {
        let mut offers: Vec<_> = offers.into_iter().map(CompiledOffer::new).collect();
        offers.sort_unstable_by_key(|offer| offer.id);
        Self { offers }
    }

    /// Whether there is no offer at all, so that nobody need ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }

    /// The terms of an offer.
    #[must_use]
    pub fn terms(&self, id: OfferId) -> Option<&OfferTerms> {
        self.offers.iter().find(|offer| offer.id == id).map(|offer| &offer.terms)
    }
}

impl CompiledOffer {
    fn new(Offer { id, terms }: Offer) -> Self {
        let (mut skus, mut categories, mut tags) = (HashSet::new(), HashSet::new(), HashSet::new());
        for matcher in &terms.products {
            match matcher {
                ProductMatcher::Sku(sku) => drop(skus.insert(sku.clone())),
                ProductMatcher::Category(category) => drop(categories.insert(category.clone())),
                ProductMatcher::Tag(tag) => drop(tags.insert(tag.clone())),
            }
        }
        Self { id, name: terms.name.as_str().into(), terms, skus, categories, tags }
    }

    /// Whether it is about a line: about everything, or about the product, which then must be in the catalogue.
    pub(super) fn covers(&self, product: Option<&KnownProduct>) -> bool {
        self.terms.products.is_empty()
            || product.is_some_and(|product| {
                self.skus.contains(&product.sku)
                    || product.category.as_ref().is_some_and(|category| self.categories.contains(category))
                    || product.tags.iter().any(|tag| self.tags.contains(tag))
            })
    }
}
