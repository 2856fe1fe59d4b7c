//! A promotion in one plain sentence, for lists, the editor and explanations.

use super::{PromotionTerms, StackingMode, WhenExhausted};
use crate::fields::thing;
use crate::ids::TierId;
use crate::money::{Currency, format_amount, group_digits};
use crate::written::moment;

/// How many names of a list are told before “and 3 more”.
const NAMED: usize = 3;

/// Says what a promotion gives, for what, where and when: `2× points on tag “draft”, on Thursday.`
///
/// Tiers, which are known by id, are counted; [`sentence_naming`] calls them by name.
#[must_use]
pub fn sentence(terms: &PromotionTerms, currency: Currency) -> String {
    sentence_naming(terms, currency, |_| None)
}

/// The same, with the names of those tiers that the caller knows.
#[must_use]
pub fn sentence_naming(
    terms: &PromotionTerms,
    currency: Currency,
    tier_name: impl Fn(TierId) -> Option<String>,
) -> String {
    let mut text = terms.effect.text(currency);
    if terms.effect.is_per_line() {
        text.push_str(&what(terms));
    } else {
        text.push_str(" for a purchase");
        if !terms.products.include.is_empty() || !terms.products.exclude.is_empty() {
            text.push_str(" with");
            text.push_str(what(terms).trim_start_matches(" on"));
        }
    }
    let clauses = [place(terms), tiers(terms, tier_name), time(terms), condition(terms, currency)];
    let limits = [limit(terms), customer_limit(terms), budget(terms), pending(terms), stacking(terms)];
    for clause in clauses.into_iter().chain(limits).flatten() {
        text.push_str(", ");
        text.push_str(&clause);
    }
    text.push('.');
    text
}

fn what(terms: &PromotionTerms) -> String {
    let filter = &terms.products;
    let mut text = match filter.include.as_slice() {
        [] => " on everything".to_owned(),
        include => format!(" on {}", one_of(include.iter().map(thing), "or")),
    };
    if !filter.exclude.is_empty() {
        text.push_str(" except ");
        text.push_str(&one_of(filter.exclude.iter().map(thing), "and"));
    }
    text
}

fn place(terms: &PromotionTerms) -> Option<String> {
    let retailers = (!terms.retailers.is_empty())
        .then(|| format!("at {}", one_of(terms.retailers.iter().map(ToString::to_string), "or")));
    let regions = (!terms.regions.is_empty())
        .then(|| format!("in {}", one_of(terms.regions.iter().map(ToString::to_string), "or")));
    match (retailers, regions) {
        (Some(retailers), Some(regions)) => Some(format!("{retailers} {regions}")),
        (retailers, regions) => retailers.or(regions),
    }
}

fn tiers(terms: &PromotionTerms, name: impl Fn(TierId) -> Option<String>) -> Option<String> {
    let mut names: Vec<String> = terms.tiers.iter().filter_map(|tier| name(*tier)).collect();
    let unnamed = terms.tiers.len() - names.len();
    match (names.len(), unnamed) {
        (0, 0) => None,
        (0, 1) => Some("for one tier only".to_owned()),
        (0, count) => Some(format!("for {count} tiers only")),
        (_, unnamed) => {
            match unnamed {
                0 => {}
                1 => names.push("one other tier".to_owned()),
                count => names.push(format!("{count} other tiers")),
            }
            Some(format!("for {} only", one_of(names.into_iter(), "or")))
        }
    }
}

fn time(terms: &PromotionTerms) -> Option<String> {
    let mut parts = Vec::new();
    if !terms.weekdays.is_every_day() {
        parts.push(format!("on {}", one_of(terms.weekdays.names().map(str::to_owned), "and")));
    }
    if let Some(hours) = terms.hours {
        parts.push(format!("from {hours}"));
    }
    match (terms.starts_at, terms.ends_at) {
        (Some(start), Some(end)) => parts.push(format!("between {} and {}", moment(start), moment(end))),
        (Some(start), None) => parts.push(format!("starting {}", moment(start))),
        (None, Some(end)) => parts.push(format!("until {}", moment(end))),
        (None, None) => {}
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn condition(terms: &PromotionTerms, currency: Currency) -> Option<String> {
    let minimum = terms.minimum_amount.map(|amount| {
        let amount = format_amount(amount, currency);
        if terms.products.include.is_empty() && terms.products.exclude.is_empty() {
            format!("when at least {amount} is paid")
        } else {
            format!("when at least {amount} is paid for them")
        }
    });
    match (minimum, terms.first_purchase_only) {
        (Some(minimum), true) => Some(format!("{minimum}, on the first purchase only")),
        (None, true) => Some("on the first purchase only".to_owned()),
        (minimum, false) => minimum,
    }
}

fn limit(terms: &PromotionTerms) -> Option<String> {
    terms.max_points_per_purchase.map(|points| format!("at most {} a purchase", points.counted()))
}

fn customer_limit(terms: &PromotionTerms) -> Option<String> {
    terms
        .max_points_per_customer
        .map(|limit| format!("at most {}{} for each customer", limit.points.counted(), limit.per.text()))
}

fn budget(terms: &PromotionTerms) -> Option<String> {
    terms.budget.map(|budget| {
        let points = budget.points.counted();
        match budget.when_exhausted {
            WhenExhausted::Stop => format!("for purchases that fit what is left of {points}"),
            WhenExhausted::Partial => format!("until {points} are given in all"),
        }
    })
}

pub(super) fn pending(terms: &PromotionTerms) -> Option<String> {
    terms.pending_days.map(|days| match days {
        0 => "to be spent at once".to_owned(),
        1 => "to be spent after 1 day".to_owned(),
        days => format!("to be spent after {} days", group_digits(days.into())),
    })
}

fn stacking(terms: &PromotionTerms) -> Option<String> {
    let group = &terms.stacking.group;
    match terms.stacking.mode {
        StackingMode::Add => None,
        StackingMode::Best => Some(format!("if it is the best of group “{group}”")),
        StackingMode::Exclusive => Some(format!("in place of everything else in group “{group}”")),
    }
}

/// A list in words: `A`, `A or B`, `A, B or C`, `A, B, C or 3 more`.
pub(crate) fn one_of(names: impl Iterator<Item = String>, conjunction: &str) -> String {
    let mut names: Vec<String> = names.collect();
    // A week has seven days, and leaving two of them out would save nothing.
    if names.len() > NAMED + 4 {
        let more = names.len() - NAMED;
        names.truncate(NAMED);
        names.push(format!("{more} more"));
    }
    let last = names.pop();
    match (names.is_empty(), last) {
        (_, None) => String::new(),
        (true, Some(last)) => last,
        (false, Some(last)) => format!("{} {conjunction} {last}", names.join(", ")),
    }
}
