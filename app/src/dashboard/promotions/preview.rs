//! What the editor says about a sentence while it is written: the summary, the checks, what a basket earns.
//!
//! Pure: the browser computes it at every keystroke, the server once, with the same result.

use super::dto::{Context, ProductFacts, StoreFacts};
use super::fields::{self, Problems, Values};
use crate::dashboard::money;
use crate::dashboard::receipt::Receipt;
use chrono::NaiveTime;
use perennial_domain::calendar::start_instant;
use perennial_domain::codes::{CategoryName, Region, RetailerCode, Sku, Tag, Zone};
use perennial_domain::evaluate::{
    CompiledRules, KnownProduct, LimitsUsed, LineFacts, Outcome, PurchaseFacts, Remainders, RetailerFacts,
    explain,
};
use perennial_domain::ids::PromotionId;
use perennial_domain::money::Amount;
use perennial_domain::promotion::{
    PromotionRules, PromotionTerms, PromotionVersion, parse_local, sentence_naming,
};
use std::sync::Arc;
use uuid::Uuid;

/// Everything beside the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The whole promotion in a sentence, or what is wrong, by field.
    pub summary: Result<String, Problems>,
    /// What the basket earns, or why that cannot be said.
    pub basket: Result<Tried, String>,
}

/// A basket that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Why it earns what it earns.
    pub receipt: Receipt,
    /// What of it this promotion gives; nothing when it did not apply.
    pub own: Option<i64>,
}

/// Computes everything beside the sentence. `version` is the number that is being written.
#[must_use]
pub fn preview(values: &Values, context: &Context, version: u32, known: &[ProductFacts]) -> Preview {
    match fields::terms(values, context.currency) {
        Ok(terms) => {
            let named =
                |id| context.tiers.iter().find(|tier| tier.id == id).map(|tier| tier.name.to_string());
            let summary = sentence_naming(&terms, context.currency, named);
            Preview { summary: Ok(summary), basket: try_basket(values, context, version, terms, known) }
        }
        Err(problems) => Preview {
            summary: Err(problems),
            basket: Err("Finish the sentence first; then a basket can be tried.".to_owned()),
        },
    }
}

/// The promotion in the editor has no id that could be another's.
const OWN: Uuid = Uuid::max();

fn try_basket(
    values: &Values,
    context: &Context,
    version: u32,
    terms: PromotionTerms,
    known: &[ProductFacts],
) -> Result<Tried, String> {
    let (facts, labels) = facts(values, context, known)?;
    let own = PromotionId::from_uuid(OWN);
    let mut rules = context.others.clone();
    rules.promotions.push(PromotionRules {
        id: own,
        versions: vec![PromotionVersion { version, effective_from: None, terms }],
        pauses: Vec::new(),
        ended_at: None,
    });
    let explanation =
        explain(&facts, &CompiledRules::new(&rules)).map_err(|error| capital(&error.to_string()))?;
    let own =
        explanation.promotions.iter().find(|promotion| promotion.promotion_id == own).and_then(|promotion| {
            match promotion.outcome {
                Outcome::Applied { points, .. } => Some(points.get()),
                Outcome::Missed { .. } => None,
            }
        });
    Ok(Tried { receipt: Receipt::new(&explanation, &labels), own })
}

fn capital(text: &str) -> String {
    crate::dashboard::page::capitalised(text)
}

/// The basket as the domain wants it, and what each line is called.
fn facts(
    values: &Values,
    context: &Context,
    known: &[ProductFacts],
) -> Result<(PurchaseFacts, Vec<String>), String> {
    let text = |name: &str| values.get(name).map_or("", |value| value.trim());
    let code = text("try.store");
    let store =
        context.retailers.iter().find(|store| store.code == code).or_else(|| context.retailers.first());
    let store = store.ok_or("Add a retailer first: a purchase is always made at one.")?;
    let (retailer, zone) =
        retailer(store).ok_or("The retailer has a time zone that this browser does not know.")?;
    let when = parse_local(text("try.when")).ok_or("Say when the purchase is made.")?;
    let mut lines = Vec::new();
    let mut labels = Vec::new();
    for index in 0..LINES {
        let (product, amount) = (text(&format!("try.product.{index}")), text(&format!("try.amount.{index}")));
        if amount.is_empty() {
            continue;
        }
        let paid = money::parse(amount, context.currency)?;
        let found = context.products.iter().chain(known).find(|candidate| candidate.sku == product);
        let name = match (found, product) {
            (Some(found), _) => found.name.clone(),
            (None, "") => "Anything".to_owned(),
            (None, product) => product.to_owned(),
        };
        labels.push(format!("{name}, {}", money::show(paid, context.currency)));
        lines.push(LineFacts {
            product: found.and_then(known_product).map(Arc::new),
            product_text: Some(product.to_owned()).filter(|product| !product.is_empty()),
            paid: Amount::new(paid).map_err(|error| capital(&error.to_string()))?,
        });
    }
    if lines.is_empty() {
        return Err("Put an amount into the basket.".to_owned());
    }
    let tier = context.tiers.iter().find(|tier| tier.id.to_string() == text("try.tier"));
    let facts = PurchaseFacts {
        occurred_at: start_instant(when, zone),
        retailer: Arc::new(retailer),
        currency: context.currency,
        first_purchase: text("try.customer") == "first",
        tier: tier.cloned().map(Arc::new),
        limits: LimitsUsed::default(),
        remainders: Remainders::default(),
        lines,
    };
    Ok((facts, labels))
}

/// Lines of the basket in the editor.
pub const LINES: usize = 3;

fn retailer(store: &StoreFacts) -> Option<(RetailerFacts, Zone)> {
    let zone = Zone::new(&store.time_zone).ok()?;
    let facts = RetailerFacts {
        code: RetailerCode::new(&store.code).ok()?,
        region: store.region.as_deref().and_then(|region| Region::new(region).ok()),
        zone,
        business_day_start: NaiveTime::parse_from_str(&store.business_day_start, "%H:%M").unwrap_or_default(),
    };
    Some((facts, zone))
}

fn known_product(product: &ProductFacts) -> Option<KnownProduct> {
    Some(KnownProduct {
        sku: Sku::new(&product.sku).ok()?,
        category: product.category.as_deref().and_then(|category| CategoryName::new(category).ok()),
        tags: product.tags.iter().filter_map(|tag| Tag::new(tag).ok()).collect(),
    })
}

/// SKUs in the basket that are not among the known ones, to be looked up.
#[must_use]
#[cfg(feature = "hydrate")]
pub fn unknown_skus(values: &Values, context: &Context, known: &[ProductFacts]) -> Vec<String> {
    fields::words(values, "try.product")
        .into_iter()
        .map(|(_, sku)| sku)
        .filter(|sku| !context.products.iter().chain(known).any(|product| product.sku == *sku))
        .map(str::to_owned)
        .collect()
}
