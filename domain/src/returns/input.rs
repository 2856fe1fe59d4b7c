//! A return as a till posts it.

use serde::{Deserialize, Serialize};

use crate::purchase::MAX_LINES;

/// A return of a purchase that is known from elsewhere, such as the path of the request.
///
/// Either `lines` or an `amount` is given; with neither, everything that is left is returned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ReturnInput {
    /// The till's name for the return, unique per purchase, for ever; 1 to 128 characters.
    pub return_id: String,
    /// Which lines are returned, 1 to 10,000, each of them once.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::objects::maybe_at_most::<MAX_LINES, _, _>"
    )]
    pub lines: Option<Vec<ReturnLineInput>>,
    /// How much is returned of the whole purchase in minor units, when the till does not tell lines. It is
    /// spread over what is left of the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

/// A line of a return. With neither `quantity` nor `amount`, all that is left of the line is returned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReturnLineInput {
    /// The place of the line in the purchase; the first is 0.
    pub line: u64,
    /// How many units are returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// How much is returned in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

/// A return that names its purchase as the till knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TransactionReturnInput {
    /// Id or code of the retailer of the purchase. A key that is bound to a retailer implies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retailer: Option<String>,
    /// The till's name for the purchase.
    pub transaction_id: String,
    /// The till's name for the return, unique per purchase, for ever; 1 to 128 characters.
    pub return_id: String,
    /// Which lines are returned, 1 to 10,000, each of them once.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::objects::maybe_at_most::<MAX_LINES, _, _>"
    )]
    pub lines: Option<Vec<ReturnLineInput>>,
    /// How much is returned of the whole purchase in minor units, when the till does not tell lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}
