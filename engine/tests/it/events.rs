//! Events: written with their effects, once, in the customer's own order, and told to nobody else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_engine::bus::{Bus, BusError, Published};
use perennial_engine::live::LiveEvent;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Clock, Cx, Engine, EngineConfig, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::intake_support::{Shop, buy, patiently, purchase};
use crate::tiers::{give_back, settle};

/// What is stored of a customer: kind and counter, in the customer's order.
async fn events(shop: &Shop, customer: CustomerId) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT kind, sequence FROM events WHERE customer_id = $1 ORDER BY sequence, kind")
        .bind(customer.uuid())
        .fetch_all(&shop.db.pool)
        .await
        .unwrap()
}

/// Maya, who has bought for `cents`.
async fn maya(shop: &Shop, cents: i64) -> CustomerId {
    shop.bought(purchase("first", cents, json!({}))).await.customer_id.unwrap()
}

pub async fn adjust(shop: &Shop, customer: CustomerId, points: i64) {
    let input = serde_json::from_value(json!({"points": points, "reason": "goodwill"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, customer, input).await.unwrap();
}

pub async fn reward(shop: &Shop, kind: &str) -> RewardId {
    let mut terms = json!({"name": "Mug", "kind": kind, "points_cost": 10});
    if kind == "money_off" {
        terms["value"] = 500.into();
    }
    shop.engine.reward_create(&shop.cx, serde_json::from_value(terms).unwrap()).await.unwrap().id
}

/// No customer has two events of one kind with one counter, and none is above the counter of the balance.
pub async fn assert_in_order(shop: &Shop) {
    let twice = "(SELECT FROM events WHERE customer_id IS NOT NULL
                  GROUP BY merchant_id, customer_id, sequence, kind HAVING count(*) > 1) AS twice";
    assert_eq!(shop.count(twice).await, 0);
    let above =
        "events AS e JOIN balances AS b USING (merchant_id, customer_id) WHERE e.sequence > b.sequence";
    assert_eq!(shop.count(above).await, 0);
}

/// Many at once, on two servers: postings and events without one take each counter once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counters_are_taken_under_the_lock_of_the_balance() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let customer = maya(&shop, 1_000).await;
    let mug = reward(&shop, "external").await;
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let cx = shop.cx.clone();
        tasks.spawn(async move {
            let new = NewRedemption { reward: mug, points: None, hold_seconds: None };
            let redeemed = patiently!(engine.redeem(&cx, &CustomerRef::Id(customer), new)).unwrap();
            let shipped = serde_json::from_value(json!("shipped")).unwrap();
            patiently!(engine.redemption_advance(&cx, redeemed.redemption.id, shipped)).unwrap();
            buy(&engine, &cx, purchase(format!("{number}"), 7, json!({}))).await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let told = "events WHERE kind IN ('reward.redeemed', 'redemption.changed')";
    assert_eq!(shop.count(told).await, 40);
    assert_eq!(shop.count("(SELECT DISTINCT sequence FROM events WHERE sequence > 0) AS counters").await, 40);
    assert_in_order(&shop).await;
    other.shutdown().await;
    shop.close().await;
}

/// Whichever way somebody comes in, and however many at once: one event, one letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_customer_is_welcomed_once() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let mut tasks = JoinSet::new();
    for number in 0..8 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let cx = shop.cx.clone();
        tasks.spawn(async move {
            let new = || serde_json::from_value(json!({"email": "maya@example.com"})).unwrap();
            patiently!(engine.customer_create(&cx, new())).unwrap();
            buy(&engine, &cx, purchase(format!("{number}"), 10, json!({}))).await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    // The message comes again, and again, to two servers.
    let again = "INSERT INTO queue (module, merchant_id, payload)
                 SELECT module, merchant_id, payload FROM queue, generate_series(1, 5)";
    sqlx::raw_sql(again).execute(&shop.db.pool).await.unwrap();
    let workers = other.workers();
    settle(&shop).await;
    workers.stop().await;
    assert_eq!(shop.count("events WHERE kind = 'customer.created' AND sequence = 0").await, 1);
    assert_eq!(shop.count("mail WHERE subject = 'Welcome to Corner Shop'").await, 1);
    other.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn who_was_imported_is_told_of_but_not_written_to() {
    let shop = Shop::open().await;
    let rows = ["ada", "luis"].map(|name| json!({"email": format!("{name}@example.com")}));
    let rows = rows.into_iter().map(|row| serde_json::from_value(row).unwrap()).collect();
    shop.engine.customer_upsert(&shop.cx, rows).await.unwrap();
    settle(&shop).await;
    assert_eq!(shop.count("events WHERE data = '{\"came_by\": \"import\"}'").await, 2);
    assert_eq!(shop.count("mail").await, 0);
    shop.close().await;
}

/// Takes everything.
pub struct Radio;

#[async_trait]
impl Bus for Radio {
    async fn publish(&self, events: &[Published]) -> Vec<Result<(), BusError>> {
        events.iter().map(|_| Ok(())).collect()
    }
}

async fn engine_with_bus(shop: &Shop) -> Engine {
    let bus: Arc<dyn Bus> = Arc::new(Radio);
    let config = EngineConfig { connections: 4, lanes: 1, bus: Some(bus), ..EngineConfig::new(&shop.db.url) };
    Engine::connect_at(config, Clock::system()).await.unwrap()
}

/// Where a bus listens a purchase is announced from its stored row, once however often the message comes.
#[tokio::test]
async fn purchases_are_announced_where_somebody_listens() {
    let shop = Shop::open().await;
    let heard = engine_with_bus(&shop).await;
    let bought = buy(&heard, &shop.cx, purchase("1", 100, json!({}))).await.unwrap();
    buy(&heard, &shop.cx, purchase("2", 50, json!({"customer": null}))).await.unwrap();
    let off = reward(&shop, "money_off").await;
    let new = NewRedemption { reward: off, points: None, hold_seconds: None };
    let who = CustomerRef::Id(purchase_customer(&shop, "1").await);
    let voucher = shop.engine.redeem(&shop.cx, &who, new).await.unwrap().redemption.voucher.unwrap();
    let with = json!({"vouchers": [voucher.code.unwrap()]});
    buy(&heard, &shop.cx, purchase("3", 700, with)).await.unwrap();
    let again = "INSERT INTO queue (module, merchant_id, payload)
                 SELECT module, merchant_id, payload FROM queue WHERE module = 'announcements'";
    sqlx::raw_sql(again).execute(&shop.db.pool).await.unwrap();
    let workers = heard.workers();
    while !heard.queues_are_drained().await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
    assert_eq!(shop.count("events WHERE kind = 'points.credited'").await, 2);
    let used = "events AS e JOIN purchases AS p ON p.id::text = e.data ->> 'purchase_id'
                WHERE e.kind = 'voucher.used' AND p.transaction_id = '3'";
    assert_eq!(shop.count(used).await, 1);
    assert_eq!(shop.count("events WHERE kind = 'purchase.unclaimed' AND customer_id IS NULL").await, 1);
    let first: Value = sqlx::query_scalar("SELECT data FROM events WHERE data ->> 'transaction_id' = '1'")
        .fetch_one(&shop.db.pool)
        .await
        .unwrap();
    assert_eq!(
        (&first["points"], &first["amount"], &first["pending"]),
        (&json!(100), &json!(100), &json!(0))
    );
    let customer = purchase_customer(&shop, "1").await;
    assert!(events(&shop, customer).await.contains(&("points.credited".to_owned(), 1)));
    drop(bought);
    heard.shutdown().await;
    shop.close().await;
}

/// A voucher that came back with the purchase that it paid is used once more, and that is told like the first time.
#[tokio::test]
async fn a_voucher_that_is_used_again_is_told_of_again() {
    let shop = Shop::open().await;
    let heard = engine_with_bus(&shop).await;
    buy(&heard, &shop.cx, purchase("1", 100, json!({}))).await.unwrap();
    let off = reward(&shop, "money_off").await;
    let new = NewRedemption { reward: off, points: None, hold_seconds: None };
    let who = CustomerRef::Id(purchase_customer(&shop, "1").await);
    let voucher = shop.engine.redeem(&shop.cx, &who, new).await.unwrap().redemption.voucher.unwrap();
    let with = json!({"vouchers": [voucher.code.unwrap()]});
    let first = buy(&heard, &shop.cx, purchase("2", 700, with.clone())).await.unwrap().record.id;
    worked_off(&heard).await;
    give_back(&shop, first, "r", json!({})).await;
    buy(&heard, &shop.cx, purchase("3", 700, with)).await.unwrap();
    let again = "INSERT INTO queue (module, merchant_id, payload)
                 SELECT module, merchant_id, payload FROM queue WHERE module = 'announcements'";
    sqlx::raw_sql(again).execute(&shop.db.pool).await.unwrap();
    worked_off(&heard).await;
    let used: Vec<String> = sqlx::query_scalar(
        "SELECT p.transaction_id FROM events AS e JOIN purchases AS p ON p.id::text = e.data ->> 'purchase_id'
         WHERE e.kind = 'voucher.used' ORDER BY e.sequence",
    )
    .fetch_all(&shop.db.pool)
    .await
    .unwrap();
    assert_eq!(used, ["2", "3"]);
    heard.shutdown().await;
    shop.close().await;
}

/// Lets the workers of an engine run until nothing is left to do.
async fn worked_off(engine: &Engine) {
    let workers = engine.workers();
    while !engine.queues_are_drained().await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
}

async fn purchase_customer(shop: &Shop, transaction: &str) -> CustomerId {
    let sql = "SELECT customer_id FROM purchases WHERE transaction_id = $1";
    let id = sqlx::query_scalar(sql).bind(transaction).fetch_one(&shop.db.pool).await.unwrap();
    CustomerId::from_uuid(id)
}

/// Nobody listens: a purchase of somebody known leaves nothing for this module to do.
#[tokio::test]
async fn a_purchase_costs_nothing_where_nobody_listens() {
    let shop = Shop::open().await;
    maya(&shop, 10).await;
    settle(&shop).await;
    shop.bought(purchase("2", 10, json!({}))).await;
    assert_eq!(shop.count("queue").await, 0);
    shop.close().await;
}

async fn listed(shop: &Shop, cx: &Cx, limit: u32) -> Vec<(String, bool)> {
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest::new(Some(limit), after).unwrap();
        let page = shop.engine.notification_list(cx, &page).await.unwrap();
        texts.extend(page.data.into_iter().map(|told| (told.text, told.unread)));
        after = page.next;
        if after.is_none() {
            return texts;
        }
    }
}

#[tokio::test]
async fn the_list_tells_the_newest_first_and_remembers_how_far_it_was_read() {
    let shop = Shop::open().await;
    let customer = maya(&shop, 1_000).await;
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    settle(&shop).await;
    adjust(&shop, customer, 1_500).await;
    adjust(&shop, customer, -20).await;
    let told = |unread: [bool; 3]| {
        let texts = [
            "20 points were taken from your account",
            "You were given 1,500 points",
            "Welcome to Corner Shop",
        ];
        texts.map(str::to_owned).into_iter().zip(unread).collect::<Vec<_>>()
    };
    assert_eq!(listed(&shop, &cx, 2).await, told([true, true, true]));
    assert_eq!(shop.engine.notifications_unread(&cx).await.unwrap(), 3);
    let page = shop.engine.notification_list(&cx, &PageRequest::default()).await.unwrap();
    shop.engine.notifications_read(&cx, page.data[1].sequence).await.unwrap();
    assert_eq!(listed(&shop, &cx, 50).await, told([true, false, false]));
    assert_eq!(shop.engine.notifications_unread(&cx).await.unwrap(), 1);
    // What has not happened cannot be read, and what was read stays read.
    shop.engine.notifications_read(&cx, i64::MAX).await.unwrap();
    shop.engine.notifications_read(&cx, 0).await.unwrap();
    assert_eq!(shop.engine.notifications_unread(&cx).await.unwrap(), 0);
    adjust(&shop, customer, 1).await;
    assert_eq!(shop.engine.notifications_unread(&cx).await.unwrap(), 1);

    // Somebody else's list is somebody else's.
    let other = shop.bought(purchase("2", 10, json!({"customer": {"email": "luis@example.com"}}))).await;
    let other = shop.engine.customer_cx(shop.merchant, other.customer_id.unwrap()).await.unwrap();
    assert_eq!(listed(&shop, &other, 50).await, []);
    assert!(shop.engine.notification_list(&shop.cx, &PageRequest::default()).await.is_err());
    shop.close().await;
}

/// G29: a customer listens on one server, loses the connection, and comes back on another; nothing is missed, nothing
/// is heard twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g29_a_stream_goes_on_at_another_server_without_a_gap() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let customer = maya(&shop, 100).await;
    settle(&shop).await;
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let workers = [shop.engine.workers(), other.workers()];
    let mut here = Box::pin(shop.engine.live(&cx, None).unwrap());
    let first = next(&mut here).await;
    assert_eq!((first.points, first.unread), (100, 1));

    // Heard here, posted there.
    buy(&other, &shop.cx, purchase("there", 5, json!({}))).await.unwrap();
    let second = next(&mut here).await;
    assert_eq!((second.points, second.change, second.told), (105, 5, Vec::new()));
    drop(here);

    // What happens while nobody listens is there when the browser comes back, wherever that is.
    adjust(&shop, customer, 30).await;
    buy(&shop.engine, &shop.cx, purchase("missed", 7, json!({}))).await.unwrap();
    let mut there = Box::pin(other.live(&cx, Some(second.id)).unwrap());
    let third = next(&mut there).await;
    assert_eq!((third.points, third.change, third.unread), (142, 37, 2));
    assert_eq!(third.told, ["You were given 30 points"]);
    let input = serde_json::from_value(json!({"points": -2, "reason": "typo"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, customer, input).await.unwrap();
    let fourth = next(&mut there).await;
    assert_eq!(fourth.change, -2);
    assert_eq!(fourth.told, ["2 points were taken from your account"]);
    drop(there);
    // Who has seen everything hears nothing again.
    let mut again = Box::pin(shop.engine.live(&cx, Some(fourth.id)).unwrap());
    assert!(timeout(Duration::from_millis(300), again.next()).await.is_err());
    drop(again);
    for workers in workers {
        workers.stop().await;
    }
    other.shutdown().await;
    shop.close().await;
}

/// G29: all that was told while nobody listened is there when the browser comes back, in its order; of very much the newest, and
/// how much more there is.
#[tokio::test]
async fn g29_what_was_told_in_an_absence_is_told_in_its_order() {
    let shop = Shop::open().await;
    let customer = maya(&shop, 100).await;
    settle(&shop).await;
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let back = async |seen: Option<i64>| {
        let mut page = Box::pin(shop.engine.live(&cx, seen).unwrap());
        next(&mut page).await
    };
    let given = |points: i64| format!("You were given {points} points");
    let seen = back(None).await;
    assert_eq!((seen.told, seen.told_more), (Vec::new(), 0), "what was before the page was opened");
    for points in [3, 4, 5] {
        adjust(&shop, customer, points).await;
    }
    let missed = back(Some(seen.id)).await;
    assert_eq!((missed.told, missed.told_more), ([3, 4, 5].map(given).to_vec(), 0));
    for points in 11..=22 {
        adjust(&shop, customer, points).await;
    }
    let missed = back(Some(missed.id)).await;
    assert_eq!((missed.told, missed.told_more), ((13..=22).map(given).collect(), 2));
    shop.close().await;
}

/// Cashback is heard of on the open page, and is no notification besides: it is in the wallet.
#[tokio::test]
async fn g29_cashback_is_heard_of_on_the_open_page() {
    let shop = Shop::open().await;
    let offer = json!({"name": "Ten", "percentage": "0.1"});
    shop.engine.cashback_offer_create(&shop.cx, serde_json::from_value(offer).unwrap()).await.unwrap();
    let customer = maya(&shop, 100).await;
    settle(&shop).await;
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let mut page = Box::pin(shop.engine.live(&cx, None).unwrap());
    let first = next(&mut page).await;
    assert_eq!((first.cashback.as_str(), first.unread), ("USD 10", 1));
    drop(page);
    shop.bought(purchase("2", 4_200, json!({}))).await;
    settle(&shop).await;
    let mut page = Box::pin(shop.engine.live(&cx, Some(first.id)).unwrap());
    let heard = next(&mut page).await;
    assert_eq!((heard.cashback.as_str(), heard.unread), ("USD 430", 1));
    assert_eq!(heard.told, ["$4.20 of cashback for your purchase"]);
    assert_eq!(listed(&shop, &cx, 50).await.len(), 1, "the welcome");
    drop(page);
    shop.close().await;
}

/// Whoever signs in for the first time has the page open before the welcome is written, which moves no counter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_welcome_is_heard_on_a_page_that_was_open_before() {
    let shop = Shop::open().await;
    let new = serde_json::from_value(json!({"email": "new@example.com"})).unwrap();
    let customer = shop.engine.customer_create(&shop.cx, new).await.unwrap().customer.id;
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let mut page = Box::pin(shop.engine.live(&cx, None).unwrap());
    assert_eq!(next(&mut page).await.unread, 0);
    let workers = shop.engine.workers();
    let heard = next(&mut page).await;
    assert_eq!((heard.id, heard.unread, heard.told), (0, 1, vec!["Welcome to Corner Shop".to_owned()]));
    assert!(timeout(Duration::from_millis(300), page.next()).await.is_err(), "once");
    buy(&shop.engine, &shop.cx, purchase("1", 5, json!({"customer": {"email": "new@example.com"}})))
        .await
        .unwrap();
    let heard = next(&mut page).await;
    assert_eq!((heard.points, heard.unread, heard.told), (5, 1, Vec::new()));
    drop(page);
    workers.stop().await;
    shop.close().await;
}

async fn next<S>(events: &mut S) -> LiveEvent
where
    S: futures::Stream<Item = Result<LiveEvent, perennial_engine::Error>> + Unpin,
{
    timeout(Duration::from_secs(60), events.next()).await.expect("nothing came").unwrap().unwrap()
}
