//! What a version changed, clause by clause.

use super::context::Telling;
use super::dto::Change;
use super::fields::mode;
use chrono::NaiveDateTime;
use perennial_domain::money::format_amount;
use perennial_domain::promotion::{
    Budget, CustomerLimit, LimitPeriod, ProductFilter, PromotionTerms, Stacking, WhenExhausted,
};
use perennial_domain::written;

/// The clauses that differ, in the order of the sentence.
#[must_use]
pub fn changes(before: &PromotionTerms, after: &PromotionTerms, telling: &Telling) -> Vec<Change> {
    clauses(before, telling)
        .into_iter()
        .zip(clauses(after, telling))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((what, before), (_, after))| Change { what: what.to_owned(), before, after })
        .collect()
}

fn clauses(terms: &PromotionTerms, telling: &Telling) -> Vec<(&'static str, String)> {
    // All of them by name: whoever gives promotions another field has to say here how it is told.
    let PromotionTerms {
        name,
        effect,
        products: ProductFilter { include, exclude },
        retailers,
        regions,
        tiers,
        first_purchase_only,
        minimum_amount,
        starts_at,
        ends_at,
        weekdays,
        hours,
        max_points_per_purchase,
        max_points_per_customer,
        budget,
        pending_days,
        stacking: Stacking { group, mode: stacking_mode },
        priority,
    } = terms;
    let currency = telling.currency();
    let tiers: Vec<String> = tiers.iter().map(|tier| telling.tier(*tier)).collect();
    let days: Vec<&str> = weekdays.names().collect();
    vec![
        ("Name", name.to_string()),
        ("Gives", effect.text(currency)),
        ("Who", if *first_purchase_only { "on the first purchase" } else { "any customer" }.to_owned()),
        ("Tiers", joined(&tiers, "any tier or none")),
        ("Retailers", joined(retailers, "every retailer")),
        ("Regions", joined(regions, "every region")),
        ("For", joined(include, "everything")),
        ("Not for", joined(exclude, "nothing left out")),
        ("Minimum", minimum_amount.map_or_else(none, |amount| format_amount(amount, currency))),
        ("Begins", local(*starts_at)),
        ("Ends", local(*ends_at)),
        ("Days", joined(&days, "every day")),
        ("Hours", hours.map_or_else(|| "all day".to_owned(), |hours| hours.to_string())),
        ("Cap a purchase", max_points_per_purchase.map_or_else(none, |points| points.counted())),
        ("Limit a customer", max_points_per_customer.map_or_else(none, limited)),
        ("Budget", budget.map_or_else(none, budgeted)),
        ("Points wait", waiting(*pending_days)),
        ("Group", group.to_string()),
        ("Stacking", mode(*stacking_mode).to_owned()),
        ("Priority", priority.to_string()),
    ]
}

fn none() -> String {
    "none".to_owned()
}

fn local(at: Option<NaiveDateTime>) -> String {
    at.map_or_else(|| "open".to_owned(), written::moment)
}

fn limited(limit: CustomerLimit) -> String {
    let CustomerLimit { points, per } = limit;
    match per {
        LimitPeriod::Day => format!("{} a day", points.counted()),
        LimitPeriod::Month => format!("{} a month", points.counted()),
        LimitPeriod::Ever => format!("{} in all", points.counted()),
    }
}

fn budgeted(budget: Budget) -> String {
    let Budget { points, when_exhausted } = budget;
    match when_exhausted {
        WhenExhausted::Stop => format!("{}, then nothing", points.counted()),
        WhenExhausted::Partial => format!("{}, to the last point", points.counted()),
    }
}

fn waiting(days: Option<u16>) -> String {
    match days {
        None => "as the program says".to_owned(),
        Some(0) => "not at all".to_owned(),
        Some(1) => "1 day".to_owned(),
        Some(days) => format!("{days} days"),
    }
}

fn joined<T: ToString>(list: &[T], none: &str) -> String {
    if list.is_empty() {
        none.to_owned()
    } else {
        list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_domain::ids::TierId;
    use perennial_domain::money::Currency;
    use perennial_domain::promotion::PromotionInput;
    use std::collections::BTreeMap;

    fn base() -> PromotionInput {
        PromotionInput {
            name: "Base".to_owned(),
            award_rate: Some("4".to_owned()),
            ..PromotionInput::default()
        }
    }

    /// What is told of a change to these terms, where one tier is known by name.
    fn told(new: &PromotionInput, known: TierId) -> Vec<(String, String, String)> {
        let telling = Telling::new(Currency::USD, BTreeMap::from([(known, "Gold".to_owned())]));
        let (before, after) = (base().check().expect("terms"), new.check().expect("terms"));
        changes(&before, &after, &telling)
            .into_iter()
            .map(|change| (change.what, change.before, change.after))
            .collect()
    }

    fn line(what: &str, before: &str, after: &str) -> (String, String, String) {
        (what.to_owned(), before.to_owned(), after.to_owned())
    }

    #[test]
    fn only_what_differs_is_told() {
        let new =
            PromotionInput { award_rate: Some("5".to_owned()), regions: vec!["Coast".to_owned()], ..base() };
        assert_eq!(
            told(&new, TierId::new(1, [0; 10])),
            [line("Gives", "4 points per $1", "5 points per $1"), line("Regions", "every region", "Coast")]
        );
    }

    #[test]
    fn for_whose_tiers_it_is_is_told_by_their_names() {
        let (gold, gone) = (TierId::new(1, [0; 10]), TierId::new(2, [0; 10]));
        let new = PromotionInput { tiers: vec![gold.to_string(), gone.to_string()], ..base() };
        let names = format!("Gold, {gone}");
        assert_eq!(told(&new, gold), [line("Tiers", "any tier or none", &names)]);
    }
}
