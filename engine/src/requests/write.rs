//! Writing the log, set-based and off the path of every request.

use std::sync::Arc;
use std::time::Duration;

use perennial_domain::ids::MerchantId;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::asker::RequestsOf;
use super::collect::{Count, RequestLog, Row, count_dropped, micros};
use crate::clock::Clock;
use crate::error::Error;

/// The pause between two statements that write rows: four a second, however many requests there are.
const ROWS_EVERY: Duration = Duration::from_millis(250);
/// The same for counts, of which each changes a row that is there already.
const COUNTS_EVERY: Duration = Duration::from_secs(10);
/// The pause after a statement that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes what waits in the log, until `stop`.
pub(crate) async fn run(pool: PgPool, clock: Clock, log: Arc<RequestLog>, stop: CancellationToken) {
    let rows = async {
        loop {
            log.filled.notified().await;
            let pause = if rows(&pool, &log).await { ROWS_EVERY } else { PAUSE };
            sleep(pause).await;
        }
    };
    let counts = async {
        loop {
            log.counted.notified().await;
            sleep(COUNTS_EVERY).await;
            counts(&pool, &clock, &log).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = async { tokio::join!(rows, counts); } => {}
    }
}

/// Writes everything that waits, once; before the connections are closed.
pub(crate) async fn flush(pool: &PgPool, clock: &Clock, log: &RequestLog) {
    rows(pool, log).await;
    counts(pool, clock, log).await;
}

/// Writes the rows that wait. What the database is not there for waits on; what it refuses is dropped, so that nothing
/// stands in the way of what comes behind.
async fn rows(pool: &PgPool, log: &RequestLog) -> bool {
    let waiting = log.take_rows();
    if waiting.is_empty() {
        return true;
    }
    match insert(pool, &waiting).await {
        Ok(()) => true,
        Err(Error::Busy { .. }) => {
            log.bring_back(waiting);
            log.filled.notify_one();
            false
        }
        Err(error) => {
            tracing::warn!(%error, rows = waiting.len(), "requests could not be written into their log");
            count_dropped(waiting.len());
            false
        }
    }
}

async fn counts(pool: &PgPool, clock: &Clock, log: &RequestLog) {
    let waiting = log.take_counts(clock.now());
    if waiting.is_empty() {
        return;
    }
    match upsert(pool, &waiting).await {
        Ok(()) => {}
        Err(Error::Busy { .. }) => log.count_again(waiting),
        Err(error) => tracing::warn!(%error, "counts of requests could not be written"),
    }
}

async fn insert(pool: &PgPool, rows: &[Row]) -> Result<(), Error> {
    let column = |of: fn(&Row) -> Uuid| rows.iter().map(of).collect::<Vec<_>>();
    let askers = |of: fn(&Row) -> Option<Uuid>| rows.iter().map(of).collect::<Vec<_>>();
    let texts = |of: fn(&Row) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    let options = |of: fn(&Row) -> Option<&str>| rows.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&Row) -> Option<i32>| rows.iter().map(of).collect::<Vec<_>>();
    // Plain texts: writing them as JSON cannot fail.
    let problems: Vec<Option<String>> = rows
        .iter()
        .map(|row| row.request.problem.as_ref().and_then(|problem| serde_json::to_string(problem).ok()))
        .collect();
    let purchases: Vec<Option<Uuid>> =
        rows.iter().map(|row| row.request.purchase.map(|purchase| purchase.uuid())).collect();
    sqlx::query(include_str!("insert.sql"))
        .bind(column(|row| row.merchant.uuid()))
        .bind(column(|row| row.id))
        .bind(askers(|row| row.by.key().map(|key| key.uuid())))
        .bind(askers(|row| row.by.customer().map(|customer| customer.uuid())))
        .bind(rows.iter().map(|row| row.ended_at).collect::<Vec<_>>())
        .bind(numbers(|row| Some(micros(row.request.took))))
        .bind(texts(|row| &row.request.method))
        .bind(texts(|row| &row.request.route))
        .bind(numbers(|row| Some(row.request.status.into())))
        .bind(texts(|row| &row.request.request_id))
        .bind(numbers(|row| row.request.item.and_then(|item| i32::try_from(item).ok())))
        .bind(options(|row| row.request.idempotency_key.as_deref()))
        .bind(options(|row| row.request.reference.as_deref()))
        .bind(purchases)
        .bind(problems)
        .execute(pool)
        .await?;
    Ok(())
}

async fn upsert(pool: &PgPool, counts: &[(MerchantId, RequestsOf, Count)]) -> Result<(), Error> {
    let texts = |of: fn(&Count) -> &str| counts.iter().map(|(_, _, count)| of(count)).collect::<Vec<_>>();
    let numbers = |of: fn(&Count) -> i64| counts.iter().map(|(_, _, count)| of(count)).collect::<Vec<_>>();
    sqlx::query(include_str!("count.sql"))
        .bind(counts.iter().map(|(merchant, ..)| merchant.uuid()).collect::<Vec<_>>())
        .bind(counts.iter().map(|(_, _, count)| count.hour).collect::<Vec<_>>())
        .bind(counts.iter().map(|(_, of, _)| of.uuid()).collect::<Vec<_>>())
        .bind(texts(|count| &count.method))
        .bind(texts(|count| &count.route))
        .bind(numbers(|count| count.status.into()))
        .bind(numbers(|count| count.requests))
        .bind(numbers(|count| count.duration_us))
        .bind(numbers(|count| count.slowest_us.into()))
        .execute(pool)
        .await?;
    Ok(())
}
