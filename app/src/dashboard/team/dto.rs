//! What the page of the team shows.

use super::super::list::Listed;
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
    /// How long ago the person last signed in here.
    pub last_sign_in: Option<String>,
    /// Whether it is who looks.
    pub is_self: bool,
    /// Only invited: until when, in words.
    pub invited: Option<String>,
}

/// The people of a merchant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TeamData {
    /// They, in order of their e-mail.
    pub list: Listed<PersonRow>,
    /// Makes a form that is sent twice work once.
    pub once: String,
}
