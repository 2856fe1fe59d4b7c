//! What the pages of reward policies show.

use super::fields::Values;
use perennial_domain::money::Currency;
use serde::{Deserialize, Serialize};

/// Where a policy is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Never published.
    Draft,
    /// It counts.
    Running,
    /// It rests.
    Paused,
    /// It is over.
    Archived,
}

impl State {
    /// All of them, in the order in which a filter offers them.
    pub const ALL: [Self; 4] = [Self::Running, Self::Draft, Self::Paused, Self::Archived];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Archived => "archived",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Archived => "Archived",
        }
    }
}

/// One policy of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it says, in a sentence.
    pub summary: String,
    /// Where it is in its life.
    pub state: State,
    /// Whether a change waits to be published.
    pub has_draft: bool,
    /// How often it gave something.
    pub paid: i64,
    /// How much waits.
    pub held: i64,
}

/// The form of a policy: a new one, or one to change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyForm {
    /// The policy, unless it is a new one.
    pub known: Option<Known>,
    /// The fields before anything was typed.
    pub values: Values,
    /// The merchant's rewards that can be given, by id.
    pub rewards: Vec<(String, String)>,
    /// The merchant's tiers, by id.
    pub tiers: Vec<(String, String)>,
    /// The currency of amounts.
    pub currency: Currency,
    /// Whether who looks may change anything; nobody may of one that is archived.
    pub may_edit: bool,
    /// Makes the form of a new one work once.
    pub once: String,
}

/// A policy that is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The fingerprint of what it says.
    pub seen: String,
    /// What it says.
    pub summary: String,
    /// Where it is in its life.
    pub state: State,
    /// Whether there is something to publish.
    pub has_draft: bool,
    /// Which version this is, in words.
    pub version: String,
    /// What it would have given, if that was asked for.
    pub trial: Option<TrialWords>,
    /// What it gave, the newest first; nothing for those who may not read customers.
    pub awards: Option<Awards>,
}

/// What a policy would have given, in words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrialWords {
    /// The sentence.
    pub text: String,
    /// What was looked at.
    pub note: String,
}

/// A page of awards.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Awards {
    /// The rows.
    pub rows: Vec<AwardRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One award.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AwardRow {
    /// Who has it.
    pub customer_id: String,
    /// The customer's name.
    pub customer: String,
    /// What policy gave it.
    pub policy_id: String,
    /// What that is called.
    pub policy: String,
    /// What it is.
    pub gives: String,
    /// `Given`, `Held until Dec 5`, …
    pub state: String,
    /// Whether it is good, waits, or is gone.
    pub tone: AwardTone,
    /// Why, when it is gone.
    pub why: String,
    /// When.
    pub when: String,
    /// The purchase that caused it.
    pub purchase: Option<String>,
}

/// Whether an award is good, waits, or is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AwardTone {
    /// Given.
    Good,
    /// It waits.
    Waits,
    /// Cancelled, taken back, refused.
    Gone,
}
