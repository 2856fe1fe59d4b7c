//! Two servers on one Postgres and one bus, of which one is killed under load: whoever looks, from whichever side, sees
//! everything, and everything once.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::HeaderMap;
use perennial_testkit::TestDb;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    broker::{Broker, kept, publish},
    support::STUCK,
    tools_kill::{assert_clean, report},
    tools_support::{Installation, kill_hard, stop},
    watcher::{Moved, Watcher},
    webhooks::Receiver,
};

/// Purchases that tills post, and those that come by the bus meanwhile.
const RATE: usize = 60;
const SECONDS: usize = 7;
const BY_BUS: usize = 60;
/// Customers with an open page, of so many who buy.
const WATCHED: usize = 3;
const CUSTOMERS: usize = 20;

/// An open page that finds another server when its own is gone.
struct Page {
    heard: Arc<Mutex<Vec<Moved>>>,
    /// Ids that it came back with.
    resumed: Arc<Mutex<Vec<i64>>>,
    over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Page {
    fn open(watcher: Watcher, servers: [String; 2]) -> Self {
        let (heard, resumed, over) =
            (Arc::<Mutex<Vec<Moved>>>::default(), Arc::<Mutex<Vec<i64>>>::default(), Arc::default());
        let (all, ids, end) = (heard.clone(), resumed.clone(), Arc::<AtomicBool>::clone(&over));
        let task = tokio::spawn(async move {
            let mut seen: Option<Moved> = None;
            for server in servers.iter().cycle() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let mark = seen.as_ref().map(|moved| moved.mark.clone());
                let Some(mut stream) = watcher.listen(server, mark.as_deref()).await else { continue };
                ids.lock().unwrap().extend(seen.as_ref().map(|moved| moved.id));
                while let Some(moved) = stream.next().await {
                    seen = Some(moved.clone());
                    all.lock().unwrap().push(moved);
                }
            }
        });
        Self { heard, resumed, over, task }
    }

    fn last(&self) -> Option<i64> {
        self.heard.lock().unwrap().last().map(|moved| moved.id)
    }
}

