//! What a search over everything shows.

use serde::{Deserialize, Serialize};

/// Something that was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hit {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// Another way to know it; may be empty.
    pub about: String,
}

/// What was found of one sort.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// The sort: `Customers`.
    pub title: String,
    /// The first of them.
    pub hits: Vec<Hit>,
    /// The list with all of them, when these are not all.
    pub all: Option<String>,
}

/// Everything that was found, as far as who looks may see it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Found {
    /// The groups in which anything was found.
    pub groups: Vec<Group>,
    /// Whether no code of a voucher is looked up for a while, because too many were asked for that nobody has.
    pub codes_wait: bool,
}
