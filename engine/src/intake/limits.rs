//! How much the intake holds, takes and waits for. One place, so that the bounds can be read together.

use std::time::Duration;

/// The bounds of one lane. The defaults were measured; tests make them small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Purchases in one batch. Beyond about 500 a batch only grows slower, not cheaper.
    pub batch_purchases: usize,
    /// Lines in one batch. A purchase with more lines than this makes a batch of its own.
    pub batch_lines: usize,
    /// Bytes of purchases in one batch, so that one statement never grows beyond what Postgres likes.
    pub batch_bytes: usize,
    /// Purchases waiting in one lane before the lane admits only merchants below their fair share.
    pub queue_purchases: usize,
    /// Bytes waiting in one lane before the same happens.
    pub queue_bytes: usize,
    /// How long a purchase may wait in the queue before it is refused with `Busy`.
    pub queued_for: Duration,
    /// How much longer a caller waits for a purchase that is already in a batch. A later answer than
    /// this is of no use to a till; it asks again with the same key and finds what has happened.
    pub answered_within: Duration,
    /// How long a whole transaction may take before its connection is given up for dead.
    pub transaction: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_purchases: 500,
            batch_lines: 5_000,
            batch_bytes: 8 << 20,
            queue_purchases: 8_192,
            queue_bytes: 64 << 20,
            queued_for: Duration::from_secs(2),
            answered_within: Duration::from_secs(15),
            transaction: Duration::from_secs(40),
        }
    }
}
