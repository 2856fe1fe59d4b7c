//! The loop that works the lanes off.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::ConnectionTrait as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::deliver::Deliver;
use super::lane::{LEASE, Lane};
use super::make::Webhooks;
use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::queue;

/// How long a delivery may wait when nobody said that there is one.
const POLL: Duration = Duration::from_millis(500);
/// Lanes that one server works off at the same time, with a request each. Each holds a connection only while it reads and
/// notes.
const LANES: usize = 128;

/// Sends what is due until `stop`. Returns at once when the engine was started without a client.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let Some(client) = engine.config().webhooks.clone() else { return };
    let mut lanes = JoinSet::new();
    loop {
        if let Err(error) = start(&engine, &client, &stop, &mut lanes).await {
            tracing::warn!(%error, "due webhooks could not be read; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            // One that has ended may have more to do, and has left room for another.
            Some(_) = lanes.join_next() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    // Each ends after the request that is under way.
    while lanes.join_next().await.is_some() {}
}

/// Takes lanes that have something to do and works each off in a task of its own; tells how many it took.
async fn start(
    engine: &Engine,
    client: &Arc<dyn Deliver>,
    stop: &CancellationToken,
    lanes: &mut JoinSet<Result<usize, Error>>,
) -> Result<usize, Error> {
    let room = i64::try_from(LANES.saturating_sub(lanes.len())).unwrap_or(0);
    if room == 0 {
        return Ok(0);
    }
    let taken = take(engine, room).await?;
    let count = taken.len();
    for lane in taken {
        let (engine, client, stop) = (engine.clone(), Arc::clone(client), stop.clone());
        lanes.spawn(async move {
            let worked = lane.work(&engine, client.as_ref(), &stop).await;
            if let Err(error) = &worked {
                tracing::warn!(%error, "a lane of webhooks stopped; its lease will run out");
            }
            worked
        });
    }
    Ok(count)
}

async fn take(engine: &Engine, limit: i64) -> Result<Vec<Lane>, Error> {
    let values = [engine.clock().now().into(), limit.into(), LEASE.as_secs_f64().into()];
    let rows = engine.db().query_all_raw(statement(include_str!("sql/take.sql"), values)).await?;
    rows.iter().map(Lane::of).collect()
}

impl Engine {
    /// Makes deliveries of all events that were told by now, sends all that is due, of all merchants, and tells how
    /// many requests were made.
    ///
    /// The workers do the same all the time. Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What was done before stays done.
    pub async fn webhooks_round(&self) -> Result<usize, Error> {
        while queue::step(self, &Webhooks).await? > 0 {}
        let Some(client) = self.config().webhooks.clone() else { return Ok(0) };
        let (stop, mut lanes, mut made) = (CancellationToken::new(), JoinSet::new(), 0);
        loop {
            let taken = start(self, &client, &stop, &mut lanes).await?;
            if taken == 0 && lanes.is_empty() {
                return Ok(made);
            }
            if let Some(worked) = lanes.join_next().await {
                made += worked
                    .map_err(|error| Error::Inconsistent(format!("a lane of webhooks ended: {error}")))??;
            }
        }
    }
}
