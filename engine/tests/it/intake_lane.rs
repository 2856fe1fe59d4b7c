//! The lanes: fairness, shedding, poison, cancellation, shutdown, and rules that are never stale.

use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::poll;
use perennial_engine::intake::SubmitOptions;
use perennial_engine::{Clock, Cx, Engine, EngineConfig, Error};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::intake_support::{PATIENT, Shop, buy, buy_all, checked, engine_on, merchant, purchase, refusal};

/// Holds every batch up at the taking of its keys, until it is dropped or released.
struct Barrier(PgConnection);

impl Barrier {
    async fn raise(shop: &Shop) -> Self {
        let mut connection = PgConnection::connect(&shop.db.url).await.unwrap();
        sqlx::raw_sql("BEGIN; LOCK TABLE purchase_keys IN ACCESS EXCLUSIVE MODE")
            .execute(&mut connection)
            .await
            .unwrap();
        Self(connection)
    }

    /// Waits until a batch has run into the barrier.
    async fn hit(&mut self) {
        for _ in 0..6_000 {
            let waiting: i64 = sqlx::query_scalar(
                // Databases of other tests are copies of the same template, so that the table has the same number there.
                "SELECT count(*) FROM pg_locks WHERE relation = 'purchase_keys'::regclass AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
            .fetch_one(&mut self.0)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no batch came");
    }

    async fn release(mut self) {
        sqlx::raw_sql("ROLLBACK").execute(&mut self.0).await.unwrap();
    }
}

async fn one_lane(shop: &Shop) -> Engine {
    let config = EngineConfig { connections: 4, lanes: 1, ..EngineConfig::new(&shop.db.url) };
    Engine::connect(config).await.unwrap()
}

/// What a flood of one merchant does to another in the same lane: nothing worth telling.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_of_one_merchant_does_not_keep_another_waiting() {
    let shop = Shop::open().await;
    let quiet = Cx::system(merchant(&shop.engine, "quiet", "USD").await);
    let engine = one_lane(&shop).await;
    // Both snapshots are in memory before it matters.
    for cx in [&shop.cx, &quiet] {
        buy(&engine, cx, purchase("warm", 1, json!({}))).await.unwrap();
    }
    let mut barrier = Barrier::raise(&shop).await;
    let purchases =
        (0..4_000).map(|number| checked(purchase(format!("flood-{number}"), 1, json!({})))).collect();
    let mut flood = Box::pin(engine.purchases_submit(&shop.cx, purchases, PATIENT));
    // What is submitted is in the queue before anybody waits.
    assert!(poll!(flood.as_mut()).is_pending());
    barrier.hit().await;
    let purchases =
        (0..10).map(|number| checked(purchase(format!("quiet-{number}"), 1, json!({})))).collect();
    let mut small = Box::pin(engine.purchases_submit(&quiet, purchases, PATIENT));
    assert!(poll!(small.as_mut()).is_pending());
    barrier.release().await;
    let (small, flood) = tokio::join!(small, flood);
    assert!(small.iter().all(Result::is_ok));
    assert!(flood.iter().all(Result::is_ok));
    let before: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM purchases WHERE merchant_id = $1 AND transaction_id LIKE 'flood-%'
         AND received_at < (SELECT max(received_at) FROM purchases WHERE transaction_id LIKE 'quiet-%')",
    )
    .bind(shop.merchant.uuid())
    .fetch_one(&shop.db.pool)
    .await
    .unwrap();
    assert!(
        before <= 500,
        "{before} of the flood went before the quiet merchant, who was to ride in the next batch"
    );
    engine.shutdown().await;
    shop.close().await;
}

