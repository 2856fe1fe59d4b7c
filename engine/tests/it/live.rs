//! The stream behind an open page: at once, soon, without a gap, and nobody else's.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use perennial_domain::access::{Action, Scope};
use perennial_domain::ids::CustomerId;
use perennial_engine::live::LiveEvent;
use perennial_engine::{Cx, Engine, Error};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::intake_support::{Shop, buy, purchase};
use crate::tiers::settle;

type Events = Pin<Box<dyn Stream<Item = Result<LiveEvent, Error>> + Send>>;

/// Shorter than the 15 seconds after which a stream looks by itself, so that whatever arrives came through a notification.
const SOON: Duration = Duration::from_secs(12);
/// Whatever arrives, however it came.
const STUCK: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_millis(600);

fn watch(engine: &Engine, cx: &Cx, last_seen: Option<i64>) -> Events {
    Box::pin(engine.live(cx, last_seen).unwrap())
}

/// An event of somebody without a wallet.
fn event(id: i64, points: i64, change: i64) -> LiveEvent {
    let (cashback, tier, told) = (String::new(), String::new(), Vec::new());
    LiveEvent { id, points, pending: 0, change, cashback, tier, unread: 0, told, told_more: 0 }
}

/// The next event, without what is told: that has tests of its own.
async fn next(events: &mut Events) -> LiveEvent {
    let event = timeout(SOON, events.next()).await.expect("nothing came in time").unwrap().unwrap();
    LiveEvent { unread: 0, told: Vec::new(), ..event }
}

async fn is_quiet(events: &mut Events) -> bool {
    timeout(QUIET, events.next()).await.is_err()
}

/// A shop where somebody named has bought for 100, with the context of that customer.
async fn shop_with(email: &str) -> (Shop, Cx) {
    let shop = Shop::open().await;
    let cx = customer(&shop, email).await;
    (shop, cx)
}

/// Somebody who was welcomed: that comes moments after the first purchase, and is an event of its own on an open page.
async fn customer(shop: &Shop, email: &str) -> Cx {
    let first =
        shop.bought(purchase(format!("first-{email}"), 100, json!({"customer": {"email": email}}))).await;
    settle(shop).await;
    shop.engine.customer_cx(shop.merchant, first.customer_id.unwrap()).await.unwrap()
}

/// Waits until an engine listens: what is said before that goes unheard, and is read when the stream begins.
async fn listening(shop: &Shop, engines: i64) {
    for _ in 0..3_000 {
        // One that is still at it hears nothing yet.
        let listeners = "pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'
                         AND state = 'idle'";
        if shop.count(listeners).await >= engines {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the engines do not listen");
}

#[tokio::test]
async fn the_first_event_comes_at_once_and_later_ones_when_something_was_bought() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let workers = shop.engine.workers();
    listening(&shop, 1).await;
    let mut events = watch(&shop.engine, &maya, None);
    assert_eq!(next(&mut events).await, event(1, 100, 0));
    assert!(is_quiet(&mut events).await);
    shop.bought(purchase("2", 42, json!({}))).await;
    assert_eq!(next(&mut events).await, event(2, 142, 42));
    // What earns nothing moves nothing.
    shop.bought(purchase("3", 0, json!({}))).await;
    assert!(is_quiet(&mut events).await);
    workers.stop().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_purchase_on_another_server_is_heard() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let other = shop.another_engine().await;
    let workers = other.workers();
    listening(&shop, 2).await;
    let mut events = watch(&shop.engine, &maya, None);
    next(&mut events).await;
    for round in 1..=5 {
        buy(&other, &shop.cx, purchase(format!("there-{round}"), 10, json!({}))).await.unwrap();
        let event = next(&mut events).await;
        assert_eq!((event.points, event.change), (100 + 10 * round, 10));
    }
    workers.stop().await;
    other.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn a_browser_that_comes_back_misses_nothing() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let workers = shop.engine.workers();
    listening(&shop, 1).await;
    let mut events = watch(&shop.engine, &maya, None);
    let seen = next(&mut events).await;
    drop(events);
    shop.bought(purchase("2", 20, json!({}))).await;
    shop.bought(purchase("3", 3, json!({}))).await;

    let mut events = watch(&shop.engine, &maya, Some(seen.id));
    assert_eq!(next(&mut events).await, event(3, 123, 23));
    drop(events);

    // Nothing happened meanwhile: nothing is said until something does.
    let mut events = watch(&shop.engine, &maya, Some(3));
    assert!(is_quiet(&mut events).await);
    shop.bought(purchase("4", 4, json!({}))).await;
    assert_eq!(next(&mut events).await, event(4, 127, 4));
    drop(events);

    // A number that is not from here: the balance of now, and no invented change.
    let mut events = watch(&shop.engine, &maya, Some(900));
    assert_eq!(next(&mut events).await, event(4, 127, 0));
    shop.bought(purchase("5", 5, json!({}))).await;
    assert_eq!(next(&mut events).await, event(5, 132, 5));
    workers.stop().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_the_changes_add_up_to_the_balance() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let workers = shop.engine.workers();
    listening(&shop, 1).await;
    let mut events = watch(&shop.engine, &maya, None);
    let first = next(&mut events).await;
    let mut tills = JoinSet::new();
    for till in 0..10 {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        tills.spawn(async move {
            for number in 0..20 {
                buy(&engine, &cx, purchase(format!("{till}-{number}"), 1 + till, json!({}))).await.unwrap();
            }
        });
    }
    let bought: i64 = (0..10).map(|till| 20 * (1 + till)).sum();
    let (mut points, mut last) = (first.points, first);
    while last.id < 201 {
        // The browser loses its connection again and again.
        if last.id % 3 == 0 {
            events = watch(&shop.engine, &maya, Some(last.id));
        }
        let event = timeout(STUCK, events.next()).await.unwrap().unwrap().unwrap();
        assert!(event.id > last.id, "{event:?} after {last:?}");
        points += event.change;
        assert_eq!(event.points, points, "every event leads from the balance before it to its own");
        last = event;
    }
    assert_eq!(points, 100 + bought);
    tills.join_all().await;
    workers.stop().await;
    shop.close().await;
}

#[tokio::test]
async fn nobody_hears_of_anybody_else() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let luis = customer(&shop, "luis@example.com").await;
    let workers = shop.engine.workers();
    listening(&shop, 1).await;
    let (mut mayas, mut luises) = (watch(&shop.engine, &maya, None), watch(&shop.engine, &luis, None));
    next(&mut mayas).await;
    next(&mut luises).await;
    shop.bought(purchase("2", 7, json!({"customer": {"email": "luis@example.com"}}))).await;
    assert_eq!(next(&mut luises).await.points, 107);
    assert!(is_quiet(&mut mayas).await);

    // The same customer id at another merchant is nobody.
    let neighbour = crate::intake_support::merchant(&shop.engine, "neighbour", "USD").await;
    let id: CustomerId = maya.customer().unwrap();
    assert!(matches!(shop.engine.customer_cx(neighbour, id).await, Err(Error::Unauthenticated)));
    // A stream is a customer's own: programs and people of the merchant have other ways to look.
    let key = shop.key(&[Scope::CustomersRead], None).await;
    for cx in [&shop.cx, &*key] {
        let refused = shop.engine.live(cx, None).err();
        assert!(matches!(refused, Some(Error::Forbidden(Action::CustomersRead))), "{refused:?}");
    }
    workers.stop().await;
    shop.close().await;
}

