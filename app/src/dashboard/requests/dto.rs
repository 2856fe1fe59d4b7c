//! What the pages of the request log show, ready to read.

use serde::{Deserialize, Serialize};

/// A page of requests, and how many there were.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestsData {
    /// The requests, newest first.
    pub rows: Vec<RequestRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Who has asked lately: the id of a key, or the word for apps, and the name.
    pub keys: Vec<(String, String)>,
    /// Routes that were asked lately.
    pub routes: Vec<String>,
    /// How many were answered and refused in the last day; nothing while there was none.
    pub day: Option<Day>,
}

/// The last day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Day {
    /// Requests that wrote something: `12,345`.
    pub answered: String,
    /// Requests that were refused: `12`.
    pub refused: String,
    /// What share of all that is: `0.1% of all`.
    pub share: String,
    /// Whose requests were refused most, and how many these are.
    pub worst: Option<(String, String)>,
    /// How long one took on average: `1.2 ms`.
    pub mean: String,
    /// How long the slowest took: `48 ms`.
    pub slowest: String,
}

/// How a request ended, as a pill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It was answered.
    Answered,
    /// It was refused for what it asked.
    Refused,
    /// It was refused because we could not.
    Failed,
}

/// One request in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestRow {
    /// Its place in the log.
    pub id: String,
    /// The method.
    pub method: String,
    /// The pattern of its address.
    pub route: String,
    /// How it ended.
    pub ending: Ending,
    /// The status.
    pub status: u16,
    /// What it was called: the caller's own name for what it sent; empty when there is none.
    pub reference: String,
    /// Why it was refused; empty when it was not.
    pub problem: String,
    /// Who asked: the name of a key, or that it was an app.
    pub by: String,
    /// When: `4 min ago`.
    pub ago: String,
    /// How long it took.
    pub took: String,
    /// `item 3 of a batch`; empty for a whole request.
    pub item: String,
}

/// One request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestDetail {
    /// What the list says of it.
    pub row: RequestRow,
    /// When it was answered, to the millisecond.
    pub at: String,
    /// Who asked.
    pub by: By,
    /// The id that its answer carries.
    pub request_id: String,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The purchase that it was about.
    pub purchase: Option<String>,
    /// Why it was refused.
    pub problem: Option<Problem>,
}

/// Who has asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum By {
    /// A program: the id and the prefix of its key.
    Key(String, String),
    /// An app: the id of the customer whose token it has.
    App(String),
}

/// Why a request was refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    /// The stable word that programs read.
    pub code: String,
    /// What happened.
    pub detail: String,
    /// The fields that were wrong: where, and what.
    pub fields: Vec<(String, String)>,
    /// The problem document, without the values that were sent.
    pub document: String,
}
