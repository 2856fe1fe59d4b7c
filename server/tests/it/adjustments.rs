//! Points given and taken by hand, and the queues, over the API.

use http::StatusCode;
use perennial_domain::access::Scope;
use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn points_are_given_and_taken_once_with_a_dry_run_before() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com", "external_id": "crm-1"})).await;
    let path = "/customers/ext:crm-1/adjustments";
    let gift = json!({"points": 150, "reason": "The card was not scanned", "expires_on": "2199-12-31"});

    let look = api.post(&format!("{path}?dry_run=true"), gift.clone()).await;
    let body = look.ok(StatusCode::OK);
    assert_eq!(
        (&body["dry_run"], &body["points_before"], &body["points_after"]),
        (&json!(true), &json!(0), &json!(150))
    );
    let given = api.call(http::Method::POST, path, Some(&gift), &[("idempotency-key", "gift-1")]).await;
    assert_eq!(given.ok(StatusCode::CREATED)["customer_id"], json!(ada));
    let again = api.call(http::Method::POST, path, Some(&gift), &[("idempotency-key", "gift-1")]).await;
    assert_eq!(again.ok(StatusCode::CREATED), given.ok(StatusCode::CREATED));
    let other = json!({"points": 151, "reason": "Another"});
    let other = api.call(http::Method::POST, path, Some(&other), &[("idempotency-key", "gift-1")]).await;
    other.problem(422, "idempotency_key_reused");

    let too_much = api.post(path, json!({"points": -151, "reason": "Too much"})).await;
    too_much.problem(409, "insufficient_points");
    api.post(path, json!({"points": -50, "reason": "Too many were given"})).await.ok(StatusCode::CREATED);
    let listed = api.get(path).await;
    let rows = listed.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
    assert_eq!(rows.iter().map(|row| row["points"].as_i64().unwrap()).collect::<Vec<_>>(), [-50, 150]);
    let points = api.get(&format!("/points/{ada}")).await;
    let points = points.ok(StatusCode::OK);
    assert_eq!((&points["points"], &points["lifetime"]), (&json!(100), &json!(0)));
    assert_eq!(points["expiring"], json!([{"expires_on": "2199-12-31", "points": 100}]));
    for (body, pointer) in [
        (json!({"points": 0, "reason": "r"}), "/points"),
        (json!({"points": 1, "reason": ""}), "/reason"),
        (json!({"points": 1, "reason": "r", "expires_on": "2001-01-01"}), "/expires_on"),
        (json!({"points": 1, "reason": "r", "by": "me"}), "/by"),
    ] {
        let refused = api.post(path, body).await;
        assert_eq!((refused.status, refused.body["errors"][0]["pointer"].as_str()), (422, Some(pointer)));
    }
    let both = server.key(&merchant, &[Scope::CustomersRead, Scope::PointsAdjust], None).await;
    let till = server.api_with(Some(&both));
    till.post(path, json!({"points": 1, "reason": "By a key"})).await.ok(StatusCode::CREATED);
    server.stop().await;
}

#[tokio::test]
async fn dead_letters_are_listed_retried_and_discarded() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    sqlx::query(
        "INSERT INTO dead_letters
         SELECT id, 'nobody', number, '{\"purchases\": []}', now(), now(), 10, 'It broke'
         FROM merchants, (VALUES (7), (8)) AS letter (number) WHERE slug = 'shop'",
    )
    .execute(server.pool())
    .await
    .unwrap();
    let letters = api.get("/dead-letters?limit=1").await;
    let letters = letters.ok(StatusCode::OK);
    assert_eq!((&letters["data"][0]["id"], &letters["data"][0]["error"]), (&json!(8), &json!("It broke")));
    assert!(letters["next"].is_string());
    let done = api.post("/dead-letters/nobody/8/discard", json!({})).await;
    assert_eq!(done.ok(StatusCode::OK)["outcome"], "discarded");
    api.post("/dead-letters/nobody/7/retry", json!({})).await.ok(StatusCode::OK);
    api.post("/dead-letters/nobody/7/retry", json!({})).await.problem(404, "not_found");
    api.post("/dead-letters/nobody/seven/retry", json!({})).await.problem(404, "not_found");
    let queues = api.get("/queues").await;
    let rows = queues.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
    let nobody = rows.iter().find(|row| row["module"] == "nobody").unwrap();
    assert_eq!((&nobody["waiting"], &nobody["dead"]), (&json!(1), &json!(0)));
    server.stop().await;
}

/// All of a module in one call, once for each idempotency key; the list can be narrowed to a module.
#[tokio::test]
async fn all_dead_letters_of_a_module_are_retried_together() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let bury = async |first: i64, last: i64| {
        sqlx::query(
            "INSERT INTO dead_letters
             SELECT id, CASE WHEN number = 1 THEN 'somebody' ELSE 'nobody' END, number, '{\"purchases\": []}', now(), now(),
                    10, 'It broke'
             FROM merchants, generate_series($1::int8, $2::int8) AS number WHERE slug = 'shop'",
        )
        .bind(first)
        .bind(last)
        .execute(server.pool())
        .await
        .unwrap();
    };
    bury(1, 3).await;
    let of = api.get("/dead-letters?module=somebody").await;
    let ids: Vec<_> =
        of.ok(StatusCode::OK)["data"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(1)]);
    let retry = async || {
        let key = [("idempotency-key", "all-of-them")];
        let path = "/dead-letters/nobody/retry";
        api.call(http::Method::POST, path, Some(&json!({})), &key).await.ok(StatusCode::OK).clone()
    };
    assert_eq!(retry().await, json!({"retried": 2, "remaining": 0}));
    bury(4, 4).await;
    assert_eq!(retry().await, json!({"retried": 2, "remaining": 0}), "the same request, the same answer");
    let left = api.get("/dead-letters").await;
    assert_eq!(left.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 2);
    server.stop().await;
}
