//! The bus: a real NATS server, as Debian has it, that comes and goes.

use std::time::Duration;

use async_nats::HeaderMap;
use serde_json::{Value, json};

use crate::{
    broker::{Broker, kept, publish},
    support::{Merchant, STUCK, TestServer, purchase},
};

async fn shop(server: &TestServer) -> Merchant {
    let merchant = server.merchant("shop").await;
    server.api(&merchant).ten_points_a_dollar().await;
    merchant
}

fn event(id: &str, data: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "order.completed", "data": data})
}

async fn number(server: &TestServer, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(server.pool()).await.unwrap()
}

/// Waits until a query gives this number.
async fn until(server: &TestServer, sql: &'static str, wanted: i64) {
    let reached = async {
        while number(server, sql).await != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(STUCK, reached).await.is_err() {
        panic!("{sql} is {} and not {wanted}", number(server, sql).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_by_the_bus_once_and_what_cannot_be_read_is_kept() {
    let broker = Broker::start();
    let server = TestServer::start_with(&[("NATS_URL", &broker.url())]).await;
    shop(&server).await;
    // A second server shares the durable consumer.
    let url: String = sqlx::query_scalar("SELECT current_database()").fetch_one(server.pool()).await.unwrap();
    let base = server.server.engine.config().database_url.clone();
    assert!(base.contains(&url));
    let second = TestServer::start_on(&base, &[("NATS_URL", &broker.url())]).await;
    let context = broker.context().await;
    for number in 0..40 {
        let bought = purchase(&number.to_string(), "ada@example.com", 1_000);
        // Half of them come twice.
        for _ in 0..=number % 2 {
            publish(&context, "shop", HeaderMap::new(), &event(&number.to_string(), &bought)).await;
        }
    }
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("specversion", "1.0"), ("id", "binary"), ("source", "/shop"), ("type", "order.completed")]
    {
        headers.insert(format!("ce-{name}"), value);
    }
    publish(&context, "shop", headers, &purchase("binary", "ada@example.com", 1_000)).await;
    publish(&context, "shop", HeaderMap::new(), &json!({"specversion": "1.0"})).await;
    // The name of an event that was, with other content.
    publish(&context, "shop", HeaderMap::new(), &event("1", &json!({}))).await;
    until(&server, "SELECT count(*) FROM inbox WHERE state = 'done'", 41).await;
    until(&server, "SELECT count(*) FROM inbox WHERE state = 'refused' AND source = 'nats:PERENNIAL_IN'", 2)
        .await;
    assert_eq!(number(&server, "SELECT count(*) FROM purchases").await, 41);
    assert_eq!(number(&server, "SELECT sum(available)::int8 FROM balances").await, 41 * 100);
    let stream = context.get_stream("PERENNIAL_IN").await.unwrap();
    let acknowledged = async {
        while stream.get_info().await.unwrap().state.messages > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(STUCK, acknowledged).await.expect("every message is acknowledged");
    second.server.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_while_the_broker_is_away_leaves_when_it_is_back() {
    let mut broker = Broker::start();
    let server = TestServer::start_with(&[("NATS_URL", &broker.url())]).await;
    let merchant = shop(&server).await;
    let api = server.api(&merchant);
    assert_eq!(api.post("/purchases", purchase("1", "ada@example.com", 1_000)).await.status, 201);
    until(&server, "SELECT count(*) FROM events WHERE kind = 'points.credited'", 1).await;
    until(&server, "SELECT count(*) FROM queue WHERE module = 'bus'", 0).await;

    broker.fall();
    for number in 2..=6 {
        let bought = purchase(&number.to_string(), "ada@example.com", 1_000);
        assert_eq!(api.post("/purchases", bought).await.status, 201, "the intake goes on");
    }
    until(&server, "SELECT count(*) FROM events WHERE kind = 'points.credited'", 6).await;
    assert!(number(&server, "SELECT count(*) FROM queue WHERE module = 'bus'").await > 0, "they wait");

    broker.rise();
    until(&server, "SELECT count(*) FROM queue WHERE module = 'bus'", 0).await;
    let context = broker.context().await;
    let mut events = kept(&context, "shop").await;
    events.retain(|event| event["type"] == "points.credited");
    let mut told: Vec<_> =
        events.iter().map(|event| event["data"]["transaction_id"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["1", "2", "3", "4", "5", "6"], "each once");
    server.stop().await;
}
