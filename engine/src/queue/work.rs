//! A leased batch and its effect: together, in halves, one by one.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;

use super::{ATTEMPTS, BATCH, LEASE, Message, Module, lease};
use crate::engine::Engine;
use crate::error::Error;

/// A transaction ends this long before its lease does.
const MARGIN: Duration = Duration::from_secs(2);
/// The pause after a failure that lies elsewhere: the database is away, a lock could not be had.
pub(super) const ELSEWHERE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(120);

/// How a transaction ended.
enum Outcome {
    Done,
    /// Another worker has these messages now, or will have them.
    Lost,
    Failed(Error),
}

/// Takes what is due, processes it, and tells how many messages it took.
///
/// # Errors
/// When the queue itself cannot be read or written. What fails in a module is dealt with here.
pub(crate) async fn step(engine: &Engine, module: &dyn Module) -> Result<usize, Error> {
    let messages = lease::take(engine.db(), module.name(), BATCH).await?;
    let taken = messages.len();
    // Halves that are still to be processed; the first comes last, because the last is taken first.
    let mut parts = if messages.is_empty() { Vec::new() } else { vec![messages] };
    while let Some(part) = parts.pop() {
        match attempt(engine, module, &part).await {
            Outcome::Done => {
                metrics::counter!("queue_processed_total", "module" => module.name())
                    .increment(part.len() as u64);
            }
            Outcome::Lost => {
                metrics::counter!("queue_leases_lost_total", "module" => module.name()).increment(1);
            }
            Outcome::Failed(Error::Busy { .. }) => {
                lease::give_back(engine.db(), module.name(), &part, ELSEWHERE).await?;
            }
            Outcome::Failed(error) => match part.as_slice() {
                [message] => fail(engine, module.name(), message, &error).await?,
                _ => {
                    let mut first = part;
                    let second = first.split_off(first.len() / 2);
                    parts.push(second);
                    parts.push(first);
                }
            },
        }
    }
    Ok(taken)
}

async fn attempt(engine: &Engine, module: &dyn Module, messages: &[Message]) -> Outcome {
    let work = AssertUnwindSafe(transact(engine, module, messages)).catch_unwind();
    match tokio::time::timeout(LEASE - MARGIN, work).await {
        Ok(Ok(Ok(true))) => Outcome::Done,
        Ok(Ok(Ok(false))) => Outcome::Lost,
        Ok(Ok(Err(error))) => Outcome::Failed(error),
        Ok(Err(_panic)) => Outcome::Failed(Error::Inconsistent("the module panicked".to_owned())),
        Err(_elapsed) => Outcome::Failed(Error::Inconsistent("the module took too long".to_owned())),
    }
}

/// The effect and the end of the messages, in one transaction; dropped half-way it is rolled back.
async fn transact(engine: &Engine, module: &dyn Module, messages: &[Message]) -> Result<bool, Error> {
    let txn = engine.begin().await?;
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

/// What happens to a message that failed alone.
pub(super) async fn fail(
    engine: &Engine,
    module: &'static str,
    message: &Message,
    error: &Error,
) -> Result<(), Error> {
    let reason = reason(error);
    if message.attempts >= ATTEMPTS {
        tracing::error!(module, id = message.id, %reason, "a message has become a dead letter");
        metrics::counter!("queue_dead_letters_total", "module" => module).increment(1);
        return lease::bury(engine.db(), module, message, &reason).await;
    }
    let pause = pause(message.attempts);
    tracing::warn!(module, id = message.id, %reason, ?pause, "a message failed and waits");
    metrics::counter!("queue_failures_total", "module" => module).increment(1);
    lease::put_off(engine.db(), module, message, pause, &reason).await
}

/// One second after the first failure, then twice as long each time.
fn pause(attempts: i32) -> Duration {
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
