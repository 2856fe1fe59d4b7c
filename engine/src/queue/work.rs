//! A leased batch and its effect: together, in halves, one by one.

use std::panic::AssertUnwindSafe;
use std::slice;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use sea_orm::ConnectionTrait as _;
use tracing::Instrument as _;

use super::halves::{halves, named};
use super::{ATTEMPTS, BATCH, LEASE, Message, Module, THINGS, lease};
use crate::engine::Engine;
use crate::error::Error;
use crate::spans;
use crate::statement::statement;

/// How much time a transaction has. What needs more is too much at once, and is taken apart.
pub(super) struct Pace {
    /// For all of it; it ends before its lease does.
    pub transaction: Duration,
    /// For one of its statements. Postgres itself cuts it off, so that nothing of it is locked when the halves follow:
    /// shorter than anybody waits for a lock.
    pub statement: Duration,
}

/// The pace of every module.
pub(super) const PACE: Pace =
    Pace { transaction: LEASE.saturating_sub(Duration::from_secs(2)), statement: Duration::from_secs(4) };

/// The pause after a failure that lies elsewhere: the database is away, a lock could not be had.
pub(super) const ELSEWHERE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(120);

/// What a worker has done with what was due.
pub(super) struct Worked {
    /// Messages that it took.
    pub taken: usize,
    /// Whether more is due than it took.
    pub more: bool,
}

/// How a transaction ended.
enum Outcome {
    Done,
    /// Another worker has these messages now, or will have them.
    Lost,
    Failed {
        error: Error,
        /// It was cut off, because it took too long.
        slow: bool,
    },
}

/// Takes what is due, processes it, and tells how many messages it took.
///
/// # Errors
/// When the queue itself cannot be read or written. What fails in a module is dealt with here.
pub(crate) async fn step(engine: &Engine, module: &dyn Module) -> Result<usize, Error> {
    Ok(work(engine, module, &PACE).await?.taken)
}

/// Takes what is due, and processes it at a pace.
///
/// # Errors
/// When the queue itself cannot be read or written. What fails in a module is dealt with here.
pub(super) async fn work(engine: &Engine, module: &dyn Module, pace: &Pace) -> Result<Worked, Error> {
    let messages = lease::take(engine.db(), module.name(), BATCH).await?;
    let taken = messages.len();
    let things: usize = messages.iter().map(|message| named(&message.payload)).sum();
    let mut more = taken as u64 >= BATCH || things >= THINGS;
    // Halves that are still to be processed; the first comes last, because the last is taken first.
    let mut parts = if messages.is_empty() { Vec::new() } else { vec![messages] };
    while let Some(part) = parts.pop() {
        let span = spans::messages(module.name(), part.len());
        let outcome = attempt(engine, module, &part, pace).instrument(span.clone()).await;
        if matches!(outcome, Outcome::Failed { .. }) {
            span.record("otel.status_code", "ERROR");
        }
        drop(span);
        match outcome {
            Outcome::Done => {
                metrics::counter!("queue_processed_total", "module" => module.name())
                    .increment(part.len() as u64);
            }
            Outcome::Lost => {
                metrics::counter!("queue_leases_lost_total", "module" => module.name()).increment(1);
            }
            Outcome::Failed { error: Error::Busy { .. }, slow: false } => {
                lease::give_back(engine.db(), module.name(), &part, ELSEWHERE).await?;
            }
            Outcome::Failed { error, slow } => match part.as_slice() {
                [message] => more |= fail(engine, module.name(), message, &error).await?,
                _ => {
                    let mut first = part;
                    let second = first.split_off(first.len() / 2);
                    parts.push(second);
                    parts.push(first);
                    if slow {
                        lease::renew(engine.db(), module.name(), parts.iter().flatten()).await?;
                    }
                }
            },
        }
    }
    Ok(Worked { taken, more })
}

async fn attempt(engine: &Engine, module: &dyn Module, messages: &[Message], pace: &Pace) -> Outcome {
    let begun = Instant::now();
    let work = AssertUnwindSafe(transact(engine, module, messages, pace)).catch_unwind();
    let (error, slow) = match tokio::time::timeout(pace.transaction, work).await {
        Ok(Ok(Ok(true))) => return Outcome::Done,
        Ok(Ok(Ok(false))) => return Outcome::Lost,
        // A statement that is cut off looks like one that met a lock: what tells them apart is the time.
        Ok(Ok(Err(error))) => {
            let slow = matches!(error, Error::Busy { .. }) && begun.elapsed() >= pace.statement;
            (error, slow)
        }
        Ok(Err(_panic)) => (Error::Inconsistent("the module panicked".to_owned()), false),
        Err(_elapsed) => (Error::Inconsistent("the module took too long".to_owned()), true),
    };
    Outcome::Failed { error, slow }
}

/// The effect and the end of the messages, in one transaction; dropped half-way it is rolled back.
async fn transact(
    engine: &Engine,
    module: &dyn Module,
    messages: &[Message],
    pace: &Pace,
) -> Result<bool, Error> {
    let txn = engine.begin().await?;
    let time = pace.statement.as_millis().to_string();
    let hurry = "SELECT set_config('statement_timeout', $1, true)";
    txn.query_one_raw(statement(hurry, [time.into()])).await?;
    // First, so that a message that is no longer ours costs nothing, and is locked until its effect is there.
    if !lease::finish(&txn, module.name(), messages).await? {
        txn.rollback().await?;
        return Ok(false);
    }
    module.process(&txn, engine, messages).await?;
    txn.commit().await?;
    engine.outbox_wake().wake();
    Ok(true)
}

/// What happens to a message that failed alone; true when two of half its size are due in its place. A message is often of
/// a whole batch of purchases: the healthy ones do not die with the one that is not.
pub(super) async fn fail(
    engine: &Engine,
    module: &'static str,
    message: &Message,
    error: &Error,
) -> Result<bool, Error> {
    let reason = reason(error);
    if let Some(halves) = halves(&message.payload) {
        tracing::warn!(module, id = message.id, %reason, "a message failed and is taken apart");
        lease::halve(engine.db(), module, message, halves).await?;
        return Ok(true);
    }
    if matches!(error, Error::Busy { .. }) {
        lease::give_back(engine.db(), module, slice::from_ref(message), ELSEWHERE).await?;
        return Ok(false);
    }
    if message.attempts >= ATTEMPTS {
        tracing::error!(module, id = message.id, %reason, "a message has become a dead letter");
        metrics::counter!("queue_dead_letters_total", "module" => module).increment(1);
        lease::bury(engine.db(), module, message, &reason).await?;
        return Ok(false);
    }
    let pause = pause(message.attempts);
    tracing::warn!(module, id = message.id, %reason, ?pause, "a message failed and waits");
    metrics::counter!("queue_failures_total", "module" => module).increment(1);
    lease::put_off(engine.db(), module, message, pause, &reason).await?;
    Ok(false)
}

/// One second after the first failure, then twice as long each time.
pub(crate) fn pause(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    Duration::from_secs(1 << doublings).min(PAUSE_MAX)
}

/// The error with everything that it knows, for a person who has to mend it.
fn reason(error: &Error) -> String {
    match error {
        Error::Inconsistent(detail) => detail.clone(),
        Error::Db(source) => source.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let pauses: Vec<u64> =
            [0, 1, 2, 3, 7, 8, 9, i32::MAX].map(|attempts| pause(attempts).as_secs()).into();
        assert_eq!(pauses, [1, 1, 2, 4, 64, 120, 120, 120]);
    }
}
