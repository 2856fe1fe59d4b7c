//! “Tier Management and Cashback System”: two programs with rules, tables and queues of their own, fed by one order, and
//! a notification service in real time. The test goes through the document's “Testing steps”.

use async_nats::HeaderMap;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    broker::{Broker, kept, publish},
    support::{Api, TestServer},
    watcher::{Moved, Watcher},
};

/// “4f981b0b-accf-4eb7-8018-7cd651c7e922 for the mock customer ID”.
const CUSTOMER: &str = "4f981b0b-accf-4eb7-8018-7cd651c7e922";
/// Somebody whom nobody knows before the order.
const NEW: &str = "4f981b0b-accf-4eb7-8018-7cd651c7e923";

/// The order as `mock_order` publishes it.
fn order(id: &str, customer: &str, amount: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/mock_order", "type": "order.placed.v1", "data": {
        "id": id, "customerId": customer, "merchantId": "onetap", "productId": "COFFEE", "amount": amount}})
}

async fn tier(api: &Api<'_>, customer: &str) -> Value {
    api.get(&format!("/customers/ext:{customer}/tier")).await.ok(StatusCode::OK)["tier"]["name"].clone()
}

/// What the wallet holds, in minor units.
async fn cashback(api: &Api<'_>, customer: &str) -> Value {
    api.get(&format!("/points/ext:{customer}")).await.ok(StatusCode::OK)["cashback"][0]["available"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_001_an_order_moves_tier_and_cashback_and_is_heard_of_at_once() {
    let broker = Broker::start();
    let server = TestServer::start_with(&[("NATS_URL", &broker.url())]).await;
    let base = server.server.base_url.clone();
    // “Sign in using the mock sign-in route.”
    let merchant = server.merchant("onetap").await;
    let api = server.api(&merchant);
    // “Create loyalty tier and cashback entries”, each program with its own rules; one offer is inactive.
    api.patch("/merchant", json!({"tiers": {"basis": "spend"}})).await.ok(StatusCode::OK);
    let mut tiers = Vec::new();
    for (name, threshold) in [("Bronze", 0), ("Silver", 10_000), ("Gold", 20_000)] {
        tiers.push(api.create("/tiers", json!({"name": name, "threshold": threshold})).await);
    }
    api.create("/cashback-offers", json!({"name": "Tea days", "percentage": "0.5", "active": false})).await;
    api.create("/cashback-offers", json!({"name": "A tenth back", "percentage": "0.1"})).await;
    api.create("/customers", json!({"external_id": CUSTOMER, "email": "mock@example.com", "name": "Mock"}))
        .await;

    // “To test notifications, first connect to the service.”
    let watcher = Watcher::sign_in(&base, server.pool(), "onetap", "mock@example.com").await;
    let mut stream = watcher.listen(&base, None).await.unwrap();
    // The welcome is heard first.
    let connected = stream.until(|moved| moved.unread == 1).await;
    assert_eq!((connected.tier.as_str(), connected.cashback.as_str()), ("Bronze", ""));

    // “Trigger the /order route in the mock_order service”, which publishes: twice, because it may.
    let context = broker.context().await;
    let first = order("order-1", CUSTOMER, "120.00");
    publish(&context, "onetap", HeaderMap::new(), &first).await;
    publish(&context, "onetap", HeaderMap::new(), &first).await;
    // “Sends real-time updates to customers … when they are promoted to a new tier or receive cashback.”
    // Each program has its own pace: one before the other, or both together.
    let mut told: Vec<String> = Vec::new();
    let both = ["You have reached Silver", "$12.00 of cashback for your purchase"];
    let promoted = stream
        .until(|moved| {
            told.extend(moved.told.iter().cloned());
            both.iter().all(|text| told.iter().any(|told| told == text))
        })
        .await;
    assert_eq!((promoted.tier.as_str(), promoted.cashback.as_str()), ("Silver", "USD 1200"));
    assert_eq!(
        promoted.unread,
        connected.unread + 1,
        "cashback is in the wallet, and no notification besides"
    );
    assert_eq!(told.len(), 2, "the order that came twice is told once: {told:?}");
    // The same order by the other door is known, too.
    api.event(first).await;
    api.settle().await;
    assert_eq!((tier(&api, CUSTOMER).await, cashback(&api, CUSTOMER).await), (json!("Silver"), json!(1_200)));

    // “If the user is new, it creates customer models for both services”, “sends notifications if a new customer is
    // detected”: a welcome, once, however many orders follow.
    for (id, amount) in [("order-2", "150.00"), ("order-3", "60.00")] {
        publish(&context, "onetap", HeaderMap::new(), &order(id, NEW, amount)).await;
        api.event_done("/mock_order", id).await;
    }
    api.settle().await;
    assert_eq!((tier(&api, NEW).await, cashback(&api, NEW).await), (json!("Gold"), json!(2_100)));
    let new = api.get(&format!("/customers/ext:{NEW}")).await.text("id");
    let welcomes = kept(&context, "onetap").await;
    let welcomes =
        welcomes.iter().filter(|event| event["type"] == "customer.created" && event["subject"] == new);
    assert_eq!(welcomes.count(), 1);

    // “Demoting customers when a tier is removed and managing cascading updates”: Gold goes, whoever was on it is on
    // Silver, and is told so; nobody else is.
    publish(&context, "onetap", HeaderMap::new(), &order("order-4", CUSTOMER, "80.00")).await;
    let is_told = |moved: &Moved, text: &str| moved.told.iter().any(|told| told == text);
    let promoted = stream.until(|moved| is_told(moved, "You have reached Gold")).await;
    let look = api.call(http::Method::DELETE, &format!("/tiers/{}?dry_run=true", tiers[2]), None, &[]).await;
    assert_eq!(look.ok(StatusCode::OK)["moves"][0]["customers"], 2);
    let removed = api.delete(&format!("/tiers/{}", tiers[2])).await;
    assert_eq!(removed.ok(StatusCode::OK)["moves"], look.body["moves"]);
    let demoted = stream.until(|moved| is_told(moved, "Your tier is Silver now")).await;
    assert_eq!((demoted.tier.as_str(), demoted.unread), ("Silver", promoted.unread + 1));
    assert_eq!(tier(&api, NEW).await, "Silver");
    // “A dedicated queue is assigned to handle specific tasks.”
    let queues = api.get("/queues").await.ok(StatusCode::OK)["data"].clone();
    for module in ["tiers", "cashback"] {
        assert!(queues.as_array().unwrap().iter().any(|queue| queue["module"] == module), "{queues}");
    }
    assert!(server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap().is_clean());
    drop(stream);
    server.stop().await;
}
