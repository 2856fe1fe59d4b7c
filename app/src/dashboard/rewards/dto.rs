//! What the reward pages show.

use super::fields::Values;
use perennial_domain::money::Currency;
use serde::{Deserialize, Serialize};

/// One reward of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RewardRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it gives, in a sentence.
    pub summary: String,
    /// The word of its kind.
    pub kind: String,
    /// What it costs: `500`, `from 100`.
    pub cost: String,
    /// How many are left; nothing when there are any number.
    pub left: Option<i64>,
    /// How often it was taken and not given back.
    pub claimed: i64,
    /// Of these, how often it was used or handed over.
    pub redeemed: i64,
    /// Where it is in its life.
    pub state: State,
}

/// Whether a reward can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Its time has not come.
    Scheduled,
    /// Customers can have it.
    Active,
    /// None are left.
    SoldOut,
    /// Its time is over.
    Over,
    /// Put away.
    Archived,
}

/// A page of the list.
pub type RewardList = super::super::list::Listed<RewardRow>;

/// The form of a reward: a new one, or one to change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RewardForm {
    /// The reward, unless it is a new one.
    pub known: Option<Known>,
    /// The word of its kind; empty while it has to be chosen.
    pub kind: String,
    /// The fields before anything was typed.
    pub values: Values,
    /// Skus to choose from, each with the name of its product.
    pub products: Vec<(String, String)>,
    /// The merchant's tiers: ids and names, the lowest first.
    pub tiers: Vec<(String, String)>,
    /// The currency of the merchant.
    pub currency: Currency,
    /// The merchant's word for points.
    pub points_name: String,
    /// The merchant's zone, which the dates are in.
    pub time_zone: String,
    /// Whether who looks may change anything; nobody may of one that is archived.
    pub may_edit: bool,
    /// Makes the form of a new one work once.
    pub once: String,
}

/// A reward that is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The fingerprint of what it says.
    pub seen: String,
    /// Where it is in its life.
    pub state: State,
    /// Which version this is, and since when.
    pub version: String,
    /// How many are left; nothing when there are any number.
    pub left: Option<i64>,
    /// How often it was taken and not given back.
    pub claimed: i64,
    /// Of these, how often it was used or handed over.
    pub redeemed: i64,
}

/// The codes of a pool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodesPage {
    /// The reward.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Nobody has them yet.
    pub free: i64,
    /// Customers have them.
    pub taken: i64,
    /// Taken back after somebody had seen them.
    pub withdrawn: i64,
    /// Whether who looks may upload; nobody may into an archived one.
    pub may_edit: bool,
}
