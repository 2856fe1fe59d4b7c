//! The outbox: every message has its effect once, however many consumers there are and however they end.

use std::sync::Arc;
use std::time::Duration;

use perennial_engine::outbox::{self, Module};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::intake_support::{Shop, buy, purchase};

/// Writes a message as the intake would.
async fn tell(pool: &PgPool, module: &str, merchant: Uuid, payload: &Value) -> i64 {
    sqlx::query_scalar("INSERT INTO outbox (module, merchant_id, payload) VALUES ($1, $2, $3) RETURNING id")
        .bind(module)
        .bind(merchant)
        .bind(payload)
        .fetch_one(pool)
        .await
        .unwrap()
}

fn day(date: &str, points: i64) -> Value {
    json!({"days": [{"date": date, "retailer": Uuid::from_u128(7), "purchases": 1, "amount": 100, "points": points}]})
}

/// Purchases, amount and points of all days together.
async fn totals(pool: &PgPool) -> (i64, i64, i64) {
    sqlx::query_as(
        "SELECT coalesce(sum(purchases), 0)::int8, coalesce(sum(amount), 0)::int8, coalesce(sum(points), 0)::int8 FROM daily_totals",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    for _ in 0..2_400 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never came true: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_consumers_fold_each_message_once() {
    let shop = Shop::open().await;
    // The same few days in every message, so that all consumers want the same rows.
    sqlx::query(
        "INSERT INTO outbox (module, merchant_id, payload)
         SELECT 'statistics', $1, jsonb_build_object('days', jsonb_build_array(
             jsonb_build_object('date', '2026-11-0' || (1 + n % 9), 'retailer', $1, 'purchases', 1, 'amount', n, 'points', 2 * n),
             jsonb_build_object('date', '2026-11-0' || (1 + (n + 4) % 9), 'retailer', $1, 'purchases', 2, 'amount', 0, 'points', 1)))
         FROM generate_series(1, 10000) AS n",
    )
    .bind(shop.merchant.uuid())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let (mut consumers, ready) = (JoinSet::new(), Arc::new(Barrier::new(6)));
    for _ in 0..6 {
        let (pool, ready) = (shop.db.pool.clone(), ready.clone());
        consumers.spawn(async move {
            // Nobody is done before the others have so much as a connection.
            let connected = pool.acquire().await.unwrap();
            ready.wait().await;
            drop(connected);
            outbox::drain(&pool, Module::Statistics).await.unwrap()
        });
    }
    let processed: Vec<u64> = consumers.join_all().await;
    assert_eq!(processed.iter().sum::<u64>(), 10_000);
    assert!(processed.iter().filter(|messages| **messages > 0).count() > 1, "nobody raced: {processed:?}");
    let sum = 10_000 * 10_001 / 2;
    assert_eq!(totals(&shop.db.pool).await, (30_000, sum, 2 * sum + 10_000));
    assert_eq!(shop.count("outbox").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn daily_totals_are_what_was_bought_with_two_servers_at_work() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let workers = [shop.engine.workers(), other.workers()];
    let mut tills = JoinSet::new();
    for till in 0..8_i64 {
        let engine = if till % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let cx = shop.cx.clone();
        tills.spawn(async move {
            for number in 0..25 {
                let retailer = if number % 3 == 0 { "south" } else { "north" };
                let customer = json!({"external_id": format!("c-{}", number % 5)});
                let with = json!({"retailer": retailer, "customer": customer});
                buy(&engine, &cx, purchase(format!("{till}-{number}"), 10 + till, with)).await.unwrap();
                // A replay is no purchase.
                if number % 5 == 0 {
                    let customer = json!({"external_id": format!("c-{}", number % 5)});
                    let with = json!({"retailer": retailer, "customer": customer});
                    buy(&engine, &cx, purchase(format!("{till}-{number}"), 10 + till, with)).await.unwrap();
                }
            }
        });
    }
    tills.join_all().await;
    until("the outbox is empty", async || shop.count("outbox").await == 0).await;
    let amount: i64 = (0..8).map(|till| 25 * (10 + till)).sum();
    assert_eq!(totals(&shop.db.pool).await, (200, amount, amount));
    let wrong = "(SELECT retailer_id, business_date AS date, count(*) AS n, sum(amount) AS a, sum(points) AS p
                  FROM purchases GROUP BY 1, 2) AS stored
                 FULL JOIN daily_totals AS total USING (retailer_id, date)
                 WHERE (n, a, p) IS DISTINCT FROM (total.purchases, total.amount::numeric, total.points::numeric)";
    assert_eq!(shop.count(wrong).await, 0);
    for worker in workers {
        worker.stop().await;
    }
    other.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_processed_is_parked_with_its_reason_and_stops_nobody() {
    let shop = Shop::open().await;
    let (pool, merchant) = (&shop.db.pool, shop.merchant.uuid());
    let poison = [
        json!({"days": [{"date": "the first of May", "retailer": Uuid::from_u128(7), "purchases": 1, "amount": 1, "points": 1}]}),
        json!({"days": "many"}),
        json!({"days": [{"date": "2026-11-01", "retailer": null, "purchases": 1, "amount": 1, "points": 1}]}),
        json!({"weeks": []}),
        json!({"days": [{"date": "2026-11-01", "retailer": Uuid::from_u128(7), "purchases": 1, "amount": i64::MAX, "points": 1},
                        {"date": "2026-11-01", "retailer": Uuid::from_u128(7), "purchases": 1, "amount": i64::MAX, "points": 1}]}),
    ];
    let mut poisoned = Vec::new();
    for payload in &poison {
        tell(pool, "statistics", merchant, &day("2026-11-01", 5)).await;
        poisoned.push(tell(pool, "statistics", merchant, payload).await);
        tell(pool, "live", merchant, &json!({"customers": null})).await;
    }
    tell(pool, "statistics", merchant, &day("2026-11-02", 5)).await;

    outbox::drain(pool, Module::Statistics).await.unwrap();
    assert_eq!(
        totals(pool).await,
        (6, 600, 30),
        "the good ones are folded, around the bad ones and behind them"
    );
    let parked: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, error FROM outbox WHERE parked_at IS NOT NULL ORDER BY id")
            .fetch_all(pool)
            .await
            .unwrap();
    assert_eq!(parked.iter().map(|(id, _)| *id).collect::<Vec<_>>(), poisoned);
    assert!(parked.iter().all(|(_, error)| !error.is_empty()), "{parked:?}");
    assert!(parked[0].1.contains("the first of May"), "{parked:?}");

    // They are not tried again, and the next message finds its way.
    tell(pool, "statistics", merchant, &day("2026-11-03", 5)).await;
    assert_eq!(outbox::drain(pool, Module::Statistics).await.unwrap(), 1);
    assert_eq!(totals(pool).await, (7, 700, 35));
    assert_eq!(
        outbox::drain(pool, Module::Live).await.unwrap(),
        5,
        "another module has nothing to do with it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_consumers_park_the_guilty_and_nobody_else() {
    let shop = Shop::open().await;
    sqlx::query(
        "INSERT INTO outbox (module, merchant_id, payload)
         SELECT 'statistics', $1, jsonb_build_object('days', CASE WHEN n % 20 = 0 THEN '\"none\"'::jsonb ELSE jsonb_build_array(
             jsonb_build_object('date', '2026-11-01', 'retailer', $1, 'purchases', 1, 'amount', 1, 'points', 1)) END)
         FROM generate_series(1, 400) AS n",
    )
    .bind(shop.merchant.uuid())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let mut consumers = JoinSet::new();
    for _ in 0..4 {
        let pool = shop.db.pool.clone();
        consumers.spawn(async move { outbox::drain(&pool, Module::Statistics).await.unwrap() });
    }
    consumers.join_all().await;
    assert_eq!(totals(&shop.db.pool).await, (380, 380, 380));
    assert_eq!(shop.count("outbox").await, 20);
    assert_eq!(
        shop.count(r#"outbox WHERE parked_at IS NOT NULL AND payload = '{"days": "none"}'"#).await,
        20
    );
}

/// The effect and the end of a message are one statement: whoever dies in it has done nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_is_killed_in_its_statement_has_done_nothing() {
    let shop = Shop::open().await;
    let (pool, merchant) = (&shop.db.pool, shop.merchant.uuid());
    tell(pool, "statistics", merchant, &day("2026-11-01", 5)).await;
    outbox::drain(pool, Module::Statistics).await.unwrap();
    for date in ["2026-10-31", "2026-11-01", "2026-11-02"] {
        tell(pool, "statistics", merchant, &day(date, 7)).await;
    }
    // Somebody holds the second of the three rows, so that the consumer stands still after it has written the first.
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM daily_totals FOR UPDATE").execute(&mut *holder).await.unwrap();
    let consumer = tokio::spawn({
        let pool = pool.clone();
        async move { outbox::drain(&pool, Module::Statistics).await }
    });
    let waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the consumer waits", async || shop.count(waiting).await == 1).await;
    // It tells its client before it lets go of its rows: only when it is gone the next one finds them free.
    let killed =
        format!("(SELECT pg_terminate_backend(pid, 60000) AS gone FROM {waiting}) AS killed WHERE gone");
    assert_eq!(shop.count(&killed).await, 1);
    consumer.await.unwrap().unwrap_err();
    holder.rollback().await.unwrap();
    assert_eq!(totals(pool).await, (1, 100, 5));
    assert_eq!(shop.count("outbox").await, 3);

    assert_eq!(outbox::drain(pool, Module::Statistics).await.unwrap(), 3);
    assert_eq!(totals(pool).await, (4, 400, 26));
    assert_eq!(outbox::drain(pool, Module::Statistics).await.unwrap(), 0);
}
