//! What the cashback pages show.

use super::fields::Values;
use perennial_domain::money::Currency;
use serde::{Deserialize, Serialize};

/// Where an offer is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Its time has not come.
    Scheduled,
    /// Purchases get cashback by it.
    Active,
    /// Switched off.
    Paused,
    /// Its time is over.
    Over,
    /// Put away.
    Archived,
}

impl State {
    /// All of them, in the order in which a filter offers them.
    pub const ALL: [Self; 5] = [Self::Active, Self::Scheduled, Self::Paused, Self::Over, Self::Archived];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Over => "over",
            Self::Archived => "archived",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Over => "Over",
            Self::Archived => "Archived",
        }
    }
}

/// One offer of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfferRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it gives, in a sentence.
    pub summary: String,
    /// Where it is in its life.
    pub state: State,
    /// The part that comes back: `5%`.
    pub percentage: String,
    /// When it holds, in words.
    pub dates: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfferList {
    /// The rows, newest first.
    pub rows: Vec<OfferRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Whether only the best offer counts for a purchase.
    pub best_only: bool,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// The form of an offer: a new one, or one to change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfferForm {
    /// The offer, unless it is a new one.
    pub known: Option<Known>,
    /// The fields before anything was typed.
    pub values: Values,
    /// Skus, categories and tags to choose from, as the form takes them, each with what it is.
    pub things: Vec<(String, String)>,
    /// The currency of the caps.
    pub currency: Currency,
    /// The merchant's zone, which the dates are in.
    pub time_zone: String,
    /// Whether only the best offer counts for a purchase.
    pub best_only: bool,
    /// Whether who looks may change anything; nobody may of one that is archived.
    pub may_edit: bool,
    /// Makes the form of a new one work once.
    pub once: String,
}

/// An offer that is there.
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
}
