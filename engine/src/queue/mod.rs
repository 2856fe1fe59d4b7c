//! The durable queues of the program modules.
//!
//! ```text
//! cause ──same transaction──▶ queue ─▶ lease ─▶ transaction: delete by fence + effect ─▶ commit
//!                               ▲                  │ failed
//!                               └── later ◀────────┴─▶ halves … down to one ─▶ dead letters
//! ```
//! A message is written in the transaction that gives it cause and deleted in the one that has its effect, so that a
//! crash at any instant neither loses nor doubles it. A worker **leases** a batch; when it dies the lease runs out and
//! another takes over. Every lease has a new **fence**: a worker that was only slow finds at the end that the message
//! is no longer its own, and leaves no trace. A batch that fails, or takes too long, is taken apart until the poisoned
//! message stands alone, and that one again until it names a single thing, a purchase or a customer; what is left is tried
//! again, less and less often, and at last becomes a **dead letter**, which waits for a person and stops nobody. Each
//! module has its own loop: one that always fails slows neither another nor the intake.
//!
//! Postgres is the queue, without an extension: the messages have to commit with the ledger, which no other store can.

mod dead_letters;
pub(crate) mod errand;
mod gauges;
mod halves;
mod lease;
#[cfg(test)]
mod tests;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use perennial_domain::ids::MerchantId;
use sea_orm::DatabaseTransaction;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::error::Error;
use crate::stored::stored;

pub use dead_letters::{DeadLetter, DeadLettersRetried, QueueState, RETRIED_AT_ONCE};
pub(crate) use gauges::measure;
pub(crate) use work::{pause, step};

/// Messages that one transaction takes at most.
const BATCH: u64 = 50;
/// So many purchases, customers or whatever the messages name, and it takes no further one.
const THINGS: usize = 5_000;
/// How long a worker may take for a batch; the time until another takes over what a crash has left.
const LEASE: Duration = Duration::from_secs(12);
/// A message that failed this often becomes a dead letter: after about ten minutes.
pub(crate) const ATTEMPTS: i32 = 10;
/// How long a message waits at most when nobody said that there is one (another server wrote it).
const POLL: Duration = Duration::from_secs(1);
/// What follows within this time is worked off together. Under load the intake commits every few milliseconds, and a
/// transaction of every module for each of its own would take from the tills what nobody notices.
const GATHER: Duration = Duration::from_millis(50);

/// A consumer of one queue.
#[async_trait]
pub(crate) trait Module: Send + Sync {
    /// The word in `queue.module`.
    fn name(&self) -> &'static str;

    /// Has the effect of these messages, oldest first, within the transaction that has deleted them. They may be of
    /// several merchants, may come again after a failure, and in another order than they were written in.
    ///
    /// # Errors
    /// Whatever it fails with takes the transaction back. [`Error::Busy`] is tried again and not counted.
    async fn process(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error>;
}

/// A message that a worker has leased.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its place in the queue.
    pub id: i64,
    /// Whose it is.
    pub merchant: MerchantId,
    /// What it says, in the module's own words.
    pub payload: Value,
    /// How often it was tried, this time included.
    pub attempts: i32,
    fence: i64,
}

impl Message {
    /// What it says, in the type of who wrote it.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when it says something else.
    pub fn news<T: DeserializeOwned>(&self) -> Result<T, Error> {
        stored(T::deserialize(&self.payload), "queue.payload")
    }
}

/// What messages say, together for each merchant: `hear` adds what one says to what was heard before.
///
/// # Errors
/// [`Error::Inconsistent`] when one says something else.
pub(crate) fn by_merchant<N: DeserializeOwned, H: Default>(
    messages: &[Message],
    hear: impl Fn(&mut H, N),
) -> Result<BTreeMap<MerchantId, H>, Error> {
    let mut heard: BTreeMap<MerchantId, H> = BTreeMap::new();
    for message in messages {
        hear(heard.entry(message.merchant).or_default(), message.news()?);
    }
    Ok(heard)
}

/// Works off the queue of a module until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, module: Arc<dyn Module>, stop: CancellationToken) {
    let mut woken = engine.outbox_wake().queues();
    while !stop.is_cancelled() {
        woken.mark_unchanged();
        let worked = work::work(&engine, module.as_ref(), &work::PACE).await;
        rest(module.name(), worked.map(|worked| worked.more), &mut woken, &stop).await;
    }
}

/// What comes between two steps of a queue: nothing when the last one tells that more is due; else the wait until something
/// may have come, or until `stop`. An error is told and tried again.
async fn rest(
    name: &'static str,
    more: Result<bool, Error>,
    woken: &mut watch::Receiver<()>,
    stop: &CancellationToken,
) {
    match more {
        Ok(true) => return,
        Ok(false) => {}
        Err(error) => {
            metrics::counter!("queue_errors_total", "module" => name).increment(1);
            tracing::warn!(module = name, %error, "a queue cannot be worked off; trying again");
        }
    }
    tokio::select! {
        () = stop.cancelled() => return,
        _ = tokio::time::timeout(POLL, woken.changed()) => {}
    }
    // Every commit of the intake wakes all queues, and hardly any of them has something for this one.
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(GATHER) => {}
    }
}
