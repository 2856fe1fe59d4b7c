use std::sync::atomic::{AtomicUsize, Ordering};

use perennial_testkit::TestDb;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::*;
use crate::config::EngineConfig;
use crate::statement::statement;

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
        let numbers: Vec<i64> = messages.iter().flat_map(numbers_of).collect();
        for number in &numbers {
            let insert = "INSERT INTO effects (number) VALUES ($1)";
            txn.execute_raw(statement(insert, [(*number).into()])).await?;
        }
        for message in messages {
            if message.payload["bad"].as_i64().is_some_and(|bad| numbers_of(message).contains(&bad)) {
                return Err(Error::Inconsistent("a bad number".to_owned()));
            }
            match message.payload["fault"].as_str() {
                Some("slow") if numbers.len() > 1 => futures::future::pending().await,
                Some("slow statement") if numbers.len() > 1 => {
                    txn.execute_unprepared("SELECT pg_sleep(3600)").await?;
                }
                Some("poison") => return Err(Error::Inconsistent("poison".to_owned())),
                Some("panic") => panic!("as ordered"),
                Some("busy") => return Err(Error::Busy { retry_after: POLL }),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a message names: one number, or a list of them.
fn numbers_of(message: &Message) -> Vec<i64> {
    let payload = &message.payload;
    payload["numbers"].as_array().map_or_else(
        || vec![payload["number"].as_i64().unwrap()],
        |numbers| numbers.iter().map(|number| number.as_i64().unwrap()).collect(),
    )
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
            enqueue(&txn, self.merchant, message).await;
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

/// Writes a message for the recorder.
async fn enqueue(txn: &impl ConnectionTrait, merchant: MerchantId, payload: Value) {
    let values = ["recorder".into(), merchant.uuid().into(), payload.into()];
    let insert = "INSERT INTO queue (module, merchant_id, payload) VALUES ($1, $2, $3)";
    txn.execute_raw(statement(insert, values)).await.unwrap();
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
    enqueue(&txn, house.merchant, json!({"number": 1})).await;
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
    let first = crate::PageRequest::default();
    let letters = house.engine.dead_letter_list(&house.cx, None, &first).await.unwrap().data;
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

/// What a batch of the intake says is one message: of twenty purchases nineteen do not wait for the one that is poisoned.
#[tokio::test]
async fn one_bad_thing_of_a_message_stops_no_other() {
    let house = House::new().await;
    house.enqueue([json!({"numbers": (0..20).collect::<Vec<_>>(), "bad": 13})]).await;
    house.enqueue(plain(20..30)).await;
    let recorder = Recorder::default();
    while house.step(&recorder).await > 0 {}
    let healthy: Vec<i64> = (0..30).filter(|number| *number != 13).collect();
    assert_eq!(house.effects().await, healthy);
    assert_eq!(house.numbers("SELECT (payload -> 'numbers' ->> 0)::int8 FROM queue").await, [13]);

    while !house.engine.queues_are_drained().await.unwrap() {
        house.time_passes().await;
        house.step(&recorder).await;
    }
    let first = crate::PageRequest::default();
    let letters = house.engine.dead_letter_list(&house.cx, None, &first).await.unwrap();
    let told: Vec<_> = letters.data.iter().map(|letter| (&*letter.error, letter.attempts)).collect();
    assert_eq!(told, [("a bad number", ATTEMPTS)]);
    assert_eq!(letters.data[0].payload, json!({"numbers": [13], "bad": 13}));
    assert_eq!(house.effects().await, healthy);
}

/// A message of five hundred purchases on a database that is slow: what takes too long together is done in parts.
#[tokio::test]
async fn what_takes_too_long_is_taken_apart_and_not_given_up() {
    let house = House::new().await;
    let numbers = |numbers: std::ops::Range<i64>| numbers.collect::<Vec<_>>();
    house.enqueue([json!({"numbers": numbers(0..3), "fault": "slow"}), json!({"number": 3})]).await;
    house.enqueue([json!({"numbers": numbers(4..7), "fault": "slow statement"})]).await;
    let recorder = Recorder::default();
    let second = Duration::from_secs(1);
    let pace = work::Pace { transaction: second, statement: second / 2 };
    while !house.engine.queues_are_drained().await.unwrap() {
        house.time_passes().await;
        work::work(&house.engine, &recorder, &pace).await.unwrap();
    }
    assert_eq!(house.effects().await, numbers(0..7));
    assert_eq!(house.numbers("SELECT count(*) FROM dead_letters").await, [0]);
}

/// The number of messages bounds no transaction when each names hundreds.
#[tokio::test]
async fn a_lease_is_bounded_by_what_the_messages_name() {
    let house = House::new().await;
    let half: Vec<usize> = (0..THINGS / 2).collect();
    house.enqueue([json!({"numbers": half}), json!({"number": 1}), json!({"numbers": half})]).await;
    house.enqueue([json!({"number": 2}), json!("no object")]).await;
    let take = async || lease::take(house.engine.db(), "recorder", BATCH).await.unwrap().len();
    assert_eq!([take().await, take().await, take().await], [3, 2, 0]);
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
    assert!(house.engine.dead_letter_list(&house.cx, None, &page).await.unwrap().data.is_empty());
    for refused in [
        house.engine.dead_letter_retry(&house.cx, "recorder", 7).await,
        house.engine.dead_letter_discard(&house.cx, "recorder", 7).await,
    ] {
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    }
}

/// All that a module gave up is tried again together, so many in one go, the oldest first; another module's and another
/// merchant's stay.
#[tokio::test]
async fn the_dead_letters_of_a_module_are_tried_again_together() {
    let house = House::new().await;
    sqlx::query(
        "INSERT INTO dead_letters
         SELECT $1::uuid, 'recorder', n, jsonb_build_object('number', n), now(), now(), 10, 'x' FROM generate_series(1, 1003) AS n
         UNION ALL SELECT $1::uuid, 'other', 2000, '{}', now(), now(), 10, 'x'
         UNION ALL SELECT gen_random_uuid(), 'recorder', 3000, '{\"number\": 3000}', now(), now(), 10, 'x'",
    )
    .bind(house.merchant.uuid())
    .execute(&house.db.pool)
    .await
    .unwrap();
    let one = crate::PageRequest::new(Some(1), None).unwrap();
    let newest = async |module: Option<&'static str>| {
        let letters = house.engine.dead_letter_list(&house.cx, module, &one).await.unwrap().data;
        letters.first().map(|letter| letter.id)
    };
    assert_eq!([newest(None).await, newest(Some("recorder")).await], [Some(2000), Some(1003)]);
    let retried = async || {
        let DeadLettersRetried { retried, remaining } =
            house.engine.dead_letters_retry(&house.cx, "recorder").await.unwrap();
        (retried, remaining)
    };
    assert_eq!(retried().await, (RETRIED_AT_ONCE, 3));
    let left = "SELECT id FROM dead_letters ORDER BY id";
    assert_eq!(house.numbers(left).await, [1001, 1002, 1003, 2000, 3000]);
    assert_eq!(retried().await, (3, 0));
    assert_eq!(retried().await, (0, 0));
    assert_eq!(house.numbers(left).await, [2000, 3000]);
    while house.step(&Recorder::default()).await > 0 {}
    assert_eq!(house.effects().await, (1..=1003).collect::<Vec<_>>());
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