/// While the database stands still, what waits is refused at a fixed age; what is in the database is not given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_waits_too_long_is_shed_and_may_come_again() {
    let shop = Shop::open().await;
    let engine = one_lane(&shop).await;
    buy(&engine, &shop.cx, purchase("warm", 1, json!({}))).await.unwrap();
    let mut barrier = Barrier::raise(&shop).await;
    let submit = |id: &str, deadline: u64| {
        let (engine, cx) = (engine.clone(), shop.cx.clone());
        let purchases = vec![checked(purchase(id, 100, json!({})))];
        let options =
            SubmitOptions { deadline: Some(Duration::from_millis(deadline)), ..SubmitOptions::default() };
        tokio::spawn(async move { engine.purchases_submit(&cx, purchases, options).await.remove(0) })
    };
    let in_flight = submit("in-flight", 60_000);
    barrier.hit().await;
    let begun = Instant::now();
    let shed = submit("shed", 300).await.unwrap();
    let waited = begun.elapsed();
    let Err(Error::Busy { retry_after }) = shed else { panic!("was not shed: {shed:?}") };
    assert!(retry_after > Duration::ZERO);
    assert!(waited >= Duration::from_millis(300), "shed after {waited:?}, while the database stood still");
    let patient = submit("patient", 60_000);
    barrier.release().await;
    assert!(!in_flight.await.unwrap().unwrap().replayed);
    assert!(!patient.await.unwrap().unwrap().replayed);
    assert!(
        !buy(&engine, &shop.cx, purchase("shed", 100, json!({}))).await.unwrap().replayed,
        "it left no trace"
    );
    engine.shutdown().await;
    shop.close().await;
}

/// A full lane refuses at once instead of growing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_queue_refuses_at_once_and_nobody_waits_for_ever() {
    let shop = Shop::open().await;
    let engine = one_lane(&shop).await;
    buy(&engine, &shop.cx, purchase("warm", 1, json!({}))).await.unwrap();
    let quiet = Cx::system(merchant(&shop.engine, "quiet", "USD").await);
    let purchases = (0..12_000).map(|number| checked(purchase(format!("{number}"), 1, json!({})))).collect();
    let mut barrier = Barrier::raise(&shop).await;
    let mut held_up = Box::pin(buy(&engine, &shop.cx, purchase("held up", 1, json!({}))));
    assert!(poll!(held_up.as_mut()).is_pending());
    barrier.hit().await;
    // Shed long before the batch that is held up is given up, or the next one would be taken from these.
    let options = SubmitOptions { deadline: Some(Duration::from_secs(3)), ..SubmitOptions::default() };
    let mut submission = Box::pin(engine.purchases_submit(&shop.cx, purchases, options));
    assert!(poll!(submission.as_mut()).is_pending());
    let mut one_more = Box::pin(buy(&engine, &shop.cx, purchase("one more", 1, json!({}))));
    let Poll::Ready(refused) = poll!(one_more.as_mut()) else { panic!("the lane has grown") };
    drop(one_more);
    assert_eq!(refusal(&refused), "busy");
    let mut other = Box::pin(buy(&engine, &quiet, purchase("other", 1, json!({}))));
    assert!(poll!(other.as_mut()).is_pending(), "the flood of one keeps nobody else out");
    // While the database stands still.
    let answers = submission.await;
    assert_eq!(answers.len(), 12_000, "everybody is answered");
    assert!(answers.iter().all(|answer| refusal(answer) == "busy"));
    barrier.release().await;
    for answer in [held_up.await, other.await] {
        assert!(!answer.unwrap().replayed);
    }
    assert_eq!(shop.count("purchases").await, 3);
    engine.shutdown().await;
    shop.close().await;
}

/// A row that the database refuses fails alone, whatever the reason; its neighbours never notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn poison_is_isolated_and_the_rest_of_the_batch_is_credited() {
    let shop = Shop::open().await;
    sqlx::raw_sql(
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'data_exception'; END $$;
         CREATE TRIGGER poison BEFORE INSERT ON purchases FOR EACH ROW
         WHEN (NEW.transaction_id LIKE 'poison-%') EXECUTE FUNCTION poison();",
    )
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let poisoned = |number: usize| number == 0 || number == 17 || number == 18 || number == 199;
    let name = |number: usize| format!("{}-{number}", if poisoned(number) { "poison" } else { "good" });
    let batch = (0..200).map(|number| purchase(name(number), 10, json!({}))).collect();
    let answers = buy_all(&shop.engine, &shop.cx, batch).await;
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(answer) => assert!(!poisoned(number) && !answer.replayed),
            Err(Error::Db(_)) => assert!(poisoned(number), "{number}"),
            Err(error) => panic!("{number}: {error:?}"),
        }
    }
    assert_eq!(shop.points_of("maya@example.com").await, 1_960);
    let balances: Vec<_> =
        answers.iter().flatten().map(|answer| answer.record.balance.unwrap().points).collect();
    assert!(balances.windows(2).all(|pair| pair[0] < pair[1]), "the order of arrival holds across the parts");
    assert!(
        shop.bought(purchase("later", 1, json!({}))).await.balance.unwrap().points == 1_961,
        "the lane goes on"
    );
    shop.close().await;
}

