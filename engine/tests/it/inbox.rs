//! Events from elsewhere: written down, processed once, and what is refused is kept with its problem.

use std::time::Duration;

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::cloud_events::JsonEvent;
use perennial_engine::inbox::{Event, EventFilter, EventState, NewEvent, Received};
use perennial_engine::{Clock, Cx, Engine, Error, PageRequest, What};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, engine_on, merchant, purchase};

const SOURCE: &str = "/shop/orders";

/// An event of the one source of these tests.
fn event(kind: &str, id: impl Into<String>, data: Value) -> NewEvent {
    let text = json!({
        "specversion": "1.0", "type": kind, "source": SOURCE, "id": id.into(), "time": "2026-11-21T09:59:00Z", "data": data,
    });
    let event: JsonEvent<Box<RawValue>> = serde_json::from_str(&text.to_string()).unwrap();
    let (attributes, payload) = event.check().unwrap();
    NewEvent::new(attributes, payload).unwrap()
}

fn order(id: &str, cents: i64, with: Value) -> NewEvent {
    event("order.completed", id, purchase(id, cents, with))
}

async fn receive(engine: &Engine, cx: &Cx, event: NewEvent) -> Result<Received, Error> {
    engine.events_receive(cx, vec![event]).await.unwrap().pop().unwrap()
}

async fn received(shop: &Shop, event: NewEvent) -> Event {
    let received = receive(&shop.engine, &shop.cx, event).await.unwrap();
    assert!(!received.replayed);
    assert_eq!(received.event.state, EventState::Received);
    received.event
}

async fn found(shop: &Shop, id: &str) -> Event {
    shop.engine.event_get(&shop.cx, SOURCE, id).await.unwrap()
}

/// How long anything may take here before it counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

