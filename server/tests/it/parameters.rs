//! The query of an address: what an operation does not know is refused, and what it knows is obeyed.

use http::StatusCode;
use perennial_server::api::openapi::Credential;
use serde_json::{Value, json};

use crate::{
    access::{Things, operations, send},
    support::{Api, TestServer},
};

/// What a merchant has set up, and what was sold and redeemed.
async fn everything(api: &Api<'_>) -> Vec<Value> {
    let mut found = Vec::new();
    for list in [
        "/merchant",
        "/retailers",
        "/products",
        "/promotions",
        "/cashback-offers",
        "/reward-policies",
        "/tiers",
        "/rewards",
        "/redemptions",
        "/purchases",
        "/message-templates",
    ] {
        found.push(api.get(list).await.ok(StatusCode::OK).clone());
    }
    found
}

#[tokio::test]
async fn no_operation_takes_a_parameter_that_it_does_not_know() {
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "0")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let things = Things::make(&api, "a").await;
    let app = server.app(&merchant, &things.customer).await;
    let nobody = server.api_with(None);
    let before = everything(&api).await;
    for operation in operations() {
        let with = match Credential::of(&operation.path) {
            Credential::ApiKey => &api,
            Credential::CustomerToken => &app,
            Credential::Nothing => &nobody,
        };
        let path = format!("{}?surely~unknown=1", things.path(&operation));
        let body = perennial_server::api::openapi::example_request(&operation.id);
        let reply = send(with, &operation, &path, body.as_ref()).await;
        let refused = reply.problem(422, "invalid");
        let unknown = ("/surely~0unknown".to_owned(), "unknown_parameter".to_owned());
        assert_eq!(refused, [unknown], "{}", operation.id);
    }
    assert_eq!(everything(&api).await, before, "nothing was changed");
    api.get(&format!("/webhooks/{}", things.webhook)).await.ok(StatusCode::OK);
    app.get("/me").await.ok(StatusCode::OK);
    // Who may not even ask is told that, and nothing else.
    nobody.get("/customers?surely_unknown=1").await.problem(401, "unauthorized");
    server.stop().await;
}

/// Where the address says it all, what is sent along is not taken for nothing: it may have been meant to say when.
#[tokio::test]
async fn no_operation_takes_a_body_that_it_does_not_look_at() {
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "0")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let things = Things::make(&api, "a").await;
    let app = server.app(&merchant, &things.customer).await;
    let before = everything(&api).await;
    let document = perennial_server::api::openapi::document();
    let mut sent = 0;
    for operation in operations() {
        let described = &document["paths"][&operation.path]["post"];
        if operation.method != http::Method::POST || !described["requestBody"].is_null() {
            continue;
        }
        let with = if Credential::of(&operation.path) == Credential::CustomerToken { &app } else { &api };
        let reply = with.post(&things.path(&operation), json!({"surely_unknown": 1})).await;
        let unknown = ("/surely_unknown".to_owned(), "unknown_field".to_owned());
        assert_eq!(reply.problem(422, "invalid"), [unknown], "{}", operation.id);
        sent += 1;
    }
    assert!(sent >= 20, "only {sent} operations take no body");
    assert_eq!(everything(&api).await, before, "nothing was changed");
    server.stop().await;
}

#[tokio::test]
async fn a_change_that_cannot_be_tried_out_is_not_made_instead() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let things = Things::make(&api, "a").await;
    let before = everything(&api).await;
    for path in [
        format!("/cashback-offers/{}", things.offer),
        format!("/rewards/{}", things.reward),
        format!("/retailers/{}", things.retailer),
        format!("/products/{}", things.product),
        format!("/webhooks/{}", things.webhook),
    ] {
        for reply in [
            api.delete(&format!("{path}?dry_run=true")).await,
            api.patch(&format!("{path}?dry_run=true"), json!({"name": "Other"})).await,
        ] {
            assert_eq!(reply.problem(422, "invalid")[0].0, "/dry_run", "{path}");
        }
    }
    let bought = crate::support::purchase("t-9", "ada@example.com", 900);
    assert_eq!(api.post("/purchases?dry_run=true", bought).await.problem(422, "invalid")[0].0, "/dry_run");
    assert_eq!(everything(&api).await, before);
    server.stop().await;
}

