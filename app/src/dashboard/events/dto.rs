//! What the pages of events from elsewhere show, ready to read.

use serde::{Deserialize, Serialize};

/// What has become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It waits.
    Received,
    /// It has had its effect.
    Done,
    /// It waits for somebody.
    Refused,
    /// Somebody has thrown it away.
    Discarded,
}

impl State {
    /// All of them, in the order in which a filter offers them.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Received, Self::Done, Self::Discarded];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Discarded => "discarded",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::Done => "Done",
            Self::Refused => "Refused",
            Self::Discarded => "Discarded",
        }
    }
}

/// A page of events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventsData {
    /// The events, newest first.
    pub rows: Vec<EventRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// What events can be about.
    pub kinds: Vec<String>,
    /// A command that sends one.
    pub curl: String,
}

/// One event in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventRow {
    /// Its place in the list, and its address.
    pub key: String,
    /// The name that its source gave it.
    pub id: String,
    /// Who told it.
    pub source: String,
    /// What it is about.
    pub kind: String,
    /// What has become of it.
    pub state: State,
    /// When it came: `4 min ago`.
    pub received: String,
    /// Why it was refused, in a sentence; empty when it was not.
    pub problem: String,
}

/// One event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventDetail {
    /// What the list says of it.
    pub row: EventRow,
    /// When its source says that it happened.
    pub time: Option<String>,
    /// When it was written down, to the millisecond.
    pub received_at: String,
    /// When it came to its state.
    pub changed: String,
    /// As it was sent, laid out for reading; none when it is no longer kept.
    pub raw: Option<String>,
    /// Whether only the beginning of it is shown.
    pub is_cut: bool,
    /// Why it was refused.
    pub problem: Option<Trouble>,
    /// What it has caused: a sentence and where that leads.
    pub effects: Vec<Effect>,
    /// Whether it can be tried again, by who looks.
    pub may_retry: bool,
    /// Whether it can be thrown away, by who looks.
    pub may_discard: bool,
}

/// Why an event was refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trouble {
    /// The stable word that programs read.
    pub code: String,
    /// What happened.
    pub detail: String,
    /// What helps.
    pub advice: String,
    /// The fields that are wrong.
    pub fields: Vec<WrongField>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WrongField {
    /// Where, as a JSON pointer into the event.
    pub pointer: String,
    /// What.
    pub detail: String,
    /// What is stored and what was received, on a conflict.
    pub values: Option<(String, String)>,
}

/// One thing that an event has caused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    /// In words.
    pub text: String,
    /// Where it leads.
    pub href: Option<String>,
}
