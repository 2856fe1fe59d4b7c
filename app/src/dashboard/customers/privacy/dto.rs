//! What the privacy page of a customer shows, ready to read.

use serde::{Deserialize, Serialize};

/// The page of one customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerPrivacy {
    /// The customer.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Whether who looks may download everything.
    pub may_export: bool,
    /// Whether who looks may erase.
    pub may_erase: bool,
    /// That it was done; nothing while the account is open.
    pub erased: Option<Erased>,
    /// What it would do; nothing for whoever may not, and when it was done.
    pub preview: Option<Amounts>,
}

/// That a customer was erased.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Erased {
    /// When.
    pub when: String,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What became of what there was.
    pub amounts: Amounts,
}

/// What erasing does, counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Amounts {
    /// Rows that are deleted, or have something personal taken out of them, by what they are.
    pub removed: Vec<(String, i64)>,
    /// Rows that stay.
    pub kept: Vec<(String, i64)>,
    /// What the customer could still have had.
    pub lost: Vec<(String, String)>,
}
