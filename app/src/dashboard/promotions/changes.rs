//! What a version changed, clause by clause.

use super::dto::Change;
use super::fields::mode;
use perennial_domain::money::{Currency, format_amount};
use perennial_domain::promotion::{LimitPeriod, PromotionTerms, WhenExhausted};

/// The clauses that differ, in the order of the sentence.
#[must_use]
pub fn changes(before: &PromotionTerms, after: &PromotionTerms, currency: Currency) -> Vec<Change> {
    clauses(before, currency)
        .into_iter()
        .zip(clauses(after, currency))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((what, before), (_, after))| Change { what: what.to_owned(), before, after })
        .collect()
}

fn clauses(terms: &PromotionTerms, currency: Currency) -> Vec<(&'static str, String)> {
    let local = |at: Option<chrono::NaiveDateTime>| {
        at.map_or_else(|| "open".to_owned(), |at| at.format("%-d %b %Y %H:%M").to_string())
    };
    vec![
        ("Name", terms.name.to_string()),
        ("Gives", terms.effect.text(currency)),
        ("Who", if terms.first_purchase_only { "on the first purchase" } else { "any customer" }.to_owned()),
        ("Retailers", joined(&terms.retailers, "every retailer")),
        ("Regions", joined(&terms.regions, "every region")),
        ("For", joined(&terms.products.include, "everything")),
        ("Not for", joined(&terms.products.exclude, "nothing left out")),
        (
            "Minimum",
            terms.minimum_amount.map_or_else(|| "none".to_owned(), |amount| format_amount(amount, currency)),
        ),
        ("Begins", local(terms.starts_at)),
        ("Ends", local(terms.ends_at)),
        ("Days", {
            let days: Vec<&str> = terms.weekdays.names().collect();
            if days.is_empty() { "every day".to_owned() } else { days.join(", ") }
        }),
        ("Hours", terms.hours.map_or_else(|| "all day".to_owned(), |hours| hours.to_string())),
        (
            "Cap a purchase",
            terms.max_points_per_purchase.map_or_else(|| "none".to_owned(), |points| points.counted()),
        ),
        (
            "Limit a customer",
            terms.max_points_per_customer.map_or_else(
                || "none".to_owned(),
                |limit| match limit.per {
                    LimitPeriod::Day => format!("{} a day", limit.points.counted()),
                    LimitPeriod::Month => format!("{} a month", limit.points.counted()),
                    LimitPeriod::Ever => format!("{} in all", limit.points.counted()),
                },
            ),
        ),
        (
            "Budget",
            terms.budget.map_or_else(
                || "none".to_owned(),
                |budget| match budget.when_exhausted {
                    WhenExhausted::Stop => format!("{}, then nothing", budget.points.counted()),
                    WhenExhausted::Partial => format!("{}, to the last point", budget.points.counted()),
                },
            ),
        ),
        (
            "Points wait",
            match terms.pending_days {
                None => "as the program says".to_owned(),
                Some(0) => "not at all".to_owned(),
                Some(1) => "1 day".to_owned(),
                Some(days) => format!("{days} days"),
            },
        ),
        ("Group", terms.stacking.group.to_string()),
        ("Stacking", mode(terms.stacking.mode).to_owned()),
        ("Priority", terms.priority.to_string()),
    ]
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
    use perennial_domain::promotion::PromotionInput;

    #[test]
    fn only_what_differs_is_told() {
        let old = PromotionInput {
            name: "Base".to_owned(),
            award_rate: Some("4".to_owned()),
            ..PromotionInput::default()
        };
        let new = PromotionInput {
            award_rate: Some("5".to_owned()),
            regions: vec!["Coast".to_owned()],
            ..old.clone()
        };
        let changes = changes(&old.check().expect("terms"), &new.check().expect("terms"), Currency::USD);
        let told: Vec<(&str, &str, &str)> = changes
            .iter()
            .map(|change| (change.what.as_str(), change.before.as_str(), change.after.as_str()))
            .collect();
        assert_eq!(
            told,
            [("Gives", "4 points per $1", "5 points per $1"), ("Regions", "every region", "Coast")]
        );
    }
}
