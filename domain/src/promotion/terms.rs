//! The terms of a promotion after their checks.

use std::fmt;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::{Budget, CustomerLimit, Effect, Hours, PromotionInput, Weekdays};
use crate::codes::{CategoryName, GroupName, Label, Region, RetailerCode, Sku, Tag};
use crate::ids::TierId;
use crate::money::Amount;
use crate::points::Points;

/// What a promotion gives, for what, where and when. Every empty filter lets everything through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PromotionInput", into = "PromotionInput")]
pub struct PromotionTerms {
    /// What people call it.
    pub name: Label,
    /// What it gives.
    pub effect: Effect,
    /// Which lines it is about.
    pub products: ProductFilter,
    /// At which retailers it holds.
    pub retailers: Vec<RetailerCode>,
    /// In which regions it holds.
    pub regions: Vec<Region>,
    /// For customers of which tiers it is. By id, so that a new name moves nobody in or out.
    pub tiers: Vec<TierId>,
    /// Whether it is only about a customer's first purchase.
    pub first_purchase_only: bool,
    /// What must be paid for the matching lines together.
    pub minimum_amount: Option<Amount>,
    /// The local date and time of the retailer at which it begins.
    pub starts_at: Option<NaiveDateTime>,
    /// The local date and time of the retailer at which it is over; after `starts_at`.
    pub ends_at: Option<NaiveDateTime>,
    /// On which business days it holds.
    pub weekdays: Weekdays,
    /// At which hours of the retailer's clocks it holds.
    pub hours: Option<Hours>,
    /// The most that it gives for one purchase.
    pub max_points_per_purchase: Option<Points>,
    /// The most that it gives to one customer in some time; counted after the cap per purchase.
    pub max_points_per_customer: Option<CustomerLimit>,
    /// The most that it gives to everybody; counted after the limit per customer.
    pub budget: Option<Budget>,
    /// For how many days its points wait before they can be spent, in place of the merchant's number; 0 lets
    /// them be spent at once, whatever the merchant's number is.
    pub pending_days: Option<u16>,
    /// How it meets other promotions.
    pub stacking: Stacking,
    /// Who goes first; a higher number does.
    pub priority: i32,
}

impl PromotionTerms {
    /// Whether what it gives depends on what it gave before: to the customer, or to everybody.
    #[must_use]
    pub const fn is_limited(&self) -> bool {
        self.max_points_per_customer.is_some() || self.budget.is_some()
    }
}

/// Which lines a promotion is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// A line must match one of these; every line does when there are none.
    pub include: Vec<ProductMatcher>,
    /// A line must match none of these.
    pub exclude: Vec<ProductMatcher>,
}

/// A product, or a kind of products. Written `SKU`, `category:x` or `tag:x`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductMatcher {
    /// One product.
    Sku(Sku),
    /// All products of a category.
    Category(CategoryName),
    /// All products with a tag.
    Tag(Tag),
}

impl fmt::Display for ProductMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sku(sku) => sku.fmt(f),
            Self::Category(category) => write!(f, "category:{category}"),
            Self::Tag(tag) => write!(f, "tag:{tag}"),
        }
    }
}

/// How a promotion meets the others of its group. Groups do not know of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stacking {
    /// The group.
    pub group: GroupName,
    /// The manner.
    pub mode: StackingMode,
}

impl Default for Stacking {
    fn default() -> Self {
        Self { group: GroupName::default_group(), mode: StackingMode::Add }
    }
}

/// The manner in which a promotion meets the others of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StackingMode {
    /// It counts beside the others.
    #[default]
    Add,
    /// Of those with this mode, the one that is worth most to the customer counts.
    Best,
    /// It counts alone; of several, the one with the highest priority.
    Exclusive,
}

impl StackingMode {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Add, Self::Best, Self::Exclusive];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Best => "best",
            Self::Exclusive => "exclusive",
        }
    }
}
