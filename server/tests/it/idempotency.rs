//! `Idempotency-Key` on creations other than purchases.

use http::{HeaderValue, Method, Request, StatusCode};
use perennial_domain::access::Scope;
use perennial_server::api::openapi::{self, Credential};
use serde_json::{Value, json};

use crate::{
    access::{Things, operations},
    support::{Api, Reply, TestServer, purchase},
};

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

/// A key that is none is refused by whatever looks at it, before anything else is done.
#[tokio::test]
async fn every_operation_that_describes_the_header_looks_at_it() {
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "0")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let things = Things::make(&api, "a").await;
    let app = server.app(&merchant, &things.customer).await;
    let document = openapi::document();
    let too_long = "x".repeat(256);
    let mut looked = 0;
    for operation in operations() {
        let described =
            &document["paths"][&operation.path][operation.method.as_str().to_lowercase()]["parameters"];
        let header = json!({"$ref": "#/components/parameters/IdempotencyKey"});
        if !described.as_array().is_some_and(|described| described.contains(&header)) {
            continue;
        }
        let with = if Credential::of(&operation.path) == Credential::CustomerToken { &app } else { &api };
        let (body, kind) = match openapi::example_request(&operation.id) {
            _ if operation.id == "add_reward_codes" => (b"code\nONE\n".to_vec(), "text/csv"),
            Some(body) => (body.to_string().into_bytes(), "application/json"),
            None => (b"{}".to_vec(), "application/json"),
        };
        let headers = [("content-type", kind), ("idempotency-key", too_long.as_str())];
        let path = things.path(&operation);
        let reply = with.raw(operation.method.clone(), &path, Some(body), &headers).await;
        let refused = reply.problem(422, "invalid");
        let wrong = (String::new(), "idempotency_key_invalid".to_owned());
        assert_eq!(refused, [wrong], "{}", operation.id);
        looked += 1;
    }
    assert!(looked >= 30, "only {looked} operations describe the header");
    server.stop().await;
}

/// Two keys whose bytes are no text are not the same key: the second request would be answered with what the first has made.
#[tokio::test]
async fn a_key_that_is_no_text_is_refused() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    for key in [b"caf\xe9-1".as_slice(), b"caf\xe8-1"] {
        let request = Request::post(format!("{}/api/v1/promotions", server.server.base_url))
            .header("authorization", format!("Bearer {}", merchant.key))
            .header("content-type", "application/json")
            .header("idempotency-key", HeaderValue::from_bytes(key).unwrap());
        let body = json!({"name": "Once", "flat_points": 5}).to_string();
        let refused = server.send(request.body(body.into()).unwrap()).await.problem(422, "invalid");
        assert_eq!(refused, [(String::new(), "idempotency_key_invalid".to_owned())]);
    }
    let api = server.api(&merchant);
    assert_eq!(
        post(&api, "/promotions", json!({"name": "Once", "flat_points": 5}), "café-1").await.status,
        201
    );
    server.stop().await;
}

#[tokio::test]
async fn a_step_of_a_policy_is_taken_once() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let terms = json!({"name": "Welcome", "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 5}]});
    let policy = format!("/reward-policies/{}", api.published("/reward-policies", terms).await);
    let pause = format!("{policy}/pause");
    let first = post(&api, &pause, json!({}), "key-1").await;
    assert_eq!(first.ok(StatusCode::OK)["state"], "paused");
    let again = post(&api, &pause, json!({}), "key-1").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(again.bytes, first.bytes);
    post(&api, &pause, json!({}), "key-2").await.problem(409, "not_running");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_is_told_to_nobody_who_could_not_have_caused_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let input = json!({"name": "Secret plan", "flat_points": 5});
    assert_eq!(post(&api, "/promotions", input.clone(), "key-1").await.status, 201);
    let reader = server.key(&merchant, &[Scope::CustomersRead], None).await;
    post(&server.api_with(Some(&reader)), "/promotions", input.clone(), "key-1")
        .await
        .problem(403, "forbidden");
    let writer = server.key(&merchant, &[Scope::PromotionsWrite], None).await;
    let again = post(&server.api_with(Some(&writer)), "/promotions", input, "key-1").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));

    // Nor to the till of another retailer.
    let bought = api.post("/purchases", purchase("t-1", "ada@example.com", 1_000)).await;
    let other = api.create("/retailers", json!({"code": "second", "name": "Second"})).await;
    let tills = [bought.text("retailer_id"), other];
    let path = format!("/purchases/{}/returns", bought.text("id"));
    let back = json!({"return_id": "r-1", "amount": 100});
    let mut statuses = Vec::new();
    for retailer in &tills {
        let till = server.key(&merchant, &[Scope::ReturnsWrite], Some(retailer)).await;
        statuses.push(post(&server.api_with(Some(&till)), &path, back.clone(), "key-2").await.status);
    }
    assert_eq!(statuses, [201, 422]);
    server.stop().await;
}
