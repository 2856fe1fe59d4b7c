//! “The Sequence Diagram”: a shop whose orders are rewarded in the background. The test reads like the document: an order
//! from the web or the API, the rules, the score that is incremented in a sorted set, the e-mail above 100 points.

use futures::future::join_all;
use http::{Method, StatusCode};
use perennial_engine::PageRequest;
use serde_json::{Value, json};

use crate::support::{Api, TestServer, purchase};

/// Letters to somebody about having more than 100 points.
async fn letters(server: &TestServer, email: &str) -> Vec<String> {
    let page = server.server.engine.mailbox_list(Some(email), &PageRequest::default()).await.unwrap();
    let sent = page.data.into_iter().filter(|letter| letter.subject == "You have more than 100 points");
    sent.map(|letter| letter.body).collect()
}

/// The score of a customer and the rank: what the increment of a sorted set gives back.
async fn score(api: &Api<'_>, customer: &str) -> (Value, Value) {
    let standing = api.get(&format!("/leaderboards/ever/customers/{customer}")).await;
    let standing = standing.ok(StatusCode::OK);
    (standing["points"].clone(), standing["rank"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_000_orders_are_rewarded_and_above_a_hundred_points_a_letter_is_sent_once() {
    let server = TestServer::start().await;
    let merchant = server.merchant("orders").await;
    let api = server.api(&merchant);
    // “Check the right number of points, based on the rules before defined.”
    api.published("/promotions", json!({"name": "A point a dollar", "award_rate": "1"})).await;
    // “Redis has the Sorted sets …”
    let opened = api.call(Method::PUT, "/leaderboards", Some(&json!({"enabled": true})), &[]).await;
    opened.ok(StatusCode::OK);
    // “Check if the number of total points is greater than 100. If it is, deliver an email to the customer.”
    let letter = json!({"name": "More than 100", "event": {"on": "points", "above": 100}, "effects": [{
        "give": "email", "subject": "You have more than 100 points", "text": "You have {points} points at {shop} now."}]});
    api.published("/reward-policies", letter).await;

    // “This way we can handle requests that came from the Web and also API requests”: the web shop posts an order, and
    // gets its answer at once, with the points.
    let web = api.post("/purchases", purchase("order-1", "ann@example.com", 6_000)).await;
    assert_eq!(web.ok(StatusCode::CREATED)["points_earned"], 60);
    let ann = web.text("customer_id");
    // The mobile app asks another door.
    let ask = "mutation($input: PurchaseInput!) { purchase(input: $input) { ... on Credited { balance { points } } } }";
    let order = json!({"transactionId": "order-2", "retailer": "main", "currency": "USD",
        "customer": {"email": "ann@example.com"}, "lines": [{"product": "APPLE", "quantity": 1, "amount": 4_000}]});
    let app = api.graph(ask, json!({"input": order})).await;
    assert_eq!(app.data()["purchase"]["balance"]["points"], 100);
    api.settle().await;
    assert_eq!(letters(&server, "ann@example.com").await, [""; 0], "100 is not greater than 100");
    // “And if the order creation process is handled by another service, such as a service to handle payment gateway”:
    // that one sends an event, and sends it again, as such services do.
    let paid = json!({"specversion": "1.0", "id": "payment-3", "source": "/gateway", "type": "order.completed",
        "data": purchase("order-3", "ann@example.com", 100)});
    api.event(paid.clone()).await;
    api.event(paid).await;
    api.settle().await;
    let sent = letters(&server, "ann@example.com").await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("You have 101 points at Merchant orders now."), "{sent:?}");

    // Above it nothing more is crossed; an order that is told again is no order.
    api.post("/purchases", purchase("order-4", "ann@example.com", 5_000)).await.ok(StatusCode::CREATED);
    api.post("/purchases", purchase("order-1", "ann@example.com", 6_000)).await.ok(StatusCode::OK);
    // “each element to be associated with a score and this score can be incremented by the number that we wish”: by
    // twenty workers at once. Whichever of them crosses, it is one.
    let ben = api.post("/purchases", purchase("order-5", "ben@example.com", 9_500)).await.text("customer_id");
    let numbers: Vec<String> = (0..20).map(|number| format!("at-once-{number}")).collect();
    let at_once =
        numbers.iter().map(|number| api.post("/purchases", purchase(number, "ben@example.com", 100)));
    let mut balances: Vec<i64> = join_all(at_once)
        .await
        .iter()
        .map(|order| order.body["balance"]["points"].as_i64().unwrap())
        .collect();
    balances.sort_unstable();
    assert_eq!(balances, (96..=115).collect::<Vec<_>>(), "each increment returns its own score");
    let cleo =
        api.post("/purchases", purchase("order-6", "cleo@example.com", 10_000)).await.text("customer_id");
    api.settle().await;
    assert_eq!(letters(&server, "ann@example.com").await.len(), 1);
    assert_eq!(letters(&server, "ben@example.com").await.len(), 1);
    assert_eq!(letters(&server, "cleo@example.com").await.len(), 0);

    // The sorted set: who has most, and where everybody stands.
    let board = api.get("/leaderboards/ever").await.ok(StatusCode::OK)["data"].clone();
    let row = |rank: i64, points: i64, customer: &str| {
        let row = board.as_array().unwrap().iter().find(|row| row["customer_id"] == customer).unwrap();
        assert_eq!((&row["rank"], &row["points"]), (&json!(rank), &json!(points)), "{board}");
    };
    row(1, 151, &ann);
    row(2, 115, &ben);
    row(3, 100, &cleo);
    assert_eq!(score(&api, &ben).await, (json!(115), json!(2)));
    // And the same on the customer's telephone.
    let app = server.app(&merchant, &ben).await;
    assert_eq!(app.get("/me/points").await.ok(StatusCode::OK)["points"], 115);
    assert_eq!(app.get("/me/leaderboards/ever/standing").await.ok(StatusCode::OK)["rank"], 2);
    assert!(server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap().is_clean());
    server.stop().await;
}
