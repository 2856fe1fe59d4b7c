//! What a customer had for points, and can have.

use serde::{Deserialize, Serialize};

/// What a customer had, a page at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerRewards {
    /// What can be used or is on its way first, then the rest, newest first.
    pub rows: Vec<HadRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The merchant's word for points.
    pub points_name: String,
    /// Whether who looks may redeem for the customer.
    pub may_redeem: bool,
}

/// Something that a customer had for points, or a voucher that was given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HadRow {
    /// What it was called.
    pub name: String,
    /// Where there is more about it: its redemption, or the voucher where nothing was paid for it.
    pub href: String,
    /// What it takes off, or what kind of thing it is.
    pub worth: String,
    /// The word of the voucher's state.
    pub voucher: Option<String>,
    /// The word of the redemption's state.
    pub redemption: Option<String>,
    /// The voucher's code, for those who may redeem.
    pub code: Option<String>,
    /// Until when it can be used or is held, or when it was used.
    pub until: String,
    /// What it cost; nothing when it was given.
    pub points: Option<i64>,
    /// When.
    pub when: String,
}

/// What a customer can have, and what is missing for the rest, a page at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offers {
    /// The customer.
    pub customer: Who,
    /// The reward that was chosen; the form asks once more.
    pub chosen: Option<Offer>,
    /// The newest first.
    pub rows: Vec<Offer>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Makes the form work once.
    pub once: String,
}

/// The customer of a form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Who {
    /// The id.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Points that can be spent.
    pub points: i64,
    /// The merchant's word for points.
    pub points_name: String,
}

/// A reward, as it is for one customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offer {
    /// The reward.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The same in a sentence.
    pub summary: String,
    /// What it costs, or at least costs.
    pub cost: i64,
    /// Whether the number of points is to be chosen, and how: `a multiple of 100 from 200`.
    pub choice: Option<String>,
    /// How many of it the customer had.
    pub had: u32,
    /// What is missing, a sentence each; nothing when the customer can have it.
    pub missing: Vec<String>,
}
