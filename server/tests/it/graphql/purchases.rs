//! The purchase mutation: each member of its union, and the same rules as the REST API.

use http::StatusCode;
use serde_json::{Value, json};

use super::{PURCHASE, purchase};
use crate::support::{Api, TestServer, purchase as rest};

async fn post(api: &Api<'_>, variables: Value) -> Value {
    api.graph(PURCHASE, variables).await.data()["purchase"].clone()
}

#[tokio::test]
async fn a_purchase_is_credited_before_it_is_answered() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let credited = post(&api, purchase("t-1", "ada@example.com", 1999)).await;
    assert_eq!(credited["__typename"], "Credited", "{credited}");
    assert_eq!(credited["pointsEarned"], 199);
    assert_eq!(credited["balance"], json!({"points": 199, "pending": 0}));
    let stored = &credited["purchase"];
    assert_eq!((&stored["status"], &stored["amount"]), (&json!("CREDITED"), &json!(1999)));
    let line = &stored["lines"][0];
    assert_eq!((&line["product"], &line["points"]), (&json!("APPLE"), &json!(199)));
    assert_eq!(
        line["applied"],
        json!([{"name": "Ten points a dollar", "version": 1, "awardRate": "10", "points": 199}])
    );
    let by_rest = api.get(&format!("/purchases/{}", stored["id"].as_str().unwrap())).await;
    assert_eq!(by_rest.ok(StatusCode::OK)["points_earned"], 199);
    server.stop().await;
}

#[tokio::test]
async fn both_doors_know_the_same_purchases() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let first = api.post("/purchases", rest("t-1", "ada@example.com", 1000)).await;
    first.ok(StatusCode::CREATED);
    let again = post(&api, purchase("t-1", "ada@example.com", 1000)).await;
    assert_eq!(again["__typename"], "Replayed", "{again}");
    assert_eq!(again["purchase"]["id"], first.body["id"]);
    assert_eq!((&again["pointsEarned"], &again["balance"]["points"]), (&json!(100), &json!(100)));

    let other = post(&api, purchase("t-1", "bob@example.com", 1200)).await;
    assert_eq!(
        (&other["__typename"], &other["code"]),
        (&json!("TransactionConflict"), &json!("transaction_conflict"))
    );
    let differences = other["differences"].as_array().unwrap();
    let at = |pointer: &str| differences.iter().find(|difference| difference["pointer"] == pointer).unwrap();
    assert_eq!(
        (&at("/lines/0/amount")["stored"], &at("/lines/0/amount")["received"]),
        (&json!("1000"), &json!("1200"))
    );
    assert_eq!(at("/customer")["stored"], Value::Null, "who it was stays between the first till and us");

    let posted = post(&api, purchase("t-2", "ada@example.com", 500)).await;
    let by_rest = api.post("/purchases", rest("t-2", "ada@example.com", 500)).await;
    assert_eq!((by_rest.status, by_rest.header("idempotent-replayed")), (200, "true"));
    assert_eq!(by_rest.body["id"], posted["purchase"]["id"]);
    server.stop().await;
}

