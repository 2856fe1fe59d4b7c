//! Referrals over the API: codes, purchases with a code, what is decided about who came.

use http::StatusCode;
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::support::{TestServer, purchase};

fn coded(number: &str, email: &str, code: &str) -> Value {
    let mut purchase = purchase(number, email, 1_000);
    purchase["referral_code"] = json!(code);
    purchase
}

#[tokio::test]
async fn a_customer_has_one_code_and_friends_come_by_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let maya = api.create("/customers", json!({"email": "maya@example.com", "name": "Maya"})).await;
    let created = api.post("/referral-codes", json!({"customer": {"email": "maya@example.com"}})).await;
    let body = created.ok(StatusCode::CREATED);
    let code = created.text("code");
    assert_eq!(body["customer_id"], json!(maya));
    assert_eq!(body["path"], json!(format!("/r/{code}")));
    assert_eq!(body["link"], json!(format!("{}/r/{code}", server.server.base_url)));
    assert_eq!(body["shown"].as_str().unwrap().replace('-', ""), code);
    let again = api.post("/referral-codes", json!({"customer": {"id": maya}})).await;
    assert_eq!(again.text("code"), code);

    // Where a link leads has to be allowed first.
    let plan = json!({"customer": {"id": maya}, "to": "https://shop.example/plans/7"});
    let refused = api.post("/referral-codes", plan.clone()).await;
    assert_eq!((refused.status, refused.body["errors"][0]["code"].as_str()), (422, Some("not_allowed")));
    let settings = json!({"referrals": {"allowed_origins": ["https://shop.example"]}});
    api.patch("/merchant", settings).await.ok(StatusCode::OK);
    let linked = api.post("/referral-codes", plan).await;
    assert_eq!(linked.text("path"), format!("/r/{code}?to=https%3A%2F%2Fshop.example%2Fplans%2F7"));
    // To the merchant's own apps they may lead, too, and whoever follows one arrives there.
    let in_app = json!({"customer": {"id": maya}, "to": "https://app.example/hello"});
    let refused = api.post("/referral-codes", in_app.clone()).await;
    assert_eq!((refused.status, refused.body["errors"][0]["code"].as_str()), (422, Some("not_allowed")));
    api.patch("/merchant", json!({"allowed_origins": ["https://app.example"]})).await.ok(StatusCode::OK);
    let linked = api.post("/referral-codes", in_app).await;
    let followed = server.get(&linked.text("path")).await;
    assert_eq!(followed.header("location"), format!("https://app.example/hello?ref={code}"));

    let bought = api.post("/purchases", coded("1", "ben@example.com", &code.to_lowercase())).await;
    assert_eq!(bought.ok(StatusCode::CREATED)["warnings"], json!([]));
    let ignored = api.post("/purchases", coded("2", "ann@example.com", "0000000000")).await;
    assert_eq!(ignored.ok(StatusCode::CREATED)["warnings"][0]["code"], "unknown_referral_code");
    let replayed = api.post("/purchases", coded("2", "ann@example.com", "0000000000")).await;
    assert_eq!(replayed.ok(StatusCode::OK)["warnings"], ignored.body["warnings"]);
    let conflict = api.post("/purchases", coded("1", "ben@example.com", "other")).await;
    conflict.problem(409, "transaction_conflict");
    assert!(conflict.body.to_string().contains("/referral_code"), "{:?}", conflict.body);

    let list = api.get(&format!("/referrals?advocate={maya}")).await;
    let rows = list.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
    assert_eq!((rows.len(), &rows[0]["advocate_name"]), (1, &json!("Maya")));
    let ben = rows[0]["friend_id"].as_str().unwrap().to_owned();
    assert_eq!(ben, bought.text("customer_id"));
    api.get(&format!("/referrals/{ben}")).await.ok(StatusCode::OK);
    api.get(&format!("/referrals/{maya}")).await.problem(404, "not_found");
    assert_eq!(api.get(&format!("/referral-codes/{code}")).await.ok(StatusCode::OK)["friends"], 1);
    assert_eq!(api.get("/referrals?review=waiting").await.body["data"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn who_is_doubted_is_approved_rejected_or_banned() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let code = api.post("/referral-codes", json!({"customer": {"email": "maya@example.com"}})).await;
    code.problem(404, "customer_not_found");
    api.create("/customers", json!({"email": "maya@example.com"})).await;
    let code =
        api.post("/referral-codes", json!({"customer": {"email": "maya@example.com"}})).await.text("code");
    let mut friends = Vec::new();
    for number in ["1", "2", "3"] {
        let bought =
            api.post("/purchases", coded(number, &format!("maya+{number}@example.com"), &code)).await;
        friends.push(bought.text("customer_id"));
    }
    let waiting = api.get("/referrals?review=waiting").await;
    let rows = waiting.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
    assert_eq!((rows.len(), &rows[0]["score"]), (3, &json!(80)));
    assert_eq!(rows[0]["risks"][0]["reason"], "same_email");

    let looks = server.key(&merchant, &[Scope::ReferralsRead], None).await;
    let looks = server.api_with(Some(&looks));
    looks.post(&format!("/referrals/{}/approve", friends[0]), json!({})).await.problem(403, "forbidden");
    // A friend is also named as the shop calls her, by whoever may read customers.
    let named = api.patch(&format!("/customers/{}", friends[0]), json!({"external_id": "crm-1"})).await;
    named.ok(StatusCode::OK);
    assert_eq!(api.get("/referrals/ext:crm-1").await.ok(StatusCode::OK)["friend_id"], json!(friends[0]));
    looks.get(&format!("/referrals/{}", friends[0])).await.ok(StatusCode::OK);
    looks.get("/referrals/ext:crm-1").await.problem(403, "forbidden");
    api.get("/referrals/ext:nobody").await.problem(404, "not_found");
    let step =
        async |friend: &str, what: &str| api.post(&format!("/referrals/{friend}/{what}"), json!({})).await;
    assert_eq!(step("ext:crm-1", "approve").await.ok(StatusCode::OK)["review"], "approved");
    step(&friends[0], "approve").await.problem(409, "not_waiting");
    assert_eq!(step(&friends[1], "reject").await.ok(StatusCode::OK)["state"], "rejected");
    step(&friends[1], "reject").await.problem(409, "referral_over");
    let banned = api.post(&format!("/referral-codes/{code}/ban"), json!({})).await;
    assert!(banned.ok(StatusCode::OK)["disabled_at"].is_string());
    for friend in &friends {
        assert_eq!(api.get(&format!("/referrals/{friend}")).await.body["state"], "rejected");
    }
    let late = api.post("/purchases", coded("4", "zoe@example.com", &code)).await;
    assert_eq!(late.ok(StatusCode::CREATED)["warnings"][0]["code"], "referral_not_applicable");
    let open = api.post(&format!("/referral-codes/{code}/unban"), json!({})).await;
    assert!(open.ok(StatusCode::OK)["disabled_at"].is_null());
    server.stop().await;
}