#[tokio::test]
async fn a_closed_stream_leaves_nothing_behind() {
    let (shop, maya) = shop_with("maya@example.com").await;
    assert_eq!(shop.engine.live_streams(), 0);
    let mut open: Vec<Events> = (0..20).map(|_| watch(&shop.engine, &maya, None)).collect();
    for events in &mut open {
        next(events).await;
    }
    assert_eq!(shop.engine.live_streams(), 20);
    open.truncate(3);
    assert_eq!(shop.engine.live_streams(), 3);
    drop(open);
    assert_eq!(shop.engine.live_streams(), 0);
    shop.close().await;
}

/// The database drops the listener's connection: it listens again, and what was said meanwhile is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lost_listener_listens_again() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let workers = shop.engine.workers();
    listening(&shop, 1).await;
    let mut events = watch(&shop.engine, &maya, None);
    next(&mut events).await;
    let killed = "(SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND query ILIKE 'LISTEN%') AS killed";
    assert_eq!(shop.count(killed).await, 1);
    shop.bought(purchase("2", 5, json!({}))).await;
    let event = timeout(STUCK, events.next()).await.expect("heard again").unwrap().unwrap();
    assert_eq!(event.points, 105);
    listening(&shop, 1).await;
    shop.bought(purchase("3", 5, json!({}))).await;
    assert_eq!(next(&mut events).await.points, 110);
    workers.stop().await;
    shop.close().await;
}

/// A tier is reached a moment after the purchase that led there: it is an event of its own.
#[tokio::test]
async fn a_new_tier_is_an_event_of_its_own() {
    let (shop, maya) = shop_with("maya@example.com").await;
    let workers = shop.engine.workers();
    listening(&shop, 1).await;
    let mut events = watch(&shop.engine, &maya, None);
    assert_eq!(next(&mut events).await, event(1, 100, 0));
    let silver = serde_json::from_value(json!({"name": "Silver", "threshold": 50})).unwrap();
    shop.engine.tier_create(&shop.cx, silver, false).await.unwrap();
    assert_eq!(next(&mut events).await, LiveEvent { tier: "Silver".to_owned(), ..event(2, 100, 0) });
    assert!(is_quiet(&mut events).await);
    // Who comes again and has seen that is told nothing twice.
    let mut again = watch(&shop.engine, &maya, Some(2));
    assert!(is_quiet(&mut again).await);
    drop((events, again));
    workers.stop().await;
    shop.close().await;
}
