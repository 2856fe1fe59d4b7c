//! Claiming a purchase that came without a customer.

use http::StatusCode;
use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn a_claim_credits_once() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let unclaimed = json!({"transaction_id": "u-1", "retailer": "main", "currency": "USD", "amount": 1999});
    let posted = api.post("/purchases", unclaimed.clone()).await;
    let body = posted.ok(StatusCode::CREATED);
    assert_eq!(body["status"], "unclaimed");
    assert_eq!((body["points_earned"].as_i64(), body["points_claimable"].as_i64()), (Some(0), Some(199)));
    let code = posted.text("claim_code");

    let claim = json!({"claim_code": code.to_lowercase(), "customer": {"email": "ada@example.com"}});
    let claimed = api.post("/claims", claim.clone()).await;
    let purchase = &claimed.ok(StatusCode::CREATED)["purchase"];
    assert_eq!(purchase["id"], posted.body["id"]);
    assert_eq!(purchase["status"], "credited");
    assert_eq!(purchase["points_earned"], 199);
    assert_eq!(purchase["balance"]["points"], 199);
    assert!(purchase.get("claim_code").is_none() && purchase.get("points_claimable").is_none());

    let again = api.post("/claims", claim).await;
    again.ok(StatusCode::OK);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.body, claimed.body);
    let other = json!({"claim_code": code, "customer": {"email": "bob@example.com"}});
    api.post("/claims", other).await.problem(409, "claim_used");
    let replayed = api.post("/purchases", unclaimed).await;
    replayed.ok(StatusCode::OK);
    assert_eq!(replayed.bytes, posted.bytes, "the till still gets its first answer");
    let read = api.get(&format!("/purchases/{}", posted.text("id"))).await;
    let body = read.ok(StatusCode::OK);
    assert_eq!((body["status"].as_str(), body["points_earned"].as_i64()), (Some("credited"), Some(199)));
    assert_eq!(body["claim"]["customer_id"], body["customer_id"]);
    let points = api.get(&format!("/points/{}", read.text("customer_id"))).await;
    assert_eq!(points.body["points"], 199);
    server.stop().await;
}

#[tokio::test]
async fn wrong_claims_are_refused_and_guessing_is_throttled() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let customer = json!({"email": "ada@example.com"});
    let errors =
        api.post("/claims", json!({"claim_code": "!", "customer": {}})).await.problem(422, "invalid");
    let pointers: Vec<_> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/claim_code", "/customer"]);
    let guess = json!({"claim_code": "7K3M-9QXT-2WDF-8RBN", "customer": customer});
    let mut statuses = Vec::new();
    for _ in 0..200 {
        let reply = api.post("/claims", guess.clone()).await;
        statuses.push(reply.status);
        if reply.status == 429 {
            reply.problem(429, "too_many_requests");
            assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
            break;
        }
        reply.problem(404, "not_found");
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert!(statuses.len() > 10, "typing errors are forgiven: {statuses:?}");
    server.stop().await;
}
