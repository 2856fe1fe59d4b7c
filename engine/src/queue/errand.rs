//! Queues whose effect lies outside the transaction that ends their messages.
//!
//! ```text
//! lease ─▶ the errand: nothing is locked meanwhile ─▶ transaction: delete by fence + what is noted of it ─▶ commit
//! ```
//! A [module](super::Module) has its effect in the transaction that deletes its messages, and so exactly once. Some
//! effects are not rows of that transaction: a purchase is credited by a lane in one of its own, a broker is another
//! machine. They come first and may come twice, when a worker dies before it has noted them; so each has a key by which
//! a second time changes nothing. What must not happen is a transaction, a connection or a lock that waits for them.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use sea_orm::DatabaseTransaction;
use tokio_util::sync::CancellationToken;

use super::work::{ELSEWHERE, fail};
use super::{LEASE, Message, lease, rest};
use crate::engine::Engine;
use crate::error::Error;

/// An errand ends this long before its lease does.
const MARGIN: Duration = Duration::from_secs(3);

/// A consumer of one queue that does its work outside of a transaction.
#[async_trait]
pub(crate) trait Errand: Send + Sync + 'static {
    /// The word in `queue.module`.
    const NAME: &'static str;
    /// Messages taken at most.
    const BATCH: u64;

    /// What is to be written when a message ends.
    type Note: Send;

    /// Does what these messages ask for, and answers one verdict for each, in their order. They may come again.
    async fn carry(&self, engine: &Engine, messages: &[Message]) -> Vec<Verdict<Self::Note>>;

    /// Writes the notes of messages that end, within the transaction that has deleted them.
    ///
    /// # Errors
    /// Whatever it fails with takes the transaction back; the messages come again.
    async fn note(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        notes: Vec<(&Message, Self::Note)>,
    ) -> Result<(), Error>;
}

/// What became of a message.
pub(crate) enum Verdict<N> {
    /// It is done with; this is to be noted.
    Ended(N),
    /// It failed. [`Error::Busy`] lies elsewhere and is not counted; everything else is, and makes it a dead letter at
    /// last.
    Failed(Error),
}

/// Works off the queue of an errand until `stop`. Survives every error.
pub(crate) async fn run<E: Errand>(engine: Engine, errand: E, stop: CancellationToken) {
    let mut woken = engine.outbox_wake().queues();
    while !stop.is_cancelled() {
        woken.mark_unchanged();
        let taken = step(&engine, &errand).await;
        // Where there was something, more may be waiting.
        rest(E::NAME, taken.map(|taken| taken > 0), &mut woken, &stop).await;
    }
}

/// Takes what is due, carries it, and tells how many messages it took.
///
/// # Errors
/// When the queue itself cannot be read or written. What fails in the errand is dealt with here.
pub(crate) async fn step<E: Errand>(engine: &Engine, errand: &E) -> Result<usize, Error> {
    let messages = lease::take(engine.db(), E::NAME, E::BATCH).await?;
    if messages.is_empty() {
        return Ok(0);
    }
    let mut ended = Vec::new();
    let mut elsewhere = Vec::new();
    let verdicts = verdicts(engine, errand, &messages).await;
    for (message, verdict) in messages.iter().zip(verdicts) {
        match verdict {
            Verdict::Ended(note) => ended.push((message, note)),
            Verdict::Failed(Error::Busy { .. } | Error::Throttled { .. }) => elsewhere.push(message.clone()),
            Verdict::Failed(error) => {
                fail(engine, E::NAME, message, &error).await?;
            }
        }
    }
    if !elsewhere.is_empty() {
        lease::give_back(engine.db(), E::NAME, &elsewhere, ELSEWHERE).await?;
    }
    finish(engine, errand, ended).await?;
    Ok(messages.len())
}

/// One verdict for every message, whatever happens.
async fn verdicts<E: Errand>(engine: &Engine, errand: &E, messages: &[Message]) -> Vec<Verdict<E::Note>> {
    let work = AssertUnwindSafe(errand.carry(engine, messages)).catch_unwind();
    match tokio::time::timeout(LEASE - MARGIN, work).await {
        Ok(Ok(verdicts)) if verdicts.len() == messages.len() => verdicts,
        Ok(Ok(_)) => all(messages, || Error::Inconsistent("an errand forgot a message".to_owned())),
        Ok(Err(_panic)) => all(messages, || Error::Inconsistent("the module panicked".to_owned())),
        // Those that were too slow together may be quick enough the next time, or when fewer are due.
        Err(_elapsed) => all(messages, || Error::Inconsistent("the module took too long".to_owned())),
    }
}

fn all<N>(messages: &[Message], error: impl Fn() -> Error) -> Vec<Verdict<N>> {
    messages.iter().map(|_| Verdict::Failed(error())).collect()
}

/// Ends messages with their notes, in one transaction. Of a message whose lease was lost meanwhile nothing is noted:
/// whoever has it now does.
async fn finish<E: Errand>(
    engine: &Engine,
    errand: &E,
    ended: Vec<(&Message, E::Note)>,
) -> Result<(), Error> {
    if ended.is_empty() {
        return Ok(());
    }
    let txn = engine.begin().await?;
    let messages: Vec<&Message> = ended.iter().map(|(message, _)| *message).collect();
    let ours = lease::finish_some(&txn, E::NAME, &messages).await?;
    let notes: Vec<_> = ended.into_iter().filter(|(message, _)| ours.contains(&message.id)).collect();
    let (lost, done) = (messages.len() - notes.len(), notes.len());
    errand.note(&txn, engine, notes).await?;
    txn.commit().await?;
    engine.outbox_wake().wake();
    metrics::counter!("queue_processed_total", "module" => E::NAME).increment(done as u64);
    metrics::counter!("queue_leases_lost_total", "module" => E::NAME).increment(lost as u64);
    Ok(())
}
