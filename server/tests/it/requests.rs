//! The request log: what was refused is found by what the till calls it, and nothing of it is in the way of a purchase.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::{Api, STUCK, TestServer, purchase};

/// All requests of the log that are called so, newest first, as soon as there are so many: what belongs together need not be
/// written at once.
async fn all(api: &Api<'_>, search: &str, count: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = api.get(&format!("/requests?q={search}")).await;
        let found = found.ok(StatusCode::OK)["data"].as_array().unwrap();
        if found.len() >= count || began.elapsed() > STUCK {
            return found.clone();
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_refused_purchase_is_found_by_its_receipt_with_its_wrong_field() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let mut wrong = purchase("R-1", "ada@example.com", 1999);
    wrong["lines"][0]["amount"] = json!("ada@example.com");
    let headers = [("x-request-id", "till-7.1"), ("idempotency-key", "once-1")];
    let refused = api.call(Method::POST, "/purchases", Some(&wrong), &headers).await;
    refused.problem(422, "invalid");
    assert_eq!(refused.header("x-request-id"), "till-7.1");

    let logged = api.logged("R-1").await;
    assert_eq!((&logged["method"], &logged["route"]), (&json!("POST"), &json!("/api/v1/purchases")));
    assert_eq!((&logged["status"], &logged["reference"]), (&json!(422), &json!("R-1")));
    assert_eq!((&logged["request_id"], &logged["idempotency_key"]), (&json!("till-7.1"), &json!("once-1")));
    assert!(merchant.key.starts_with(logged["key"]["prefix"].as_str().unwrap()));
    assert!(logged["duration_us"].as_u64().unwrap() > 0);
    let error = &logged["problem"]["errors"][0];
    assert_eq!((&error["pointer"], &error["code"]), (&json!("/lines/0/amount"), &json!("wrong_type")));
    assert_eq!(logged["problem"]["request_id"], "till-7.1");
    assert!(!logged.to_string().contains("ada"), "nothing of what was sent is kept: {logged}");
    for search in ["till-7.1", "once-1"] {
        assert_eq!(api.logged(search).await["id"], logged["id"]);
    }
    let read = api.get(&format!("/requests/{}", logged["id"].as_str().unwrap())).await;
    assert_eq!(*read.ok(StatusCode::OK), logged);

    // One that is stored is found by its purchase; a conflict does not keep what it compares.
    let stored = api.post("/purchases", purchase("R-2", "ada@example.com", 500)).await;
    stored.ok(StatusCode::CREATED);
    let found = api.logged(&stored.text("id")).await;
    assert_eq!((&found["status"], &found["reference"]), (&json!(201), &json!("R-2")));
    assert!(found.get("problem").is_none());
    api.post("/purchases", purchase("R-2", "ada@example.com", 7_654_321))
        .await
        .problem(409, "transaction_conflict");
    let conflict = async {
        loop {
            let newest = api.get("/requests?q=R-2&status=refused").await.body["data"][0].clone();
            if newest.is_object() {
                return newest;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let conflict = timeout(STUCK, conflict).await.unwrap();
    assert_eq!(conflict["problem"]["code"], "transaction_conflict");
    assert_eq!(conflict["problem"]["errors"][0]["pointer"], "/lines/0/amount");
    assert!(!conflict.to_string().contains("7654321"), "{conflict}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_business_of_a_merchant_is_not_in_its_log() {
    let server = TestServer::start().await;
    let (merchant, other) = (server.merchant("shop").await, server.merchant("other").await);
    let api = server.api(&merchant);
    let get = async |path: &str, id: &str| api.call(Method::GET, path, None, &[("x-request-id", id)]).await;
    // A read that is answered, a quote, and somebody whom nobody knows.
    get("/customers", "read").await.ok(StatusCode::OK);
    let quote = json!({"retailer": "main", "amount": 100});
    api.call(Method::POST, "/quotes", Some(&quote), &[("x-request-id", "quote")]).await.ok(StatusCode::OK);
    let stranger = server.api_with(Some("prn_nobody"));
    stranger
        .call(Method::GET, "/customers", None, &[("x-request-id", "stranger")])
        .await
        .problem(401, "unauthorized");
    // Reads that are refused, an address that is misspelt, and a wrong method.
    get("/customers?limit=many", "query").await.problem(400, "malformed_query");
    get("/purchase/ada@example.com", "misspelt").await.problem(404, "not_found");
    let method = api.call(Method::PUT, "/purchases", None, &[("x-request-id", "method")]).await;
    method.problem(405, "method_not_allowed");
    assert!(method.header("allow").contains("POST"), "{method:?}");
    let reader = server.key(&merchant, &[Scope::PurchasesRead], None).await;
    let forbidden = server.api_with(Some(&reader));
    forbidden
        .call(Method::POST, "/customers", Some(&json!({})), &[("x-request-id", "scope")])
        .await
        .problem(403, "forbidden");

    assert_eq!(api.logged("query").await["route"], "/api/v1/customers");
    assert_eq!(api.logged("misspelt").await["route"], "/api/v1/purchase/…");
    assert_eq!(api.logged("method").await["status"], 405);
    let scope = api.logged("scope").await;
    assert_eq!((&scope["status"], &scope["key"]["name"]), (&json!(403), &json!("Another")));
    let log = api.get("/requests?limit=200").await.ok(StatusCode::OK).to_string();
    for absent in ["\"read\"", "\"quote\"", "\"stranger\"", "ada@"] {
        assert!(!log.contains(absent), "{absent} in {log}");
    }
    let metrics = String::from_utf8(server.get("/metrics").await.bytes.to_vec()).unwrap();
    assert!(metrics.contains("api_unknown_keys_total "), "{metrics}");
    // Nobody else sees it.
    let theirs = server.api(&other);
    let id = scope["id"].as_str().unwrap();
    theirs.get(&format!("/requests/{id}")).await.problem(404, "not_found");
    assert_eq!(theirs.get("/requests?q=scope").await.body["data"], json!([]));
    forbidden.get("/requests").await.problem(403, "forbidden");
    server.stop().await;
}

#[tokio::test]
async fn the_refused_items_of_a_batch_are_found_each_by_itself() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let mut wrong = purchase("B-2", "ada@example.com", 100);
    wrong["colour"] = json!("red");
    let mut nowhere = purchase("B-3", "ada@example.com", 100);
    nowhere["retailer"] = json!("nowhere");
    let batch = json!([purchase("B-1", "ada@example.com", 100), wrong, nowhere]);
    let reply =
        api.call(Method::POST, "/purchases/batch", Some(&batch), &[("x-request-id", "batch-1")]).await;
    reply.ok(StatusCode::OK);
    for (reference, item, code) in [("B-2", 1, "unknown_field"), ("B-3", 2, "unknown_retailer")] {
        let logged = api.logged(reference).await;
        assert_eq!((&logged["item"], &logged["status"]), (&json!(item), &json!(422)));
        assert_eq!(logged["problem"]["errors"][0]["code"], code);
    }
    let together: Vec<_> = all(&api, "batch-1", 3).await.iter().map(|row| row["status"].clone()).collect();
    assert_eq!(together.len(), 3, "two items and the batch itself: {together:?}");
    assert!(together.contains(&json!(200)));

    let event = json!([{"specversion": "1.0", "id": "E-1", "source": "/s", "type": "no.such.type", "data": {}},
        {"specversion": "1.0", "id": "E-2", "source": "/s", "type": "order.completed", "data": {}}]);
    let headers = [("content-type", "application/cloudevents-batch+json"), ("x-request-id", "events-1")];
    let sent = api.raw(Method::POST, "/events", Some(event.to_string().into_bytes()), &headers).await;
    assert_eq!(sent.status, 202);
    assert_eq!(all(&api, "events-1", 2).await.len(), 2, "the unreadable one and the batch");
    server.stop().await;
}

#[tokio::test]
async fn what_graphql_refuses_is_in_the_log_as_what_it_says() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let post = r#"mutation($input: PurchaseInput!) { purchase(input: $input) { __typename } }"#;
    let input = json!({"transactionId": "G-1", "retailer": "nowhere", "amount": 100, "currency": "USD"});
    let refused = api.graph(post, json!({"input": input})).await;
    assert_eq!(refused.data()["purchase"]["__typename"], "Rejected");
    let logged = api.logged("G-1").await;
    assert_eq!((&logged["route"], &logged["status"]), (&json!("/graphql"), &json!(422)));
    assert_eq!(logged["problem"]["code"], "unknown_retailer");
    let input = json!({"transactionId": "G-2", "retailer": "main", "amount": 100, "currency": "USD"});
    api.graph(post, json!({"input": input})).await.data();
    assert_eq!(api.logged("G-2").await["status"], 200);
    let query = json!({"query": "{ noSuchField }"});
    let wrong = api.call(Method::POST, "/graphql", Some(&query), &[("x-request-id", "query")]).await;
    assert_eq!(wrong.codes(), ["malformed_request"]);
    assert_eq!(api.logged("query").await["status"], 400);
    let read = json!({"query": "{ __typename }"});
    api.call(Method::POST, "/graphql", Some(&read), &[("x-request-id", "typename")]).await.data();
    let log = api.get("/requests?limit=200").await.body.to_string();
    assert!(!log.contains("typename"), "{log}");
    server.stop().await;
}

#[tokio::test]
async fn what_apps_ask_is_there_under_the_customer_and_without_the_token() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com", "name": "Ada Lovelace"})).await;
    let token = server.token(&merchant, "ada@example.com").await;
    let app = server.api_with(Some(&token));
    let send = async |method: Method, path: &str, body: Option<Value>, id: &str| {
        app.call(method, path, body.as_ref(), &[("x-request-id", id)]).await
    };
    send(Method::GET, "/me", None, "app-read").await.ok(StatusCode::OK);
    let claim = json!({"claim_code": "7K3M-9QXT-2WDF-8RBN"});
    send(Method::POST, "/me/claims", Some(claim), "app-claim").await.problem(404, "not_found");
    let wrong = json!({"reward": "ada@example.com"});
    send(Method::POST, "/me/redemptions", Some(wrong), "app-wrong").await.problem(422, "invalid");
    let read = json!({"up_to": 1});
    send(Method::POST, "/me/notifications/read", Some(read), "app-write").await.ok(StatusCode::OK);

    let refused = api.logged("app-wrong").await;
    assert_eq!((&refused["route"], &refused["status"]), (&json!("/api/v1/me/redemptions"), &json!(422)));
    assert_eq!((&refused["customer_id"], refused.get("key")), (&json!(ada), None));
    assert_eq!(refused["problem"]["errors"][0]["pointer"], "/reward");
    assert_eq!(api.logged("app-claim").await["route"], "/api/v1/me/claims");
    assert_eq!(api.logged("app-write").await["status"], 200);
    let of_apps = api.get("/requests?key=apps").await;
    let of_apps = of_apps.ok(StatusCode::OK)["data"].as_array().unwrap();
    assert_eq!(of_apps.len(), 3);
    assert!(of_apps.iter().all(|request| request["customer_id"] == json!(ada)), "{of_apps:?}");
    assert_eq!(all(&api, &ada, 3).await.len(), 3, "they are found by the customer");
    api.get("/requests?key=odd").await.problem(400, "malformed_query");
    // Nothing of the token, and of the customer no more than the id.
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT r::text FROM request_log AS r").fetch_all(server.pool()).await.unwrap();
    let stored = stored.join("\n").to_lowercase();
    for absent in ["ada@", "lovelace", "app-read", &token.to_lowercase(), &token[4..20].to_lowercase()] {
        assert!(!stored.contains(absent), "{absent} in {stored}");
    }
    let other = server.merchant("other").await;
    assert_eq!(server.api(&other).get(&format!("/requests?q={ada}")).await.body["data"], json!([]));
    let db = server.stop().await;
    let (apps, key): (i64, bool) = sqlx::query_as(
        "SELECT sum(requests)::int8, bool_and(api_key_id = '00000000-0000-0000-0000-000000000000')
         FROM request_counts WHERE route LIKE '/api/v1/me%'",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!((apps, key), (3, true));
}

#[tokio::test]
async fn a_log_that_is_full_stands_in_nobodys_way() {
    let server = TestServer::start_with(&[("PERENNIAL_REQUEST_LOG", "3")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.post("/purchases", json!({"transaction_id": "first"})).await.problem(422, "invalid");
    api.logged("first").await;
    // Nothing can be written while somebody else holds the table.
    let mut holder = server.pool().begin().await.unwrap();
    sqlx::query("LOCK TABLE request_log IN ACCESS EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    for number in 0..20 {
        let stored = api.post("/purchases", purchase(&format!("P-{number}"), "ada@example.com", 100)).await;
        stored.ok(StatusCode::CREATED);
        api.post("/purchases", json!({"transaction_id": "wrong"})).await.problem(422, "invalid");
    }
    let metrics = String::from_utf8(server.get("/metrics").await.bytes.to_vec()).unwrap();
    let dropped = metrics.lines().find_map(|line| line.strip_prefix("request_log_dropped_total "));
    assert!(dropped.is_some_and(|dropped| dropped.parse::<u64>().unwrap() > 20), "{metrics}");
    holder.rollback().await.unwrap();
    // And goes on when it can.
    let sent = async {
        loop {
            api.post("/purchases", json!({"transaction_id": "last"})).await.problem(422, "invalid");
            let found = api.get("/requests?q=last").await;
            if !found.ok(StatusCode::OK)["data"].as_array().unwrap().is_empty() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(STUCK, sent).await.expect("the log goes on");
    server.stop().await;
}

#[tokio::test]
async fn all_are_counted_whether_they_are_written_down_or_not() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let till = server.key(&merchant, &[Scope::PurchasesWrite], None).await;
    let till = server.api_with(Some(&till));
    for number in 0..50 {
        till.post("/purchases", purchase(&format!("C-{number}"), "ada@example.com", 100))
            .await
            .ok(StatusCode::CREATED);
    }
    till.post("/purchases", json!({"transaction_id": "wrong"})).await.problem(422, "invalid");
    let db = server.stop().await;
    // What was in memory is written before a server stops.
    let (requests, statuses): (i64, i64) = sqlx::query_as(
        "SELECT sum(requests)::int8, count(DISTINCT status) FROM request_counts WHERE route = '/api/v1/purchases'",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!((requests, statuses), (51, 2));
    let (answered, refused): (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE status = 201), count(*) FILTER (WHERE status = 422) FROM request_log
         WHERE route = '/api/v1/purchases'",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert!((1..50).contains(&answered), "a sample of what went well: {answered}");
    assert_eq!(refused, 1);
}
