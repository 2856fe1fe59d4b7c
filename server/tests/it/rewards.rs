//! Rewards, redemptions and vouchers over the API.

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::support::{Api, TestServer};

/// A customer with so many points.
async fn rich(api: &Api<'_>, email: &str, points: i64) -> String {
    let customer = api.create("/customers", json!({"email": email})).await;
    let given = json!({"points": points, "reason": "To spend"});
    api.create(&format!("/customers/{customer}/adjustments"), given).await;
    customer
}

fn five_off(fields: Value) -> Value {
    let mut reward = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
    reward.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    reward
}

#[tokio::test]
async fn a_reward_is_created_changed_and_archived() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let created = api.post("/rewards", five_off(json!({"stock": 10, "valid_days": 30}))).await;
    let body = created.ok(StatusCode::CREATED);
    assert_eq!((&body["stock"], &body["left"], &body["version"]), (&json!(10), &json!(10), &json!(1)));
    assert!(body["summary"].as_str().unwrap().contains('5'), "{body}");
    let path = format!("/rewards/{}", created.text("id"));
    let changed = api.patch(&path, json!({"name": "Six off", "value": 600, "valid_days": null})).await;
    let body = changed.ok(StatusCode::OK);
    assert_eq!((&body["name"], &body["stock"], &body["version"]), (&json!("Six off"), &json!(10), &json!(2)));
    assert!(body.get("valid_days").is_none());
    assert_eq!(api.patch(&path, json!({"stock": null})).await.ok(StatusCode::OK)["left"], Value::Null);
    assert_eq!(api.get(&path).await.ok(StatusCode::OK)["points_cost"], 100);
    for (wrong, pointer) in [
        (five_off(json!({"value": "much"})), "/value"),
        (five_off(json!({"points_cost": 0})), "/points_cost"),
        (five_off(json!({"colour": "red"})), "/colour"),
        (five_off(json!({"kind": "free_product", "value": "NOTHING"})), "/value"),
        (five_off(json!({"tiers": ["019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c01"]})), "/tiers/0"),
    ] {
        let refused = api.post("/rewards", wrong).await;
        assert_eq!((refused.status, refused.body["errors"][0]["pointer"].as_str()), (422, Some(pointer)));
    }
    api.patch(&path, json!({"kind": "voucher_pool", "value": null})).await.problem(422, "invalid");
    api.delete(&path).await.ok(StatusCode::OK);
    api.patch(&path, json!({"name": "Late"})).await.problem(409, "archived");
    assert_eq!(api.get("/rewards").await.ok(StatusCode::OK)["data"], json!([]));
    assert_eq!(api.get("/rewards?archived=true").await.body["data"][0]["name"], "Six off");
    server.stop().await;
}

