//! What the page of the returns that wait shows, ready to read.

use serde::{Deserialize, Serialize};

/// One return whose purchase was not there when it came.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WaitingRow {
    /// The retailer in the form.
    pub retailer_id: String,
    /// Its name.
    pub retailer: String,
    /// The till's name for the purchase.
    pub transaction_id: String,
    /// The till's name for the return.
    pub return_id: String,
    /// When it came, and who sent it.
    pub came: String,
    /// How long it is kept.
    pub until: String,
    /// Why it could not be booked; nothing while it waits.
    pub refusal: Option<String>,
    /// The purchase, once it is there.
    pub purchase: Option<String>,
}