/// A caller that goes away takes nothing back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_that_goes_away_cancels_nothing() {
    let shop = Shop::open().await;
    let mut barrier = Barrier::raise(&shop).await;
    let caller = |number| buy(&shop.engine, &shop.cx, purchase(format!("gone-{number}"), 10, json!({})));
    let mut callers: Vec<_> = (0..50).map(|number| Box::pin(caller(number))).collect();
    for caller in &mut callers {
        assert!(poll!(caller.as_mut()).is_pending());
    }
    barrier.hit().await;
    drop(callers);
    barrier.release().await;
    for number in 0..50 {
        let again = shop.buy(purchase(format!("gone-{number}"), 10, json!({}))).await.unwrap();
        assert!(again.replayed, "{number} was credited though nobody waited");
    }
    assert_eq!(shop.points_of("maya@example.com").await, 500);
    shop.close().await;
}

/// A shutdown answers what was accepted, and refuses what comes after.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shutdown_drains_what_is_queued() {
    let shop = Shop::open().await;
    let engine = one_lane(&shop).await;
    let mut barrier = Barrier::raise(&shop).await;
    // Two batches: a shutdown waits for fifteen seconds, in which a slow machine has to do them.
    let purchases = (0..700).map(|number| checked(purchase(format!("{number}"), 1, json!({})))).collect();
    let mut submission = Box::pin(engine.purchases_submit(&shop.cx, purchases, PATIENT));
    assert!(poll!(submission.as_mut()).is_pending());
    barrier.hit().await;
    let mut shutdown = Box::pin(engine.shutdown());
    assert!(poll!(shutdown.as_mut()).is_pending(), "it waits for what is in the database");
    let late = buy(&engine, &shop.cx, purchase("late", 1, json!({}))).await;
    assert_eq!(refusal(&late), "busy");
    barrier.release().await;
    let (answers, ()) = tokio::join!(submission, shutdown);
    assert!(answers.iter().all(Result::is_ok), "what was accepted is answered");
    assert_eq!(shop.count("purchases").await, 700);
    shop.close().await;
}

/// A purchase that starts after a publication has returned uses what was published, on every server, under load.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_publication_counts_on_every_server_as_soon_as_it_has_returned() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let promotion = shop.promote(json!({"name": "Race", "flat_points": 1})).await;
    let load: Vec<_> = (0..4)
        .map(|worker| {
            let (engine, cx) = (if worker % 2 == 0 { &shop.engine } else { &other }.clone(), shop.cx.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let load = purchase(
                        format!("load-{worker}-{number}"),
                        0,
                        json!({"customer": {"card": format!("{worker}")}}),
                    );
                    buy(&engine, &cx, load).await.unwrap();
                }
            })
        })
        .collect();
    for version in 2..=25 {
        let terms = serde_json::from_value(json!({"name": "Race", "flat_points": version})).unwrap();
        shop.engine.promotion_edit(&shop.cx, promotion, terms).await.unwrap();
        shop.engine.promotion_publish(&shop.cx, promotion, None).await.unwrap();
        for (server, engine) in [&shop.engine, &other].into_iter().enumerate() {
            // One point of zero cents needs a line that is paid for: a cent earns one point by the base promotion.
            let bought =
                buy(engine, &shop.cx, purchase(format!("{server}-{version}"), 1, json!({}))).await.unwrap();
            assert_eq!(
                bought.record.points_earned.get(),
                1 + version,
                "version {version} on server {server}"
            );
        }
    }
    for worker in load {
        worker.abort();
        let _ = worker.await;
    }
    other.shutdown().await;
    shop.close().await;
}

