//! From a batch to answers, whatever goes wrong in between: try again, leave out, take apart.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use super::fault::Failure;
use super::item::Item;
use super::metrics;
use super::reply::{Answer, busy};
use super::sequence::IdSequence;
use crate::clock::Clock;
use crate::error::Error;

/// How often one batch is tried when the reason to fail may pass by itself.
const ATTEMPTS: u32 = 3;
/// Before a second attempt; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(20);
/// How often one batch may be taken apart before the rest is told to come back. Enough to find any one culprit
/// among the largest batch several times over.
const SPLITS: u32 = 64;

/// One transaction for a group of purchases: all their answers, or why there are none.
pub(super) trait Transact {
    /// Makes sure that the database is there.
    fn connect(&mut self) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Runs one transaction for purchases of merchants whose clock is ahead by so much.
    fn transact(
        &mut self,
        group: &[Item],
        ahead: TimeDelta,
    ) -> impl Future<Output = Result<Vec<Answer>, Failure>> + Send;

    /// Says goodbye to the database.
    fn close(&mut self) -> impl Future<Output = ()> + Send;
}

/// Brings batches to their answers.
pub(super) struct Settler<T> {
    transactions: T,
    clock: Clock,
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

impl<T: Transact> Settler<T> {
    pub fn new(transactions: T, clock: Clock) -> Self {
        Self { transactions, clock, ids: IdSequence::default() }
    }

    /// Makes sure that the database is there.
    pub async fn connect(&mut self) -> Result<(), sqlx::Error> {
        self.transactions.connect().await
    }

    /// Says goodbye to the database.
    pub async fn close(&mut self) {
        self.transactions.close().await;
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
        let mut groups = self.by_time(batch);
        let mut splits = 0;
        while let Some((ahead, mut group)) = groups.pop() {
            match self.bring_through(&group, ahead).await {
                Outcome::Answered(answers) => answer(group, answers),
                Outcome::Without(refused) => {
                    let rest = take_out(group, refused);
                    if !rest.is_empty() {
                        groups.push((ahead, rest));
                    }
                }
                Outcome::Poisoned(error) if group.len() == 1 => {
                    tracing::error!(%error, "a purchase cannot be stored");
                    answer_all(group, &error);
                }
                Outcome::Poisoned(_) if splits < SPLITS => {
                    splits += 1;
                    let later = group.split_off(group.len().div_ceil(2));
                    groups.push((ahead, later));
                    groups.push((ahead, group));
                }
                Outcome::Poisoned(_) | Outcome::Away => answer_all(group, &busy()),
            }
        }
    }

    /// Purchases of one transaction are received at one instant: those of a sandbox whose clock is ahead go apart. By how
    /// much it is ahead stays with them, because it may be set while they wait, and the others go by no sandbox's clock.
    fn by_time(&self, batch: Vec<Item>) -> Vec<(TimeDelta, Vec<Item>)> {
        if self.clock.ahead().is_empty() {
            return vec![(TimeDelta::zero(), batch)];
        }
        let mut groups: BTreeMap<TimeDelta, Vec<Item>> = BTreeMap::new();
        for item in batch {
            groups.entry(self.clock.ahead_of(item.merchant())).or_default().push(item);
        }
        groups.into_iter().collect()
    }

    /// Ids are given once and kept over all attempts: that is how an attempt recognises what an earlier one, whose
    /// end nobody saw, has committed.
    fn give_ids(&mut self, batch: &mut [Item]) {
        let now = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        for item in batch {
            item.give_id(self.ids.next(now));
        }
    }

    async fn bring_through(&mut self, group: &[Item], ahead: TimeDelta) -> Outcome {
        for attempt in 1..=ATTEMPTS {
            let failure = match self.transactions.transact(group, ahead).await {
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
