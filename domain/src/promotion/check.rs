//! The checks that turn what was written into terms.

use std::fmt;

use super::time::{parse_local, parse_time};
use super::{
    Effect, Hours, ProductFilter, ProductMatcher, PromotionInput, PromotionTerms, Stacking, StackingMode,
    Weekdays,
};
use crate::codes::{CategoryName, CodeError, GroupName, Label, Region, RetailerCode, Sku, Tag, capitalised};
use crate::error::{Errors, FieldError, Problem};
use crate::money::{Amount, group_digits};
use crate::points::{Points, Rate, RateError};

/// How many entries a list of products, retailers or regions may have.
const MAX_ENTRIES: usize = 5_000;
/// The largest multiplier: far above any real one, and a slip of the finger stays below a fortune.
const MAX_MULTIPLIER: u32 = 1_000;
/// The most flat points, and the highest cap.
const MAX_POINTS: i64 = 1_000_000_000;

impl From<RateError> for Problem {
    fn from(error: RateError) -> Self {
        let code = match error {
            RateError::Malformed => "malformed",
            RateError::TooPrecise => "too_precise",
            RateError::TooLarge => "out_of_range",
        };
        Self { code: code.into(), detail: capitalised(&error.to_string()) }
    }
}

/// Everything that is wrong with a promotion, as one error for serde.
#[derive(Debug)]
pub struct InvalidTerms(Vec<FieldError>);

impl fmt::Display for InvalidTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl TryFrom<PromotionInput> for PromotionTerms {
    type Error = InvalidTerms;

    fn try_from(input: PromotionInput) -> Result<Self, InvalidTerms> {
        input.check().map_err(InvalidTerms)
    }
}

impl PromotionInput {
    /// Checks everything, and reports everything that is wrong at once.
    pub fn check(&self) -> Result<PromotionTerms, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = errors.keep("/name", Label::new(&self.name));
        let effect = self.effect(&mut errors);
        let products = ProductFilter {
            include: list("/products/include", &self.products.include, product_matcher, &mut errors),
            exclude: list("/products/exclude", &self.products.exclude, product_matcher, &mut errors),
        };
        let retailers = list("/retailers", &self.retailers, RetailerCode::new, &mut errors);
        let regions = list("/regions", &self.regions, Region::new, &mut errors);
        let minimum_amount = self.minimum_amount.and_then(|amount| {
            // A minimum of nothing is none.
            errors.keep("/minimum_amount", Amount::new(amount)).filter(|amount| !amount.is_zero())
        });
        let starts_at = local("/starts_at", self.starts_at.as_deref(), &mut errors);
        let ends_at = local("/ends_at", self.ends_at.as_deref(), &mut errors);
        if let (Some(starts_at), Some(ends_at)) = (starts_at, ends_at)
            && ends_at <= starts_at
        {
            errors.push(FieldError::new("/ends_at", "not_after_start", "Must be after starts_at"));
        }
        let weekdays = self.weekdays(&mut errors);
        let hours = self.hours(&mut errors);
        let max_points_per_purchase = self
            .max_points_per_purchase
            .and_then(|points| positive_points("/max_points_per_purchase", points, &mut errors));
        let stacking = self.stacking(&mut errors);
        let terms = name.zip(effect).map(|(name, effect)| PromotionTerms {
            name,
            effect,
            products,
            retailers,
            regions,
            first_purchase_only: self.first_purchase_only,
            minimum_amount,
            starts_at,
            ends_at,
            weekdays,
            hours,
            max_points_per_purchase,
            stacking,
            priority: self.priority.unwrap_or(0),
        });
        errors.finish(terms)
    }

    fn effect(&self, errors: &mut Errors) -> Option<Effect> {
        match (&self.award_rate, &self.multiplier, self.flat_points) {
            (Some(rate), None, None) => {
                positive_rate("/award_rate", rate, Rate::MAX, errors).map(Effect::AwardRate)
            }
            (None, Some(factor), None) => {
                let max = Rate::whole(MAX_MULTIPLIER).unwrap_or(Rate::MAX);
                positive_rate("/multiplier", factor, max, errors).map(Effect::Multiplier)
            }
            (None, None, Some(points)) => {
                positive_points("/flat_points", points, errors).map(Effect::FlatPoints)
            }
            _ => {
                let detail = "Exactly one of award_rate, multiplier and flat_points is required";
                errors.push(FieldError::new("/award_rate", "exactly_one", detail));
                None
            }
        }
    }

    fn weekdays(&self, errors: &mut Errors) -> Weekdays {
        let mut weekdays = Weekdays::ALL;
        for (index, text) in self.weekdays.iter().enumerate() {
            match Weekdays::parse_day(text) {
                Some(day) => weekdays = weekdays.with(day),
                None => errors.push(FieldError::new(
                    format!("/weekdays/{index}"),
                    "malformed",
                    "Must be one of mon, tue, wed, thu, fri, sat, sun",
                )),
            }
        }
        weekdays
    }

    fn hours(&self, errors: &mut Errors) -> Option<Hours> {
        let input = self.hours.as_ref()?;
        let mut time = |pointer: &str, text: &str| {
            let time = parse_time(text);
            if time.is_none() {
                errors.push(FieldError::new(pointer, "malformed", "Must be a time such as 17:00"));
            }
            time
        };
        let (from, to) = time("/hours/from", &input.from).zip(time("/hours/to", &input.to))?;
        let hours = Hours::new(from, to);
        if hours.is_none() {
            errors.push(FieldError::new("/hours/to", "same_as_from", "Must differ from hours.from"));
        }
        hours
    }

    fn stacking(&self, errors: &mut Errors) -> Stacking {
        let mut stacking = Stacking::default();
        let Some(input) = &self.stacking else { return stacking };
        if let Some(group) =
            input.group.as_deref().and_then(|group| errors.keep("/stacking/group", GroupName::new(group)))
        {
            stacking.group = group;
        }
        if let Some(mode) = &input.mode {
            match StackingMode::ALL.into_iter().find(|candidate| candidate.as_str() == mode) {
                Some(mode) => stacking.mode = mode,
                None => errors.push(FieldError::new(
                    "/stacking/mode",
                    "malformed",
                    "Must be one of add, best, exclusive",
                )),
            }
        }
        stacking
    }
}

