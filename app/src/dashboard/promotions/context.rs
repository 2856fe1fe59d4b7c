//! What the editor's preview computes with, from the engine.

use super::dto::{Context, ProductFacts, StoreFacts};
use super::fields::Values;
use crate::dashboard::money;
use crate::error::PageError;
use perennial_domain::evaluate::TierFacts;
use perennial_domain::ids::{PromotionId, TierId};
use perennial_domain::money::Currency;
use perennial_domain::promotion::{PromotionTerms, sentence_naming};
use perennial_engine::products::ProductFilter;
use perennial_engine::snapshot::ProductEntry;
use perennial_engine::tiers::TierView;
use perennial_engine::{Cx, Engine, LIMIT_MAX, PageRequest};
use std::collections::BTreeMap;

/// Everything that is published but this promotion, the open retailers, some products.
pub async fn load(engine: &Engine, cx: &Cx, own: Option<PromotionId>) -> Result<Context, PageError> {
    let snapshot = engine.snapshot(cx).await?;
    let mut others = engine.rule_set(cx).await?;
    others.promotions.retain(|promotion| Some(promotion.id) != own);
    let mut retailers: Vec<StoreFacts> = snapshot
        .retailers
        .iter()
        .filter(|retailer| !retailer.archived)
        .map(|retailer| StoreFacts {
            code: retailer.code().to_owned(),
            name: retailer.name.clone(),
            region: retailer.facts.region.as_ref().map(ToString::to_string),
            time_zone: retailer.facts.zone.as_str().to_owned(),
            business_day_start: retailer.facts.business_day_start.format("%H:%M").to_string(),
        })
        .collect();
    retailers.sort_by(|one, other| one.name.cmp(&other.name));
    let page = engine
        .product_list(cx, &ProductFilter::default(), &PageRequest::new(Some(LIMIT_MAX.into()), None)?)
        .await?;
    let products: Vec<ProductFacts> = page
        .data
        .into_iter()
        .map(|product| ProductFacts {
            sku: product.sku,
            name: product.name,
            category: product.category,
            tags: product.tags,
        })
        .collect();
    let mut tags: Vec<String> = products.iter().flat_map(|product| product.tags.clone()).collect();
    tags.sort_unstable();
    tags.dedup();
    let tiers = engine.tier_list(cx).await?.into_iter().filter_map(tier).collect();
    let settings = &snapshot.settings;
    let now = engine.now(cx.merchant()).with_timezone(&settings.time_zone.tz());
    Ok(Context {
        currency: settings.currency,
        points_name: settings.points_name.to_string(),
        now: now.format("%Y-%m-%dT%H:%M").to_string(),
        time_zone: settings.time_zone.as_str().to_owned(),
        others,
        tiers,
        retailers,
        categories: engine.product_categories(cx).await?,
        tags,
        all_products: page.next.is_none(),
        products,
    })
}

/// A tier as an evaluation knows it.
fn tier(tier: TierView) -> Option<TierFacts> {
    // What is stored was checked before.
    let terms = tier.terms.check().ok()?;
    Some(TierFacts { id: tier.id, name: terms.name, multiplier: terms.multiplier })
}

/// What promotions are told in: the merchant's currency, and the names of the tiers.
pub struct Telling {
    currency: Currency,
    tiers: BTreeMap<TierId, String>,
}

impl Telling {
    /// As things stand.
    pub async fn of(engine: &Engine, cx: &Cx, currency: Currency) -> Result<Self, PageError> {
        let tiers = engine.tier_list(cx).await?.into_iter().map(|tier| (tier.id, tier.terms.name)).collect();
        Ok(Self::new(currency, tiers))
    }

    /// With these names of tiers.
    #[must_use]
    pub const fn new(currency: Currency, tiers: BTreeMap<TierId, String>) -> Self {
        Self { currency, tiers }
    }

    /// The merchant's currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// What a tier is called; one that is gone goes by its id.
    #[must_use]
    pub fn tier(&self, tier: TierId) -> String {
        self.tiers.get(&tier).cloned().unwrap_or_else(|| tier.to_string())
    }

    /// A promotion in a sentence.
    #[must_use]
    pub fn sentence(&self, terms: &PromotionTerms) -> String {
        sentence_naming(terms, self.currency, |tier| self.tiers.get(&tier).cloned())
    }
}

/// A product as “Try it” knows it.
pub fn product(product: &ProductEntry) -> ProductFacts {
    ProductFacts {
        sku: product.known.sku.to_string(),
        name: product.name.clone(),
        category: product.known.category.as_ref().map(ToString::to_string),
        tags: product.known.tags.iter().map(ToString::to_string).collect(),
    }
}

/// A basket to begin with: now, at the first retailer, twenty of the currency on something the promotion is about.
pub fn basket(values: &mut Values, context: &Context) {
    let about = super::fields::words(values, "include").first().map(|(_, word)| (*word).to_owned());
    let product = about.and_then(|word| {
        let matches = |product: &&ProductFacts| match word.split_once(':') {
            Some(("category", category)) => product.category.as_deref() == Some(category),
            Some(("tag", tag)) => product.tags.iter().any(|known| known == tag),
            _ => product.sku == word,
        };
        context.products.iter().find(matches).map(|product| product.sku.clone())
    });
    let units = 20 * 10_i64.pow(context.currency.minor_digits());
    let start = [
        ("try.store", context.retailers.first().map(|store| store.code.clone()).unwrap_or_default()),
        ("try.when", context.now.clone()),
        ("try.customer", "known".to_owned()),
        ("try.product.0", product.unwrap_or_default()),
        ("try.amount.0", money::plain(units, context.currency)),
    ];
    values.extend(start.into_iter().map(|(name, value)| (name.to_owned(), value)));
}