/// Waits until no row is left that this selects.
async fn gone(shop: &Shop, table_and_condition: &str) {
    let gone = async {
        while shop.count(table_and_condition).await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(STUCK, gone).await.unwrap_or_else(|_| panic!("stuck: {table_and_condition}"));
}

/// The workers run until nothing is due; what failed waits.
async fn work(shop: &Shop) {
    let workers = shop.engine.workers();
    gone(shop, "queue WHERE module = 'inbox' AND (last_error IS NULL OR due_at <= clock_timestamp())").await;
    workers.stop().await;
}

/// Lets every pause and lease run out, but of what is being written at this moment: nobody is waited for, in no order.
async fn time_passes(shop: &Shop) {
    let passes = "WITH free AS (SELECT module, id FROM queue FOR UPDATE SKIP LOCKED)
        UPDATE queue SET due_at = clock_timestamp() FROM free WHERE (queue.module, queue.id) = (free.module, free.id)";
    sqlx::raw_sql(passes).execute(&shop.db.pool).await.unwrap();
}

#[tokio::test]
async fn a_purchase_that_is_told_twice_is_credited_once() {
    let shop = Shop::open().await;
    let direct = shop.bought(purchase("1", 1_000, json!({}))).await;
    received(&shop, order("1", 1_000, json!({}))).await;
    received(&shop, order("2", 500, json!({}))).await;
    // Another system tells of the same purchase under a name of its own.
    received(&shop, event("order.completed", "other name", purchase("2", 500, json!({})))).await;
    work(&shop).await;
    let direct_again = shop.buy(purchase("2", 500, json!({}))).await.unwrap();
    assert!(direct_again.replayed);

    let first = found(&shop, "1").await;
    assert_eq!(first.state, EventState::Done);
    let outcome = first.outcome.unwrap();
    assert_eq!((outcome.purchase_id, outcome.replayed), (Some(direct.id), true));
    let [one, other] =
        [found(&shop, "2").await, found(&shop, "other name").await].map(|it| it.outcome.unwrap());
    assert_eq!((one.purchase_id, other.purchase_id), (Some(direct_again.record.id), one.purchase_id));
    assert_eq!((one.replayed, other.replayed), (false, true));
    assert_eq!(shop.points_of("maya@example.com").await, 1_500);
    assert_eq!(shop.count("inbox WHERE data IS NOT NULL").await, 0, "what was said of people is forgotten");
    shop.close().await;
}

#[tokio::test]
async fn source_and_id_name_an_event() {
    let shop = Shop::open().await;
    let first = received(&shop, order("1", 1_000, json!({}))).await;
    let again = receive(&shop.engine, &shop.cx, order("1", 1_000, json!({}))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.event.key, first.key);
    for other in
        [order("1", 999, json!({})), event("customer.registered", "1", purchase("1", 1_000, json!({})))]
    {
        let refused = receive(&shop.engine, &shop.cx, other).await;
        assert!(matches!(refused, Err(Error::Conflict { code: "event_conflict", .. })), "{refused:?}");
    }
    // The order of the fields is not what an event says.
    let turned: Vec<(String, Value)> =
        purchase("1", 1_000, json!({})).as_object().unwrap().clone().into_iter().rev().collect();
    let turned =
        turned.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect::<Vec<_>>().join(" , ");
    let text = format!(
        r#"{{"data":{{{turned}}},"specversion":"1.0","source":"{SOURCE}","id":"1","type":"order.completed"}}"#
    );
    let (attributes, payload) =
        serde_json::from_str::<JsonEvent<Box<RawValue>>>(&text).unwrap().check().unwrap();
    let turned = NewEvent::new(attributes, payload).unwrap();
    assert!(receive(&shop.engine, &shop.cx, turned).await.unwrap().replayed);
    work(&shop).await;
    let done = receive(&shop.engine, &shop.cx, order("1", 1_000, json!({}))).await.unwrap();
    assert_eq!((done.replayed, done.event.state), (true, EventState::Done));

    // Under the same name, another merchant has another event.
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    let there = shop.engine.event_get(&neighbour, SOURCE, "1").await;
    assert!(matches!(there, Err(Error::NotFound(What::Event))), "{there:?}");
    assert!(!receive(&shop.engine, &neighbour, order("1", 7, json!({}))).await.unwrap().replayed);
    shop.close().await;
}

#[tokio::test]
async fn events_of_one_batch_stand_for_themselves() {
    let shop = Shop::open().await;
    let events = vec![
        order("1", 100, json!({})),
        order("2", 100, json!({"currency": "EUR"})),
        order("1", 100, json!({})),
        order("1", 200, json!({})),
        order("3", 100, json!({})),
    ];
    let answers = shop.engine.events_receive(&shop.cx, events).await.unwrap();
    let told: Vec<_> = answers.iter().map(|it| it.as_ref().ok().map(|it| it.replayed)).collect();
    assert_eq!(told, [Some(false), Some(false), Some(true), None, Some(false)]);
    work(&shop).await;
    let page = PageRequest::new(Some(2), None).unwrap();
    let newest = shop.engine.event_list(&shop.cx, &EventFilter::default(), &page).await.unwrap();
    let names = |events: &[Event]| events.iter().map(|it| (it.id.clone(), it.state)).collect::<Vec<_>>();
    assert_eq!(
        names(&newest.data),
        [("3".to_owned(), EventState::Done), ("2".to_owned(), EventState::Refused)]
    );
    let page = PageRequest::new(Some(2), newest.next).unwrap();
    let rest = shop.engine.event_list(&shop.cx, &EventFilter::default(), &page).await.unwrap();
    assert_eq!((names(&rest.data), rest.next), (vec![("1".to_owned(), EventState::Done)], None));
    let refused = EventFilter { state: Some(EventState::Refused), ..EventFilter::default() };
    let refused = shop.engine.event_list(&shop.cx, &refused, &PageRequest::default()).await.unwrap();
    assert_eq!(names(&refused.data), [("2".to_owned(), EventState::Refused)]);
    shop.close().await;
}

#[tokio::test]
async fn what_is_refused_is_kept_with_its_problem_until_somebody_decides() {
    let shop = Shop::open().await;
    shop.bought(purchase("taken", 100, json!({}))).await;
    received(&shop, order("1", 100, json!({"retailer": "east"}))).await;
    received(&shop, event("order.completed", "2", json!({"transaction_id": "2", "amuont": 1}))).await;
    received(&shop, order("taken", 200, json!({}))).await;
    received(&shop, event("customer.registered", "4", json!({"email": "nobody"}))).await;
    work(&shop).await;
    let why = async |id: &str| {
        let problem = found(&shop, id).await.problem.unwrap();
        let errors: Vec<_> =
            problem.errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
        format!("{}: {}", problem.kind, errors.join(", "))
    };
    assert_eq!(why("1").await, "unknown_retailer: /data/retailer unknown_retailer");
    assert_eq!(why("2").await, "invalid: /data/amuont unknown_field");
    assert_eq!(why("taken").await, "transaction_conflict: /data/amount differs");
    assert_eq!(why("4").await, "invalid: /data/email malformed");
    let letters = async || {
        let letters =
            shop.engine.dead_letter_list(&shop.cx, None, &PageRequest::default()).await.unwrap().data;
        letters.into_iter().map(|letter| (letter.module, letter.error)).collect::<Vec<_>>()
    };
    let told = letters().await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|(module, _)| module == "inbox"));
    assert_eq!(shop.count("purchases").await, 1, "no refused event has left a trace");

    // The cause is mended, and the event tried again.
    let east = json!({"code": "east", "name": "East", "time_zone": "Europe/Berlin"});
    shop.engine.retailer_create(&shop.cx, serde_json::from_value(east).unwrap()).await.unwrap();
    let retried = shop.engine.event_retry(&shop.cx, SOURCE, "1").await.unwrap();
    assert_eq!((retried.state, retried.problem), (EventState::Received, None));
    assert_eq!(letters().await.len(), 3);
    work(&shop).await;
    assert_eq!(found(&shop, "1").await.state, EventState::Done);

    // Another one is thrown away, with what it said.
    let discarded = shop.engine.event_discard(&shop.cx, SOURCE, "2").await.unwrap();
    assert_eq!((discarded.state, discarded.excerpt), (EventState::Discarded, None));
    assert_eq!(letters().await.len(), 2);
    // A dead letter that is tried again elsewhere is the same event.
    let letter =
        shop.engine.dead_letter_list(&shop.cx, None, &PageRequest::default()).await.unwrap().data.remove(0);
    shop.engine.dead_letter_retry(&shop.cx, "inbox", letter.id).await.unwrap();
    work(&shop).await;
    assert_eq!(letters().await.len(), 2, "it was refused again");

    for (id, code) in [("1", "event_not_refused"), ("2", "event_not_refused")] {
        for settled in [
            shop.engine.event_retry(&shop.cx, SOURCE, id).await,
            shop.engine.event_discard(&shop.cx, SOURCE, id).await,
        ] {
            assert!(
                matches!(&settled, Err(Error::Conflict { code: told, .. }) if *told == code),
                "{settled:?}"
            );
        }
    }
    let nobody = shop.engine.event_retry(&shop.cx, SOURCE, "nobody's").await;
    assert!(matches!(nobody, Err(Error::NotFound(What::Event))), "{nobody:?}");
    shop.close().await;
}

