//! A promotion in one sentence for the customer whom it is for.

use super::sentence::{one_of, pending};
use super::{Effect, ProductMatcher, PromotionTerms};
use crate::codes::{RetailerCode, Sku};
use crate::ids::TierId;
use crate::money::{Currency, format_amount};
use crate::points::{Points, Rate};

/// What customers call things, as far as somebody knows.
pub trait OfferNames {
    /// The merchant's word for points.
    fn unit(&self) -> &str;
    /// The name of a product.
    fn product(&self, sku: &Sku) -> Option<String>;
    /// The name of a retailer; none of one that takes no part any more.
    fn retailer(&self, code: &RetailerCode) -> Option<String>;
    /// The name of a tier.
    fn tier(&self, id: TierId) -> Option<String>;
}

/// Says to a customer what a promotion gives, for what, where and when: `2× leaves on “draft”, at Riverside, on Thursdays.`
///
/// What is none of the customer's business is left out: the budget, and how promotions meet each other. Begin, end and
/// the limit for each customer are, too: they are told beside the sentence, counted down.
#[must_use]
pub fn offer(terms: &PromotionTerms, currency: Currency, names: &impl OfferNames) -> String {
    let unit = names.unit();
    let mut text = match terms.effect {
        Effect::AwardRate(rate) if rate == Rate::ONE => {
            format!("{} for each {}", counted(Points::new(1), unit), currency.one())
        }
        Effect::AwardRate(rate) => format!("{rate} {unit} for each {}", currency.one()),
        Effect::Multiplier(factor) => format!("{factor}× {unit}"),
        Effect::FlatPoints(points) => format!("{} for a purchase", counted(points, unit)),
    };
    text.push_str(&what(terms, names));
    let clauses = [
        place(terms, names),
        tiers(terms, names),
        time(terms),
        condition(terms, currency),
        terms.max_points_per_purchase.map(|points| format!("at most {} a purchase", counted(points, unit))),
        pending(terms),
    ];
    for clause in clauses.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&clause);
    }
    text.push('.');
    text
}

/// So many, in the merchant's word; of that word only the plural is known.
fn counted(points: Points, unit: &str) -> String {
    if unit == "points" { points.counted() } else { format!("{} {unit}", points.grouped()) }
}

fn what(terms: &PromotionTerms, names: &impl OfferNames) -> String {
    let name = |matcher: &ProductMatcher| match matcher {
        ProductMatcher::Sku(sku) => {
            format!("“{}”", names.product(sku).unwrap_or_else(|| sku.as_str().to_owned()))
        }
        ProductMatcher::Category(category) => format!("“{category}”"),
        ProductMatcher::Tag(tag) => format!("“{tag}”"),
    };
    let filter = &terms.products;
    let mut text = match (filter.include.as_slice(), terms.effect.is_per_line()) {
        ([], true) => " on everything".to_owned(),
        ([], false) => String::new(),
        (include, true) => format!(" on {}", one_of(include.iter().map(name), "or")),
        (include, false) => format!(" with {}", one_of(include.iter().map(name), "or")),
    };
    if !filter.exclude.is_empty() {
        text.push_str(if text.is_empty() { " of anything except " } else { " except " });
        text.push_str(&one_of(filter.exclude.iter().map(name), "and"));
    }
    text
}

fn place(terms: &PromotionTerms, names: &impl OfferNames) -> Option<String> {
    let retailers: Vec<String> = terms.retailers.iter().filter_map(|code| names.retailer(code)).collect();
    let retailers = (!retailers.is_empty()).then(|| format!("at {}", one_of(retailers.into_iter(), "or")));
    let regions = (!terms.regions.is_empty())
        .then(|| format!("in {}", one_of(terms.regions.iter().map(ToString::to_string), "or")));
    match (retailers, regions) {
        (Some(retailers), Some(regions)) => Some(format!("{retailers} {regions}")),
        (retailers, regions) => retailers.or(regions),
    }
}

