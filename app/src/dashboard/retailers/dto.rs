//! What the retailer pages show.

use super::super::list::Listed;
use serde::{Deserialize, Serialize};

/// One retailer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RetailerRow {
    /// Its id.
    pub id: String,
    /// What tills call it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its region, or nothing.
    pub region: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// When its business day begins, `04:00`.
    pub business_day_start: String,
    /// Whether it takes no more purchases.
    pub archived: bool,
}

/// A page of the list.
pub type RetailerList = Listed<RetailerRow>;

/// The form of a retailer: a new one, or one to change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RetailerForm {
    /// The retailer, unless it is a new one.
    pub retailer: Option<RetailerRow>,
    /// The merchant's zone, for a new one.
    pub time_zone: String,
    /// Regions in use, to choose from.
    pub regions: Vec<String>,
    /// Every IANA zone, to choose from.
    pub zones: Vec<String>,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}