/// From the points to the till, with a dry run before and the same key twice.
#[tokio::test]
async fn a_reward_is_redeemed_once_and_used_once() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = rich(&api, "ada@example.com", 250).await;
    let reward = api.create("/rewards", five_off(json!({"stock": 2}))).await;
    let body = json!({"customer": {"email": "ada@example.com"}, "reward": reward});
    let look = api.post("/redemptions?dry_run=true", body.clone()).await;
    let looked = look.ok(StatusCode::OK);
    assert_eq!((&looked["dry_run"], &looked["balance"]["points"]), (&json!(true), &json!(150)));
    assert!(looked["voucher"].get("code").is_none(), "a dry run gives nothing that could be used: {looked}");

    let once = [("idempotency-key", "redeem-1")];
    let redeemed = api.call(Method::POST, "/redemptions", Some(&body), &once).await;
    let answer = redeemed.ok(StatusCode::CREATED);
    assert_eq!(
        (&answer["customer_id"], &answer["reward"]["id"], &answer["state"], &answer["points"]),
        (&json!(ada), &json!(reward), &json!("captured"), &json!(100))
    );
    let again = api.call(Method::POST, "/redemptions", Some(&body), &once).await;
    assert_eq!(again.ok(StatusCode::CREATED), answer);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let points = api.get(&format!("/points/{ada}")).await;
    assert_eq!(points.ok(StatusCode::OK)["points"], 150);

    let id = redeemed.text("id");
    let code = answer["voucher"]["code"].as_str().unwrap();
    // Typed in small letters and without dashes.
    let path = format!("/vouchers/{}", code.replace('-', "").to_lowercase());
    let voucher = api.get(&path).await;
    let shown = voucher.ok(StatusCode::OK);
    assert_eq!(
        (&shown["kind"], &shown["value"], &shown["state"], &shown["code"]),
        (&json!("money_off"), &json!(500), &json!("issued"), &json!(code))
    );
    api.post(&format!("{path}/use?dry_run=true"), json!({})).await.ok(StatusCode::OK);

    // A till that may redeem sees it before anybody pays; one that only asks does not.
    let basket = json!({"retailer": "main", "customer": {"email": "ada@example.com"}, "amount": 900});
    let quote = api.post("/quotes", basket.clone()).await;
    let quoted = quote.ok(StatusCode::OK)["vouchers"].clone();
    assert_eq!(
        quoted,
        json!([{"code": code, "name": "Five off", "kind": "money_off", "value": 500, "expires_at": null}])
    );
    let asks = server.key(&merchant, &[Scope::Quotes], None).await;
    let quote = server.api_with(Some(&asks)).post("/quotes", basket.clone()).await;
    assert_eq!(quote.ok(StatusCode::OK)["vouchers"], json!([]));
    let list = api.get(&format!("/customers/{ada}/vouchers")).await;
    assert_eq!(list.ok(StatusCode::OK)["data"], json!([shown]));
    let ask = format!("{{ customer(id: \"{ada}\") {{ vouchers {{ nodes {{ code kind value state }} }} }} }}");
    let graph = api.graph(&ask, Value::Null).await;
    assert_eq!(
        graph.data()["customer"]["vouchers"]["nodes"],
        json!([{"code": code, "kind": "money_off", "value": "500", "state": "issued"}])
    );

    assert_eq!(api.post(&format!("{path}/use"), json!({})).await.ok(StatusCode::OK)["state"], "used");
    assert_eq!(api.post("/quotes", basket).await.ok(StatusCode::OK)["vouchers"], json!([]));
    let list = api.get(&format!("/customers/{ada}/vouchers")).await;
    assert_eq!(list.ok(StatusCode::OK)["data"][0]["state"], "used");
    api.post(&format!("{path}/use"), json!({})).await.problem(409, "voucher_used");
    api.post(&format!("/redemptions/{id}/cancel"), json!({})).await.problem(409, "voucher_used");
    api.get("/vouchers/AAAA-AAAA-AAAA-AAAA").await.problem(404, "not_found");
    let read = api.get(&format!("/redemptions/{id}")).await;
    let read = read.ok(StatusCode::OK);
    assert_eq!((&read["state"], &read["voucher"]["state"]), (&json!("fulfilled"), &json!("used")));
    let states: Vec<_> = read["steps"].as_array().unwrap().iter().map(|step| &step["state"]).collect();
    assert_eq!(states, ["captured", "fulfilled"]);

    let poor = json!({"customer": {"email": "ada@example.com"}, "reward": api.create("/rewards", five_off(json!({"points_cost": 151}))).await});
    api.post("/redemptions", poor).await.problem(409, "insufficient_points");
    let nobody = json!({"customer": {"email": "nobody@example.com"}, "reward": reward});
    api.post("/redemptions", nobody).await.problem(404, "customer_not_found");
    let nothing = json!({"customer": {"id": ada}, "reward": ada});
    assert_eq!(api.post("/redemptions", nothing).await.problem(422, "invalid")[0].0, "/reward");
    let offers = api.get(&format!("/customers/{ada}/rewards")).await;
    let offers = offers.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
    assert_eq!(offers[0]["reasons"][0]["code"], "insufficient_points", "{offers:?}");
    assert_eq!((&offers[1]["eligibility"], &offers[1]["redeemed"]), (&json!("eligible"), &json!(1)));
    server.stop().await;
}

