//! Customers: got or created by identity, searched, read, changed; their entries, lots and points.

use http::StatusCode;
use serde_json::json;

use crate::support::{TestServer, purchase};

#[tokio::test]
async fn creating_gets_who_is_there_by_any_identity() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let created = api
        .post("/customers", json!({"name": "Ada", "email": " Ada@Example.com", "external_id": "crm-1"}))
        .await;
    let body = created.ok(StatusCode::CREATED);
    assert_eq!((body["email"].as_str(), body["points"].as_i64()), (Some("ada@example.com"), Some(0)));
    let again = api.post("/customers", json!({"email": "ada@example.com", "phone": "+436601234567"})).await;
    assert_eq!(again.ok(StatusCode::OK)["id"], body["id"]);
    assert_eq!(again.body["phone"], "+436601234567", "what is new is added");
    let bob = api.post("/customers", json!({"email": "bob@example.com"})).await;
    assert_ne!(bob.ok(StatusCode::CREATED)["id"], body["id"]);
    let both = json!({"email": "bob@example.com", "external_id": "crm-1"});
    api.post("/customers", both).await.problem(409, "customers_differ");
    let other = json!({"email": "other@example.com", "external_id": "crm-1"});
    api.post("/customers", other).await.problem(409, "customer_differs");
    api.post("/customers", json!({"name": "Nobody"})).await.problem(422, "invalid");
    let errors = api.post("/customers", json!({"email": "no", "phone": "1"})).await.problem(422, "invalid");
    assert_eq!(errors.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), ["/email", "/phone"]);
    server.stop().await;
}

#[tokio::test]
async fn customers_are_searched_paged_and_changed() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    for n in 0..5 {
        let input = json!({"name": format!("Customer {n}"), "email": format!("c{n}@example.com"), "external_id": format!("crm/{n}")});
        api.post("/customers", input).await.ok(StatusCode::CREATED);
    }
    let found = async |search: &str| {
        let page = api.get(&format!("/customers?search={search}")).await;
        page.ok(StatusCode::OK)["data"].as_array().unwrap().len()
    };
    assert_eq!(found("customer").await, 5);
    assert_eq!(found("c3@").await, 1);
    assert_eq!(found("crm").await, 5);
    assert_eq!(found("%25").await, 0, "a wildcard stands for itself");
    let mut seen = 0;
    let mut path = "/customers?limit=2".to_owned();
    loop {
        let page = api.get(&path).await;
        seen += page.ok(StatusCode::OK)["data"].as_array().unwrap().len();
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/customers?limit=2&after={next}");
    }
    assert_eq!(seen, 5);

    let by_external_id = api.get("/customers/ext:crm%2F3").await;
    let id = by_external_id.text("id");
    assert_eq!(api.get(&format!("/customers/{id}")).await.ok(StatusCode::OK), &by_external_id.body);
    let changed =
        api.patch("/customers/ext:crm%2F3", json!({"name": null, "email": "new@example.com"})).await;
    assert_eq!(
        (&changed.ok(StatusCode::OK)["name"], &changed.body["email"]),
        (&json!(null), &json!("new@example.com"))
    );
    let taken = api.patch(&format!("/customers/{id}"), json!({"email": "c1@example.com"})).await;
    taken.problem(409, "identity_taken");
    let none = api.patch(&format!("/customers/{id}"), json!({"email": null, "external_id": null})).await;
    none.problem(409, "identity_required");
    for path in ["/customers/ext:nobody", "/customers/0", "/customers/ext:", "/points/ext:nobody"] {
        api.get(path).await.problem(404, "not_found");
    }
    server.stop().await;
}

#[tokio::test]
async fn entries_lots_and_points_follow_from_purchases() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    for n in 0..3 {
        let mut input = purchase(&format!("t-{n}"), "ada@example.com", 1000);
        input["customer"] = json!({"external_id": "crm-1"});
        api.post("/purchases", input).await.ok(StatusCode::CREATED);
    }
    let points = api.get("/customers/ext:crm-1/points").await;
    let body = points.ok(StatusCode::OK);
    assert_eq!((body["points"].as_i64(), body["lifetime"].as_i64()), (Some(300), Some(300)));
    for field in ["pending", "reserved", "debt"] {
        assert_eq!(body[field], 0);
    }
    assert!(body["as_of"].is_string());
    let entries = api.get("/customers/ext:crm-1/entries?limit=2").await;
    let rows = entries.ok(StatusCode::OK)["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["amount"] == 100 && row["kind"] == "purchase" && row["account"] == "available")
    );
    assert!(rows[0]["sequence"].as_i64() > rows[1]["sequence"].as_i64(), "newest first");
    let rest = api.get(&format!("/customers/ext:crm-1/entries?limit=2&after={}", entries.text("next"))).await;
    assert_eq!(rest.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 1);
    // Of one sort, page by page.
    let taken = json!({"points": -40, "reason": "A mistake at the till"});
    api.post("/customers/ext:crm-1/adjustments", taken).await.ok(StatusCode::CREATED);
    let earned = api.get("/customers/ext:crm-1/entries?kind=earned&limit=3").await;
    assert_eq!(earned.ok(StatusCode::OK)["data"][0]["kind"], "adjustment");
    let rest = api
        .get(&format!("/customers/ext:crm-1/entries?kind=earned&limit=3&after={}", earned.text("next")))
        .await;
    assert_eq!(rest.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 1);
    for none in ["spent", "pending", "expired"] {
        let entries = api.get(&format!("/customers/ext:crm-1/entries?kind={none}")).await;
        assert_eq!(entries.ok(StatusCode::OK)["data"], json!([]), "{none}");
    }
    api.get("/customers/ext:crm-1/entries?kind=purchase").await.problem(400, "malformed_query");
    api.post("/customers/ext:crm-1/adjustments", json!({"points": 40, "reason": "It was right"}))
        .await
        .ok(StatusCode::CREATED);
    let lots = api.get("/customers/ext:crm-1/lots").await;
    assert_eq!(lots.ok(StatusCode::OK)["data"], json!([{"expires_on": null, "remaining": 300}]));
    server.stop().await;
}
