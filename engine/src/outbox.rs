//! The outbox: what leaves a transaction, and the loops that carry it on.
//!
//! A message is written with the effect that it tells of and deleted in the same statement that has its consumer's own effect, so that a
//! crash at any instant neither loses nor doubles it. Consumers of one module may run on any number of servers: each takes what no other
//! holds. A message that cannot be processed is parked with its error and stops nobody.

use std::{sync::Arc, time::Duration};

use sqlx::{Acquire as _, PgConnection, PgPool};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// A consumer of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// Folds purchases into daily totals.
    Statistics,
    /// Wakes the streams of customers whose balance has moved.
    Live,
}

impl Module {
    /// Every consumer.
    pub const ALL: [Self; 2] = [Self::Statistics, Self::Live];

    /// The word in `outbox.module`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statistics => "statistics",
            Self::Live => "live",
        }
    }

    /// One statement: takes up to `$1` messages (only `$2` when that is given), has their effect, deletes them, tells how many
    /// they were.
    fn statement(self) -> &'static str {
        match self {
            Self::Statistics => include_str!("sql/outbox_statistics.sql"),
            Self::Live => include_str!("sql/outbox_live.sql"),
        }
    }
}

/// Messages taken by one statement.
const BATCH: i64 = 200;
/// How long a message waits at most when nobody said that there is one (another server wrote it).
const POLL: Duration = Duration::from_secs(1);
/// What follows within this time is carried in the same step. Under load a batch commits every few milliseconds, and a
/// transaction of each consumer for every one of them would take from the intake what nobody notices.
const GATHER: Duration = Duration::from_millis(50);

/// Tells the consumers of this process that there is something to do.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Consumers>);

#[derive(Debug, Default)]
struct Consumers {
    outbox: [Notify; Module::ALL.len()],
    /// The queues of the program modules, however many there are.
    queues: watch::Sender<()>,
}

impl Wake {
    /// Call after a commit that wrote messages; costs next to nothing.
    pub fn wake(&self) {
        for notify in &self.0.outbox {
            notify.notify_one();
        }
        self.0.queues.send_replace(());
    }

    /// Changes whenever the queues of the program modules may have something.
    pub(crate) fn queues(&self) -> watch::Receiver<()> {
        self.0.queues.subscribe()
    }

    fn of(&self, module: Module) -> &Notify {
        match module {
            Module::Statistics => &self.0.outbox[0],
            Module::Live => &self.0.outbox[1],
        }
    }
}

/// Carries the messages of one module until `stop`. Survives every error of the database.
pub(crate) async fn consume(pool: PgPool, wake: Wake, module: Module, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match step(&pool, module).await {
            // More may be waiting.
            Ok(BATCH..) => continue,
            Ok(_) => {}
            Err(error) => {
                metrics::counter!("outbox_errors_total", "module" => module.name()).increment(1);
                tracing::warn!(module = module.name(), %error, "the outbox could not be drained; trying again");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timeout(POLL, wake.of(module).notified()) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(GATHER) => {}
        }
    }
}

/// Processes what waits for `module` and returns how many messages that were, parked ones included.
///
/// Other servers may be at it at the same time; their messages are not counted and not waited for.
///
/// # Errors
/// When the database fails. Messages that cannot be processed are parked, which is not an error.
pub async fn drain(pool: &PgPool, module: Module) -> Result<u64, sqlx::Error> {
    let mut processed = 0;
    loop {
        let taken = step(pool, module).await?;
        processed += taken.unsigned_abs();
        if taken < BATCH {
            return Ok(processed);
        }
    }
}

/// Processes up to [`BATCH`] messages; fewer when no more were free.
///
/// All of it on one connection: Postgres answers with an error before it frees the locks of the statement that failed, and another
/// connection could pass over the messages as if somebody else were at work on them.
async fn step(pool: &PgPool, module: Module) -> Result<i64, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    match take(&mut connection, module, BATCH).await {
        Err(error) if is_about_content(&error) => one_by_one(&mut connection, module).await,
        taken => taken,
    }
}

async fn take(connection: &mut PgConnection, module: Module, limit: i64) -> Result<i64, sqlx::Error> {
    let taken: i64 =
        sqlx::query_scalar(module.statement()).bind(limit).bind(None::<i64>).fetch_one(connection).await?;
    metrics::counter!("outbox_processed_total", "module" => module.name()).increment(taken.unsigned_abs());
    Ok(taken)
}

/// After a batch failed on its content: message by message, parking those that fail alone.
async fn one_by_one(connection: &mut PgConnection, module: Module) -> Result<i64, sqlx::Error> {
    for done in 0..BATCH {
        if !take_or_park(connection, module).await? {
            return Ok(done);
        }
    }
    Ok(BATCH)
}

/// Processes the oldest free message, or parks it with its error. `false` when there is none.
///
/// The message stays locked from the attempt to its end, so that it is this very one that is parked, whoever else is at work.
async fn take_or_park(connection: &mut PgConnection, module: Module) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let oldest: Option<i64> = sqlx::query_scalar(include_str!("sql/outbox_oldest.sql"))
        .bind(module.name())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(id) = oldest else { return Ok(false) };
    let mut attempt = transaction.begin().await?;
    let taken =
        sqlx::query_scalar::<_, i64>(module.statement()).bind(1_i64).bind(id).fetch_one(&mut *attempt).await;
    match taken {
        Ok(_) => {
            attempt.commit().await?;
            metrics::counter!("outbox_processed_total", "module" => module.name()).increment(1);
        }
        Err(error) if is_about_content(&error) => {
            attempt.rollback().await?;
            metrics::counter!("outbox_parked_total", "module" => module.name()).increment(1);
            tracing::error!(module = module.name(), id, %error, "a message cannot be processed and was parked");
            sqlx::query("UPDATE outbox SET parked_at = clock_timestamp(), error = $2 WHERE id = $1")
                .bind(id)
                .bind(error.to_string())
                .execute(&mut *transaction)
                .await?;
        }
        Err(error) => return Err(error),
    }
    transaction.commit().await?;
    Ok(true)
}

/// Whether the message is at fault (data exceptions, violated constraints) and not the moment.
fn is_about_content(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}
