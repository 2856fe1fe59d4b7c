//! A promotion as the API and the editor write it.

use serde::{Deserialize, Deserializer, Serialize};

use super::time::format_local;
use super::{Effect, PromotionTerms};
use crate::fields::MAX_ENTRIES;
use crate::ids::TierId;

/// A promotion as it is written, before its checks. Only a name and one effect are required.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PromotionInput {
    /// What people call it.
    pub name: String,
    /// Points per major unit of what is paid, as a decimal: `"10"`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "decimal")]
    pub award_rate: Option<String>,
    /// Times what the rates give, as a decimal: `"2"`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "decimal")]
    pub multiplier: Option<String>,
    /// Points once a purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_points: Option<i64>,
    /// Which lines it is about.
    #[serde(skip_serializing_if = "ProductsInput::is_empty")]
    pub products: ProductsInput,
    /// Codes of the retailers at which it holds; all when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub retailers: Vec<String>,
    /// Regions in which it holds; all when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub regions: Vec<String>,
    /// Ids of the tiers whose customers it is for; all customers when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub tiers: Vec<String>,
    /// Whether it is only about a customer's first purchase.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub first_purchase_only: bool,
    /// What must be paid for the matching lines together, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_amount: Option<i64>,
    /// When it begins, as the retailer's local date and time: `2026-11-21T17:00:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// When it is over, as the retailer's local date and time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// The business days on which it holds, `mon` to `sun`; all when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub weekdays: Vec<String>,
    /// The hours at which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursInput>,
    /// The most that it gives for one purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_points_per_purchase: Option<i64>,
    /// The most that it gives to one customer in some time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_points_per_customer: Option<CustomerLimitInput>,
    /// The most that it gives to all customers together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetInput>,
    /// For how many days its points wait before they can be spent, 0 to 3650; the merchant's number when not
    /// given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_days: Option<i64>,
    /// How it meets other promotions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacking: Option<StackingInput>,
    /// Who goes first; a higher number does. 0 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}

/// Which lines a promotion is about: skus, `category:x` and `tag:x`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ProductsInput {
    /// A line must match one of these; every line does when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub include: Vec<String>,
    /// A line must match none of these.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub exclude: Vec<String>,
}

impl ProductsInput {
    fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }
}

/// A span of the retailer's clocks. It crosses midnight when `from` is after `to`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HoursInput {
    /// When it begins: `17:00`.
    pub from: String,
    /// When it is over: `02:00`.
    pub to: String,
}

/// How a promotion meets the others of its group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StackingInput {
    /// The group; `default` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `add`, `best` or `exclusive`; `add` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// The most that a promotion gives to one customer in some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomerLimitInput {
    /// The most.
    pub points: i64,
    /// `day`, `month` or `ever`, by the merchant's calendar.
    pub per: String,
}

/// The most that a promotion gives to all customers together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BudgetInput {
    /// The most.
    pub points: i64,
    /// What a purchase gets that does not fit any more: with `stop` nothing, with `partial` the rest; `stop`
    /// when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_exhausted: Option<String>,
}

/// Takes a decimal as a string, or a whole number; a fraction as a JSON number would already be inexact.
fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a decimal number as a string, such as \"2.5\"")]
    enum Decimal {
        Text(String),
        Whole(u64),
    }
    Ok(Option::<Decimal>::deserialize(deserializer)?.map(|decimal| match decimal {
        Decimal::Text(text) => text,
        Decimal::Whole(number) => number.to_string(),
    }))
}

impl From<PromotionTerms> for PromotionInput {
    fn from(terms: PromotionTerms) -> Self {
        let (mut award_rate, mut multiplier, mut flat_points) = (None, None, None);
        match terms.effect {
            Effect::AwardRate(rate) => award_rate = Some(rate.to_string()),
            Effect::Multiplier(factor) => multiplier = Some(factor.to_string()),
            Effect::FlatPoints(points) => flat_points = Some(points.get()),
        }
        let texts = |codes: &[_]| codes.iter().map(super::ProductMatcher::to_string).collect();
        Self {
            name: terms.name.into(),
            award_rate,
            multiplier,
            flat_points,
            products: ProductsInput {
                include: texts(&terms.products.include),
                exclude: texts(&terms.products.exclude),
            },
            retailers: terms.retailers.into_iter().map(String::from).collect(),
            regions: terms.regions.into_iter().map(String::from).collect(),
            tiers: terms.tiers.iter().map(TierId::to_string).collect(),
            first_purchase_only: terms.first_purchase_only,
            minimum_amount: terms.minimum_amount.map(i64::from),
            starts_at: terms.starts_at.map(format_local),
            ends_at: terms.ends_at.map(format_local),
            weekdays: terms.weekdays.words().map(str::to_owned).collect(),
            hours: terms.hours.map(|hours| HoursInput {
                from: hours.from().format("%H:%M").to_string(),
                to: hours.to().format("%H:%M").to_string(),
            }),
            max_points_per_purchase: terms.max_points_per_purchase.map(crate::points::Points::get),
            max_points_per_customer: terms.max_points_per_customer.map(|limit| CustomerLimitInput {
                points: limit.points.get(),
                per: limit.per.as_str().to_owned(),
            }),
            budget: terms.budget.map(|budget| BudgetInput {
                points: budget.points.get(),
                when_exhausted: Some(budget.when_exhausted.as_str().to_owned()),
            }),
            pending_days: terms.pending_days.map(i64::from),
            stacking: Some(StackingInput {
                group: Some(terms.stacking.group.into()),
                mode: Some(terms.stacking.mode.as_str().to_owned()),
            }),
            priority: Some(terms.priority),
        }
    }
}
