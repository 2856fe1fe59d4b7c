//! What the page of the team shows.

use perennial_domain::access::Role;
use serde::{Deserialize, Serialize};

/// One person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonRow {
    /// The id of the account.
    pub id: String,
    /// The name.
    pub name: String,
    /// The e-mail that the person signs in with.
    pub email: String,
    /// The role at this merchant.
    pub role: Role,
    /// Since when there is an account.
    pub since: String,
    /// Whether it is who looks.
    pub is_self: bool,
}

/// The people of a merchant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TeamData {
    /// They, in order of their e-mail.
    pub rows: Vec<PersonRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Whether who looks may change the team.
    pub may_edit: bool,
    /// Makes a form that is sent twice work once.
    pub once: String,
}
