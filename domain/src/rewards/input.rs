//! A reward as the API and the editor write it.

use serde::{Deserialize, Serialize};

use super::{PointsCost, RewardKind, RewardTerms};
use crate::fields::MAX_ENTRIES;
use crate::ids::TierId;
use crate::promotion::format_local;

/// A reward as it is written, before its checks. A name, a kind and a cost are required, and the value that
/// the kind asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RewardInput {
    /// What people call it.
    pub name: String,
    /// What it is, in a few sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `money_off`, `percent`, `free_product`, `voucher_pool` or `external`.
    pub kind: String,
    /// What it is worth: minor units for `money_off`, a decimal above 0 and up to 1 for `percent`, a sku for
    /// `free_product`; nothing for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueInput>,
    /// What it costs: a number of points, or for `money_off` a choice of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points_cost: Option<CostInput>,
    /// How many are left; any number when not given. A voucher pool has as many as it has codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// How many one customer can have, ever; any number when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_customer: Option<i64>,
    /// Ids of the tiers whose customers can have it; everybody when empty.
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "crate::bounded::at_most::<MAX_ENTRIES, _, _>"
    )]
    pub tiers: Vec<String>,
    /// From when it can be had, as a local date and time of the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// Until when it can be had, as a local date and time of the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// For how many days its voucher can be used, 1 to 3,650, to the end of the merchant's local day; for ever
    /// when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<i64>,
}

/// A whole number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "a whole number or a text")]
pub enum ValueInput {
    /// Minor units.
    Whole(i64),
    /// A decimal or a sku.
    Text(String),
}

/// What a reward costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged, expecting = "a whole number of points, or an object with step, min and max")]
pub enum CostInput {
    /// The same for everybody, in points.
    Fixed(i64),
    /// As many points as the customer chooses.
    Variable(VariableCostInput),
}

/// As many points as the customer chooses; each `step` of them is worth the reward's value once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VariableCostInput {
    /// In steps of so many points.
    pub step: i64,
    /// At least so many points, a multiple of the step; one step when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// At most so many points, a multiple of the step; any number when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

impl From<PointsCost> for CostInput {
    fn from(cost: PointsCost) -> Self {
        match cost {
            PointsCost::Fixed(points) => Self::Fixed(points.get()),
            PointsCost::Variable(cost) => Self::Variable(VariableCostInput {
                step: cost.step().get(),
                min: Some(cost.min().get()),
                max: cost.max().map(crate::points::Points::get),
            }),
        }
    }
}

impl From<RewardTerms> for RewardInput {
    fn from(terms: RewardTerms) -> Self {
        let value = match &terms.kind {
            RewardKind::MoneyOff(amount) => Some(ValueInput::Whole(amount.get())),
            RewardKind::Percent(part) => Some(ValueInput::Text(part.to_string())),
            RewardKind::FreeProduct(sku) => Some(ValueInput::Text(sku.to_string())),
            RewardKind::VoucherPool | RewardKind::External => None,
        };
        Self {
            kind: terms.kind.as_str().to_owned(),
            value,
            name: terms.name.into(),
            description: terms.description.map(String::from),
            points_cost: Some(terms.cost.into()),
            stock: terms.stock.and_then(|stock| i64::try_from(stock).ok()),
            limit_per_customer: terms.limit_per_customer.map(i64::from),
            tiers: terms.tiers.iter().map(TierId::to_string).collect(),
            valid_from: terms.valid_from.map(format_local),
            valid_until: terms.valid_until.map(format_local),
            valid_days: terms.valid_days.map(i64::from),
        }
    }
}
