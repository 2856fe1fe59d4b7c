//! The intake: how a purchase becomes a row that nothing can lose.
//!
//! ```text
//! caller ─▶ lane of the customer ─▶ batch of what waits ─▶ one transaction ─▶ commit ─▶ answer
//! ```
//! Read it in this order:
//!
//! - `reply` is the way back: every purchase gets exactly one answer, and a caller that went away hurts nobody;
//! - `spread` finds the lane of each purchase;
//! - `queue` decides who comes next, fairly between merchants and within [`Limits`];
//! - `lane` is the task that empties a queue, batch by batch, over one `connection` of its own;
//! - `acquaintances` remembers who is meant by references that come again, `sold` which merchants have sold something;
//! - `settle` brings a batch to its answers: when a transaction fails it tries again, leaves out or takes apart, as
//!   `fault` says;
//! - `transaction` runs one batch within its time, and `batch` is what happens in it: a fixed number of set-based
//!   statements, one file in `sql/` each;
//! - `messages` is what a transaction tells the program modules, `metrics` what the intake tells about itself.
//!
//! Three things make a credit happen exactly once. The key of a purchase is looked up before anything else and
//! taken before anything is written; everything is written in the transaction that took it; and an answer is given
//! only after that transaction has committed. Whoever was not answered asks again with the same key.

pub(crate) mod account;
mod acquaintances;
mod batch;
mod connection;
mod fault;
mod home;
mod item;
mod lane;
mod limits;
pub(crate) mod messages;
mod metrics;
mod queue;
mod reply;
mod sequence;
mod settle;
mod sold;
mod spread;
#[cfg(test)]
mod tests;
mod transaction;

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::purchase::CheckedPurchase;
use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::outbox;
use crate::purchase_record::PurchaseRecord;
use crate::rewards::VOUCHER_UNKNOWN;
use crate::snapshot::SnapshotStore;
pub(crate) use acquaintances::Acquaintances;
use item::{Item, Submitter};
use lane::Lane;
pub(crate) use sold::Sold;
use spread::spread;
use transaction::Transactions;

/// Prove what purchases were paid with; see [`crate::reconcile`].
pub(crate) const RECONCILE_I4: &str = include_str!("sql/reconcile_i4.sql");
/// The same of what it came from.
pub(crate) const RECONCILE_I6: &str = include_str!("sql/reconcile_i6.sql");

pub use home::{AsSent, PurchaseChecks};
pub use limits::Limits;

/// What a purchase is checked and known by, for whoever asks what it would earn.
pub(crate) use batch::{fits, purchase_facts, retailer, too_much};
pub(crate) use item::storable;

/// How often the queues are looked through for purchases that waited too long.
const SWEEP: Duration = Duration::from_millis(50);
/// How long a shutdown waits for what is queued before it tells the rest to come back. A SIGTERM allows 20 seconds.
const DRAIN: Duration = Duration::from_secs(15);

/// Where a purchase comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// A till, now or a little late.
    #[default]
    Api,
    /// An import of past purchases, which may be of any age.
    Import,
}

impl Source {
    /// The word in `purchases.source`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Import => "import",
        }
    }
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        [Self::Api, Self::Import].into_iter().find(|source| source.as_str() == text).ok_or(UnknownSource)
    }
}

/// The text names no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be api or import")]
pub struct UnknownSource;

/// How purchases are submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubmitOptions {
    /// Where they come from.
    pub source: Source,
    /// How long each may wait in the queue before it is refused with [`Error::Busy`]; two seconds unless given.
    pub deadline: Option<Duration>,
    /// When they were durably received, if that was before: from then their age counts, and then they happened when they do
    /// not tell.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// A purchase that is stored.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// Whether it was stored before this submission.
    pub replayed: bool,
    /// What is stored; the answer is built from nothing else.
    pub record: Arc<PurchaseRecord>,
}

/// Where the lanes connect and how many there are.
pub(crate) struct IntakeConfig {
    pub database_url: String,
    pub lanes: usize,
    pub limits: Limits,
}

/// What the lanes use of the engine.
#[derive(Clone)]
pub(crate) struct Shared {
    pub snapshots: SnapshotStore,
    pub clock: Clock,
    pub outbox: outbox::Wake,
    pub acquaintances: Acquaintances,
    pub sold: Sold,
}

/// The lanes of one process.
pub(crate) struct Intake {
    lanes: Vec<Arc<Lane>>,
    tasks: TaskTracker,
    stop_sweeping: CancellationToken,
    limits: Limits,
}