fn positive_rate(pointer: &str, text: &str, max: Rate, errors: &mut Errors) -> Option<Rate> {
    let rate = errors.keep(pointer, text.trim().parse::<Rate>())?;
    if rate.is_zero() || rate > max {
        errors.push(FieldError::new(pointer, "out_of_range", format!("Must be above 0 and at most {max}")));
        return None;
    }
    Some(rate)
}

fn positive_points(pointer: &str, points: i64, errors: &mut Errors) -> Option<Points> {
    if (1..=MAX_POINTS).contains(&points) {
        return Some(Points::new(points));
    }
    let detail = format!("Must be between 1 and {}", group_digits(MAX_POINTS));
    errors.push(FieldError::new(pointer, "out_of_range", detail));
    None
}

fn local(pointer: &str, text: Option<&str>, errors: &mut Errors) -> Option<chrono::NaiveDateTime> {
    let local = parse_local(text?.trim());
    if local.is_none() {
        let detail = "Must be a local date and time without an offset, such as 2026-11-21T17:00:00";
        errors.push(FieldError::new(pointer, "malformed", detail));
    }
    local
}

fn product_matcher(text: &str) -> Result<ProductMatcher, CodeError> {
    let text = text.trim();
    if let Some(category) = text.strip_prefix("category:") {
        CategoryName::new(category).map(ProductMatcher::Category)
    } else if let Some(tag) = text.strip_prefix("tag:") {
        Tag::new(tag).map(ProductMatcher::Tag)
    } else {
        Sku::new(text).map(ProductMatcher::Sku)
    }
}

/// Parses each entry; what is named twice counts once, in the place of the first.
fn list<T: PartialEq + Ord + Clone>(
    pointer: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, CodeError>,
    errors: &mut Errors,
) -> Vec<T> {
    if texts.len() > MAX_ENTRIES {
        let detail = format!("Must have at most {} entries", group_digits(MAX_ENTRIES as i64));
        errors.push(FieldError::new(pointer, "too_many", detail));
        return Vec::new();
    }
    let mut seen = std::collections::BTreeSet::new();
    let parsed = texts
        .iter()
        .enumerate()
        .filter_map(|(index, text)| errors.keep(&format!("{pointer}/{index}"), parse(text)));
    parsed.filter(|entry| seen.insert(entry.clone())).collect()
}
