//! What the page of the queues shows, ready to read.

use serde::{Deserialize, Serialize};

/// Modules and a page of dead letters.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QueuesData {
    /// Every module, in order of name.
    pub modules: Vec<ModuleRow>,
    /// What was given up, newest first.
    pub letters: Vec<LetterRow>,
    /// Where the next page of it begins.
    pub next: Option<String>,
    /// Whether who looks may try again and discard.
    pub may_settle: bool,
}

/// One module.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModuleRow {
    /// Its name in the address and in the form.
    pub module: String,
    /// Its name for people.
    pub name: String,
    /// Messages that wait.
    pub waiting: i64,
    /// Of these, those that have failed before.
    pub failing: i64,
    /// How long the oldest has waited.
    pub oldest: Option<String>,
    /// Messages that were given up.
    pub dead: i64,
    /// So many of them are tried again by one button.
    pub at_once: i64,
}

/// One dead letter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LetterRow {
    /// The module's name in the form.
    pub module: String,
    /// The module's name for people.
    pub name: String,
    /// Its number.
    pub id: String,
    /// What the last attempt failed with.
    pub error: String,
    /// How often it was tried: `10 attempts`.
    pub tried: String,
    /// When it was given up.
    pub died: String,
    /// What it says, in the module's own words.
    pub payload: String,
}
