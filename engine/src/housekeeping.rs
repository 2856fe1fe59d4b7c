//! What is only kept for a while, and what is only written down every while.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;
use crate::{events, idempotency, inbox, mail, requests, staff, webhooks};

/// How often the last uses of API keys are written down.
const FLUSH: Duration = Duration::from_secs(10);
/// How many flushes between two sweeps: a sweep every ten minutes.
const SWEEP_EVERY: u32 = 60;
/// Rows deleted by one statement: short transactions, whatever has piled up.
const BATCH: i64 = 5_000;

/// Keeps house until `stop`.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let mut flushes: u32 = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FLUSH) => {}
        }
        if let Err(error) = engine.api_keys_flush_usage().await {
            tracing::warn!(%error, "the last uses of API keys were not written down");
        }
        flushes = flushes.wrapping_add(1);
        if flushes % SWEEP_EVERY == 1
            && let Err(error) = sweep(&engine).await
        {
            tracing::warn!(%error, "what has expired could not be deleted; trying again later");
        }
    }
}

/// Deletes what has expired: sessions, codes, tokens, invitations, mail, events, requests, remembered answers.
async fn sweep(engine: &Engine) -> Result<(), Error> {
    let now = engine.clock().now();
    delete(engine, "sessions", "expires_at", now).await?;
    delete(engine, "login_codes", "expires_at", now).await?;
    delete(engine, "customer_tokens", "expires_at", now).await?;
    delete(engine, "staff_invitations", "expires_at", now - staff::INVITATION_KEPT).await?;
    delete(engine, "mail", "created_at", now - mail::KEPT).await?;
    forget(engine, inbox::SWEEP, now - inbox::KEPT).await?;
    delete(engine, "webhook_attempts", "attempted_at", now - webhooks::KEPT).await?;
    delete(engine, "events", "created_at", now - events::KEPT).await?;
    delete(engine, "request_log", "ended_at", now - requests::KEPT).await?;
    delete(engine, "request_counts", "hour", now - requests::KEPT).await?;
    requests::trim(engine.pool(), requests::ROWS_OF_A_MERCHANT).await?;
    forget(engine, webhooks::SWEEP, now - webhooks::KEPT).await?;
    delete(engine, "idempotency_keys", "created_at", now - idempotency::REMEMBERED).await
}

/// Deletes rows of `table` whose `column` is before an instant. Both names are constants of this file.
async fn delete(
    engine: &Engine,
    table: &'static str,
    column: &'static str,
    before: DateTime<Utc>,
) -> Result<(), Error> {
    loop {
        let deleted = engine
            .db()
            .execute_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                format!(
                    "DELETE FROM {table} WHERE ctid IN
                     (SELECT ctid FROM {table} WHERE {column} < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)"
                ),
                [before.into(), BATCH.into()],
            ))
            .await?
            .rows_affected();
        if deleted < BATCH.unsigned_abs() {
            return Ok(());
        }
    }
}

