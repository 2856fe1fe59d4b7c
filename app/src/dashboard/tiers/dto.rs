//! What the pages of the tiers show, ready to read.

use crate::ui::Rank;
use serde::{Deserialize, Serialize};

/// The ladder, how customers move on it, and what may be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LadderPage {
    /// The tiers, the lowest first.
    pub tiers: Vec<TierRow>,
    /// How many customers stand below the lowest.
    pub below: i64,
    /// How customers move, in a sentence or two.
    pub about: String,
    /// The same as fields.
    pub policy: PolicyFields,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// One tier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TierRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `from 800 points`.
    pub from: String,
    /// What it brings, in words.
    pub brings: Vec<String>,
    /// How many customers have it.
    pub customers: i64,
    /// Their share: `28%`; nothing while there are no customers.
    pub share: Option<String>,
    /// Where those who rose from it in the last thirty days went, and how many.
    pub rose: Vec<(String, i64)>,
    /// How many fell from it in the last thirty days.
    pub fell: i64,
    /// How it is drawn.
    pub rank: Rank,
}

/// How customers move, as the form has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyFields {
    /// `points_earned`, `spend`, `purchases` or `referral_credits`.
    pub basis: String,
    /// `rolling_months`, `calendar_year`, `membership_year` or `ever`.
    pub window: String,
    /// Of a rolling window.
    pub months: String,
    /// `one_step` or `straight`.
    pub demotion: String,
    /// Days after a period in which what is missing can be made up for.
    pub grace_days: String,
}

/// The form of a tier: a new one, or one to change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TierForm {
    /// The tier, unless it is a new one.
    pub tier: Option<TierFields>,
    /// What a threshold counts: `points`, `USD`, `purchases`.
    pub unit: String,
    /// How it is drawn.
    pub rank: Option<Rank>,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// What of a tier can be changed, as it is typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TierFields {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub threshold: String,
    /// Times what lines earn.
    pub multiplier: String,
    /// Percents off the price.
    pub discount: String,
    /// What else it brings, one a line.
    pub benefits: String,
    /// The fingerprint of all that.
    pub seen: String,
}

/// Who would go where. Travels in the form that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRow {
    /// From which tier; nothing for those who had none.
    pub from: Option<String>,
    /// To which; nothing for those who have none any more.
    pub to: Option<String>,
    /// How many.
    pub customers: i64,
    /// Some of them: id, name, progress in words.
    pub examples: Vec<(String, String, String)>,
}

/// Where a customer stands, what staff may do about it, and how it came to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerTierPage {
    /// The customer.
    pub id: String,
    /// What the customer is called.
    pub name: String,
    /// Whether the merchant has tiers at all.
    pub has_tiers: bool,
    /// The tier, or that there is none yet.
    pub tier: String,
    /// How it is drawn.
    pub rank: Option<Rank>,
    /// Label and value, in order: since when, what counts, what is missing, until when it is kept.
    pub facts: Vec<(String, String)>,
    /// How much of the way to the next tier is done, 0 to 100; nothing at the top.
    pub progress: Option<u8>,
    /// What happened, newest first.
    pub moves: Vec<MoveLine>,
    /// Where the next page of it begins.
    pub next: Option<String>,
    /// Whether who looks may move the customer.
    pub may_assign: bool,
    /// Whether somebody has pinned the customer.
    pub pinned: bool,
}

/// One change of a customer's tier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoveLine {
    /// Whether it went up.
    pub up: bool,
    /// From which tier; nothing for none.
    pub from: Option<String>,
    /// To which; nothing for none.
    pub to: Option<String>,
    /// When.
    pub when: String,
    /// Why.
    pub why: String,
    /// Who did it; nothing for the program itself.
    pub by: Option<String>,
}
