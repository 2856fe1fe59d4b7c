//! Quotes over HTTP: asked for by tills, refused like purchases, answered from memory while the database is away.

use std::time::{Duration, Instant};

use http::StatusCode;
use perennial_domain::access::Scope;
use perennial_testkit::{TestDb, Wire};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{TestServer, purchase};

fn basket(email: &str) -> Value {
    json!({
        "retailer": "main", "customer": {"email": email},
        "lines": [{"product": "APPLE", "quantity": 1, "amount": 1000}, {"product": "PEAR", "quantity": 2, "unit_price": 125}],
    })
}

#[tokio::test]
async fn a_till_asks_what_a_basket_would_earn() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.post("/purchases", purchase("t-1", "ada@example.com", 5000)).await.ok(StatusCode::CREATED);
    api.create("/tiers", json!({"name": "Member", "threshold": 0, "discount": "0.1"})).await;
    let cup = api.create("/rewards", json!({"name": "Cup", "kind": "external", "points_cost": 400})).await;
    let bowl = api.create("/rewards", json!({"name": "Bowl", "kind": "external", "points_cost": 800})).await;

    // The scope of quotes is enough, that of purchases is, too; no `Idempotency-Key` is asked for.
    for scope in [Scope::Quotes, Scope::PurchasesWrite] {
        let till = server.key(&merchant, &[scope], None).await;
        let reply = server.api_with(Some(&till)).post("/quotes", basket("ada@example.com")).await;
        let quote = reply.ok(StatusCode::OK);
        assert_eq!(
            (&quote["price"], &quote["price_after"], &quote["currency"]),
            (&json!(1250), &json!(1125), &json!("USD"))
        );
        assert_eq!((&quote["points"], &quote["stale"]), (&json!(112), &json!(false)), "{quote}");
        assert_eq!(quote["discounts"][0]["name"], "Member", "{quote}");
        assert_eq!(quote["discounts"][0]["amount"], 125);
        assert_eq!(quote["lines"][1]["price_after"], 225);
        assert_eq!(quote["lines"][1]["earns"], 22);
        assert!(!quote["lines"][1]["why"].as_str().unwrap().is_empty());
        assert_eq!(quote["rewards_due"], json!([]));
        assert_eq!(quote["redeemable"], json!([{"reward_id": cup, "name": "Cup", "points_cost": 400}]));
        assert_eq!(
            (&quote["next_reward"]["reward_id"], &quote["next_reward"]["missing"]),
            (&json!(bowl), &json!(300))
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_pointed_at() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let refused = async |body: Value| api.post("/quotes", body).await.problem(422, "invalid");
    let at = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(refused(json!({"amount": 1})).await, at("/retailer", "required"));
    assert_eq!(
        refused(json!({"retailer": "main", "amount": 1, "currency": "EUR"})).await,
        at("/currency", "currency_mismatch")
    );
    let line = json!({"product": "APPLE", "quantity": 1, "amount": -5});
    let errors = refused(json!({"retailer": "main", "lines": [line]})).await;
    assert_eq!(errors[0].0, "/lines/0/amount", "{errors:?}");
    let both = json!({"email": "a@example.com", "phone": "+436601234567"});
    let errors = refused(json!({"retailer": "main", "amount": 1, "customer": both})).await;
    assert_eq!(errors, at("/customer", "exactly_one"));
    api.post("/quotes", json!({"retailer": "west", "amount": 1})).await.problem(422, "unknown_retailer");
    let lines = vec![json!({"amount": 1}); 10_001];
    let too_many = api.post("/quotes", json!({"retailer": "main", "lines": lines})).await;
    assert_eq!(too_many.problem(413, "too_many_lines"), at("/lines", "too_many_lines"));
    // What belongs to a purchase and not to a quote is not silently dropped.
    let named = api.post("/quotes", json!({"retailer": "main", "amount": 1, "transaction_id": "t-1"})).await;
    assert!(matches!(named.status, 400 | 422), "{named:?}");
    let unknown =
        json!({"retailer": "main", "amount": 1, "customer": {"id": "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c03"}});
    api.post("/quotes", unknown).await.problem(404, "customer_not_found");

    server.api_with(None).post("/quotes", basket("ada@example.com")).await.problem(401, "unauthorized");
    let reader = server.key(&merchant, &[Scope::CustomersRead], None).await;
    server.api_with(Some(&reader)).post("/quotes", basket("ada@example.com")).await.problem(403, "forbidden");
    server.stop().await;
}

#[tokio::test]
async fn tills_are_answered_while_the_database_is_away() {
    let db = TestDb::new().await;
    let wire = Wire::to(&db).await;
    let server = TestServer::start_on(&wire.url, &[]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.post("/purchases", purchase("t-1", "ada@example.com", 5000)).await.ok(StatusCode::CREATED);
    let before = api.post("/quotes", basket("ada@example.com")).await;
    assert_eq!(before.ok(StatusCode::OK)["stale"], false);

    wire.cut();
    // Longer than any key is believed without asking.
    sleep(Duration::from_millis(1_600)).await;
    let away = api.post("/quotes", basket("ada@example.com")).await;
    let mut expected = before.body.clone();
    expected["stale"] = json!(true);
    assert_eq!(*away.ok(StatusCode::OK), expected);
    let unknown = api.post("/quotes", basket("new@example.com")).await;
    unknown.problem(503, "busy");
    assert!(unknown.header("retry-after").parse::<u64>().unwrap() >= 1);
    api.get("/merchant").await.problem(503, "busy");

    wire.mend();
    let patience = Instant::now();
    loop {
        let reply = api.post("/quotes", basket("new@example.com")).await;
        if reply.status == 200 && reply.body["stale"] == false {
            break;
        }
        assert!(patience.elapsed() < Duration::from_secs(60), "it comes back by itself: {reply:?}");
        sleep(Duration::from_millis(50)).await;
    }
    server.server.stop().await;
}
