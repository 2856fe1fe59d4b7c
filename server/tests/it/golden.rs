//! Golden scenarios that are told best from outside: by requests and by the command line.

use std::time::{Duration, Instant};

use http::StatusCode;
use perennial_testkit::TestDb;
use serde_json::{Value, json};

use crate::{
    support::{Api, Merchant, STUCK, TestServer},
    tools_support::{Installation, parsed, stop},
};

/// A merchant whose rate was doubled yesterday, with tiers and cashback.
async fn shop(server: &TestServer, slug: &str) -> Merchant {
    let merchant = server.merchant(slug).await;
    let api = server.api(&merchant);
    let yesterday = (chrono::Utc::now() - chrono::TimeDelta::days(1)).format("%Y-%m-%dT%H:%M:%S").to_string();
    let before = json!({"name": "Ten a dollar", "award_rate": "10", "ends_at": yesterday});
    let since = json!({"name": "Twenty a dollar", "award_rate": "20", "starts_at": yesterday});
    for terms in [before, since] {
        api.published("/promotions", terms).await;
    }
    api.patch("/merchant", json!({"tiers": {"basis": "spend"}})).await.ok(StatusCode::OK);
    for (name, threshold) in [("Bronze", 0), ("Silver", 5_000)] {
        api.create("/tiers", json!({"name": name, "threshold": threshold})).await;
    }
    api.create("/cashback-offers", json!({"name": "A tenth", "percentage": "0.1"})).await;
    merchant
}

/// What a till wrote down while it had no network: three days of bills of three customers.
fn bills() -> Vec<Value> {
    let bill = |number: i64| {
        let at = chrono::Utc::now() - chrono::TimeDelta::hours(72 - 2 * number);
        json!({"transaction_id": format!("bill-{number}"), "retailer": "main", "currency": "USD",
            "customer": {"external_id": format!("crm-{}", number % 3)}, "occurred_at": at.to_rfc3339(),
            "lines": [{"product": "APPLE", "quantity": 2, "amount": 333 + 100 * number}, {"product": "PEAR", "amount": 199}]})
    };
    (0..30).map(bill).collect()
}

/// A bill of which a part came back while there was no network either.
fn given_back(number: i64) -> Value {
    json!({"retailer": "main", "transaction_id": format!("bill-{number}"), "return_id": format!("return-{number}"),
        "lines": [{"line": 0, "quantity": 1}]})
}

