//! How the queues keep up, as metrics.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(5);

/// One queue: its module, what waits, what was given up, and for how many seconds the oldest waits.
type Depth = (String, i64, i64, f64);

/// Tells `queue_depth`, `queue_dead` and `queue_lag_seconds` of every queue until `stop`.
///
/// Every server that works tells the same: the figures are of the database, not of the process.
pub(crate) async fn measure(pool: PgPool, stop: CancellationToken) {
    // A queue that has run empty has no row left to say so.
    let mut seen = BTreeSet::new();
    loop {
        match read(&pool).await {
            Ok(depths) => tell(&mut seen, depths),
            Err(error) => tracing::debug!(%error, "the queues could not be measured"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn read(pool: &PgPool) -> Result<Vec<Depth>, sqlx::Error> {
    sqlx::query_as(include_str!("depths.sql")).fetch_all(pool).await
}

// Numbers of messages are far below where a float is no longer exact.
fn tell(seen: &mut BTreeSet<String>, depths: Vec<Depth>) {
    let empty = seen.iter().filter(|module| depths.iter().all(|depth| depth.0 != **module));
    let empty: Vec<Depth> = empty.map(|module| (module.clone(), 0, 0, 0.0)).collect();
    for (module, waiting, dead, lag) in depths.into_iter().chain(empty) {
        metrics::gauge!("queue_depth", "module" => module.clone()).set(waiting as f64);
        metrics::gauge!("queue_dead", "module" => module.clone()).set(dead as f64);
        metrics::gauge!("queue_lag_seconds", "module" => module.clone()).set(lag);
        seen.insert(module);
    }
}

#[cfg(test)]
mod tests {
    use perennial_testkit::TestDb;

    use super::*;

    #[tokio::test]
    async fn queues_and_the_outbox_are_measured_with_what_was_given_up() {
        let db = TestDb::new().await;
        sqlx::raw_sql(
            "INSERT INTO queue (module, merchant_id, payload, enqueued_at) VALUES
                 ('tiers', gen_random_uuid(), '{}', now() - interval '1 minute'),
                 ('tiers', gen_random_uuid(), '{}', now());
             INSERT INTO outbox (module, merchant_id, payload, created_at, parked_at) VALUES
                 ('live', gen_random_uuid(), '{}', now() - interval '1 hour', now()),
                 ('live', gen_random_uuid(), '{}', now(), NULL);
             INSERT INTO dead_letters (merchant_id, module, id, payload, enqueued_at, died_at, attempts, error)
                 VALUES (gen_random_uuid(), 'cashback', 1, '{}', now(), now(), 10, '')",
        )
        .execute(&db.pool)
        .await
        .unwrap();
        let depths = read(&db.pool).await.unwrap();
        let counts: Vec<_> =
            depths.iter().map(|(module, waiting, dead, _)| (module.as_str(), *waiting, *dead)).collect();
        assert_eq!(counts, [("cashback", 0, 1), ("live", 1, 1), ("tiers", 2, 0)]);
        // What waits for a person is no lag: the parked message is an hour old.
        assert!(depths[0].3 <= 0.0 && depths[1].3 < 3_000.0 && depths[2].3 >= 60.0, "{depths:?}");
    }
}
