//! The wire, as the engine sees it. It knows no HTTP: the server brings a client.

use std::time::Duration;

use async_trait::async_trait;

/// Sends requests to addresses that merchants have entered.
///
/// Whoever implements this is what stands between a merchant's text and the network of the installation: it must
/// resolve a name once, refuse every address that is not of the public internet, connect to the very address that it
/// has checked, and follow no redirect.
#[async_trait]
pub trait Deliver: Send + Sync + 'static {
    /// Whether an address can be sent to at all, as far as that can be said without looking its name up.
    ///
    /// # Errors
    /// Why not, for whoever typed it.
    fn check(&self, url: &str) -> Result<(), Refusal>;

    /// Sends one request and waits for the answer, for a bounded time and a bounded number of bytes.
    async fn deliver(&self, post: &Post) -> Answer;
}

/// An address that nothing is sent to, and why: a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// `webhook-id`: the event; the same with every attempt.
    pub id: String,
    /// `webhook-timestamp`: when this attempt is made, in seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`: one for each secret that is in force.
    pub signature: String,
    /// JSON.
    pub body: String,
}

/// What came of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// Why there was none, or why it could not be read.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub body: String,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<Duration>,
    /// How long it took.
    pub duration: Duration,
}

impl Answer {
    /// Whether the receiver has the event.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.error.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver says that it will never want anything again.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}
