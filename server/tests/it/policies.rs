//! Reward policies over the API.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestServer, purchase};

fn every_second(points: i64) -> Value {
    json!({"name": "Every second", "event": {"on": "own_count", "every": 2},
           "effects": [{"give": "points", "points": points}]})
}

#[tokio::test]
async fn a_policy_is_drafted_tried_published_and_gives() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let buy = async |number: &str| {
        let posted = api.post("/purchases", purchase(number, "ada@example.com", 1_000)).await;
        posted.ok(StatusCode::CREATED);
        posted.text("customer_id")
    };
    for number in ["1", "2", "3"] {
        buy(number).await;
    }
    api.settle().await;
    let tried = api.post("/reward-policies/try?days=30", every_second(20)).await;
    let tried = tried.ok(StatusCode::OK);
    assert_eq!((&tried["looked_at"], &tried["times"]), (&json!(3), &json!(1)));
    assert_eq!(tried["gives"], json!([{"kind": "points", "amount": 20}]));

    let look = api.post("/reward-policies?dry_run=true", every_second(20)).await;
    assert_eq!(look.ok(StatusCode::OK)["dry_run"], true);
    assert_eq!(api.get("/reward-policies").await.ok(StatusCode::OK)["data"], json!([]));
    let once = [("idempotency-key", "second")];
    let created = api.call(Method::POST, "/reward-policies", Some(&every_second(20)), &once).await;
    let body = created.ok(StatusCode::CREATED).clone();
    assert_eq!((&body["state"], &body["version"]), (&json!("draft"), &json!(0)));
    assert_eq!(body["summary"], "When a customer makes every 2nd purchase, the customer gets 20 points.");
    let again = api.call(Method::POST, "/reward-policies", Some(&every_second(20)), &once).await;
    assert_eq!(again.ok(StatusCode::CREATED), &body);
    let path = format!("/reward-policies/{}", created.text("id"));
    let look = api.post(&format!("{path}/publish?dry_run=true"), json!({})).await;
    assert_eq!(look.ok(StatusCode::OK)["state"], "running");
    assert_eq!(api.get(&path).await.ok(StatusCode::OK)["state"], "draft");
    assert_eq!(api.post(&format!("{path}/publish"), json!({})).await.ok(StatusCode::OK)["version"], 1);
    api.post(&format!("{path}/publish"), json!({})).await.problem(409, "no_draft");

    let ada = buy("4").await;
    buy("5").await;
    api.settle().await;
    let given = api.get(&format!("{path}/awards")).await;
    let given = given.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
    assert_eq!(given.len(), 1);
    assert_eq!(
        (&given[0]["state"], &given[0]["gives"], &given[0]["customer_id"]),
        (&json!("paid"), &json!("20 points"), &json!(ada))
    );
    let hers = api.get(&format!("/customers/{ada}/awards")).await;
    assert_eq!(hers.ok(StatusCode::OK)["data"][0]["policy_name"], "Every second");
    let milestones = api.get(&format!("/customers/{ada}/milestones")).await;
    let milestone = milestones.ok(StatusCode::OK)["policies"][0].clone();
    assert_eq!(
        (&milestone["counted"], &milestone["next"], &milestone["given"]),
        (&json!(2), &json!(4), &json!(1))
    );

    // The customer's own app reads the same, but for what is not the customer's.
    let app = server.app(&merchant, &ada).await;
    assert_eq!(app.get("/me/milestones").await.ok(StatusCode::OK)["policies"][0], milestone);
    let own = app.get("/me/awards").await.ok(StatusCode::OK)["data"][0].clone();
    assert_eq!((&own["gives"], &own["state"]), (&json!("20 points"), &json!("paid")));
    assert!(own["purchase_id"].is_string() && own.get("friend_id").is_none(), "{own}");

    // The next version is drafted; what it is about stays.
    let changed = api.patch(&path, json!({"effects": [{"give": "points", "points": 50}]})).await;
    assert_eq!(changed.ok(StatusCode::OK)["has_draft"], true);
    api.patch(&path, json!({"event": {"on": "own_count", "every": 3}})).await.problem(422, "invalid");
    api.post(&format!("{path}/publish"), json!({})).await.ok(StatusCode::OK);
    let versions = api.get(&format!("{path}/versions")).await;
    assert_eq!(versions.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 2);
    assert_eq!(api.post(&format!("{path}/pause"), json!({})).await.ok(StatusCode::OK)["state"], "paused");
    api.post(&format!("{path}/pause"), json!({})).await.problem(409, "not_running");
    assert_eq!(api.post(&format!("{path}/resume"), json!({})).await.ok(StatusCode::OK)["state"], "running");
    assert_eq!(api.delete(&path).await.ok(StatusCode::OK)["state"], "archived");
    api.patch(&path, json!({"name": "Over"})).await.problem(409, "archived");
    assert_eq!(api.get("/reward-policies").await.ok(StatusCode::OK)["data"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_policy_is_told_field_by_field() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let wrong = json!({"name": "", "event": {"on": "points"}, "effects": [{"give": "reward", "reward": "x"}], "to": "advocate"});
    let refused = api.post("/reward-policies", wrong).await;
    let places: Vec<String> = refused.problem(422, "invalid").into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/name", "/event/above", "/effects/0/reward"]);
    let nobody = "019a9fd1-0000-7000-8000-000000000001";
    let gives = json!([{"give": "reward", "reward": nobody}]);
    let unknown = json!({"name": "x", "event": {"on": "tier", "tier": nobody}, "effects": gives});
    let refused = api.post("/reward-policies", unknown).await;
    let codes: Vec<String> = refused.problem(422, "invalid").into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["unknown_tier", "unknown_reward"]);
    server.stop().await;
}
