//! Letters to customers: what they say, who wants them, and the way out of them.
//!
//! ```text
//! cause ─▶ Message: kind, customer, values ─▶ preference? ─▶ template of the merchant ─▶ text and HTML ─▶ mail
//! ```
//! Whoever has something to tell a customer hands a [`Message`] to [`write()`], in the transaction of its cause. What the
//! customer does not want is not written; a letter that was written is sent (see [`crate::mail`]). What it says is the
//! merchant's template, or the one that came with the program.
//!
//! Links that unsubscribe need no sign-in: they are signed with a secret of the merchant and name the customer by an
//! opaque id, so that nothing has to be stored for the many that are never followed.
//!
//! - [`write`](mod@write) makes letters of messages;
//! - [`templates`] is what a merchant changes, shows beforehand and sends for a test;
//! - [`preferences`] is what a customer chooses, [`unsubscribe`] the shortest way to it, [`merge`] what is left of the
//!   choices of two of whom one goes on.

mod desk;
mod figures;
pub(crate) mod merge;
mod preferences;
mod templates;
mod unsubscribe;
mod write;

pub(crate) use figures::grouped;
pub use preferences::{MessagePreference, MessagePreferences, MessagePreferencesChange};
pub use templates::{
    MessageExample, MessagePlaceholder, MessageTemplate, MessageTemplateChange, TestMessage, TestMessageSent,
    TrialTemplate,
};
pub use unsubscribe::Unsubscribing;
pub(crate) use write::{Message, write};
