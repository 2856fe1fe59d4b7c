//! Tiers over the API.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Api, TestServer, purchase};

/// A new customer who spends so many cents.
async fn spender(api: &Api<'_>, name: &str, cents: i64) -> String {
    let posted = api.post("/purchases", purchase(name, &format!("{name}@example.com"), cents)).await;
    posted.ok(StatusCode::CREATED);
    posted.text("customer_id")
}

async fn tier_of(api: &Api<'_>, customer: &str) -> Value {
    api.get(&format!("/customers/{customer}/tier")).await.ok(StatusCode::OK).clone()
}

#[tokio::test]
async fn a_ladder_is_made_looked_at_and_edited() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.patch("/merchant", json!({"tiers": {"basis": "spend"}})).await.ok(StatusCode::OK);
    let ada = spender(&api, "ada", 6_000).await;
    let noah = spender(&api, "noah", 4_000).await;

    let silver = json!({"name": "Silver", "threshold": 5_000, "multiplier": "1.5", "benefits": ["A chair"]});
    let look = api.post("/tiers?dry_run=true", silver.clone()).await;
    let moves = look.ok(StatusCode::OK)["moves"].clone();
    assert_eq!(look.body["dry_run"], true);
    assert_eq!(
        (&moves[0]["from"], &moves[0]["to"]["name"], &moves[0]["customers"]),
        (&json!(null), &json!("Silver"), &json!(1))
    );
    assert_eq!(moves[0]["examples"], json!([{"customer_id": ada, "name": null, "progress": 6_000}]));
    assert_eq!(api.get("/tiers").await.ok(StatusCode::OK), &json!({"data": [], "next": null}));

    let once = [("idempotency-key", "silver")];
    let created = api.call(Method::POST, "/tiers", Some(&silver), &once).await;
    let body = created.ok(StatusCode::CREATED).clone();
    assert_eq!((&body["name"], &body["brings"]), (&json!("Silver"), &json!(["1.5× points", "A chair"])));
    assert_eq!(body["moves"][0]["customers"], 1);
    assert_eq!(api.call(Method::POST, "/tiers", Some(&silver), &once).await.ok(StatusCode::CREATED), &body);
    let path = format!("/tiers/{}", created.text("id"));
    api.post("/tiers", json!({"name": "Other", "threshold": 5_000})).await.problem(409, "threshold_taken");
    api.post("/tiers", json!({"name": "silver", "threshold": 1})).await.problem(409, "name_taken");
    let wrong = api.post("/tiers", json!({"name": "", "threshold": -1, "multiplier": "1000"})).await;
    let pointers: Vec<String> =
        wrong.problem(422, "invalid").into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/name", "/threshold", "/multiplier"]);

    let told = tier_of(&api, &ada).await;
    assert_eq!(
        (&told["tier"]["name"], &told["progress"], &told["basis"]),
        (&json!("Silver"), &json!(6_000), &json!("spend"))
    );
    assert_eq!(told["keep"]["missing"], 0);
    let told = tier_of(&api, &noah).await;
    assert_eq!((&told["tier"], &told["next"]["missing"]), (&json!(null), &json!(1_000)));
    let points = api.get(&format!("/customers/{ada}/points")).await;
    assert_eq!(points.ok(StatusCode::OK)["tier"]["name"], "Silver");

    let look = api.patch(&format!("{path}?dry_run=true"), json!({"threshold": 4_000})).await;
    let looked = look.ok(StatusCode::OK).clone();
    let changed = api.patch(&path, json!({"threshold": 4_000})).await;
    assert_eq!(changed.ok(StatusCode::OK)["moves"], looked["moves"]);
    assert_eq!(looked["moves"][0]["examples"][0]["customer_id"], json!(noah));
    assert_eq!((&changed.body["threshold"], &changed.body["benefits"]), (&json!(4_000), &json!(["A chair"])));
    let renamed = api.patch(&path, json!({"name": "Argent", "multiplier": null})).await;
    assert_eq!(
        (&renamed.ok(StatusCode::OK)["moves"], &renamed.body["brings"]),
        (&json!([]), &json!(["A chair"]))
    );

    let gone = api.delete(&path).await;
    assert_eq!(gone.ok(StatusCode::OK)["moves"][0]["customers"], 2);
    assert!(gone.body.get("id").is_none(), "{}", gone.body);
    api.get(&path).await.problem(404, "not_found");
    let moves = api.get(&format!("/customers/{ada}/tier-moves?limit=1")).await;
    let newest = &moves.ok(StatusCode::OK)["data"][0];
    assert_eq!(
        (&newest["number"], &newest["moved"], &newest["reason"]["code"]),
        (&json!(2), &json!("down"), &json!("tier_deleted"))
    );
    assert_eq!(newest["from"]["name"], "Argent");
    let next = moves.body["next"].as_str().unwrap();
    let moves = api.get(&format!("/customers/{ada}/tier-moves?limit=1&after={next}")).await;
    assert_eq!(moves.ok(StatusCode::OK)["data"][0]["to"]["name"], "Silver");
    server.stop().await;
}