/// Waits for what has to become true.
async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_true().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(STUCK, waiting).await.unwrap_or_else(|_| panic!("{what}"));
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Orders that other systems tell of while the tills post, each twice.
async fn orders(broker: &Broker) {
    let context = broker.context().await;
    for number in 0..BY_BUS {
        let data = json!({"transaction_id": format!("bus-{number}"), "retailer": "north", "currency": "USD",
            "customer": {"external_id": format!("pos-{}", number % CUSTOMERS)}, "amount": 1_000});
        let event = json!({"specversion": "1.0", "id": number.to_string(), "source": "/shop", "type": "order.completed", "data": data});
        for _ in 0..2 {
            publish(&context, "corner", HeaderMap::new(), &event).await;
        }
        sleep(Duration::from_millis(80)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_servers_is_killed_under_load_and_nobody_misses_anything() {
    let broker = Broker::start();
    let db = TestDb::new().await;
    let (receiver, hooks) = Receiver::open().await;
    let house = || {
        Installation::on(&db.url)
            .with("NATS_URL", broker.url())
            .with("PERENNIAL_WEBHOOKS_ALLOW_PRIVATE", "true")
    };
    let (one, two) = (house(), house());
    let key = one.merchant().await;
    let (first, second) = (one.serve().await, two.serve().await);
    one.furnish(&key).await;
    two.post(&key, "/webhooks", json!({"url": format!("{hooks}/ok")})).await;
    let mut watched = Vec::new();
    let mut pages = Vec::new();
    for number in 0..WATCHED {
        let email = format!("pos-{number}@example.com");
        let known = json!({"external_id": format!("pos-{number}"), "email": email});
        watched.push(one.post(&key, "/customers", known).await["id"].as_str().unwrap().to_owned());
        let watcher = Watcher::sign_in(&one.base_url(), &db.pool, "corner", &email).await;
        pages.push(Page::open(watcher, [one.base_url(), two.base_url()]));
    }
    until("each page is open", async || pages.iter().all(|page| page.last().is_some())).await;

    let (rate, seconds) = (RATE.to_string(), SECONDS.to_string());
    let mut tills = two.command(&[
        "pos",
        "--json",
        "--customers",
        "20",
        "--patience",
        "120",
        "--rate",
        &rate,
        "--seconds",
        &seconds,
    ]);
    tills.args(["--url", &one.base_url(), "--url", &two.base_url()]).env("PERENNIAL_API_KEY", &key);
    let tills = tills.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let by_bus = async {
        tokio::join!(orders(&broker), async {
            let posted = "SELECT count(*) FROM purchases WHERE transaction_id LIKE 'pos-%'";
            // About a quarter: however quick the machine is, most come afterwards.
            let quarter = i64::try_from(RATE * SECONDS / 4).unwrap();
            until("the tills post", async || number(&db.pool, posted).await >= quarter).await;
            kill_hard(first).await;
            // Said while the pages look for another server.
            for customer in &watched {
                let path = format!("/customers/{customer}/adjustments");
                two.post(&key, &path, json!({"points": 5, "reason": "Sorry for the wait"})).await;
            }
            // Nobody waits for half a minute until the leases of the dead are over. Those of the living are taken from it, too,
            // which must do no harm; but for what it has under its hands just now, which would wait for us, and we for it.
            for over in [
                "UPDATE webhook_lanes SET leased_until = clock_timestamp() WHERE (merchant_id, endpoint_id, again, shard) IN (
                    SELECT merchant_id, endpoint_id, again, shard FROM webhook_lanes FOR UPDATE SKIP LOCKED)",
                "UPDATE queue SET due_at = clock_timestamp() WHERE (module, id) IN (
                    SELECT module, id FROM queue WHERE attempts > 0 FOR UPDATE SKIP LOCKED)",
            ] {
                sqlx::raw_sql(over).execute(&db.pool).await.unwrap();
            }
        })
    };
    let (report, _) = tokio::join!(report(tills), by_bus);
    assert!(report["retries"].as_u64().unwrap() > 0, "the tills have noticed: {report}");
    assert_eq!(report["posted"], json!(RATE * SECONDS));

    // All that follows has happened, by the server that is left.
    let pool = &db.pool;
    let purchases = i64::try_from(RATE * SECONDS + BY_BUS).unwrap();
    until("the bus is heard", async || {
        number(pool, "SELECT count(*) FROM inbox WHERE state = 'done'").await
            == i64::try_from(BY_BUS).unwrap()
    })
    .await;
    two.json(&["queues", "wait", "--timeout", "120", "--json"]).await;
    until("the webhooks are sent", async || {
        number(pool, "SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'").await == 0
    })
    .await;
    assert_clean(&two, purchases).await;
    assert_eq!(number(pool, "SELECT count(*) FROM events WHERE kind = 'points.credited'").await, purchases);

    assert_hooks(pool, &receiver).await;
    assert_bus(pool, &broker).await;
    for (customer, page) in watched.iter().zip(pages) {
        assert_page(pool, customer.parse().unwrap(), page).await;
    }
    stop(second).await;
}

/// Every event has arrived under its one id, those of a customer in their order; but for one whose first attempt was not
/// heard, because its server was killed or the machine was busy: what is tried again blocks nothing.
async fn assert_hooks(pool: &PgPool, receiver: &Receiver) {
    let again = "SELECT event_id::text FROM webhook_deliveries WHERE attempts > 1";
    let again: BTreeSet<String> =
        sqlx::query_scalar(again).fetch_all(pool).await.unwrap().into_iter().collect();
    let mut arrived: BTreeMap<String, Value> = BTreeMap::new();
    let mut counters: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (_, headers, body) in receiver.at("/ok") {
        let id = headers["webhook-id"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&body).unwrap();
        if let Some(before) = arrived.get(&id) {
            assert_eq!(before, &body, "what comes again is the same");
            continue;
        }
        if let (Some(customer), Some(sequence), false) =
            (body["data"]["customer_id"].as_str(), body["data"]["sequence"].as_i64(), again.contains(&id))
        {
            counters.entry(customer.to_owned()).or_default().push(sequence);
        }
        arrived.insert(id, body);
    }
    let sent: Vec<String> =
        sqlx::query_scalar("SELECT event_id::text FROM webhook_deliveries").fetch_all(pool).await.unwrap();
    assert_eq!(arrived.keys().cloned().collect::<BTreeSet<_>>(), sent.into_iter().collect());
    assert!(again.len() < arrived.len() / 2, "{} of {} were tried again", again.len(), arrived.len());
    // Each purchase, at the least; what was before the endpoint is not for it.
    assert!(arrived.len() >= RATE * SECONDS + BY_BUS, "{}", arrived.len());
    for (customer, sequences) in counters {
        assert!(sequences.is_sorted_by(|one, next| one < next), "{customer}: {sequences:?}");
    }
}

/// The bus has every event, once, under the same id.
async fn assert_bus(pool: &PgPool, broker: &Broker) {
    let told = kept(&broker.context().await, "corner").await;
    let ids: BTreeSet<String> = told.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), told.len(), "one is there twice");
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT id::text FROM events").fetch_all(pool).await.unwrap();
    assert_eq!(ids, stored.into_iter().collect());
}

/// The page went on at the other server with what it had heard last, and whatever it was told was true.
async fn assert_page(pool: &PgPool, customer: uuid::Uuid, page: Page) {
    let last = "SELECT sequence FROM balances WHERE customer_id = $1";
    let last: i64 = sqlx::query_scalar(last).bind(customer).fetch_one(pool).await.unwrap();
    until("the page hears the last", async || page.last() == Some(last)).await;
    page.over.store(true, Ordering::Relaxed);
    page.task.abort();
    assert!(!page.resumed.lock().unwrap().is_empty(), "it had to come back");
    let heard = page.heard.lock().unwrap().clone();
    assert!(heard.len() > 2, "{heard:?}");
    // Only the welcome moves no counter.
    let newer =
        |one: &Moved, next: &Moved| (one.id, one.unread) < (next.id, next.unread) && one.id <= next.id;
    assert!(heard.is_sorted_by(newer), "nothing twice: {heard:?}");
    for moved in &heard {
        let points = "SELECT coalesce(sum(amount), 0)::int8 FROM entries WHERE customer_id = $1 AND account = 'available' AND sequence <= $2";
        let points: i64 =
            sqlx::query_scalar(points).bind(customer).bind(moved.id).fetch_one(pool).await.unwrap();
        assert_eq!(moved.points, points, "after {}", moved.id);
    }
    // The welcome may come before the page is open or after.
    let told: Vec<_> = heard
        .iter()
        .flat_map(|moved| &moved.told)
        .map(String::as_str)
        .filter(|told| told.starts_with("You"))
        .collect();
    assert_eq!(told, ["You were given 5 points"], "{heard:?}");
}
