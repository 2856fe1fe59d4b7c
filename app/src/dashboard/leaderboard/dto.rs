//! What the page of the leaderboard shows, ready to read.

use serde::{Deserialize, Serialize};

/// The page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeaderboardData {
    /// A page of the list; nothing while there is no leaderboard.
    pub board: Option<BoardData>,
    /// Whether who looks may open and close it.
    pub may_switch: bool,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoardData {
    /// `week`, `month` or `ever`.
    pub period: String,
    /// Its days, and how many customers are on it.
    pub about: String,
    /// Whether what was bought before it was opened is still being counted.
    pub counting: bool,
    /// The merchant's word for points.
    pub points_name: String,
    /// The customers, the highest first.
    pub rows: Vec<BoardRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BoardRow {
    /// The customer's id.
    pub id: String,
    /// How others see the customer.
    pub name: String,
    /// One more than how many have more points.
    pub rank: i64,
    /// What the purchases of the period earned.
    pub points: i64,
}