#[tokio::test]
async fn another_way_to_reach_tiers_is_looked_at_before_it_is_made() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.create("/tiers", json!({"name": "Silver", "threshold": 50})).await;
    let ada = spender(&api, "ada", 100).await;
    api.settle().await;
    let spend = json!({"tiers": {"basis": "spend"}});
    let look = api.patch("/merchant?dry_run=true", spend.clone()).await;
    let moves = &look.ok(StatusCode::OK)["tier_change"]["moves"];
    assert_eq!(
        (&moves[0]["from"], &moves[0]["to"]["name"], &moves[0]["customers"]),
        (&Value::Null, &json!("Silver"), &json!(1))
    );
    assert_eq!(moves[0]["examples"], json!([{"customer_id": ada, "name": null, "progress": 100}]));
    assert!(look.body.get("expiry_change").is_none(), "{}", look.body);
    assert_eq!(api.get("/merchant").await.ok(StatusCode::OK)["tiers"]["basis"], "points_earned");
    let other = api.patch("/merchant?dry_run=true", json!({"points_name": "leaves"})).await;
    assert!(other.ok(StatusCode::OK).get("tier_change").is_none(), "{}", other.body);
    let changed = api.patch("/merchant", spend).await;
    assert_eq!(changed.ok(StatusCode::OK)["tiers"]["basis"], "spend");
    assert!(changed.body.get("tier_change").is_none(), "{}", changed.body);
    server.stop().await;
}

#[tokio::test]
async fn purchases_and_staff_move_customers() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let silver = api.create("/tiers", json!({"name": "Silver", "threshold": 50, "multiplier": "2"})).await;
    api.create("/tiers", json!({"name": "Gold", "threshold": 1_000})).await;
    let ada = spender(&api, "ada", 500).await;
    api.settle().await;
    assert_eq!(tier_of(&api, &ada).await["tier"]["name"], "Silver");
    let second = api.post("/purchases", purchase("second", "ada@example.com", 500)).await;
    assert_eq!(second.ok(StatusCode::CREATED)["points_earned"], 100, "twice 50");
    let why = api.get(&format!("/purchases/{}/explanation", second.text("id"))).await;
    assert_eq!(why.ok(StatusCode::OK)["tier"]["name"], "Silver", "{}", why.body);
    // What the second earns moves her as the first did: only then are staff the last to move her.
    api.settle().await;

    let up = format!("/customers/{ada}/tier/promote");
    let look = api.post(&format!("{up}?dry_run=true"), json!({})).await;
    assert_eq!(
        (&look.ok(StatusCode::OK)["tier"]["name"], &look.body["dry_run"]),
        (&json!("Gold"), &json!(true))
    );
    for (step, field) in [
        ("promote", "pinned_until"),
        ("demote", "pinned_until"),
        ("pin", "until"),
        ("pin?dry_run=true", "until"),
    ] {
        let far = api.post(&format!("/customers/{ada}/tier/{step}"), json!({field: "9999-12-31"})).await;
        assert_eq!(far.problem(422, "invalid"), [(format!("/{field}"), "out_of_range".to_owned())], "{step}");
    }
    let promoted = api.post(&up, json!({"pinned_until": "2099-12-31"})).await;
    assert_eq!(promoted.ok(StatusCode::OK)["pinned_until"], "2099-12-31");
    assert_eq!(promoted.body["manual"], "promoted");
    api.post(&up, json!({})).await.problem(409, "at_top");
    let late = api.post(&format!("/customers/{ada}/tier/pin"), json!({"until": "2001-01-01"})).await;
    assert_eq!(late.problem(422, "invalid"), [("/until".to_owned(), "in_past".to_owned())]);
    let free = api.post(&format!("/customers/{ada}/tier/pin"), json!({})).await;
    assert_eq!(free.ok(StatusCode::OK)["pinned_until"], Value::Null);
    let down = format!("/customers/{ada}/tier/demote");
    for expected in [json!("Silver"), Value::Null] {
        let demoted = api.post(&down, json!({})).await;
        assert_eq!(demoted.ok(StatusCode::OK)["tier"].get("name").unwrap_or(&Value::Null), &expected);
    }
    api.post(&down, json!({})).await.problem(409, "at_bottom");

    let named = json!({"name": "For silver", "flat_points": 5, "tiers": [silver]});
    let promotion = api.create("/promotions", named).await;
    let refused = api.delete(&format!("/tiers/{silver}")).await;
    refused.problem(409, "tier_in_use");
    assert!(refused.text("detail").contains("For silver"), "{}", refused.body);
    api.post(&format!("/promotions/{promotion}/archive"), json!({})).await.ok(StatusCode::OK);
    api.delete(&format!("/tiers/{silver}")).await.ok(StatusCode::OK);
    let unknown = json!({"name": "For nobody", "flat_points": 5, "tiers": [silver]});
    let refused = api.post("/promotions", unknown).await;
    assert_eq!(refused.problem(422, "invalid")[0], ("/tiers/0".to_owned(), "unknown_tier".to_owned()));
    server.stop().await;
}
