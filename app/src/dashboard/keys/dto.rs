//! What the API key pages show.

use super::super::list::Listed;
use serde::{Deserialize, Serialize};

/// One key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The part that may be shown.
    pub prefix: String,
    /// What it may do, in words.
    pub may: String,
    /// The retailer it is bound to.
    pub retailer: Option<String>,
    /// When it was made.
    pub created: String,
    /// When it was last used.
    pub last_used: Option<String>,
    /// When it was revoked.
    pub revoked: Option<String>,
}

/// The list, and what a new key may be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyPage {
    /// The keys, newest first, and whether who looks may make and revoke them.
    pub list: Listed<KeyRow>,
    /// Every scope: its name in the API, and what it allows.
    pub scopes: Vec<ScopeChoice>,
    /// Code and name of every open retailer.
    pub retailers: Vec<(String, String)>,
    /// Whether a test purchase makes sense: there is a retailer, and who looks may read the answer.
    pub may_test: bool,
    /// Makes a form that is sent twice work once.
    pub once: String,
    /// The transaction id of the next test purchase.
    pub transaction: String,
    /// The amount of the next test purchase, in the merchant's currency.
    pub amount: String,
    /// The command to try a key with; the key itself is a placeholder.
    pub curl: String,
}

/// A scope to choose.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScopeChoice {
    /// `purchases:write`.
    pub name: String,
    /// What it allows, in a few words.
    pub about: String,
    /// What most tills need.
    pub usual: bool,
}
