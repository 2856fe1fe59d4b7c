//! In order, once, and what an event looks like.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use perennial_engine::webhooks::Post;
use serde_json::{Value, json};

use super::{Shop, counters, customer, sequences};
use crate::intake_support::{buy, purchase};
use crate::support::retailer;

#[tokio::test]
async fn an_event_is_sent_once_to_each_endpoint_that_hears_it() {
    let shop = Shop::open().await;
    let (all, _deaf) = (shop.endpoint().await, shop.hears(&["tier.changed"]).await);
    let event = shop.event(customer(1), 3).await;
    // A message may come again, here and on another server.
    shop.message(&[event]).await;
    let posts = shop.round().await;
    assert_eq!(posts.len(), 1);
    assert_eq!((posts[0].url.as_str(), posts[0].id.as_str()), (all.url.as_str(), event.to_string().as_str()));
    assert_eq!(
        serde_json::from_str::<Value>(&posts[0].body).unwrap(),
        json!({
            "type": "points.adjusted",
            "timestamp": "2026-11-21T11:59:58.250000Z",
            "data": {"points": 5, "customer_id": customer(1), "sequence": 3},
        }),
    );
    assert_eq!(shop.after(TimeDelta::days(1)).await, []);
}

#[tokio::test]
async fn what_happened_before_an_endpoint_listens_is_not_for_it() {
    let shop = Shop::open().await;
    let before = shop.event_alone(customer(1), 1, "points.adjusted").await;
    shop.endpoint().await;
    shop.message(&[before]).await;
    shop.event(customer(1), 2).await;
    assert_eq!(sequences(&shop.round().await), [2]);
}

#[tokio::test]
async fn messages_that_come_in_another_order_are_sent_in_the_order_of_the_customer() {
    let shop = Shop::open().await;
    shop.endpoint().await;
    let mut events = Vec::new();
    for sequence in 1..=4 {
        events.push(shop.event_alone(customer(1), sequence, "points.adjusted").await);
    }
    // Another worker is about to bring the first three.
    shop.message(&events[3..]).await;
    assert_eq!(sequences(&shop.round().await), [1, 2, 3, 4]);
    shop.message(&events[..3]).await;
    assert_eq!(shop.round().await, []);
}

/// Of purchases one is told moments later, by a worker that may be behind, or away; what is told at once comes after them.
#[tokio::test]
async fn what_is_told_at_once_does_not_overtake_purchases_that_wait_to_be_told() {
    let shop = Shop::open().await;
    retailer(&shop.engine, &shop.cx, "north").await;
    let base = serde_json::from_value(json!({"name": "Base", "award_rate": "10"})).unwrap();
    let base = shop.engine.promotion_create(&shop.cx, base).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, base.id, None).await.unwrap();
    let before = buy(&shop.engine, &shop.cx, purchase("0", 1_000, json!({}))).await.unwrap();
    shop.engine.clock().advance(TimeDelta::seconds(1));
    shop.endpoint().await;
    // Its clock is that of the database, not of this test.
    sqlx::query("UPDATE webhook_endpoints SET listens_since = '2026-11-21T12:00:01Z'")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    for number in ["1", "2"] {
        buy(&shop.engine, &shop.cx, purchase(number, 1_000, json!({}))).await.unwrap();
    }
    let maya = before.record.customer_id.unwrap();
    let sorry = serde_json::from_value(json!({"points": 5, "reason": "Sorry for the wait"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, maya, sorry).await.unwrap();

    let posts = shop.round().await;
    // The first was before anybody listened.
    assert_eq!(sequences(&posts), [2, 3, 4]);
    let kind = |post: &Post| serde_json::from_str::<Value>(&post.body).unwrap()["type"].clone();
    let kinds: Vec<Value> = posts.iter().map(kind).collect();
    assert_eq!(kinds, ["points.credited", "points.credited", "points.adjusted"]);
    // When the worker comes by, nothing is left to be told of them.
    let workers = shop.engine.workers();
    let waits = "SELECT count(*) FROM queue WHERE module IN ('announcements', 'webhooks')";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&shop.db.pool).await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
    shop.round().await;
    let deliveries = "SELECT count(*) FROM webhook_deliveries WHERE kind = 'points.credited'";
    assert_eq!(sqlx::query_scalar::<_, i64>(deliveries).fetch_one(&shop.db.pool).await.unwrap(), 2);
}