/// Runs a statement that deletes rows from before an instant ($1), at most so many ($2), with what belongs to them, and answers
/// how many these were.
async fn forget(engine: &Engine, sql: &'static str, before: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let values = [before.into(), BATCH.into()];
        let row = engine.db().query_one_raw(statement(sql, values)).await?;
        let deleted: i64 = row.map(|row| row.try_get("", "deleted")).transpose()?.unwrap_or(0);
        if deleted < BATCH {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use perennial_testkit::TestDb;

    use super::*;
    use crate::clock::Clock;
    use crate::config::EngineConfig;

    #[tokio::test]
    async fn what_has_expired_is_deleted_and_the_rest_stays() {
        let db = TestDb::new().await;
        let clock = Clock::fixed(DateTime::UNIX_EPOCH + TimeDelta::days(1_000));
        let config = EngineConfig { connections: 2, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect_at(config, clock).await.unwrap();
        // Each table with one row on either side of its limit: expired since a second, or kept for 30 days.
        let now = engine.clock().now();
        for (offset, kept) in [(-1, -30 * 86_400 - 1), (1, -30 * 86_400 + 1)] {
            let expires = now + TimeDelta::seconds(offset);
            let created = now + TimeDelta::seconds(kept);
            for (sql, instant) in [
                ("INSERT INTO sessions VALUES (decode(md5($1::text), 'hex'), '{}', $1)", expires),
                (
                    "INSERT INTO mail (id, merchant_id, recipient, subject, body_text, created_at, next_attempt_at)
                     VALUES (gen_random_uuid(), gen_random_uuid(), '', '', '', $1, $1)",
                    created,
                ),
                (
                    "INSERT INTO events (merchant_id, id, kind, data, happened_at, created_at)
                     VALUES (gen_random_uuid(), gen_random_uuid(), '', '{}', $1, $1)",
                    created,
                ),
                (
                    "INSERT INTO request_log (merchant_id, id, api_key_id, ended_at, duration_us, method, route, status, request_id)
                     VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1, 0, '', '', 200, '')",
                    created,
                ),
                (
                    "INSERT INTO request_counts VALUES (gen_random_uuid(), $1, gen_random_uuid(), '', '', 200, 1, 0, 0)",
                    created,
                ),
                (
                    "INSERT INTO idempotency_keys VALUES (gen_random_uuid(), '', '', 200, '{}', $1)",
                    created,
                ),
            ] {
                sqlx::query(sql).bind(instant).execute(&db.pool).await.unwrap();
            }
        }
        sweep(&engine).await.unwrap();
        for (table, column, left) in [
            ("sessions", "expires_at", now + TimeDelta::seconds(1)),
            ("mail", "created_at", now - TimeDelta::days(30) + TimeDelta::seconds(1)),
            ("events", "created_at", now - TimeDelta::days(30) + TimeDelta::seconds(1)),
            ("request_log", "ended_at", now - TimeDelta::days(30) + TimeDelta::seconds(1)),
            ("request_counts", "hour", now - TimeDelta::days(30) + TimeDelta::seconds(1)),
            ("idempotency_keys", "created_at", now - TimeDelta::days(30) + TimeDelta::seconds(1)),
        ] {
            let sql = format!("SELECT {column} FROM {table}");
            let rows: Vec<DateTime<Utc>> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&db.pool).await.unwrap();
            assert_eq!(rows, [left], "{table}");
        }
    }

    /// What was acknowledged has its effect, however long nobody was there to see to it.
    #[tokio::test]
    async fn an_event_that_waits_is_kept_and_a_dead_letter_goes_with_its_event() {
        let db = TestDb::new().await;
        let clock = Clock::fixed(DateTime::UNIX_EPOCH + TimeDelta::days(1_000));
        let config = EngineConfig { connections: 2, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect_at(config, clock).await.unwrap();
        let old = engine.clock().now() - inbox::KEPT - TimeDelta::seconds(1);
        let events = [
            (1, "waits", "received"),
            (1, "has ended", "done"),
            (1, "was refused", "refused"),
            // Another event of its merchant waits.
            (1, "was given up", "received"),
        ];
        for (merchant, id, state) in events {
            sqlx::query(
                "INSERT INTO inbox (merchant_id, source, id, key, type, received_at, sender, hash, data, state, outcome,
                                    problem, changed_at)
                 VALUES ($1, 'shop', $2, gen_random_uuid(), '', $4, '{}', '', CASE WHEN $3 = 'received' THEN '{}'::json END, $3,
                         CASE WHEN $3 = 'done' THEN '{}'::jsonb END, CASE WHEN $3 = 'refused' THEN '{}'::json END, $4)",
            )
            .bind(uuid::Uuid::from_u128(merchant))
            .bind(id)
            .bind(state)
            .bind(old)
            .execute(&db.pool)
            .await
            .unwrap();
        }
        for sql in [
            "INSERT INTO queue (module, merchant_id, payload)
             SELECT 'inbox', merchant_id, jsonb_build_object('event', key) FROM inbox WHERE id = 'waits'",
            "INSERT INTO dead_letters (merchant_id, module, id, payload, enqueued_at, died_at, attempts, error)
             SELECT merchant_id, 'inbox', row_number() OVER (), jsonb_build_object('event', key), received_at, received_at, 10, ''
             FROM inbox WHERE id IN ('was refused', 'was given up')",
        ] {
            sqlx::raw_sql(sql).execute(&db.pool).await.unwrap();
        }
        sweep(&engine).await.unwrap();
        let left: Vec<String> = sqlx::query_scalar("SELECT id FROM inbox").fetch_all(&db.pool).await.unwrap();
        assert_eq!(left, ["waits"]);
        let letters: i64 =
            sqlx::query_scalar("SELECT count(*) FROM dead_letters").fetch_one(&db.pool).await.unwrap();
        assert_eq!(letters, 0, "there is nothing that they could try again");
    }

    /// An attempt may be much younger than its delivery, when somebody has sent that once more. Whoever is erased is found by the
    /// delivery.
    #[tokio::test]
    async fn a_delivery_takes_what_was_answered_along() {
        let db = TestDb::new().await;
        let clock = Clock::fixed(DateTime::UNIX_EPOCH + TimeDelta::days(1_000));
        let config = EngineConfig { connections: 2, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect_at(config, clock).await.unwrap();
        let now = engine.clock().now();
        for (answer, age) in [("old", TimeDelta::seconds(1)), ("young", TimeDelta::seconds(-1))] {
            sqlx::query(
                "WITH delivery AS (
                     INSERT INTO webhook_deliveries
                         (merchant_id, endpoint_id, event_id, id, kind, body, created_at, due_at, started_at)
                     VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '', $1, $1, $1)
                     RETURNING merchant_id, id
                 )
                 INSERT INTO webhook_attempts (merchant_id, delivery_id, number, attempted_at, duration_ms, answer)
                 SELECT merchant_id, id, 1, $2, 7, $3 FROM delivery",
            )
            .bind(now - webhooks::KEPT - age)
            .bind(now)
            .bind(answer)
            .execute(&db.pool)
            .await
            .unwrap();
        }
        sweep(&engine).await.unwrap();
        let answers: Vec<String> =
            sqlx::query_scalar("SELECT answer FROM webhook_attempts").fetch_all(&db.pool).await.unwrap();
        assert_eq!(answers, ["young"]);
    }

    #[tokio::test]
    async fn a_token_that_is_over_takes_its_way_in_along() {
        let db = TestDb::new().await;
        let clock = Clock::fixed(DateTime::UNIX_EPOCH + TimeDelta::days(1_000));
        let config = EngineConfig { connections: 2, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect_at(config, clock).await.unwrap();
        let now = engine.clock().now();
        let instants = [now - TimeDelta::seconds(1), now + TimeDelta::seconds(1)];
        sqlx::query(
            "WITH merchant AS (
                 INSERT INTO merchants (id, slug, name, currency, time_zone, created_at)
                 VALUES (gen_random_uuid(), 'shop', 'Shop', 'USD', 'UTC', $2) RETURNING id
             ), customer AS (
                 INSERT INTO customers (merchant_id, id, created_at)
                 SELECT id, gen_random_uuid(), $2 FROM merchant RETURNING merchant_id, id
             ), token AS (
                 INSERT INTO customer_tokens (merchant_id, id, customer_id, issued_by, created_at, expires_at)
                 SELECT merchant_id, gen_random_uuid(), id, 'code', $2, over FROM customer, unnest($1) AS over
                 RETURNING merchant_id, id
             )
             INSERT INTO directory_customer_tokens (hash, merchant_id, token_id)
             SELECT decode(md5(id::text), 'hex'), merchant_id, id FROM token",
        )
        .bind(instants.to_vec())
        .bind(now)
        .execute(&db.pool)
        .await
        .unwrap();
        sweep(&engine).await.unwrap();
        let left: Vec<DateTime<Utc>> = sqlx::query_scalar(
            "SELECT t.expires_at FROM directory_customer_tokens AS d
             LEFT JOIN customer_tokens AS t ON t.merchant_id = d.merchant_id AND t.id = d.token_id",
        )
        .fetch_all(&db.pool)
        .await
        .unwrap();
        assert_eq!(left, [now + TimeDelta::seconds(1)]);
    }
}