#[tokio::test]
async fn who_earns_nothing_is_told_what_was_missing() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let none = post(&api, purchase("t-1", "ada@example.com", 1000)).await;
    assert_eq!(none["__typename"], "NotEligible", "{none}");
    assert_eq!(
        none["reasons"],
        json!([{"promotion": null, "missing": [
        {"code": "no_promotions", "text": "No promotion is running"}]}])
    );

    api.create("/products", json!({"sku": "PEAR", "name": "Pear"})).await;
    let terms = json!({"name": "Pears", "award_rate": "10", "products": {"include": ["PEAR"]}, "minimum_amount": 5000});
    let promotion = api.create("/promotions", terms).await;
    api.post(&format!("/promotions/{promotion}/publish"), json!({})).await.ok(StatusCode::OK);
    // A till that may only post is told, too: it is its own purchase.
    let till = server.key(&merchant, &[perennial_domain::access::Scope::PurchasesWrite], None).await;
    let till = server.api_with(Some(&till));
    let missed = post(&till, purchase("t-2", "ada@example.com", 1000)).await;
    assert_eq!(
        (&missed["__typename"], &missed["purchase"]["pointsEarned"]),
        (&json!("NotEligible"), &json!(0))
    );
    assert_eq!(missed["balance"]["points"], 0);
    assert_eq!(missed["reasons"][0]["promotion"], "Pears", "{missed}");
    assert!(!missed["reasons"][0]["missing"][0]["text"].as_str().unwrap().is_empty());

    // It was stored all the same: the same again is a replay, and it can be returned.
    assert_eq!(post(&till, purchase("t-2", "ada@example.com", 1000)).await["__typename"], "Replayed");
    let id = missed["purchase"]["id"].as_str().unwrap();
    assert_eq!(api.get(&format!("/purchases/{id}")).await.ok(StatusCode::OK)["status"], "credited");
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_pointed_at_in_the_names_of_the_input() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let rejected = async |change: Value| {
        let mut variables = purchase("t-1", "ada@example.com", 1000);
        for (field, value) in change.as_object().unwrap() {
            variables["input"][field] = value.clone();
        }
        let rejected = post(&api, variables).await;
        assert_eq!(rejected["__typename"], "Rejected", "{change}: {rejected}");
        let pointer = rejected["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        (rejected["code"].as_str().unwrap().to_owned(), rejected["status"].as_u64().unwrap(), pointer)
    };
    let invalid = |pointer: &str| ("invalid".to_owned(), 422, pointer.to_owned());
    assert_eq!(rejected(json!({"transactionId": ""})).await, invalid("/transactionId"));
    assert_eq!(rejected(json!({"lines": [{"unitPrice": -1}]})).await, invalid("/lines/0/unitPrice"));
    assert_eq!(
        rejected(json!({"lines": [{"quantity": -1, "unitPrice": 1}]})).await,
        invalid("/lines/0/quantity")
    );
    assert_eq!(
        rejected(json!({"customer": {"email": "a@example.com", "card": "7"}})).await,
        invalid("/customer")
    );
    assert_eq!(rejected(json!({"currency": "EUR"})).await.2, "/currency");
    assert_eq!(rejected(json!({"occurredAt": "2099-01-01T00:00:00Z"})).await.2, "/occurredAt");
    assert_eq!(
        rejected(json!({"retailer": "nowhere"})).await,
        ("unknown_retailer".to_owned(), 422, "/retailer".to_owned())
    );
    let lines: Vec<_> = (0..10_001).map(|_| json!({"amount": 1})).collect();
    assert_eq!(
        rejected(json!({"lines": lines})).await,
        ("too_many_lines".to_owned(), 413, "/lines".to_owned())
    );
    assert_eq!(rejected(json!({"vouchers": ["AAAA-BBBB"]})).await.1, 422);

    // What is no purchase at all never reaches the rules.
    for wrong in
        [json!({"amount": 19.99, "lines": null}), json!({"colour": "red"}), json!({"currency": null})]
    {
        let mut variables = purchase("t-1", "ada@example.com", 1000);
        for (field, value) in wrong.as_object().unwrap() {
            variables["input"][field] = value.clone();
        }
        assert_eq!(api.graph(PURCHASE, variables).await.codes(), ["malformed_request"], "{wrong}");
    }
    assert_eq!(api.get("/customers").await.body["data"], json!([]), "nobody was created by what was refused");
    server.stop().await;
}

#[tokio::test]
async fn a_customer_whom_nobody_knows_is_created_held_or_refused() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    assert_eq!(post(&api, purchase("t-1", "new@example.com", 1000)).await["__typename"], "Credited");

    api.patch("/merchant", json!({"unknown_customer": "hold"})).await.ok(StatusCode::OK);
    let held = post(&api, purchase("t-2", "unknown@example.com", 1000)).await;
    assert_eq!((&held["__typename"], &held["pointsEarned"]), (&json!("Credited"), &json!(0)), "{held}");
    let stored = &held["purchase"];
    assert_eq!((&stored["status"], &stored["pointsClaimable"]), (&json!("UNCLAIMED"), &json!(100)));
    assert!(stored["claimCode"].as_str().is_some_and(|code| !code.is_empty()));

    api.patch("/merchant", json!({"unknown_customer": "reject"})).await.ok(StatusCode::OK);
    let refused = post(&api, purchase("t-3", "unknown@example.com", 1000)).await;
    assert_eq!(
        (&refused["__typename"], &refused["code"]),
        (&json!("CustomerNotFound"), &json!("customer_not_found"))
    );
    let nobody = json!({"id": "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c03"});
    let mut variables = purchase("t-3", "x@example.com", 1000);
    variables["input"]["customer"] = nobody;
    assert_eq!(post(&api, variables).await["__typename"], "CustomerNotFound");
    let listed = api.get("/purchases?transaction_id=t-3").await;
    assert_eq!(listed.body["data"], json!([]), "a refused purchase leaves no trace");
    server.stop().await;
}

#[tokio::test]
async fn the_mutations_of_one_request_stand_for_themselves() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let three = r#"mutation { 
        a: purchase(input: {transactionId: "1", retailer: "main", currency: "USD", amount: 1000, customer: {email: "ada@example.com"}}) { __typename ... on Credited { balance { points } } }
        b: purchase(input: {transactionId: "2", retailer: "nowhere", currency: "USD", amount: 1000}) { __typename }
        c: purchase(input: {transactionId: "3", retailer: "main", currency: "USD", amount: 500, customer: {email: "ada@example.com"}}) { __typename ... on Credited { balance { points } } }
    }"#;
    let data = api.graph(three, Value::Null).await.data().clone();
    assert_eq!(
        data,
        json!({
            "a": {"__typename": "Credited", "balance": {"points": 100}},
            "b": {"__typename": "Rejected"},
            "c": {"__typename": "Credited", "balance": {"points": 150}},
        })
    );
    server.stop().await;
}
