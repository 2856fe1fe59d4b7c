//! “Otrium Loyalty Program”: the e-commerce platform publishes “order completed” to EventBridge, a queue delivers it at
//! least once and in any order to a writer, and client apps ask a reader. The test follows the document's “Data Flow”.

use futures::future::join_all;
use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::support::{Api, TestServer};

/// 1: a customer completes an order of so many cents.
fn order(number: usize, user: &str, cents: i64) -> Value {
    json!({"transaction_id": format!("order-{number}"), "retailer": "main", "currency": "USD",
        "customer": {"external_id": user}, "lines": [{"product": "DRESS", "quantity": 1, "amount": cents}]})
}

/// 2 and 3: the platform publishes an “order completed” event, which a rule forwards to the Loyalty Queue.
fn event(number: usize, detail: &Value) -> Value {
    json!({"version": "0", "id": format!("event-{number}"), "detail-type": "order completed", "source": "otrium.orders",
        "account": "111122223333", "time": "2026-11-21T18:43:48Z", "region": "eu-west-1", "resources": [], "detail": detail})
}

/// 4: a message of the queue triggers the writer.
async fn trigger(writer: &Api<'_>, event: &Value) {
    let sent = writer.call(Method::POST, "/events", Some(event), &[]).await;
    assert_eq!(sent.status, 202, "{sent:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_002_orders_from_a_queue_become_points_that_apps_read() {
    // “The Loyalty Service is split into two”: a server that writes and a server that reads, each with a key that may do
    // nothing else, on one store.
    let writing = TestServer::start().await;
    let store = writing.server.engine.config().database_url.clone();
    let reading = TestServer::start_on(&store, &[]).await;
    let merchant = writing.merchant("otrium").await;
    let owner = writing.api(&merchant);
    owner.published("/promotions", json!({"name": "A point for each whole unit", "award_rate": "1"})).await;
    let key = writing.key(&merchant, &[Scope::EventsWrite], None).await;
    let writer = writing.api_with(Some(&key));
    let key = reading.key(&merchant, &[Scope::CustomersRead], None).await;
    let reader = reading.api_with(Some(&key));
    reader.call(Method::POST, "/events", Some(&event(0, &json!({}))), &[]).await.problem(403, "forbidden");
    writer.get("/points/ext:user-1").await.problem(403, "forbidden");

    let orders = [
        ("user-1", 4_999),
        ("user-1", 12_000),
        ("user-2", 100),
        ("user-1", 99),
        ("user-2", 7_050),
        ("user-1", 1_000),
    ];
    let events: Vec<Value> = orders
        .iter()
        .enumerate()
        .map(|(number, (user, cents))| event(number, &order(number, user, *cents)))
        .collect();
    // SQS delivers at least once, and not in order: the last first, then each twice at the same time.
    for event in events.iter().rev() {
        trigger(&writer, event).await;
    }
    join_all(events.iter().chain(&events).map(|event| trigger(&writer, event))).await;
    // The platform itself publishes one again under another id, as after an outage.
    trigger(&writer, &event(99, &order(1, "user-1", 12_000))).await;
    for number in [0, 1, 2, 3, 4, 5, 99] {
        owner.event_done("otrium.orders", &format!("event-{number}")).await;
    }

    // 6 to 8: client apps ask through the gateway, `GET /points/{userId}`, and get what is stored now.
    for (user, points) in [("user-1", 49 + 120 + 10), ("user-2", 1 + 70)] {
        let answer = reader.get(&format!("/points/ext:{user}")).await;
        assert_eq!(answer.ok(StatusCode::OK)["points"], points, "{user}");
    }
    // An app that a customer is signed in to asks for itself, and only for itself.
    let app = reading.app(&merchant, "ext:user-1").await;
    assert_eq!(app.get("/me/points").await.ok(StatusCode::OK)["points"], 179);
    app.get("/points/ext:user-2").await.problem(403, "forbidden");
    // The table has “user IDs, points balances, and reward history”.
    let history = reader.get("/customers/ext:user-1/entries").await;
    let earned = history.ok(StatusCode::OK)["data"].as_array().unwrap().iter();
    let mut earned: Vec<i64> = earned.map(|entry| entry["amount"].as_i64().unwrap()).collect();
    earned.sort_unstable();
    assert_eq!(earned, [10, 49, 120], "an order of 99 cents earns nothing");
    // “Updated in real-time as soon as the purchase event is processed.”
    let next = event(6, &order(6, "user-2", 2_900));
    trigger(&writer, &next).await;
    owner.event_done("otrium.orders", "event-6").await;
    assert_eq!(reader.get("/points/ext:user-2").await.body["points"], 100);
    reader.get("/points/ext:user-3").await.problem(404, "not_found");
    assert!(writing.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap().is_clean());
    reading.server.stop().await;
    writing.stop().await;
}