#[tokio::test]
async fn a_hold_is_captured_or_let_go() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = rich(&api, "ada@example.com", 200).await;
    let reward = api.create("/rewards", five_off(json!({"stock": 2}))).await;
    let hold = json!({"customer": {"id": ada}, "reward": reward, "hold_seconds": 600});
    let first = api.post("/redemptions", hold.clone()).await;
    let body = first.ok(StatusCode::CREATED);
    assert_eq!((&body["state"], &body["balance"]["reserved"]), (&json!("reserved"), &json!(100)));
    assert!(body["held_until"].is_string() && body.get("voucher").is_none(), "{body}");
    let second = api.post("/redemptions", hold.clone()).await.text("id");
    api.post("/redemptions", hold).await.problem(409, "out_of_stock");
    let first = first.text("id");
    let captured = api.post(&format!("/redemptions/{first}/capture"), json!({})).await;
    assert!(captured.ok(StatusCode::OK)["voucher"]["code"].is_string());
    let path = format!("/redemptions/{second}/cancel");
    assert_eq!(api.post(&format!("{path}?dry_run=true"), json!({})).await.body["balance"]["points"], 100);
    let released = api.post(&path, json!({})).await;
    assert_eq!(
        (&released.body["state"], &released.body["balance"]["points"]),
        (&json!("released"), &json!(100))
    );
    api.post(&format!("/redemptions/{second}/capture"), json!({})).await.problem(409, "hold_over");
    assert_eq!(api.get(&format!("/rewards/{reward}")).await.body["left"], 1);
    let listed = api.get(&format!("/redemptions?customer={ada}&state=released")).await;
    assert_eq!(listed.ok(StatusCode::OK)["data"][0]["id"], json!(second));
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 1);
    for wrong in [json!(0), json!(604_801), json!(-1)] {
        let hold = json!({"customer": {"id": ada}, "reward": reward, "hold_seconds": wrong});
        assert_eq!(api.post("/redemptions", hold).await.problem(422, "invalid")[0].0, "/hold_seconds");
    }
    server.stop().await;
}

#[tokio::test]
async fn codes_are_uploaded_as_a_file() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = rich(&api, "ada@example.com", 200).await;
    let pool = json!({"name": "Cinema", "kind": "voucher_pool", "points_cost": 100});
    let pool = api.create("/rewards", pool).await;
    let path = format!("/rewards/{pool}/codes");
    let csv = |file: &str| {
        api.raw(
            Method::POST,
            &path,
            Some(file.as_bytes().to_vec()),
            &[("content-type", "text/csv; charset=utf-8")],
        )
    };
    let added = csv("code\r\ncin-1\r\ncin-2\r\ncin-2\r\n").await;
    assert_eq!(*added.ok(StatusCode::OK), json!({"added": 2, "repeated": 1, "left": 2}));
    assert_eq!(csv(&format!("fine\n{}\n", "x".repeat(65))).await.problem(422, "invalid")[0].0, "/lines/2");
    api.post(&path, json!({})).await.problem(415, "unsupported_media_type");
    let many: String = (0..=100_000).map(|number| format!("{number}\n")).collect();
    csv(&many).await.problem(413, "too_many_codes");
    let redeemed = json!({"customer": {"id": ada}, "reward": pool});
    assert_eq!(api.post("/redemptions", redeemed).await.body["voucher"]["code"], "cin-1");
    let counts = api.get(&path).await;
    assert_eq!(*counts.ok(StatusCode::OK), json!({"free": 1, "taken": 1, "withdrawn": 0}));
    // Whoever only looks does not see what could be used.
    let looks = server.key(&merchant, &[Scope::RewardsRead], None).await;
    let seen = server.api_with(Some(&looks)).get("/redemptions").await;
    let seen = &seen.ok(StatusCode::OK)["data"][0]["voucher"];
    assert!(seen["state"] == "issued" && seen.get("code").is_none(), "{seen}");
    server.stop().await;
}

#[tokio::test]
async fn people_send_a_parcel() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = rich(&api, "ada@example.com", 200).await;
    let mug = api.create("/rewards", json!({"name": "Mug", "kind": "external", "points_cost": 100})).await;
    let id = api.create("/redemptions", json!({"customer": {"id": ada}, "reward": mug})).await;
    let to_do = api.get("/redemptions?to_fulfil=true").await;
    assert_eq!(to_do.ok(StatusCode::OK)["data"][0]["id"], json!(id));
    let path = format!("/redemptions/{id}/advance");
    assert_eq!(api.post(&path, json!({"to": "shipped"})).await.ok(StatusCode::OK)["state"], "shipped");
    api.post(&path, json!({"to": "preparing"})).await.problem(409, "wrong_state");
    api.post(&path, json!({"to": "lost"})).await.problem(422, "invalid");
    api.post(&path, json!({"to": "fulfilled"})).await.ok(StatusCode::OK);
    assert_eq!(api.get("/redemptions?to_fulfil=true").await.body["data"], json!([]));
    server.stop().await;
}
