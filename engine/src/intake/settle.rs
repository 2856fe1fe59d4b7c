//! From a batch to answers, whatever goes wrong in between: try again, leave out, take apart.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use sqlx::postgres::PgConnectOptions;

use super::batch;
use super::connection::Connection;
use super::fault::Failure;
use super::item::Item;
use super::metrics;
use super::reply::{Answer, busy};
use super::sequence::IdSequence;
use super::{Limits, Shared};
use crate::error::Error;

/// How often one batch is tried when the reason to fail may pass by itself.
const ATTEMPTS: u32 = 3;
/// Before a second attempt; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(20);
/// How often one batch may be taken apart before the rest is told to come back. Enough to find any one culprit
/// among the largest batch several times over.
const SPLITS: u32 = 64;

/// Brings batches to their answers over the lane's connection.
pub(super) struct Settler {
    connection: Connection,
    shared: Shared,
    limits: Limits,
    ids: IdSequence,
}

/// What became of one group of purchases.
enum Outcome {
    Answered(Vec<Answer>),
    /// Some are refused for sure; the others want another try without them.
    Without(Vec<(usize, Error)>),
    /// One of them is poison.
    Poisoned(Error),
    /// The database is not there, or not able.
    Away,
}

impl Settler {
    pub fn new(options: PgConnectOptions, shared: Shared, limits: Limits) -> Self {
        Self { connection: Connection::new(options), shared, limits, ids: IdSequence::default() }
    }

    /// Makes sure that there is a connection.
    pub async fn connect(&mut self) -> Result<(), sqlx::Error> {
        self.connection.get().await.map(drop)
    }

    pub async fn close(&mut self) {
        self.connection.close().await;
    }

    /// Answers every purchase of the batch.
    ///
    /// A batch that fails as a whole is split in two, down to the one purchase that nothing can be done for; that
    /// one gets the error, its neighbours never notice. Earlier arrivals always go first.
    pub async fn settle(&mut self, mut batch: Vec<Item>) {
        if let Some(oldest) = batch.first() {
            metrics::batch_taken(batch.len(), oldest.queued_at);
        }
        self.give_ids(&mut batch);
        let mut groups = vec![batch];
        let mut splits = 0;
        while let Some(mut group) = groups.pop() {
            match self.bring_through(&group).await {
                Outcome::Answered(answers) => answer(group, answers),
                Outcome::Without(refused) => {
                    let rest = take_out(group, refused);
                    if !rest.is_empty() {
                        groups.push(rest);
                    }
                }
                Outcome::Poisoned(error) if group.len() == 1 => {
                    tracing::error!(%error, "a purchase cannot be stored");
                    answer_all(group, &error);
                }
                Outcome::Poisoned(_) if splits < SPLITS => {
                    splits += 1;
                    let later = group.split_off(group.len().div_ceil(2));
                    groups.push(later);
                    groups.push(group);
                }
                Outcome::Poisoned(_) | Outcome::Away => answer_all(group, &busy()),
            }
        }
    }

    /// Ids are given once and kept over all attempts: that is how an attempt recognises what an earlier one, whose
    /// end nobody saw, has committed.
    fn give_ids(&mut self, batch: &mut [Item]) {
        let now = u64::try_from(self.shared.clock.now().timestamp_millis()).unwrap_or(0);
        for item in batch {
            item.give_id(self.ids.next(now));
        }
    }

    async fn bring_through(&mut self, group: &[Item]) -> Outcome {
        for attempt in 1..=ATTEMPTS {
            let failure = match self.attempt(group).await {
                Ok(answers) => return Outcome::Answered(answers),
                Err(failure) => failure,
            };
            metrics::fallback(failure.reason());
            match failure {
                Failure::Refused(refused) => return Outcome::Without(refused),
                Failure::Poisoned(error) => return Outcome::Poisoned(error),
                Failure::Transient(reason) => {
                    tracing::info!(reason, attempt, purchases = group.len(), "a batch is tried again");
                }
                Failure::Disconnected(error) => {
                    tracing::warn!(error, attempt, purchases = group.len(), "a batch lost its connection");
                }
            }
            if attempt < ATTEMPTS {
                tokio::time::sleep(PAUSE * attempt).await;
            }
        }
        Outcome::Away
    }

    /// One transaction. Whatever ends it early also ends its connection, unless the connection is known to be whole.
    async fn attempt(&mut self, group: &[Item]) -> Result<Vec<Answer>, Failure> {
        let begun = Instant::now();
        let connection = self.connection.get().await?;
        let transaction = AssertUnwindSafe(batch::run(connection, &self.shared, group)).catch_unwind();
        let ended = match tokio::time::timeout(self.limits.transaction, transaction).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(_panic)) => {
                self.connection.discard();
                return Err(Failure::Poisoned(Error::Inconsistent(
                    "a purchase made the intake panic".to_owned(),
                )));
            }
            Err(_elapsed) => Err(Failure::Disconnected("the transaction took too long".to_owned())),
        };
        match &ended {
            Ok(_) => {
                metrics::committed(begun.elapsed());
                self.shared.outbox.wake();
            }
            Err(Failure::Disconnected(_)) => self.connection.discard(),
            Err(_) => {
                if batch::roll_back(self.connection.get().await?).await.is_err() {
                    self.connection.discard();
                }
            }
        }
        ended
    }
}

fn answer(group: Vec<Item>, answers: Vec<Answer>) {
    metrics::answered(answers.iter());
    for (item, answer) in group.into_iter().zip(answers) {
        item.reply.send(answer);
    }
}

fn answer_all(group: Vec<Item>, error: &Error) {
    let answers = group.iter().map(|_| Err(error.clone())).collect();
    answer(group, answers);
}

/// Answers the refused ones and returns the others, in their order.
fn take_out(group: Vec<Item>, refused: Vec<(usize, Error)>) -> Vec<Item> {
    let mut refused: std::collections::HashMap<usize, Error> = refused.into_iter().collect();
    let mut rest = Vec::with_capacity(group.len());
    for (place, item) in group.into_iter().enumerate() {
        match refused.remove(&place) {
            Some(error) => answer(vec![item], vec![Err(error)]),
            None => rest.push(item),
        }
    }
    rest
}