/// Tells of a return again until it is booked: one that came before its purchase waits for it.
async fn booked(api: &Api<'_>, given_back: Value) {
    let began = Instant::now();
    while began.elapsed() < STUCK {
        let told = api.post("/returns", given_back.clone()).await;
        if matches!(told.status, 200 | 201) {
            return;
        }
        assert_eq!(told.status, 202, "{told:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{given_back} still waits");
}

/// Everything that can be seen from outside: what each bill earned, and what each customer has.
async fn state(api: &Api<'_>) -> Value {
    api.settle().await;
    let mut seen = json!({});
    for number in 0..3 {
        let points = api.get(&format!("/points/ext:crm-{number}")).await.ok(StatusCode::OK).clone();
        let tier = api.get(&format!("/customers/ext:crm-{number}/tier")).await.ok(StatusCode::OK).clone();
        seen[format!("crm-{number}")] = json!([
            points["points"],
            points["lifetime"],
            points["debt"],
            points["cashback"][0]["available"],
            tier["tier"]["name"],
            tier["progress"]
        ]);
    }
    let bought = api.get("/purchases?limit=200").await;
    for purchase in bought.ok(StatusCode::OK)["data"].as_array().unwrap() {
        let name = purchase["transaction_id"].as_str().unwrap().to_owned();
        seen[name] = json!([purchase["points"], purchase["amount"], purchase["status"]]);
    }
    seen
}

/// G26: the queue of a till that was offline, sent twice and out of order, with returns before their purchases: the end is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g26_an_offline_batch_sent_twice_and_out_of_order_ends_the_same() {
    let server = TestServer::start().await;
    let (orderly, unruly) = (shop(&server, "orderly").await, shop(&server, "unruly").await);
    let (orderly_api, unruly_api) = (server.api(&orderly), server.api(&unruly));
    let bills = bills();
    for bill in &bills {
        orderly_api.post("/purchases", bill.clone()).await.ok(StatusCode::CREATED);
    }
    for number in [4, 11, 28] {
        orderly_api.post("/returns", given_back(number)).await.ok(StatusCode::CREATED);
    }

    for number in [28, 4] {
        unruly_api.post("/returns", given_back(number)).await.ok(StatusCode::ACCEPTED);
    }
    // Backwards and interleaved, in two batches at the same time; then all of it again.
    let (mut odd, mut even) = (Vec::new(), Vec::new());
    for (number, bill) in bills.iter().enumerate().rev() {
        if number % 2 == 1 { odd.push(bill.clone()) } else { even.push(bill.clone()) }
    }
    let send = async |batch: Vec<Value>| unruly_api.batch(&Value::Array(batch)).await;
    tokio::join!(send(odd), send(even));
    let again = send(bills.iter().rev().cloned().collect()).await;
    let results = again.ok(StatusCode::OK)["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), bills.len());
    for result in &results {
        assert_eq!((&result["status"], &result["replayed"]), (&json!(200), &json!(true)), "{result}");
    }
    unruly_api.post("/returns", given_back(11)).await.ok(StatusCode::CREATED);
    for number in [4, 11, 28] {
        booked(&unruly_api, given_back(number)).await;
    }

    let (expected, found) = (state(&orderly_api).await, state(&unruly_api).await);
    assert_eq!(found, expected);
    // Ten a dollar then, twenty since: each bill by its own time.
    assert_eq!(
        (&expected["bill-0"][0], &expected["bill-29"][0]),
        (&json!(33 + 19), &json!(646 + 39)),
        "{expected}"
    );
    for merchant in [&orderly, &unruly] {
        assert!(server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap().is_clean());
    }
    server.stop().await;
}

/// G30: one point that nobody earned is found by `perennial reconcile`, which names the account and says so by its exit code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g30_one_point_too_many_is_found_and_the_account_is_named() {
    let db = TestDb::new().await;
    let house = Installation::on(&db.url);
    let key = house.merchant().await;
    let server = house.serve().await;
    house.furnish(&key).await;
    let mut customers = Vec::new();
    for name in ["ada", "ben", "cleo"] {
        let bill = json!({"transaction_id": name, "retailer": "north", "currency": "USD", "amount": 1_000,
            "customer": {"external_id": name}});
        customers
            .push(house.post(&key, "/purchases", bill).await["customer_id"].as_str().unwrap().to_owned());
    }
    stop(server).await;
    assert_eq!(house.json(&["reconcile", "--json"]).await["clean"], true);

    let ben: uuid::Uuid = customers[1].parse().unwrap();
    let inject = async |points: i64| {
        let update = "UPDATE balances SET available = available + $1 WHERE customer_id = $2";
        sqlx::query(update).bind(points).bind(ben).execute(&db.pool).await.unwrap();
    };
    inject(1).await;
    let found = house.run(&["reconcile", "--json"]).await;
    assert_eq!(found.status.code(), Some(1));
    let books = parsed(&found);
    let checks = books["merchants"][0]["checks"].as_array().unwrap();
    let findings: Vec<&Value> =
        checks.iter().flat_map(|check| check["findings"].as_array().unwrap()).collect();
    assert!(!findings.is_empty(), "{books}");
    for finding in findings {
        assert_eq!(finding["subject"], format!("customer {ben}"), "nobody else is accused");
    }
    inject(-1).await;
    assert_eq!(house.json(&["reconcile", "--json"]).await["clean"], true);
}
