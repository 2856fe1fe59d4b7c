//! What the pages of messages show, ready to read.

use perennial_domain::messages::{Footer, Look, MessageKind, Values};
use serde::{Deserialize, Serialize};

/// The list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessagesData {
    /// One row for each kind.
    pub rows: Vec<MessageRow>,
}

/// A kind of message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageRow {
    /// Which.
    pub kind: MessageKind,
    /// What it is about, as it is written.
    pub subject: String,
    /// When and by whom it was changed; nothing while it is as it came.
    pub changed: Option<String>,
}

/// The page of one kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageForm {
    /// The kind, with what is stored of it.
    pub row: MessageRow,
    /// What it says, as it is written.
    pub text: String,
    /// The instant of the last change, as the form sends it back; empty while it is as it came.
    pub seen: String,
    /// What a preview has in the place of placeholders.
    pub values: Values,
    /// How the merchant's letters look.
    pub look: Look,
    /// What stands below them.
    pub footer: Option<Footer>,
    /// The address of who looks.
    pub own_address: String,
    /// Whether who looks may change it.
    pub may_edit: bool,
}
