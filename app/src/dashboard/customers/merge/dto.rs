//! What the page that merges shows, ready to read.

use super::super::dto::CustomerRow;
use serde::{Deserialize, Serialize};

/// The page of one customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MergeData {
    /// The customer.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// The merchant's word for points.
    pub points_name: String,
    /// Whether who looks may merge, and there is an account to merge with.
    pub may_merge: bool,
    /// What was searched for.
    pub q: String,
    /// Who was found by it.
    pub found: Vec<CustomerRow>,
    /// Whether there are more of them than are shown.
    pub more: bool,
    /// Who was chosen.
    pub chosen: Option<Chosen>,
    /// What was merged into the customer before, newest first.
    pub merges: Vec<MergedRow>,
    /// Where the next page of them begins.
    pub next: Option<String>,
}

/// The other account, and what merging the two does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chosen {
    /// Its id.
    pub id: String,
    /// Whether that one goes on, and not the customer of the page.
    pub keeps_other: bool,
    /// The account that goes on.
    pub stays: Side,
    /// The account that ends.
    pub ends: Side,
    /// What it does; why it cannot be done otherwise.
    pub outcome: Result<Outcome, String>,
}

/// One of the two accounts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Side {
    /// What the customer is called.
    pub name: String,
    /// Who it is, and what there is.
    pub facts: Vec<(String, String)>,
}

/// What merging does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// What comes to the account that goes on.
    pub moved: Vec<(String, String)>,
    /// What that has afterwards.
    pub after: Vec<(String, String)>,
}

/// An account that was merged before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MergedRow {
    /// Its id, which leads here.
    pub id: String,
    /// When.
    pub when: String,
    /// Who did it.
    pub by: String,
    /// Why.
    pub note: Option<String>,
    /// The points that came with it.
    pub points: i64,
    /// The purchases.
    pub purchases: i64,
}
