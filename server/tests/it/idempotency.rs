//! `Idempotency-Key` on creations other than purchases.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Api, Reply, TestServer};

async fn post(api: &Api<'_>, path: &str, body: Value, key: &str) -> Reply {
    api.patiently(Method::POST, path, Some(&body), &[("idempotency-key", key)]).await
}

#[tokio::test]
async fn the_same_request_has_one_effect_and_one_answer() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let input = json!({"name": "Ten points", "award_rate": "10"});
    let first = post(&api, "/promotions", input.clone(), "key-1").await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    let again = post(&api, "/promotions", input.clone(), "key-1").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(api.get("/promotions").await.body["data"].as_array().unwrap().len(), 1);

    let other = json!({"name": "Eleven points", "award_rate": "11"});
    post(&api, "/promotions", other, "key-1").await.problem(422, "idempotency_key_reused");
    let elsewhere = json!({"email": "ada@example.com"});
    post(&api, "/customers", elsewhere, "key-1").await.problem(422, "idempotency_key_reused");
    let new = post(&api, "/promotions", input, "key-2").await;
    assert_eq!(new.status, 201);
    assert_ne!(new.text("id"), first.text("id"));
    for wrong in ["", " ", &"x".repeat(256)] {
        let reply = post(&api, "/promotions", json!({"name": "P", "flat_points": 1}), wrong).await;
        assert_eq!(reply.status, 422, "{wrong:?}: {reply:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_refused_request_is_not_remembered_and_copies_at_once_are_one() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let input = json!({"code": "late", "name": "Late", "region": "x".repeat(500)});
    assert_eq!(post(&api, "/retailers", input, "key-1").await.status, 422);
    let input = json!({"code": "late", "name": "Late"});
    assert_eq!(
        post(&api, "/retailers", input, "key-1").await.status,
        201,
        "it left no trace, so the key is free"
    );

    let input = json!({"name": "Once", "flat_points": 5});
    let calls = (0..20).map(|_| post(&api, "/promotions", input.clone(), "key-2"));
    let replies = futures::future::join_all(calls).await;
    assert!(
        replies.iter().all(|reply| reply.status == 201 && reply.bytes == replies[0].bytes),
        "{replies:?}"
    );
    assert_eq!(replies.iter().filter(|reply| reply.header("idempotent-replayed").is_empty()).count(), 1);
    assert_eq!(api.get("/promotions").await.body["data"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn keys_of_merchants_do_not_meet_and_secrets_are_not_remembered() {
    let server = TestServer::start().await;
    let (one, two) = (server.merchant("one").await, server.merchant("two").await);
    let input = json!({"name": "Till", "scopes": ["purchases:write"]});
    let first = post(&server.api(&one), "/api-keys", input.clone(), "key-1").await;
    let other =
        post(&server.api(&two), "/api-keys", json!({"name": "Other", "scopes": ["till"]}), "key-1").await;
    assert_eq!((first.status, other.status), (201, 201));
    let secret = first.text("secret");
    let again = post(&server.api(&one), "/api-keys", input, "key-1").await;
    assert_eq!(again.status, 201);
    assert_eq!(again.body["id"], first.body["id"]);
    assert!(again.body.get("secret").is_none());
    let stored: i64 =
        sqlx::query_scalar("SELECT count(*) FROM idempotency_keys WHERE strpos(body::text, $1) > 0")
            .bind(&secret)
            .fetch_one(server.pool())
            .await
            .unwrap();
    assert_eq!(stored, 0, "the secret is stored nowhere");
    server.stop().await;
}