fn tiers(terms: &PromotionTerms, names: &impl OfferNames) -> Option<String> {
    let known: Vec<String> = terms.tiers.iter().filter_map(|tier| names.tier(*tier)).collect();
    (!known.is_empty()).then(|| format!("for {}", one_of(known.into_iter(), "and")))
}

fn time(terms: &PromotionTerms) -> Option<String> {
    let days = (!terms.weekdays.is_every_day())
        .then(|| format!("on {}", one_of(terms.weekdays.names().map(|day| format!("{day}s")), "and")));
    let hours = terms.hours.map(|hours| format!("from {hours}"));
    match (days, hours) {
        (Some(days), Some(hours)) => Some(format!("{days} {hours}")),
        (days, hours) => days.or(hours),
    }
}

fn condition(terms: &PromotionTerms, currency: Currency) -> Option<String> {
    let is_for_all = terms.products.include.is_empty() && terms.products.exclude.is_empty();
    let minimum = terms.minimum_amount.map(|amount| {
        let amount = format_amount(amount, currency);
        let what = if is_for_all { "" } else { " for them" };
        format!("when you pay at least {amount}{what}")
    });
    match (minimum, terms.first_purchase_only) {
        (Some(minimum), true) => Some(format!("{minimum}, on your first purchase")),
        (None, true) => Some("on your first purchase".to_owned()),
        (minimum, false) => minimum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promotion::{BudgetInput, HoursInput, ProductsInput, PromotionInput};

    struct Bakery;

    impl OfferNames for Bakery {
        fn unit(&self) -> &'static str {
            "crumbs"
        }

        fn product(&self, sku: &Sku) -> Option<String> {
            (sku.as_str() == "RYE").then(|| "Rye loaf".to_owned())
        }

        fn retailer(&self, code: &RetailerCode) -> Option<String> {
            (code.as_str() != "closed").then(|| code.as_str().to_uppercase())
        }

        fn tier(&self, _: TierId) -> Option<String> {
            Some("Gold".to_owned())
        }
    }

    fn said(input: PromotionInput) -> String {
        let input = PromotionInput { name: "Any".to_owned(), ..input };
        offer(&input.check().unwrap(), "USD".parse().unwrap(), &Bakery)
    }

    fn some(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_everybody_earns_is_short() {
        let rate = |rate: &str| PromotionInput { award_rate: Some(rate.to_owned()), ..Default::default() };
        assert_eq!(said(rate("10")), "10 crumbs for each $1 on everything.");
        assert_eq!(said(rate("1")), "1 crumbs for each $1 on everything.");
    }

    #[test]
    fn things_have_the_names_that_customers_know() {
        let text = said(PromotionInput {
            multiplier: Some("2".to_owned()),
            products: ProductsInput {
                include: some(&["RYE", "tag:draft", "OAT"]),
                exclude: some(&["category:gifts"]),
            },
            retailers: some(&["riverside", "closed"]),
            weekdays: some(&["thu", "fri"]),
            hours: Some(HoursInput { from: "17:00".to_owned(), to: "20:30".to_owned() }),
            minimum_amount: Some(2_000),
            max_points_per_purchase: Some(1_500),
            ..Default::default()
        });
        assert_eq!(
            text,
            "2× crumbs on “Rye loaf”, “draft” or “OAT” except “gifts”, at RIVERSIDE, on Thursdays and Fridays from 5:00 pm \
             to 8:30 pm, when you pay at least $20.00 for them, at most 1,500 crumbs a purchase."
        );
    }

    #[test]
    fn what_is_the_merchants_business_is_not_said() {
        let text = said(PromotionInput {
            flat_points: Some(500),
            first_purchase_only: true,
            starts_at: Some("2026-01-01T00:00".to_owned()),
            ends_at: Some("2026-12-01T00:00".to_owned()),
            budget: Some(BudgetInput { points: 10_000, ..Default::default() }),
            ..Default::default()
        });
        assert_eq!(text, "500 crumbs for a purchase, on your first purchase.");
    }
}
