//! A lane: a queue, one task that empties it batch by batch, and the care that every purchase is answered.
//!
//! ```text
//! submit ─▶ queue ─▶ task: connect, take what waits, settle ─▶ answers
//!             └────▶ sweep: shed what waited too long, also while the task is stuck
//! ```
//! While one batch is in the database the next one forms by itself: a quiet lane works purchase by purchase, a busy
//! one in batches of hundreds, and no timer ever makes anybody wait.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use tokio::sync::Notify;
use tracing::Instrument as _;

use super::Limits;
use super::item::Item;
use super::metrics;
use super::queue::FairQueue;
use super::reply::busy;
use super::settle::{Settler, Transact};
use crate::clock::Clock;
use crate::spans;

/// Between attempts to reach a database that is away.
const RECONNECT: Duration = Duration::from_millis(200);
/// Before a task that panicked is started again, so that a defect does not burn a core.
const RESTART: Duration = Duration::from_millis(50);

/// One lane, shared by those who submit and the task that works.
pub(super) struct Lane {
    number: usize,
    queue: Mutex<FairQueue<Item>>,
    arrived: Notify,
    closing: AtomicBool,
}

impl Lane {
    pub fn new(number: usize, limits: Limits) -> Self {
        Self {
            number,
            queue: Mutex::new(FairQueue::new(limits)),
            arrived: Notify::new(),
            closing: AtomicBool::new(false),
        }
    }

    /// Queues the purchases; those for which there is no room are told at once.
    pub fn submit(&self, items: Vec<Item>) {
        let mut refused = Vec::new();
        {
            let mut queue = self.queue();
            for item in items {
                // Asked under the lock: once `close` has returned, nothing slips in behind the last batch.
                if self.is_closing() {
                    refused.push(item);
                } else if let Err(item) = queue.push(item) {
                    refused.push(item);
                }
            }
        }
        self.arrived.notify_one();
        metrics::shed(refused.len());
        for item in refused {
            item.reply.send(Err(busy()));
        }
    }

    /// Tells those who waited too long, and how deep and old the queue is.
    pub fn sweep(&self) {
        let now = Instant::now();
        let (late, depth) = {
            let mut queue = self.queue();
            (queue.shed(now), queue.len())
        };
        metrics::queue_depth(self.number, depth);
        metrics::shed(late.len());
        for item in late {
            item.reply.send(Err(busy()));
        }
    }

    /// No more is accepted; the task ends when the queue is empty.
    pub fn close(&self) {
        let queue = self.queue();
        self.closing.store(true, Ordering::SeqCst);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Tells everybody who still waits that it came to nothing.
    pub fn abandon(&self) {
        let abandoned = self.queue().clear();
        metrics::shed(abandoned.len());
        for item in abandoned {
            item.reply.send(Err(busy()));
        }
    }

    /// Works until the lane is closed and empty. A panic ends nothing but the batch it happened in.
    pub async fn run<T: Transact>(self: Arc<Self>, clock: Clock, transactions: impl Fn() -> T) {
        loop {
            let mut settler = Settler::new(transactions(), clock.clone());
            match AssertUnwindSafe(self.work(&mut settler)).catch_unwind().await {
                Ok(()) => return settler.close().await,
                Err(_panic) => {
                    // The purchases of the batch were answered when the panic dropped them.
                    metrics::lane_restarted();
                    tracing::error!(lane = self.number, "an intake lane panicked and starts again");
                    tokio::time::sleep(RESTART).await;
                }
            }
        }
    }

    async fn work<T: Transact>(&self, settler: &mut Settler<T>) {
        while self.something_waits().await {
            // First the connection, then the batch: while the database is away purchases age in the queue, where
            // the sweep tells them in time.
            if let Err(error) = settler.connect().await {
                metrics::unreachable();
                tracing::warn!(lane = self.number, %error, "an intake lane does not reach the database");
                if self.is_closing() {
                    return self.abandon();
                }
                tokio::time::sleep(RECONNECT).await;
                continue;
            }
            let batch = self.queue().take();
            if !batch.is_empty() {
                let requests = batch.iter().map(|item| &item.submitter.span);
                let span = spans::batch(self.number, batch.len(), requests);
                settler.settle(batch).instrument(span).await;
            }
        }
    }

    /// True as soon as something waits, false once the lane is closed and empty.
    async fn something_waits(&self) -> bool {
        loop {
            if !self.queue().is_empty() {
                return true;
            }
            if self.is_closing() {
                return false;
            }
            // A wake-up between the look and the wait is kept by the notifier.
            self.arrived.notified().await;
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn queue(&self) -> MutexGuard<'_, FairQueue<Item>> {
        // A panic while the lock was held can only have lost a purchase, whose caller was told when it was dropped.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