#[tokio::test]
async fn policies_and_redemptions_are_tried_out_before_they_are_changed() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let tried = |body: &Value| (body["dry_run"].clone(), body["state"].clone());

    let terms = json!({"name": "Welcome", "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 5}]});
    let policy = format!("/reward-policies/{}", api.published("/reward-policies", terms).await);
    let state = async || api.get(&policy).await.ok(StatusCode::OK)["state"].clone();
    let dry = api.post(&format!("{policy}/pause?dry_run=true"), json!({})).await;
    assert_eq!(tried(dry.ok(StatusCode::OK)), (json!(true), json!("paused")));
    let dry = api.delete(&format!("{policy}?dry_run=true")).await;
    assert_eq!(tried(dry.ok(StatusCode::OK)), (json!(true), json!("archived")));
    assert_eq!(state().await, "running");
    api.post(&format!("{policy}/pause"), json!({})).await.ok(StatusCode::OK);
    let dry = api.post(&format!("{policy}/resume?dry_run=true"), json!({})).await;
    assert_eq!(tried(dry.ok(StatusCode::OK)), (json!(true), json!("running")));
    assert_eq!(state().await, "paused");

    let customer = api.create("/customers", json!({"email": "ada@example.com"})).await;
    let given = json!({"points": 500, "reason": "To spend"});
    api.create(&format!("/customers/{customer}/adjustments"), given).await;
    let redeem = async |reward: Value, hold: Value| {
        let reward = api.create("/rewards", reward).await;
        let redemption = json!({"customer": {"id": customer}, "reward": reward, "hold_seconds": hold});
        format!("/redemptions/{}", api.create("/redemptions", redemption).await)
    };
    let money = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
    let held = redeem(money, json!(600)).await;
    let dry = api.post(&format!("{held}/capture?dry_run=true"), json!({})).await;
    let body = dry.ok(StatusCode::OK);
    assert_eq!(tried(body).0, true);
    let mut fields = vec![body];
    while let Some(value) = fields.pop() {
        assert!(value.get("code").is_none(), "a dry run shows no code: {body}");
        fields.extend(value.as_object().into_iter().flat_map(|fields| fields.values()));
    }
    assert_eq!(api.get(&held).await.ok(StatusCode::OK)["state"], "reserved");
    let mug = json!({"name": "Mug", "kind": "external", "points_cost": 100});
    let mug = redeem(mug, Value::Null).await;
    let dry = api.post(&format!("{mug}/advance?dry_run=true"), json!({"to": "shipped"})).await;
    assert_eq!(tried(dry.ok(StatusCode::OK)), (json!(true), json!("shipped")));
    assert_eq!(api.get(&mug).await.ok(StatusCode::OK)["state"], "captured");
    server.stop().await;
}

/// Whatever is looked for is found, not found, or refused; the server never fails by it.
#[tokio::test]
async fn no_text_or_instant_that_the_database_does_not_take_is_a_failure() {
    let server =
        TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "0"), ("PERENNIAL_RATE_PER_KEY", "0")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let things = Things::make(&api, "a").await;
    // The last is a cursor: `"a\0b"`, as a list that goes by a text would have it.
    let odd = ["%00", "a%00b", "-10000-01-01T00:00:00Z", "%2B12000-01-01T00:00:00Z", "ImFcdTAwMDBiIg"];
    let document = perennial_server::api::openapi::document();
    let mut asked = 0;
    for operation in operations() {
        if operation.method != http::Method::GET || Credential::of(&operation.path) != Credential::ApiKey {
            continue;
        }
        let path = things.path(&operation);
        let parameters = document["paths"][&operation.path]["get"]["parameters"].as_array().cloned();
        for parameter in parameters.unwrap_or_default() {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            for value in odd {
                let reply = api.get(&format!("{path}?{name}={value}")).await;
                assert!(reply.status < 500, "{path}?{name}={value}: {reply:?}");
                asked += 1;
            }
        }
        let placed: Vec<&str> =
            operation.path.split('/').map(|part| if part.starts_with('{') { "%00" } else { part }).collect();
        let reply = api.get(&placed.join("/")).await;
        assert!(reply.status < 500, "{}: {reply:?}", operation.id);
    }
    assert!(asked >= 200, "only {asked} queries were tried");
    assert_eq!(api.get("/customers?search=%00").await.ok(StatusCode::OK)["data"], json!([]));
    assert_eq!(api.get("/products?category=%00").await.ok(StatusCode::OK)["data"], json!([]));
    let far = api.get("/purchases?from=-10000-01-01T00:00:00Z").await;
    assert_eq!(far.problem(422, "invalid"), [("/from".to_owned(), "out_of_range".to_owned())]);
    let draft = api.create("/promotions", json!({"name": "Far", "flat_points": 1})).await;
    for instant in ["-10000-01-01T00:00:00Z", "+12000-01-01T00:00:00Z"] {
        let publish = format!("/promotions/{draft}/publish");
        let refused = api.post(&publish, json!({"effective_from": instant})).await;
        assert_eq!(refused.problem(422, "invalid")[0].0, "/effective_from", "{instant}");
    }
    server.stop().await;
}