#[tokio::test]
async fn events_may_come_in_any_order() {
    let shop = Shop::open().await;
    shop.set(json!({"unknown_customer": "reject"})).await;
    let back = json!({"transaction_id": "1", "retailer": "north", "return_id": "r", "amount": 400});
    received(&shop, event("order.returned", "return", back)).await;
    work(&shop).await;
    let waits = found(&shop, "return").await;
    assert_eq!(waits.state, EventState::Done);
    assert!(waits.outcome.unwrap().waiting_until.is_some());

    received(&shop, order("1", 1_000, json!({}))).await;
    received(&shop, order("2", 100, json!({"customer": {"email": "stranger@example.com"}}))).await;
    work(&shop).await;
    assert_eq!(found(&shop, "1").await.state, EventState::Received, "the registration may be on its way");
    received(&shop, event("customer.registered", "c", json!({"email": "maya@example.com"}))).await;
    work(&shop).await;
    // Five attempts are enough, but one that found the database busy is none.
    for _ in 0..50 {
        if shop.count("queue WHERE module = 'inbox'").await == 0 {
            break;
        }
        time_passes(&shop).await;
        work(&shop).await;
    }
    assert_eq!(found(&shop, "1").await.state, EventState::Done);
    let stranger = found(&shop, "2").await;
    assert_eq!(stranger.problem.map(|problem| problem.kind).as_deref(), Some("customer_not_found"));
    shop.engine.returns_meet().await.unwrap();
    assert_eq!(shop.points_of("maya@example.com").await, 600);
    shop.close().await;
}

