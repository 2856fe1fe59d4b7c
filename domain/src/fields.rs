//! Checks that the inputs of several things have in common.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use crate::codes::{CategoryName, CodeError, Sku, Tag};
use crate::error::{Errors, FieldError};
use crate::money::{Amount, MAX_SAFE_INTEGER, group_digits};
use crate::points::{Points, Rate};
use crate::promotion::{ProductMatcher, parse_local};

/// How many entries a list may have.
pub(crate) const MAX_ENTRIES: usize = 5_000;

/// The most points that a single term can speak of: above any real one, and a slip stays below a fortune.
pub(crate) const MAX_POINTS: i64 = 1_000_000_000;

/// Parses each entry of a list; what is named twice counts once, in the place of the first.
pub(crate) fn list<T: Ord + Clone>(
    pointer: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, CodeError>,
    errors: &mut Errors,
) -> Vec<T> {
    if texts.len() > MAX_ENTRIES {
        errors.push(too_many(pointer));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let parsed = texts
        .iter()
        .enumerate()
        .filter_map(|(index, text)| errors.keep(&format!("{pointer}/{index}"), parse(text)));
    parsed.filter(|entry| seen.insert(entry.clone())).collect()
}

/// That a list has more entries than it may have.
pub(crate) fn too_many(pointer: &str) -> FieldError {
    let detail = format!("Must have at most {} entries", group_digits(MAX_ENTRIES as i64));
    FieldError::new(pointer, "too_many", detail)
}

/// Reads a product or a kind of products: a sku, `category:x` or `tag:x`.
pub(crate) fn product_matcher(text: &str) -> Result<ProductMatcher, CodeError> {
    let text = text.trim();
    if let Some(category) = text.strip_prefix("category:") {
        CategoryName::new(category).map(ProductMatcher::Category)
    } else if let Some(tag) = text.strip_prefix("tag:") {
        Tag::new(tag).map(ProductMatcher::Tag)
    } else {
        Sku::new(text).map(ProductMatcher::Sku)
    }
}

/// Reads a span of local date-times, each end optional; the end must come after the start.
pub(crate) fn local_span(
    (start_pointer, start): (&str, Option<&str>),
    (end_pointer, end): (&str, Option<&str>),
    errors: &mut Errors,
) -> (Option<NaiveDateTime>, Option<NaiveDateTime>) {
    let mut local = |pointer: &str, text: Option<&str>| {
        let local = parse_local(text?.trim());
        if local.is_none() {
            let detail = "Must be a local date and time without an offset, such as 2026-11-21T17:00:00";
            errors.push(FieldError::new(pointer, "malformed", detail));
        }
        local
    };
    let span = (local(start_pointer, start), local(end_pointer, end));
    if let (Some(start), Some(end)) = span
        && end <= start
    {
        let detail = format!("Must be after {}", start_pointer.trim_start_matches('/'));
        errors.push(FieldError::new(end_pointer, "not_after_start", detail));
    }
    span
}

/// An amount above zero.
pub(crate) fn positive_amount(pointer: &str, amount: i64, errors: &mut Errors) -> Option<Amount> {
    let number = whole(pointer, amount, 1, MAX_SAFE_INTEGER, errors)?;
    errors.keep(pointer, Amount::new(number))
}

/// A number of points above zero and at most `max`.
pub(crate) fn positive_points(pointer: &str, points: i64, max: i64, errors: &mut Errors) -> Option<Points> {
    whole(pointer, points, 1, max, errors).map(Points::new)
}

/// A whole number between two bounds, both inclusive.
pub(crate) fn whole(pointer: &str, number: i64, min: i64, max: i64, errors: &mut Errors) -> Option<i64> {
    if (min..=max).contains(&number) {
        return Some(number);
    }
    let detail = format!("Must be between {} and {}", group_digits(min), group_digits(max));
    errors.push(FieldError::new(pointer, "out_of_range", detail));
    None
}

/// A number of days up to ten years.
pub(crate) fn days(pointer: &str, days: i64, min: i64, errors: &mut Errors) -> Option<u16> {
    whole(pointer, days, min, 3_650, errors).and_then(|days| u16::try_from(days).ok())
}

/// A decimal part of a whole: above 0, below 1, or up to 1 where all of it is allowed.
pub(crate) fn fraction(pointer: &str, text: &str, with_one: bool, errors: &mut Errors) -> Option<Rate> {
    let text = text.trim();
    if text.is_empty() {
        errors.push(FieldError::required(pointer));
        return None;
    }
    let rate = errors.keep(pointer, text.parse::<Rate>())?;
    if rate.is_zero() || rate > Rate::ONE || (rate == Rate::ONE && !with_one) {
        let detail = if with_one {
            "Must be above 0 and at most 1, such as 0.1 for 10%"
        } else {
            "Must be above 0 and below 1, such as 0.05 for 5%"
        };
        errors.push(FieldError::new(pointer, "out_of_range", detail));
        return None;
    }
    Some(rate)
}

/// A part of a whole for people: 0.05 is `5%`, 0.125 is `12.5%`.
pub(crate) fn percent(fraction: Rate) -> String {
    let (whole, rest) = (fraction.millionths() / 10_000, fraction.millionths() % 10_000);
    if rest == 0 {
        return format!("{whole}%");
    }
    format!("{whole}.{}%", format!("{rest:04}").trim_end_matches('0'))
}

/// A product or a kind of products for people: `product DRAFT-500`, `category “wine”`, `tag “draft”`.
pub(crate) fn thing(matcher: &ProductMatcher) -> String {
    match matcher {
        ProductMatcher::Sku(sku) => format!("product {sku}"),
        ProductMatcher::Category(category) => format!("category “{category}”"),
        ProductMatcher::Tag(tag) => format!("tag “{tag}”"),
    }
}
