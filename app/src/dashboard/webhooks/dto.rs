//! What the pages of webhooks show, ready to read.

use super::super::list::Listed;
use serde::{Deserialize, Serialize};

/// How an endpoint or a delivery is, as a pill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// Nothing is wrong.
    Well,
    /// It is under way.
    Waiting,
    /// It fails, and is tried again.
    Failing,
    /// It was given up.
    Failed,
    /// Nothing is sent.
    Off,
}

/// Endpoints, and the form of a new one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WebhooksData {
    /// The endpoints, newest first.
    pub list: Listed<EndpointRow>,
    /// What an endpoint may hear.
    pub groups: Vec<Group>,
    /// Makes a form that is sent twice work once.
    pub once: String,
}

/// One endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndpointRow {
    /// Its id.
    pub id: String,
    /// Where events go.
    pub url: String,
    /// What it hears, in words.
    pub hears: String,
    /// How it is.
    pub health: Health,
    /// The same in words.
    pub state: String,
    /// When it last had a success.
    pub last_success: Option<String>,
    /// What waits for it: `12`, `1,000 or more`.
    pub waiting: String,
}

/// Kinds of events about one thing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// The thing.
    pub name: String,
    /// The word of each kind, and when it happens.
    pub kinds: Vec<(String, String)>,
}

/// One endpoint, its form and its log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndpointPageData {
    /// The endpoint.
    pub row: EndpointRow,
    /// The kinds that it hears; empty: every kind.
    pub kinds: Vec<String>,
    /// What an endpoint may hear.
    pub groups: Vec<Group>,
    /// Whether it is switched on.
    pub is_on: bool,
    /// What is wrong with it, in a sentence.
    pub trouble: Option<String>,
    /// Until when the old secret signs along.
    pub old_secret_until: Option<String>,
    /// When it was entered.
    pub created: String,
    /// Deliveries, newest first.
    pub deliveries: Vec<DeliveryRow>,
    /// Where the next page of them begins.
    pub next: Option<String>,
    /// Whether who looks may change it.
    pub may_edit: bool,
    /// Makes a form that is sent twice work once.
    pub once: String,
}

/// One delivery.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Its id.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// How it is.
    pub health: Health,
    /// The same in words.
    pub state: String,
    /// The customer and her counter.
    pub customer: Option<(String, i64)>,
    /// `2 attempts`.
    pub attempts: String,
    /// What the last answered: `200`, `no answer`, nothing before the first.
    pub status: String,
    /// When it was written.
    pub created: String,
    /// When it is tried next.
    pub next: Option<String>,
}

/// One delivery with its attempts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliveryPageData {
    /// The delivery.
    pub row: DeliveryRow,
    /// Its endpoint.
    pub endpoint: String,
    /// Where it goes.
    pub url: String,
    /// The event, which is the `webhook-id`.
    pub event: String,
    /// What is sent, laid out for reading.
    pub body: String,
    /// The attempts, newest first.
    pub log: Vec<AttemptRow>,
    /// Whether it can be sent again, by who looks and now.
    pub may_resend: bool,
    /// Makes a form that is sent twice work once.
    pub once: String,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttemptRow {
    /// Counted from 1.
    pub number: i32,
    /// When.
    pub at: String,
    /// `120 ms`.
    pub took: String,
    /// `500`, or why there was no answer.
    pub status: String,
    /// Whether the receiver took it.
    pub is_success: bool,
    /// The first kilobyte of the answer.
    pub answer: String,
}