/// A lane whose connection is killed over and over answers everybody, and every key is there at most once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_connections_lose_and_double_nothing() {
    let shop = Shop::open().await;
    let killer = {
        let url = shop.db.url.clone();
        tokio::spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            let mut killed = 0;
            loop {
                let row = sqlx::query(
                    "SELECT count(pg_terminate_backend(pid)) AS killed FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'perennial intake'
                       AND state <> 'idle' AND random() < 0.7",
                )
                .fetch_one(&mut connection)
                .await
                .unwrap();
                killed += row.get::<i64, _>("killed");
                if killed >= 25 {
                    return killed;
                }
                tokio::time::sleep(Duration::from_millis(7)).await;
            }
        })
    };
    let tills: Vec<_> = (0..8)
        .map(|till| {
            let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
            tokio::spawn(async move {
                for number in 0..150 {
                    let sent = purchase(format!("{till}-{number}"), 10, json!({}));
                    // A till that is told to come back comes back with the same key, until it is answered.
                    while let Err(error) = buy(&engine, &cx, sent.clone()).await {
                        assert!(matches!(error, Error::Busy { .. }), "{error:?}");
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            })
        })
        .collect();
    for till in tills {
        till.await.unwrap();
    }
    killer.abort();
    assert_eq!(shop.points_of("maya@example.com").await, 8 * 150 * 10);
    shop.close().await;
}

/// Connections that died while nothing was to do are replaced without anybody noticing.
#[tokio::test]
async fn a_connection_that_died_idle_is_replaced_unnoticed() {
    let shop = Shop::open().await;
    for round in 0..3 {
        shop.bought(purchase(format!("{round}"), 10, json!({}))).await;
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'perennial intake' AND datname = current_database()")
            .execute(&shop.db.pool)
            .await
            .unwrap();
    }
    shop.bought(purchase("last", 10, json!({}))).await;
    shop.close().await;
}

/// A server whose clock is behind does not take a purchase for older than the publication that came before it.
#[tokio::test]
async fn a_slow_clock_does_not_revive_an_old_version() {
    let shop = Shop::open().await;
    let promotion = shop.promote(json!({"name": "Race", "flat_points": 1})).await;
    let slow = engine_on(&shop.db.url, Clock::fixed(chrono::Utc::now() - TimeDelta::seconds(1))).await;
    assert_eq!(
        buy(&slow, &shop.cx, purchase("1", 1, json!({}))).await.unwrap().record.points_earned.get(),
        2
    );
    let terms = serde_json::from_value(json!({"name": "Race", "flat_points": 10})).unwrap();
    shop.engine.promotion_edit(&shop.cx, promotion, terms).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, promotion, None).await.unwrap();
    assert_eq!(
        buy(&slow, &shop.cx, purchase("2", 1, json!({}))).await.unwrap().record.points_earned.get(),
        11
    );
    slow.shutdown().await;
    shop.close().await;
}

/// A stored row that nobody can read is told to whoever asks for it, and to nobody else in the batch.
#[tokio::test]
async fn an_unreadable_row_concerns_only_its_own_key() {
    let shop = Shop::open().await;
    let stored = shop.bought(purchase("broken", 10, json!({}))).await;
    let spoil = |facts: serde_json::Value| {
        sqlx::query("UPDATE purchases SET facts = $1 WHERE transaction_id = 'broken'").bind(facts)
    };
    let facts: serde_json::Value =
        sqlx::query_scalar("SELECT facts FROM purchases").fetch_one(&shop.db.pool).await.unwrap();
    sqlx::raw_sql("ALTER TABLE purchases DISABLE TRIGGER purchases_append_only")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    spoil(json!({"not": "facts"})).execute(&shop.db.pool).await.unwrap();
    let answers = buy_all(
        &shop.engine,
        &shop.cx,
        vec![
            purchase("before", 10, json!({})),
            purchase("broken", 10, json!({})),
            purchase("after", 10, json!({})),
        ],
    )
    .await;
    assert!(matches!(answers[1], Err(Error::Inconsistent(_))), "{:?}", answers[1]);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    spoil(facts).execute(&shop.db.pool).await.unwrap();
    assert_eq!(shop.buy(purchase("broken", 10, json!({}))).await.unwrap().record, stored);
    shop.close().await;
}