impl Intake {
    /// Starts the lanes. They connect when they have something to do, and again whenever they have to. Needs a runtime.
    ///
    /// # Errors
    /// When the address of the database cannot be read.
    pub fn start(config: IntakeConfig, shared: Shared) -> Result<Self, Error> {
        let IntakeConfig { database_url, lanes, limits } = config;
        let options: PgConnectOptions =
            database_url.parse::<PgConnectOptions>()?.application_name("perennial intake");
        let lanes: Vec<_> = (0..lanes.max(1)).map(|number| Arc::new(Lane::new(number, limits))).collect();
        let tasks = TaskTracker::new();
        for lane in &lanes {
            let (options, shared) = (options.clone(), shared.clone());
            let clock = shared.clock.clone();
            let transactions = move || Transactions::new(options.clone(), shared.clone(), limits);
            tasks.spawn(Arc::clone(lane).run(clock, transactions));
        }
        tasks.close();
        let stop_sweeping = CancellationToken::new();
        tokio::spawn(sweep(lanes.clone(), stop_sweeping.clone()));
        Ok(Self { lanes, tasks, stop_sweeping, limits })
    }

    /// Accepts nothing more, works off what is queued, and tells what cannot be worked off in time. No purchase is
    /// left without an answer. Deadlines hold meanwhile, too.
    pub async fn shutdown(&self) {
        for lane in &self.lanes {
            lane.close();
        }
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("the intake could not work off its queues in time");
            for lane in &self.lanes {
                lane.abandon();
            }
        }
        self.stop_sweeping.cancel();
    }

    async fn submit(
        &self,
        submitter: Submitter,
        purchases: Vec<CheckedPurchase>,
        deadline: Option<Duration>,
    ) -> Vec<Result<Submitted, Error>> {
        let queued_for = deadline.unwrap_or(self.limits.queued_for);
        let queued_at = Instant::now();
        let submitter = Arc::new(submitter);
        let (replies, waiter) = reply::open(purchases.len());
        let items = purchases.into_iter().zip(replies).map(|(purchase, reply)| {
            Item::new(Arc::clone(&submitter), purchase, queued_at, queued_at + queued_for, reply)
        });
        for (lane, items) in self.lanes.iter().zip(spread(items, self.lanes.len())) {
            if !items.is_empty() {
                lane.submit(items);
            }
        }
        waiter.wait(queued_for + self.limits.answered_within).await
    }
}

impl Drop for Intake {
    /// Without a shutdown the lanes still work off what they have and end by themselves.
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.close();
        }
        self.stop_sweeping.cancel();
    }
}

async fn sweep(lanes: Vec<Arc<Lane>>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        for lane in &lanes {
            lane.sweep();
        }
    }
}

impl Engine {
    /// Submits purchases and waits until each is stored or refused; one answer per purchase, in their order.
    ///
    /// Each stands for itself: the refusal of one leaves the others alone. Purchases of one customer are credited in
    /// the order in which they were submitted. Dropping the returned future takes nothing back: what is queued is
    /// credited all the same, and a second submission with the same key tells.
    ///
    /// # Errors
    /// Per purchase: [`Error::TransactionConflict`] when the key is taken by other content; [`Error::UnknownRetailer`],
    /// [`Error::CustomerNotFound`] and [`Error::Invalid`] for what contradicts the merchant's state;
    /// [`Error::Forbidden`] for another retailer than the key's own; [`Error::Busy`] when it waited too long or its
    /// outcome is not known, in which case the same purchase is to be submitted again; [`Error::Throttled`] with vouchers,
    /// for whoever has named too many that nobody has.
    pub async fn purchases_submit(
        &self,
        cx: &Cx,
        purchases: Vec<CheckedPurchase>,
        options: SubmitOptions,
    ) -> Vec<Result<Submitted, Error>> {
        if let Err(error) = cx.require(Action::PurchasesWrite) {
            return purchases.iter().map(|_| Err(error.clone())).collect();
        }
        let submitter = Submitter::new(cx, options);
        if !purchases.iter().any(names_vouchers) {
            return self.intake().submit(submitter, purchases, options.deadline).await;
        }
        // Purchases are no way to try codes either: who has named too many is refused, but only with vouchers.
        if let Err(error) = self.voucher_may_ask(cx).await {
            let (refused, rest): (Vec<_>, Vec<_>) =
                purchases.into_iter().enumerate().partition(|(_, purchase)| names_vouchers(purchase));
            let rest = rest.into_iter().map(|(_, purchase)| purchase).collect();
            let mut answers = self.intake().submit(submitter, rest, options.deadline).await;
            for (place, _) in refused {
                answers.insert(place.min(answers.len()), Err(error.clone()));
            }
            return answers;
        }
        let answers = self.intake().submit(submitter, purchases, options.deadline).await;
        for answer in &answers {
            if let Err(Error::Invalid(errors)) = answer
                && errors.iter().any(|error| error.code == VOUCHER_UNKNOWN)
            {
                self.voucher_missed(cx).await;
            }
        }
        answers
    }
}

fn names_vouchers(purchase: &CheckedPurchase) -> bool {
    !purchase.tenders.vouchers.is_empty()
}
