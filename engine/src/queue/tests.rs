use std::sync::atomic::{AtomicUsize, Ordering};

use perennial_testkit::TestDb;
use serde_json::json;

use super::*;
use crate::config::EngineConfig;

/// Writes down what it was told, and fails where it is told to.
#[derive(Default)]
struct Recorder {
    calls: AtomicUsize,
    largest: AtomicUsize,
}

#[async_trait]
impl Module for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    async fn process(
        &self,
        txn: &DatabaseTransaction,
        _engine: &Engine,
        messages: &[Message],
    ) -> Result<(), Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.largest.fetch_max(messages.len(), Ordering::SeqCst);
        for message in messages {
            let insert = "INSERT INTO effects (number) VALUES ($1)";
            let number = message.payload["number"].as_i64().unwrap();
            txn.execute_raw(lease::statement(insert, [number.into()])).await?;
        }
        for message in messages {
            match message.payload["fault"].as_str() {
                Some("poison") => return Err(Error::Inconsistent("poison".to_owned())),
                Some("panic") => panic!("as ordered"),
                Some("busy") => return Err(Error::Busy { retry_after: POLL }),
                _ => {}
            }
        }
        Ok(())
    }
}

struct House {
    db: TestDb,
    engine: Engine,
    merchant: MerchantId,
    cx: crate::Cx,
}

impl House {
    async fn new() -> Self {
        let db = TestDb::new().await;
        sqlx::raw_sql("CREATE TABLE effects (number int8 NOT NULL)").execute(&db.pool).await.unwrap();
        let config = EngineConfig { connections: 6, lanes: 1, ..EngineConfig::new(&db.url) };
        let engine = Engine::connect(config).await.unwrap();
        let merchant = MerchantId::from_uuid(uuid::Uuid::from_u128(1));
        Self { db, engine, merchant, cx: crate::Cx::system(merchant) }
    }

    async fn enqueue(&self, messages: impl IntoIterator<Item = Value>) {
        let txn = self.engine.begin().await.unwrap();
        for message in messages {
            enqueue(&txn, "recorder", self.merchant, &message).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    async fn step(&self, module: &Recorder) -> usize {
        step(&self.engine, module).await.unwrap()
    }

    /// Lets every lease and pause run out.
    async fn time_passes(&self) {
        sqlx::raw_sql("UPDATE queue SET due_at = clock_timestamp()").execute(&self.db.pool).await.unwrap();
    }

    async fn numbers(&self, sql: &str) -> Vec<i64> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&self.db.pool).await.unwrap()
    }

    async fn effects(&self) -> Vec<i64> {
        self.numbers("SELECT number FROM effects ORDER BY number").await
    }
}

fn plain(numbers: std::ops::Range<i64>) -> impl Iterator<Item = Value> {
    numbers.map(|number| json!({"number": number}))
}

#[tokio::test]
async fn messages_have_their_effect_once_in_batches() {
    let house = House::new().await;
    house.enqueue(plain(0..120)).await;
    let recorder = Recorder::default();
    assert_eq!([house.step(&recorder).await, house.step(&recorder).await], [50, 50]);
    assert_eq!([house.step(&recorder).await, house.step(&recorder).await], [20, 0]);
    assert_eq!(house.effects().await, (0..120).collect::<Vec<_>>());
    assert_eq!((recorder.calls.into_inner(), recorder.largest.into_inner()), (3, 50));
    assert!(house.engine.queues_are_drained().await.unwrap());
}

#[tokio::test]
async fn a_transaction_that_is_given_up_has_sent_nothing() {
    let house = House::new().await;
    let txn = house.engine.begin().await.unwrap();
    enqueue(&txn, "recorder", house.merchant, &json!({"number": 1})).await.unwrap();
    txn.rollback().await.unwrap();
    assert_eq!(house.step(&Recorder::default()).await, 0);
}

