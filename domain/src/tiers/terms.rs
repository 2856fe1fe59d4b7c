//! A tier as people write it, and as it is once it is checked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::codes::{Label, uncover};
use crate::error::{Errors, FieldError, InvalidFields};
use crate::fields::{percent, whole};
use crate::money::MAX_SAFE_INTEGER;
use crate::points::Rate;

/// The most benefits that a tier can list.
const MAX_BENEFITS: usize = 20;

/// The highest multiplier: above any real one, and a slip stays below a fortune.
const MAX_MULTIPLIER: u32 = 100;

/// A tier as it is written, before its checks. Only a name and a threshold are required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TierInput {
    /// What people call it. No other tier of the merchant has this name.
    pub name: String,
    /// From how much progress on it is reached, in what the merchant's tiers count: points, minor units, purchases
    /// or referral credits. 0 for a tier that everybody has. No other tier of the merchant has this threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<i64>,
    /// Times what lines earn, as a decimal from 0 to 100: `"1.5"`. 1 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<String>,
    /// The part that a quote takes off the price, as a decimal from 0 and below 1: `"0.05"` for 5%. 0 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<String>,
    /// What else it brings, in words, up to 20 of up to 120 characters: `Early booking`.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_BENEFITS, _, _>"
    )]
    pub benefits: Vec<String>,
}

/// What a tier asks for and brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TierInput", into = "TierInput")]
pub struct TierTerms {
    /// What people call it.
    pub name: Label,
    /// From how much progress on it is reached; 0 for a tier that everybody has.
    pub threshold: i64,
    /// Times what lines earn.
    pub multiplier: Rate,
    /// The part that a quote takes off the price, below 1.
    pub discount: Rate,
    /// What else it brings, in words.
    pub benefits: Vec<Label>,
}

impl TierInput {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    ///
    /// Whether another tier has the name or the threshold, only the [`Ladder`](super::Ladder) knows.
    pub fn check(&self) -> Result<TierTerms, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = errors.keep("/name", Label::new(&self.name));
        let threshold = match self.threshold {
            Some(threshold) => whole("/threshold", threshold, 0, MAX_SAFE_INTEGER, &mut errors),
            None => {
                errors.push(FieldError::required("/threshold"));
                None
            }
        };
        let multiplier = self.multiplier(&mut errors);
        let discount = self.discount(&mut errors);
        let benefits = self.benefits(&mut errors);
        let terms = name.zip(threshold).zip(multiplier).zip(discount).map(
            |(((name, threshold), multiplier), discount)| TierTerms {
                name,
                threshold,
                multiplier,
                discount,
                benefits,
            },
        );
        errors.finish(terms)
    }

    fn multiplier(&self, errors: &mut Errors) -> Option<Rate> {
        let Some(text) = &self.multiplier else { return Some(Rate::ONE) };
        let rate = errors.keep("/multiplier", text.trim().parse::<Rate>())?;
        if rate.millionths() > u64::from(MAX_MULTIPLIER) * Rate::SCALE {
            let detail = format!("Must be at most {MAX_MULTIPLIER}");
            errors.push(FieldError::new("/multiplier", "out_of_range", detail));
            return None;
        }
        Some(rate)
    }

    fn discount(&self, errors: &mut Errors) -> Option<Rate> {
        let Some(text) = &self.discount else { return Some(Rate::ZERO) };
        let rate = errors.keep("/discount", text.trim().parse::<Rate>())?;
        if rate >= Rate::ONE {
            let detail = "Must be below 1, such as 0.05 for 5%";
            errors.push(FieldError::new("/discount", "out_of_range", detail));
            return None;
        }
        Some(rate)
    }

    /// What is named twice counts once, in the place of the first.
    fn benefits(&self, errors: &mut Errors) -> Vec<Label> {
        if self.benefits.len() > MAX_BENEFITS {
            let detail = format!("Must have at most {MAX_BENEFITS} entries");
            errors.push(FieldError::new("/benefits", "too_many", detail));
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let benefits = self.benefits.iter().enumerate();
        benefits
            .filter_map(|(index, text)| errors.keep(&format!("/benefits/{index}"), Label::new(text)))
            .filter(|benefit| seen.insert(benefit.clone()))
            .collect()
    }
}

impl TierTerms {
    /// Everything that it brings, in words: `1.5× points`, `5% off`, then its benefits.
    #[must_use]
    pub fn brings(&self) -> Vec<String> {
        let multiplier = (self.multiplier != Rate::ONE).then(|| format!("{}× points", self.multiplier));
        let discount = (!self.discount.is_zero()).then(|| format!("{} off", percent(self.discount)));
        let benefits = self.benefits.iter().map(ToString::to_string);
        multiplier.into_iter().chain(discount).chain(benefits).collect()
    }
}

impl TryFrom<TierInput> for TierTerms {
    type Error = InvalidFields;

    /// The terms as they are stored.
    fn try_from(mut input: TierInput) -> Result<Self, InvalidFields> {
        uncover(&mut input.name);
        input.benefits.iter_mut().for_each(uncover);
        input.check().map_err(InvalidFields)
    }
}

impl From<TierTerms> for TierInput {
    fn from(terms: TierTerms) -> Self {
        Self {
            name: terms.name.into(),
            threshold: Some(terms.threshold),
            multiplier: (terms.multiplier != Rate::ONE).then(|| terms.multiplier.to_string()),
            discount: (!terms.discount.is_zero()).then(|| terms.discount.to_string()),
            benefits: terms.benefits.into_iter().map(String::from).collect(),
        }
    }
}
