//! What the page of the ledger check shows.

use serde::{Deserialize, Serialize};

/// The whole page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LedgerPage {
    /// In the order of the invariants; empty before the first check.
    pub checks: Vec<CheckRow>,
    /// When somebody asked for a check that has not ended.
    pub asked: Option<String>,
    /// Whether the reader may ask for one.
    pub may_ask: bool,
}

/// An invariant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckRow {
    /// `I1`.
    pub name: String,
    /// What must hold.
    pub title: String,
    /// How many things were looked at.
    pub looked_at: String,
    /// When everything was.
    pub when: String,
    /// When what happened since was, where it has been.
    pub since: Option<String>,
    /// How many of them are wrong, when some are.
    pub wrong: Option<String>,
    /// The first of these.
    pub found: Vec<FoundRow>,
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FoundRow {
    /// What.
    pub subject: String,
    /// Where it can be seen.
    pub link: Option<String>,
    /// How.
    pub detail: String,
}
