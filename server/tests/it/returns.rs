//! Returning purchases.

use http::StatusCode;
use perennial_domain::access::Scope;
use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn a_return_takes_back_and_answers_again_as_it_did() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    for (name, threshold) in [("Bronze", 0), ("Silver", 300)] {
        api.post("/tiers", json!({"name": name, "threshold": threshold})).await.ok(StatusCode::CREATED);
    }
    let bought = api
        .post(
            "/purchases",
            json!({
                "transaction_id": "t-1", "retailer": "main", "currency": "USD", "customer": {"email": "ada@example.com"},
                "lines": [{"quantity": 3, "unit_price": 1000}, {"amount": 500}],
            }),
        )
        .await;
    assert_eq!(bought.ok(StatusCode::CREATED)["points_earned"], 350);
    let path = format!("/purchases/{}/returns", bought.text("id"));
    let input = json!({"return_id": "r-1", "lines": [{"line": 0, "quantity": 1}]});

    let shown = api.post(&format!("{path}?dry_run=true"), input.clone()).await;
    let body = shown.ok(StatusCode::OK);
    assert_eq!((&body["dry_run"], &body["points_reversed"]), (&json!(true), &json!(100)));
    // Whether or not the tiers have come to the purchase, afterwards it counts as it is then; nobody falls at once.
    assert_eq!(body["tier_after"]["progress"], 250);
    assert!(body["tier_before"].is_object(), "{body}");
    assert_eq!((&body["cashback_before"], &body["cashback_after"]), (&json!(0), &json!(0)));
    assert_eq!(api.get(&path).await.ok(StatusCode::OK)["data"], json!([]), "a dry run leaves nothing");

    let booked = api.post(&path, input.clone()).await;
    let body = booked.ok(StatusCode::CREATED);
    assert_eq!((&body["amount"], &body["points_reversed"]), (&json!(1000), &json!(100)));
    assert_eq!(body["lines"], json!([{"line": 0, "quantity": 1, "amount": 1000, "points": 100}]));
    assert_eq!((&body["balance"]["points"], &body["policy"]), (&json!(250), &json!("allow_negative")));
    let again = api.post(&path, input).await;
    assert_eq!(again.ok(StatusCode::OK), body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    api.post(&path, json!({"return_id": "r-1"})).await.problem(409, "return_conflict");
    assert_eq!(api.get(&path).await.ok(StatusCode::OK), &json!({"data": [body], "next": null}));
    let one = api.get(&format!("/returns/{}", body["id"].as_str().unwrap())).await;
    assert_eq!(one.ok(StatusCode::OK), body);
    api.get("/returns/none").await.problem(404, "not_found");

    // The purchase and its row tell what came back, and the list is narrowed to it.
    let told = json!({"amount": 1000, "points": 100, "complete": false});
    let now = api.get(&format!("/purchases/{}", bought.text("id"))).await;
    let found = now.ok(StatusCode::OK);
    assert_eq!((&found["returned"], &found["status"]), (&told, &json!("credited")));
    for (word, rows) in [("partly", vec![&told]), ("wholly", vec![])] {
        let list = api.get(&format!("/purchases?returned={word}")).await;
        let data = list.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
        assert_eq!(data.iter().map(|row| &row["returned"]).collect::<Vec<_>>(), rows, "{word}");
    }

    let too_much = json!({"return_id": "r-2", "lines": [{"line": 0, "quantity": 3}]});
    let errors = api.post(&path, too_much).await.problem(409, "return_exceeds_purchase");
    assert_eq!(errors, [("/lines/0/quantity".to_owned(), "exceeds_quantity".to_owned())]);
    let unknown = json!({"return_id": "r-2", "lines": [{"line": 7}]});
    let errors = api.post(&path, unknown).await.problem(422, "invalid");
    assert_eq!(errors, [("/lines/0/line".to_owned(), "unknown_line".to_owned())]);
    let lines: Vec<_> = (0..10_001).map(|line| json!({"line": line})).collect();
    let too_many = api.post(&path, json!({"return_id": "r-2", "lines": lines})).await;
    assert_eq!(too_many.problem(413, "too_many_lines")[0].0, "/lines");
    server.stop().await;
}

#[tokio::test]
async fn a_return_by_transaction_may_come_first() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let early = json!({"return_id": "r-1", "retailer": "main", "transaction_id": "t-1", "amount": 500});
    let waiting = api.post("/returns", early.clone()).await;
    let body = waiting.ok(StatusCode::ACCEPTED);
    assert_eq!((&body["status"], &body["transaction_id"]), (&json!("waiting"), &json!("t-1")));
    let bought = json!({
        "transaction_id": "t-1", "retailer": "main", "currency": "USD", "customer": {"email": "ada@example.com"},
        "amount": 2000,
    });
    api.post("/purchases", bought).await.ok(StatusCode::CREATED);
    // It is there: whoever asks again need not wait for the loop, and both together book it once.
    let booked = api.post("/returns", early).await;
    assert!([StatusCode::CREATED, StatusCode::OK].map(|status| status.as_u16()).contains(&booked.status));
    assert_eq!(
        (&booked.body["points_reversed"], &booked.body["balance"]["points"]),
        (&json!(50), &json!(150))
    );
    let unknown = json!({"return_id": "r-1", "retailer": "nowhere", "transaction_id": "t-1"});
    api.post("/returns", unknown).await.problem(422, "unknown_retailer");
    server.stop().await;
}

#[tokio::test]
async fn a_key_of_a_retailer_returns_for_that_retailer_only() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let north = server.api(&merchant).create("/retailers", json!({"code": "north", "name": "North"})).await;
    let key = server.key(&merchant, &[Scope::ReturnsWrite], Some(&north)).await;
    let till = server.api_with(Some(&key));
    let at = |retailer: &str| json!({"return_id": "r-1", "retailer": retailer, "transaction_id": "t-1"});
    till.post("/returns", at("main")).await.problem(403, "forbidden");
    till.post("/returns", at("nowhere")).await.problem(422, "unknown_retailer");
    let own = till.post("/returns", json!({"return_id": "r-1", "transaction_id": "t-1"})).await;
    assert_eq!(own.ok(StatusCode::ACCEPTED)["status"], "waiting");
    let same = till.post("/returns", at("north")).await;
    assert_eq!(same.ok(StatusCode::ACCEPTED), &own.body);
    server.stop().await;
}
