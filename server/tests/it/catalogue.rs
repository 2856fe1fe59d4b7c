//! Retailers, products, the merchant's settings and reconciliation.

use http::StatusCode;
use perennial_testkit::TestDb;
use serde_json::{Value, json};

use crate::support::{Api, TestServer, purchase};

async fn all(api: &Api<'_>, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut after = String::new();
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = api.get(&format!("{path}{sign}limit=2{after}")).await;
        rows.extend(page.ok(StatusCode::OK)["data"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn retailers_are_created_listed_changed_and_archived() {
    let server = TestServer::start().await;
    let merchant = server.empty_merchant("shop").await;
    let api = server.api(&merchant);
    let input = json!({
        "code": "vienna-1", "name": "Vienna", "region": "east", "time_zone": "Europe/Vienna", "business_day_start": "04:00",
    });
    let created = api.post("/retailers", input.clone()).await;
    let body = created.ok(StatusCode::CREATED);
    for (field, value) in input.as_object().unwrap() {
        assert_eq!(body[field], *value, "{field}");
    }
    assert_eq!(api.post("/retailers", input).await.problem(409, "code_taken"), []);
    let id = created.text("id");
    let changed = api.patch(&format!("/retailers/{id}"), json!({"region": null, "name": "Vienna 1"})).await;
    let body = changed.ok(StatusCode::OK);
    assert_eq!(
        (&body["region"], &body["name"], &body["code"]),
        (&Value::Null, &json!("Vienna 1"), &json!("vienna-1"))
    );
    assert_eq!(api.get(&format!("/retailers/{id}")).await.body, *body);
    let wrong = [
        (json!({"code": "b", "name": "B", "time_zone": "Mars/Olympus"}), "/time_zone"),
        (json!({"code": "b", "name": "B", "business_day_start": "25:00"}), "/business_day_start"),
        (json!({"code": "", "name": "B"}), "/code"),
        (json!({"name": "B"}), "/code"),
        (json!({"code": "b", "name": "B", "owner": "me"}), "/owner"),
    ];
    for (input, pointer) in wrong {
        let errors = api.post("/retailers", input).await.problem(422, "invalid");
        assert_eq!(errors[0].0, pointer);
    }
    for n in 2..6 {
        api.create("/retailers", json!({"code": format!("vienna-{n}"), "name": format!("Number {n}")})).await;
    }
    let codes = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        codes(&all(&api, "/retailers").await),
        ["vienna-1", "vienna-2", "vienna-3", "vienna-4", "vienna-5"]
    );
    assert_eq!(codes(&all(&api, "/retailers?search=number%203").await), ["vienna-3"]);
    api.delete(&format!("/retailers/{id}")).await.ok(StatusCode::OK);
    assert_eq!(all(&api, "/retailers").await.len(), 4);
    assert_eq!(all(&api, "/retailers?archived=true").await.len(), 5);
    assert!(api.get(&format!("/retailers/{id}")).await.body["archived_at"].is_string());
    let back = api.patch(&format!("/retailers/{id}"), json!({"archived": false})).await;
    assert!(back.ok(StatusCode::OK)["archived_at"].is_null());
    server.stop().await;
}

#[tokio::test]
async fn products_are_created_listed_changed_and_archived() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let created = api
        .post(
            "/products",
            json!({"sku": "APPLE", "name": "Apple", "category": "fruit", "tags": ["red", "local", "red"]}),
        )
        .await;
    assert_eq!(created.ok(StatusCode::CREATED)["tags"], json!(["local", "red"]));
    api.post("/products", json!({"sku": "APPLE", "name": "Another"})).await.problem(409, "sku_taken");
    let id = created.text("id");
    let promotion = api
        .create(
            "/promotions",
            json!({"name": "Fruit", "award_rate": "10", "products": {"include": ["category:fruit"]}}),
        )
        .await;
    api.post(&format!("/promotions/{promotion}/publish"), json!({})).await.ok(StatusCode::OK);
    let earned = async |transaction: &str| {
        let posted = api.post("/purchases", purchase(transaction, "ada@example.com", 1000)).await;
        posted.ok(StatusCode::CREATED)["points_earned"].as_i64().unwrap()
    };
    assert_eq!(earned("t-1").await, 100);
    api.patch(&format!("/products/{id}"), json!({"category": "vegetables"})).await.ok(StatusCode::OK);
    assert_eq!(earned("t-2").await, 0, "the catalogue of the moment counts, at once");
    api.patch(&format!("/products/{id}"), json!({"category": "fruit"})).await.ok(StatusCode::OK);
    assert_eq!(earned("t-3").await, 100);
    api.delete(&format!("/products/{id}")).await.ok(StatusCode::OK);
    assert_eq!(earned("t-4").await, 0, "an archived product is an unknown one");
    api.create("/products", json!({"sku": "PEAR", "name": "Pear", "category": "fruit"})).await;
    assert_eq!(all(&api, "/products?category=fruit").await.len(), 1);
    assert_eq!(all(&api, "/products?archived=true").await.len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn settings_are_read_and_changed() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let before = api.get("/merchant").await;
    assert_eq!(before.ok(StatusCode::OK)["currency"], "USD");
    assert_eq!(before.body["slug"], "shop");
    assert_eq!(before.body["id"], merchant.cx.merchant().to_string());
    let change = json!({
        "points_name": "leaves", "rounding": "half_even", "carry_over": true, "claim_days": 10, "point_value": {"points": 100, "amount": 100},
        "default_country": "AT", "return_policy": "floor_zero", "pending_days": 14, "cashback_mode": "best",
        "expiry": {"kind": "after_months", "months": 12, "month_end": true},
        "tiers": {"basis": "spend", "window": {"kind": "calendar_year"}, "demotion": "straight", "grace_days": 30},
    });
    let after = api.patch("/merchant", change.clone()).await;
    for (field, value) in change.as_object().unwrap() {
        assert_eq!(after.ok(StatusCode::OK)[field], *value, "{field}");
    }
    for field in ["id", "slug", "name"] {
        assert_eq!(after.body[field], before.body[field], "{field}");
    }
    let local = json!({
        "transaction_id": "t-1", "retailer": "main", "currency": "USD", "amount": 100, "customer": {"phone": "0660 1234567"},
    });
    api.post("/purchases", local).await.ok(StatusCode::CREATED);
    assert_eq!(api.get("/customers").await.body["data"][0]["phone"], "+436601234567");
    api.patch("/merchant", json!({"currency": "EUR"})).await.problem(409, "currency_in_use");
    for (wrong, pointer) in [
        (json!({"claim_days": 0}), "/claim_days"),
        (json!({"rounding": "up"}), "/rounding"),
        (json!({"expiry": {}}), "/expiry/kind"),
        (json!({"expiry": {"kind": "after_months", "months": 0}}), "/expiry/months"),
        (json!({"return_policy": "pending_until_return_window", "pending_days": 0}), "/pending_days"),
        (json!({"tiers": {"grace_days": 366}}), "/tiers/grace_days"),
        (json!({"carry_over": "yes"}), "/carry_over"),
        (json!({"point_value": {"points": 0, "amount": 1}}), "/point_value/points"),
    ] {
        assert_eq!(api.patch("/merchant", wrong).await.problem(422, "invalid")[0].0, pointer);
    }
    let cleared = api.patch("/merchant", json!({"point_value": null})).await;
    assert!(cleared.ok(StatusCode::OK)["point_value"].is_null());
    server.stop().await;
}

/// A dry run of another expiry policy says what would become of the points that are there, and leaves no trace.
#[tokio::test]
async fn a_change_of_settings_is_tried_before_it_is_made() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let sale = json!({"transaction_id": "t-1", "retailer": "main", "currency": "USD", "amount": 100, "customer": {"external_id": "c"}});
    api.post("/purchases", sale).await.ok(StatusCode::CREATED);
    let idle = json!({"expiry": {"kind": "inactivity", "months": 6}});
    let tried = api.patch("/merchant?dry_run=true", idle.clone()).await;
    let body = tried.ok(StatusCode::OK);
    assert_eq!(
        (&body["dry_run"], &body["slug"], &body["expiry"]["kind"]),
        (&json!(true), &json!("shop"), &json!("inactivity"))
    );
    let change = &body["expiry_change"];
    assert_eq!(change["after"], "Points expire after 6 months without activity");
    assert_eq!(change["existing"]["earlier"], json!({"customers": 1, "points": 10}));
    assert_eq!(change["existing"]["sampled"], false);
    assert_eq!(change["existing"]["moves"][0]["from"], Value::Null);
    assert_eq!(api.get("/merchant").await.body["expiry"]["kind"], "never");
    let other = api.patch("/merchant?dry_run=true", json!({"points_name": "leaves"})).await;
    assert!(other.ok(StatusCode::OK).get("expiry_change").is_none());
    api.patch("/merchant?dry_run=true", json!({"claim_days": 0})).await.problem(422, "invalid");
    let changed = api.patch("/merchant", idle).await;
    assert!(changed.ok(StatusCode::OK).get("dry_run").is_none() && changed.body["expiry"]["months"] == 6);
    server.stop().await;
}

#[tokio::test]
async fn the_last_reconciliation_can_be_read() {
    let db = TestDb::new().await;
    // Workers check the books by themselves, some seconds after they have started: before there are any, nobody has.
    let before = TestServer::start_without_workers(&db.url).await;
    let merchant = before.merchant("shop").await;
    assert_eq!(
        before.api(&merchant).get("/reconciliation").await.ok(StatusCode::OK),
        &json!({"clean": null, "data": [], "recent": []})
    );
    before.server.stop().await;
    let server = TestServer::start_on(&db.url, &[]).await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    for n in 0..20 {
        api.post("/purchases", purchase(&format!("t-{n}"), "ada@example.com", 999))
            .await
            .ok(StatusCode::CREATED);
    }
    api.settle().await;
    server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap();
    let read = api.get("/reconciliation").await;
    let body = read.ok(StatusCode::OK);
    assert_eq!(body["clean"], true, "{body}");
    let names: Vec<_> =
        body["data"].as_array().unwrap().iter().map(|check| check["invariant"].clone()).collect();
    assert_eq!(names, perennial_engine::reconcile::Invariant::ALL.map(|invariant| invariant.name()));
    // Nothing was returned, nothing has matured, no message waits.
    let none = ["I7", "I8", "I10"];
    let looked = |check: &Value| {
        none.iter().any(|one| check["invariant"] == *one) || check["checked"].as_i64().unwrap() > 0
    };
    assert!(body["data"].as_array().unwrap().iter().all(looked), "{body}");
    server.server.stop().await;
}
