//! Paying with points, cashback and vouchers at a till.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::TestServer;

fn order(transaction_id: &str, amount: i64, with: Value) -> Value {
    let mut order = json!({
        "transaction_id": transaction_id, "retailer": "main", "currency": "USD", "amount": amount,
        "customer": {"email": "ada@example.com"},
    });
    order.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    order
}

#[tokio::test]
async fn a_till_takes_points_and_a_voucher_and_gives_them_back() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.patch("/merchant", json!({"point_value": {"points": 1, "amount": 10}})).await.ok(StatusCode::OK);
    let first = api.post("/purchases", order("t-1", 10_000, json!({}))).await;
    assert_eq!(first.ok(StatusCode::CREATED)["balance"]["points"], 1_000);
    assert!(first.body.get("tenders").is_none(), "money alone paid for it");
    let reward = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
    let reward = api.create("/rewards", reward).await;
    let redeemed = json!({"customer": {"email": "ada@example.com"}, "reward": reward});
    let redeemed = api.post("/redemptions", redeemed).await;
    let code = redeemed.ok(StatusCode::CREATED)["voucher"]["code"].as_str().unwrap().to_owned();

    let paid = order("t-2", 3_000, json!({"vouchers": [code], "pay_with_points": 50}));
    let bought = api.post("/purchases", paid.clone()).await;
    let body = bought.ok(StatusCode::CREATED);
    assert_eq!(
        body["tenders"],
        json!({
            "vouchers": [{"code": code.replace('-', ""), "name": "Five off", "amount": 500}],
            "points": 50, "points_amount": 500, "cashback": 0, "paid": 2_000,
        })
    );
    assert_eq!((&body["amount"], &body["points_earned"]), (&json!(3_000), &json!(200)));
    assert_eq!(body["balance"]["points"], 1_000 - 100 - 50 + 200);
    let again = api.post("/purchases", paid).await;
    assert_eq!(again.ok(StatusCode::OK), body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let explained = api.get(&format!("/purchases/{}/explanation", bought.text("id"))).await;
    assert_eq!(explained.ok(StatusCode::OK)["tenders"], body["tenders"]);

    let conflict = api.post("/purchases", order("t-2", 3_000, json!({"pay_with_points": 40}))).await;
    conflict.problem(409, "transaction_conflict");
    let refused = api.post("/purchases", order("t-3", 3_000, json!({"vouchers": [code]}))).await;
    assert_eq!(refused.problem(422, "invalid"), [("/vouchers/0".to_owned(), "voucher_used".to_owned())]);
    let refused = api.post("/purchases", order("t-3", 900_000, json!({"pay_with_points": 2_000}))).await;
    assert_eq!(
        refused.problem(422, "invalid"),
        [("/pay_with_points".to_owned(), "insufficient_points".to_owned())]
    );
    let malformed = json!({"vouchers": ["A", "a"], "pay_with_points": -1, "pay_with_cashback": -1});
    let fields = api.post("/purchases", order("t-3", 100, malformed)).await.problem(422, "invalid");
    let pointers: Vec<&str> = fields.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/vouchers/1", "/pay_with_points", "/pay_with_cashback"]);

    let path = format!("/purchases/{}/returns", bought.text("id"));
    let shown = api.post(&format!("{path}?dry_run=true"), json!({"return_id": "r"})).await;
    let shown = shown.ok(StatusCode::OK);
    assert_eq!(shown["rewards_returned"][0]["usable"], true);
    let returned = api.post(&path, json!({"return_id": "r"})).await;
    let body = returned.ok(StatusCode::CREATED);
    assert_eq!(body["tenders"], json!({"points": 50, "points_expired": 0, "cashback": 0}));
    assert_eq!((&body["paid_back"], &body["balance"]["points"]), (&json!(2_000), &json!(900)));
    assert_eq!(body["rewards_returned"], shown["rewards_returned"]);
    let voucher = api.get(&format!("/vouchers/{code}")).await;
    assert_eq!(voucher.ok(StatusCode::OK)["state"], "issued");
    server.stop().await;
}

/// Items of a batch are refused one by one.
#[tokio::test]
async fn a_batch_goes_through_without_what_cannot_be_paid() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.patch("/merchant", json!({"point_value": {"points": 1, "amount": 10}})).await.ok(StatusCode::OK);
    let batch = json!([
        order("b-1", 10_000, json!({})),
        order("b-2", 10_000, json!({"pay_with_points": 1_001})),
        order("b-3", 10_000, json!({"pay_with_points": 1_000})),
    ]);
    let reply = api.post("/purchases/batch", batch).await;
    let results = reply.ok(StatusCode::OK)["results"].as_array().unwrap().clone();
    let statuses: Vec<u64> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 422, 201]);
    assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/pay_with_points");
    assert_eq!(results[2]["purchase"]["tenders"]["paid"], 0);
    server.stop().await;
}