#[tokio::test]
async fn poison_is_isolated_waits_longer_and_longer_and_dies() {
    let house = House::new().await;
    house.enqueue(plain(0..20)).await;
    house.enqueue([json!({"number": 99, "fault": "poison"}), json!({"number": 98, "fault": "panic"})]).await;
    house.enqueue(plain(20..40)).await;
    let recorder = Recorder::default();
    sqlx::raw_sql("CREATE TABLE began AS SELECT clock_timestamp() AS at")
        .execute(&house.db.pool)
        .await
        .unwrap();
    house.step(&recorder).await;
    assert_eq!(house.effects().await, (0..40).collect::<Vec<_>>(), "the others are through at once");
    // Not asked of the queue itself: on a machine that is busy the second may be over.
    let wait = "SELECT count(*) FROM queue, began WHERE due_at >= at + interval '1 second' AND attempts = 1";
    assert_eq!(house.numbers(wait).await, [2], "the poisoned ones wait");
    for _ in 1..ATTEMPTS {
        house.time_passes().await;
        assert_eq!(house.step(&recorder).await, 2);
    }
    let letters =
        house.engine.dead_letter_list(&house.cx, &crate::PageRequest::default()).await.unwrap().data;
    let told: Vec<_> = letters.iter().map(|letter| (&*letter.error, letter.attempts)).collect();
    assert_eq!(told, [("the module panicked", ATTEMPTS), ("poison", ATTEMPTS)]);
    assert_eq!(house.effects().await.len(), 40);

    // Somebody mends the one and gives up the other.
    let poison = letters[1].id;
    sqlx::raw_sql("UPDATE dead_letters SET payload = payload - 'fault'")
        .execute(&house.db.pool)
        .await
        .unwrap();
    house.engine.dead_letter_retry(&house.cx, "recorder", poison).await.unwrap();
    house.engine.dead_letter_discard(&house.cx, "recorder", letters[0].id).await.unwrap();
    let gone = house.engine.dead_letter_retry(&house.cx, "recorder", poison).await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    house.step(&recorder).await;
    assert!(house.effects().await.contains(&99));
    assert_eq!(house.numbers("SELECT count(*) FROM dead_letters").await, [0]);
}

#[tokio::test]
async fn a_dead_letter_of_another_merchant_is_not_there() {
    let house = House::new().await;
    sqlx::raw_sql(
        "INSERT INTO dead_letters VALUES (gen_random_uuid(), 'recorder', 7, '{}', now(), now(), 1, 'x');
         INSERT INTO queue (module, merchant_id, payload) VALUES ('recorder', gen_random_uuid(), '{}')",
    )
    .execute(&house.db.pool)
    .await
    .unwrap();
    let states = house.engine.queue_list(&house.cx).await.unwrap();
    assert!(states.iter().all(|state| (state.waiting, state.dead) == (0, 0)), "{states:?}");
    let page = crate::PageRequest::default();
    assert!(house.engine.dead_letter_list(&house.cx, &page).await.unwrap().data.is_empty());
    for refused in [
        house.engine.dead_letter_retry(&house.cx, "recorder", 7).await,
        house.engine.dead_letter_discard(&house.cx, "recorder", 7).await,
    ] {
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn what_lies_elsewhere_is_not_counted() {
    let house = House::new().await;
    house.enqueue([json!({"number": 1, "fault": "busy"})]).await;
    for _ in 0..ATTEMPTS + 5 {
        house.time_passes().await;
        house.step(&Recorder::default()).await;
    }
    assert_eq!(house.numbers("SELECT attempts::int8 FROM queue").await, [0]);
    assert!(house.effects().await.is_empty());
}

/// A worker that dies after it has leased: its messages are due again when the lease runs out. One that was only slow
/// finds that they are no longer its own.
#[tokio::test]
async fn a_lost_lease_leaves_no_trace() {
    let house = House::new().await;
    house.enqueue(plain(0..3)).await;
    let slow = lease::take(house.engine.db(), "recorder", BATCH).await.unwrap();
    assert_eq!(slow.len(), 3);
    assert_eq!(house.step(&Recorder::default()).await, 0, "leased");
    house.time_passes().await;
    let heir = lease::take(house.engine.db(), "recorder", BATCH).await.unwrap();
    assert_eq!(heir.len(), 3);

    let txn = house.engine.begin().await.unwrap();
    assert!(!lease::finish(&txn, "recorder", &slow).await.unwrap());
    txn.rollback().await.unwrap();
    lease::bury(house.engine.db(), "recorder", &slow[0], "late").await.unwrap();
    lease::put_off(house.engine.db(), "recorder", &slow[1], LEASE, "late").await.unwrap();
    assert_eq!(house.numbers("SELECT count(*) FROM queue WHERE last_error IS NULL").await, [3]);
    let txn = house.engine.begin().await.unwrap();
    assert!(lease::finish(&txn, "recorder", &heir).await.unwrap());
    txn.commit().await.unwrap();
    assert_eq!(house.numbers("SELECT count(*) FROM queue").await, [0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_workers_share_a_queue_and_double_nothing() {
    let house = std::sync::Arc::new(House::new().await);
    house.enqueue(plain(0..400)).await;
    let workers = (0..6).map(|_| {
        let house = std::sync::Arc::clone(&house);
        tokio::spawn(async move {
            while !house.engine.queues_are_drained().await.unwrap() {
                house.step(&Recorder::default()).await;
            }
        })
    });
    futures::future::try_join_all(workers.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(house.effects().await, (0..400).collect::<Vec<_>>());
}
