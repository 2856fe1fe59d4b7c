//! A promotion in one plain sentence, for lists, the editor and explanations.

use chrono::{NaiveDateTime, NaiveTime};

use super::{ProductMatcher, PromotionTerms, StackingMode};
use crate::money::{Currency, format_amount};

/// How many names of a list are told before “and 3 more”.
const NAMED: usize = 3;

/// Says what a promotion gives, for what, where and when: `2× points on tag “draft”, on Thursday.`
#[must_use]
pub fn sentence(terms: &PromotionTerms, currency: Currency) -> String {
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
    let clauses = [place(terms), time(terms), condition(terms, currency), limit(terms), stacking(terms)];
    for clause in clauses.into_iter().flatten() {
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

fn thing(matcher: &ProductMatcher) -> String {
    match matcher {
        ProductMatcher::Sku(sku) => format!("product {sku}"),
        ProductMatcher::Category(category) => format!("category “{category}”"),
        ProductMatcher::Tag(tag) => format!("tag “{tag}”"),
    }
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

fn stacking(terms: &PromotionTerms) -> Option<String> {
    let group = &terms.stacking.group;
    match terms.stacking.mode {
        StackingMode::Add => None,
        StackingMode::Best => Some(format!("if it is the best of group “{group}”")),
        StackingMode::Exclusive => Some(format!("in place of everything else in group “{group}”")),
    }
}

/// A local date, with the time only when it is not midnight: `2 Apr 2026`, `2 Apr 2026 17:00`.
pub(crate) fn moment(local: NaiveDateTime) -> String {
    let format = if local.time() == NaiveTime::MIN { "%-d %b %Y" } else { "%-d %b %Y %H:%M" };
    local.format(format).to_string()
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
