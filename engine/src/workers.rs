//! The loops that work in the background.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::Engine;
use crate::modules::{cashback, tiers};
use crate::outbox::{self, Module};
use crate::{
    bus, expiry, housekeeping, inbox, mail, modules, pending, queue, reconcile, returns, rewards, webhooks,
};

/// Loops that run until they are stopped. Dropping this stops them, too, without waiting for them.
#[must_use = "the workers stop when this is dropped"]
pub struct Workers {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Workers {
    pub(crate) fn start(engine: &Engine) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(mail::run(engine.clone(), stop.clone()));
        tasks.spawn(housekeeping::run(engine.clone(), stop.clone()));
        tasks.spawn(inbox::run(engine.clone(), stop.clone()));
        tasks.spawn(bus::run(engine.clone(), stop.clone()));
        tasks.spawn(pending::run(engine.clone(), stop.clone()));
        tasks.spawn(returns::run(engine.clone(), stop.clone()));
        tasks.spawn(rewards::run(engine.clone(), stop.clone()));
        tasks.spawn(cashback::run(engine.clone(), stop.clone()));
        tasks.spawn(tiers::run(engine.clone(), stop.clone()));
        tasks.spawn(modules::leaderboard::run(engine.clone(), stop.clone()));
        tasks.spawn(modules::policies::run(engine.clone(), stop.clone()));
        tasks.spawn(modules::policies::keep_birthdays(engine.clone(), stop.clone()));
        tasks.spawn(expiry::run(engine.clone(), stop.clone()));
        tasks.spawn(reconcile::run(engine.clone(), stop.clone()));
        tasks.spawn(webhooks::run(engine.clone(), stop.clone()));
        for module in Module::ALL {
            let wake = engine.outbox_wake().clone();
            tasks.spawn(outbox::consume(engine.pool().clone(), wake, module, stop.clone()));
        }
        for module in modules::all() {
            tasks.spawn(queue::run(engine.clone(), module, stop.clone()));
        }
        tasks.spawn(queue::measure(engine.pool().clone(), stop.clone()));
        tasks.close();
        Self { tasks, stop }
    }

    /// Stops every loop after what it is doing, and waits for that.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