/// What a server has done when it dies before it has noted it is done again, and changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leases_that_run_out_double_nothing() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let mut events: Vec<_> = (0..150).map(|number| order(&number.to_string(), 100, json!({}))).collect();
    for number in 0..30 {
        let back = json!({"transaction_id": number.to_string(), "retailer": "north", "return_id": "r"});
        events.push(event("order.returned", format!("r{number}"), back));
    }
    shop.engine.events_receive(&shop.cx, events).await.unwrap();
    let workers = [shop.engine.workers(), other.workers()];
    let drained = async {
        let mut rounds = 0;
        while shop.count("queue WHERE module = 'inbox'").await > 0 {
            // Not for ever: two servers that take everything from each other all the time would never be done.
            if rounds < 50 {
                time_passes(&shop).await;
            }
            rounds += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(STUCK, drained).await.unwrap();
    gone(&shop, "waiting_returns").await;
    for workers in workers {
        workers.stop().await;
    }
    assert_eq!(shop.count("inbox WHERE state = 'done'").await, 180);
    assert_eq!(shop.points_of("maya@example.com").await, 120 * 100);
    assert_eq!((shop.count("purchases").await, shop.count("returns").await), (150, 30));
    other.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn lateness_counts_from_the_durable_receipt() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let key = shop.key(&[Scope::EventsWrite], None).await;
    let late = json!({"occurred_at": "2026-11-15T10:00:00Z"});
    let too_late = json!({"occurred_at": "2026-11-13T10:00:00Z"});
    for event in [order("late", 100, late), order("too late", 100, too_late), order("now", 100, json!({}))] {
        receive(&shop.engine, &key, event).await.unwrap();
    }
    // The database was away, or the workers were: what was in time when it came still is.
    clock.advance(TimeDelta::days(3));
    work(&shop).await;
    assert_eq!(found(&shop, "late").await.state, EventState::Done);
    let problem = found(&shop, "too late").await.problem.unwrap();
    assert_eq!((&*problem.errors[0].pointer, &*problem.errors[0].code), ("/data/occurred_at", "too_late"));
    let id = found(&shop, "now").await.outcome.unwrap().purchase_id.unwrap();
    let now = shop.engine.purchase_get(&shop.cx, id).await.unwrap();
    assert_eq!(now.record.occurred_at, at("2026-11-21T10:00:00Z"));
    shop.close().await;
}

#[tokio::test]
async fn a_key_tells_only_of_its_own_retailer() {
    let shop = Shop::open().await;
    let till = shop.key(&[Scope::EventsWrite], Some("south")).await;
    let refused =
        shop.engine.events_receive(&*shop.key(&[Scope::PurchasesWrite], None).await, Vec::new()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    receive(&shop.engine, &till, order("theirs", 100, json!({}))).await.unwrap();
    receive(&shop.engine, &till, order("own", 100, json!({"retailer": null}))).await.unwrap();
    work(&shop).await;
    assert_eq!(found(&shop, "theirs").await.state, EventState::Refused);
    let own = found(&shop, "own").await.outcome.unwrap().purchase_id.unwrap();
    assert_eq!(shop.engine.purchase_get(&shop.cx, own).await.unwrap().retailer.code, "south");
    shop.close().await;
}

/// Seed 001's order: `customerId, merchantId, productId, amount` and an id.
#[tokio::test]
async fn the_order_of_a_shop_becomes_a_purchase() {
    let shop = Shop::open().await;
    let order = |id: &str, with: Value| {
        let mut data = json!({
            "id": id, "customerId": "4f981b0b-accf-4eb7-8018-7cd651c7e922", "merchantId": "corner",
            "productId": "espresso", "amount": 19.99, "retailerId": "north",
        });
        for (name, value) in with.as_object().unwrap() {
            data[name] = value.clone();
        }
        data.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        event("order.placed.v1", id, data)
    };
    received(&shop, order("1", json!({}))).await;
    received(&shop, order("2", json!({"amount": "5", "merchantId": shop.merchant}))).await;
    received(&shop, order("3", json!({"merchantId": "neighbour"}))).await;
    received(&shop, order("4", json!({"amount": 19.999}))).await;
    received(&shop, order("5", json!({"retailerId": null}))).await;
    received(&shop, order("6", json!({"currency": "EUR"}))).await;
    received(&shop, order("7", json!({"customerId": ""}))).await;
    work(&shop).await;
    let id = found(&shop, "1").await.outcome.unwrap().purchase_id.unwrap();
    let bought = shop.engine.purchase_get(&shop.cx, id).await.unwrap();
    assert_eq!((bought.record.transaction_id.as_str(), bought.record.amount.get()), ("1", 1_999));
    assert_eq!(bought.record.occurred_at, at("2026-11-21T09:59:00Z"));
    assert_eq!(bought.record.points_earned.get(), 1_999);
    assert_eq!(found(&shop, "2").await.state, EventState::Done);
    for (id, pointer, code) in [
        ("3", "/data/merchantId", "another_merchant"),
        ("4", "/data/amount", "malformed"),
        ("5", "/data/retailerId", "required"),
        ("6", "/data/currency", "currency_mismatch"),
        ("7", "/data/customerId", "required"),
    ] {
        let problem = found(&shop, id).await.problem.unwrap();
        let told = problem.errors.first().map(|error| (error.pointer.as_str(), error.code.as_str()));
        assert_eq!(told, Some((pointer, code)), "{problem:?}");
    }
    shop.close().await;
}

/// A sender that is faster than the program is told to come back, and nothing is lost that was acknowledged.
#[tokio::test]
async fn so_many_events_may_wait_and_no_more() {
    let shop = Shop::open().await;
    sqlx::query(
        "INSERT INTO inbox (merchant_id, source, id, key, type, received_at, sender, hash, data, changed_at)
         SELECT $1, '/s', n::text, gen_random_uuid(), 'order.completed', now(), '{\"by\": \"bus\"}', '', '{}', now()
         FROM generate_series(1, 100001) AS n",
    )
    .bind(shop.merchant.uuid())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let refused = receive(&shop.engine, &shop.cx, order("1", 100, json!({}))).await;
    assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
    let other = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    receive(&shop.engine, &other, order("1", 100, json!({}))).await.unwrap();
    sqlx::raw_sql("UPDATE inbox SET state = 'done', outcome = '{\"replayed\": false}' WHERE id = '7'")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    received(&shop, order("1", 100, json!({}))).await;
    shop.engine.shutdown().await;
}

/// An event that was acknowledged by one server is processed by another.
#[tokio::test]
async fn any_server_works_off_the_inbox() {
    let shop = Shop::open().await;
    let door = engine_on(&shop.db.url, shop.engine.clock().clone()).await;
    receive(&door, &shop.cx, order("1", 100, json!({}))).await.unwrap();
    door.shutdown().await;
    work(&shop).await;
    assert_eq!(found(&shop, "1").await.state, EventState::Done);
    shop.close().await;
}

/// A number that came without its country was read in the merchant's. What is told again after that has changed is the same.
#[tokio::test]
async fn an_order_with_a_local_number_is_the_same_whatever_the_country_has_become() {
    let shop = Shop::open().await;
    shop.set(json!({"default_country": "AT"})).await;
    let local = |cents: i64| purchase("1", cents, json!({"customer": {"phone": "0660 1234567"}}));
    received(&shop, event("order.completed", "in Austria", local(1_000))).await;
    work(&shop).await;
    let first = found(&shop, "in Austria").await.outcome.unwrap();
    for (name, country) in [("in Germany", json!("DE")), ("nowhere", Value::Null)] {
        shop.set(json!({"default_country": country})).await;
        received(&shop, event("order.completed", name, local(1_000))).await;
        let other = format!("{name}, for less");
        received(&shop, event("order.completed", other.as_str(), local(999))).await;
        work(&shop).await;
        let again = found(&shop, name).await;
        assert_eq!(again.state, EventState::Done, "{:?}", again.problem);
        let again = again.outcome.unwrap();
        assert_eq!((again.purchase_id, again.replayed), (first.purchase_id, true), "{name}");
        let problem = found(&shop, &other).await.problem.unwrap();
        assert_eq!(problem.kind, "transaction_conflict", "{name}");
        assert!(problem.errors.iter().all(|error| error.pointer != "/data/customer"), "{name}: {problem:?}");
    }
    assert_eq!((shop.count("purchases").await, shop.count("customers").await), (1, 1));
    shop.close().await;
}