#[tokio::test]
async fn two_servers_make_and_send_everything_once() {
    let shop = Shop::open().await;
    shop.endpoint().await;
    for sequence in 1..=10 {
        for number in 1..=3 {
            shop.event(customer(number), sequence).await;
        }
    }
    let (one, other) = tokio::join!(shop.engine.webhooks_round(), shop.engine.webhooks_round());
    // One of them may have found the lane taken; whatever it was, a third finds nothing.
    assert!(one.is_ok() && other.is_ok());
    shop.engine.webhooks_round().await.unwrap();
    in_order(&counters(&shop.receiver.taken()), 3, 10);
}

#[tokio::test]
async fn a_slow_receiver_gets_eight_requests_at_once_and_each_customer_in_order() {
    let shop = Shop::open().await;
    shop.endpoint().await;
    // With ids that end with the number: each customer is in another shard.
    for sequence in 1..=4 {
        for number in 1..=8 {
            shop.event(customer(number), sequence).await;
        }
    }
    shop.receiver.answers_together(8);
    // Whoever sends one after the other waits for ever; the time is only for that.
    tokio::time::timeout(Duration::from_secs(60), shop.engine.webhooks_round())
        .await
        .expect("eight requests at once")
        .unwrap();
    in_order(&counters(&shop.receiver.taken()), 8, 4);
}

#[tokio::test]
async fn one_request_at_a_time_asks_whether_an_endpoint_is_back() {
    let shop = Shop::open().await;
    shop.endpoint().await;
    shop.receiver.is_away();
    for sequence in 1..=2 {
        for number in 1..=8 {
            shop.event(customer(number), sequence).await;
        }
    }
    assert!(shop.round().await.len() >= 3, "so many make it seem to be away");
    // Longer than any pause: each hour it is asked once, for all its lanes, and by another one.
    let mut asked = Vec::new();
    for _hour in 0..4 {
        asked.extend(counters(&shop.after(TimeDelta::hours(2)).await));
    }
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().any(|(customer, _)| *customer != asked[0].0), "{asked:?}");
    shop.receiver.says(204);
    in_order(&counters(&shop.after(TimeDelta::hours(2)).await), 8, 2);
}

/// G28: a receiver is down for six hours; what it missed arrives in order, once.
#[tokio::test]
async fn g28_a_receiver_that_was_down_for_six_hours_gets_everything_in_order() {
    let shop = Shop::open().await;
    shop.endpoint().await;
    shop.receiver.is_away();
    let mut attempts = 0;
    for minute in 0..360 {
        if minute % 18 == 0 {
            for number in 1..=3 {
                shop.event(customer(number), 1 + minute / 18).await;
            }
        }
        attempts += shop.after(TimeDelta::minutes(1)).await.len();
    }
    // It was asked now and then, not with every event and every minute.
    assert!((30..=120).contains(&attempts), "{attempts}");
    shop.receiver.says(204);
    let posts = shop.after(TimeDelta::minutes(40)).await;
    in_order(&counters(&posts), 3, 20);
    assert_eq!(shop.after(TimeDelta::days(4)).await, []);
}

/// Everything of so many customers was sent once, each customer's events in order.
fn in_order(sent: &[(String, i64)], customers: usize, events: i64) {
    let mut by_customer: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (customer, sequence) in sent {
        by_customer.entry(customer).or_default().push(*sequence);
    }
    assert_eq!(by_customer.len(), customers);
    for (customer, sequences) in by_customer {
        assert_eq!(sequences, (1..=events).collect::<Vec<_>>(), "{customer}");
    }
}
