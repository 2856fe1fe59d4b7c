//! Apps of customers: tokens, what is below `/me`, and whom it is for.

mod journey;
mod sign_in;
mod stream;

pub use sign_in::code;

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use perennial_server::api::openapi::{self, Credential};
use serde_json::{Value, json};

use crate::{
    access::{Things, operations, send},
    support::{Api, TestServer, purchase},
};

/// Gives somebody points.
async fn give(api: &Api<'_>, customer: &str, points: i64) {
    let path = format!("/customers/{customer}/adjustments");
    api.create(&path, json!({"points": points, "reason": "To spend"})).await;
}

fn reward(name: &str, points: i64) -> Value {
    json!({"name": name, "kind": "money_off", "value": 500, "points_cost": points})
}

#[tokio::test]
async fn a_token_opens_what_is_the_customers_and_nothing_else() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let things = Things::make(&server.api(&merchant), "a").await;
    let token = server.token(&merchant, "ada@example.com").await;
    let ada = server.api_with(Some(&token));
    for operation in operations() {
        let path = things.path(&operation);
        let body = openapi::example_request(&operation.id);
        match Credential::of(&operation.path) {
            // Of the merchant: not even with what is in a path of the customer's own.
            Credential::ApiKey => {
                let body = body.or((operation.method == Method::POST).then(|| json!({})));
                send(&ada, &operation, &path, body.as_ref()).await.problem(403, "forbidden");
            }
            // A stream does not end, and what ends the token has tests of its own.
            Credential::CustomerToken
                if ["listen_to_me", "end_my_token", "end_my_tokens", "erase_me"]
                    .contains(&operation.id.as_str()) => {}
            Credential::CustomerToken => {
                let reply = send(&ada, &operation, &path, body.as_ref()).await;
                assert!(
                    !matches!(reply.status, 400..=403 | 405 | 415 | 500..),
                    "{}: {reply:?}",
                    operation.id
                );
            }
            Credential::Nothing => {}
        }
    }
    ada.post("/graphql", json!({"query": "{ __typename }"})).await.problem(403, "forbidden");
    // And a key does not open what is the customer's.
    let refused = server.api(&merchant).get("/me").await;
    refused.problem(403, "forbidden");
    assert!(refused.body["detail"].as_str().unwrap().contains("/tokens"), "{}", refused.body);
    server.api_with(None).get("/me").await.problem(401, "unauthorized");
    server
        .api_with(Some(&token.replace("prc_", "prc_0")[..token.len()]))
        .get("/me")
        .await
        .problem(401, "unauthorized");
    server.stop().await;
}

#[tokio::test]
async fn a_program_gives_tokens_and_ends_them() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com", "external_id": "crm-1"})).await;
    let bea = api.create("/customers", json!({"email": "bea@example.com"})).await;
    let tokens = format!("/customers/{ada}/tokens");

    // Only with the scope, only for somebody of the merchant, and for an hour at most.
    let weak = server.key(&merchant, &[Scope::CustomersRead, Scope::CustomersWrite], None).await;
    server.api_with(Some(&weak)).post(&tokens, json!({})).await.problem(403, "forbidden");
    let other = server.merchant("other").await;
    server.api(&other).post(&tokens, json!({})).await.problem(404, "not_found");
    for expires_in in [0, 3_601] {
        let refused = api.post(&tokens, json!({"expires_in": expires_in})).await;
        assert_eq!(refused.problem(422, "invalid"), [("/expires_in".to_owned(), "out_of_range".to_owned())]);
    }
    let narrow = server.key(&merchant, &[Scope::TokensWrite], None).await;
    let first = server.api_with(Some(&narrow)).post(&tokens, json!({"expires_in": 600})).await;
    assert_eq!(first.ok(StatusCode::CREATED)["issued_by"], "merchant");
    let second = api.post("/customers/ext:crm-1/tokens", json!({})).await;
    assert_eq!(second.ok(StatusCode::CREATED)["customer_id"], json!(ada));
    let [first_app, second_app] = [&first, &second].map(|token| server.api_with(Some(&token.text("token"))));
    let beas = server.token(&merchant, "bea@example.com").await;
    let beas_app = server.api_with(Some(&beas));
    assert_eq!(first_app.get("/me").await.ok(StatusCode::OK)["id"], json!(ada));

    // A token cannot make another one, and the same key twice makes one.
    first_app.post(&tokens, json!({})).await.problem(403, "forbidden");
    let once = [("idempotency-key", "app-7")];
    let made = api.call(Method::POST, &tokens, Some(&json!({})), &once).await;
    let again = api.call(Method::POST, &tokens, Some(&json!({})), &once).await;
    assert_eq!((made.text("id"), again.header("idempotent-replayed")), (again.text("id"), "true"));
    assert!(again.body.get("token").is_none(), "a secret is shown once: {}", again.body);
    let listed = api.get(&tokens).await;
    assert_eq!(listed.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 3);
    assert!(!listed.body.to_string().contains("prc_"), "{}", listed.body);

    // One, then all of them; somebody else's stay.
    let path = format!("{tokens}/{}", first.text("id"));
    api.delete(&format!("/customers/{bea}/tokens/{}", first.text("id"))).await.problem(404, "not_found");
    api.delete(&path).await.ok(StatusCode::OK);
    api.delete(&path).await.problem(404, "not_found");
    first_app.get("/me").await.problem(401, "unauthorized");
    second_app.get("/me").await.ok(StatusCode::OK);
    assert_eq!(api.delete(&tokens).await.ok(StatusCode::OK)["ended"], 2);
    second_app.get("/me").await.problem(401, "unauthorized");
    beas_app.get("/me").await.ok(StatusCode::OK);

    // Customers end their own.
    let another = server.token(&merchant, "bea@example.com").await;
    assert_eq!(beas_app.delete("/me/token").await.ok(StatusCode::OK)["ended"], 1);
    beas_app.get("/me").await.problem(401, "unauthorized");
    let another = server.api_with(Some(&another));
    another.get("/me").await.ok(StatusCode::OK);
    assert_eq!(another.delete("/me/tokens").await.ok(StatusCode::OK)["ended"], 1);
    another.get("/me").await.problem(401, "unauthorized");
    server.stop().await;
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_there() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let reward = api.create("/rewards", reward("Five off", 100)).await;
    let ada = api.create("/customers", json!({"email": "ada@example.com"})).await;
    let bea = api.create("/customers", json!({"email": "bea@example.com"})).await;
    for customer in [&ada, &bea] {
        give(&api, customer, 500).await;
    }
    let tokens =
        [server.token(&merchant, "ada@example.com").await, server.token(&merchant, "bea@example.com").await];
    let [adas, beas] = tokens.each_ref().map(|token| server.api_with(Some(token)));

    // The same key and the same body of two customers are two redemptions.
    let once = [("idempotency-key", "decision-1")];
    let redeem = json!({"reward": reward});
    let hers = adas.call(Method::POST, "/me/redemptions", Some(&redeem), &once).await;
    hers.ok(StatusCode::CREATED);
    let others = beas.call(Method::POST, "/me/redemptions", Some(&redeem), &once).await;
    others.ok(StatusCode::CREATED);
    assert_ne!(hers.text("id"), others.text("id"));
    assert_eq!(others.text("customer_id"), bea);

    let path = format!("/me/redemptions/{}", hers.text("id"));
    adas.get(&path).await.ok(StatusCode::OK);
    beas.get(&path).await.problem(404, "not_found");
    beas.post(&format!("{path}/cancel"), json!({})).await.problem(404, "not_found");
    for list in [
        "/me/entries",
        "/me/redemptions",
        "/me/vouchers",
        "/me/awards",
        "/me/milestones",
        "/me/ways-to-earn",
        "/me/notifications",
        "/me/referrals",
    ] {
        let reply = beas.get(list).await;
        let text = reply.ok(StatusCode::OK).to_string();
        assert!(!text.contains(&ada) && !text.contains(&hers.text("id")), "{list} {text}");
    }
    // Whose it is is not for the body to say.
    let named = json!({"reward": reward, "customer": {"id": ada}});
    beas.post("/me/redemptions", named).await.problem(422, "invalid");

    // A receipt goes to whoever claims it first.
    let mut receipt = purchase("u-1", "", 1_000);
    receipt.as_object_mut().unwrap().remove("customer");
    let receipt = api.post("/purchases", receipt).await.text("claim_code");
    let claim = json!({"claim_code": receipt});
    assert_eq!(
        adas.post("/me/claims", claim.clone()).await.ok(StatusCode::CREATED)["purchase"]["points_earned"],
        100
    );
    assert_eq!(adas.post("/me/claims", claim.clone()).await.header("idempotent-replayed"), "true");
    beas.post("/me/claims", claim).await.problem(409, "claim_used");
    server.stop().await;
}

#[tokio::test]
async fn rewards_that_can_be_had_come_first_and_then_the_nearest() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com"})).await;
    give(&api, &ada, 200).await;
    for (name, points) in [("far", 900), ("had", 150), ("near", 250), ("sold out", 10), ("least", 1)] {
        let mut reward = reward(name, points);
        if name == "sold out" {
            reward["stock"] = json!(0);
        }
        api.create("/rewards", reward).await;
    }
    let app = server.token(&merchant, "ada@example.com").await;
    let app = server.api_with(Some(&app));
    let (mut seen, mut path) = (Vec::new(), "/me/rewards?limit=2".to_owned());
    for _ in 0..5 {
        let page = app.get(&path).await;
        let page = page.ok(StatusCode::OK);
        for offer in page["data"].as_array().unwrap() {
            seen.push((
                offer["name"].as_str().unwrap().to_owned(),
                offer["missing_points"].as_i64().unwrap(),
            ));
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/me/rewards?limit=2&after={next}"),
            None => break,
        }
    }
    let seen: Vec<_> = seen.iter().map(|(name, missing)| (name.as_str(), *missing)).collect();
    assert_eq!(seen, [("had", 0), ("least", 0), ("near", 50), ("far", 700), ("sold out", 0)]);
    server.stop().await;
}

#[tokio::test]
async fn an_account_is_shown_and_closed_in_the_app() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com", "name": "Ada"})).await;
    give(&api, &ada, 120).await;
    let token = server.token(&merchant, "ada@example.com").await;
    let app = server.api_with(Some(&token));
    let document = app.get("/me/export").await;
    assert_eq!(document.ok(StatusCode::OK)["customer"]["email"], "ada@example.com");
    let look = app.post("/me/erase?dry_run=true", json!({})).await;
    assert_eq!(
        (&look.ok(StatusCode::OK)["dry_run"], &look.body["lost"]["points"]),
        (&json!(true), &json!(120))
    );
    app.get("/me").await.ok(StatusCode::OK);

    // The token alone does not close the account, nor do guesses, a code to sign in, or one of another telephone.
    let needed = app.post("/me/erase", json!({})).await;
    assert_eq!(needed.problem(422, "code_required"), [("/code".to_owned(), "code_required".to_owned())]);
    assert!(needed.text("detail").contains("POST /api/v1/me/erase/codes"), "{}", needed.body);
    let refused = async |with: &Api<'_>, code: &str| {
        let reply = with.post("/me/erase", json!({"code": code})).await;
        assert_eq!(reply.problem(422, "invalid"), [("/code".to_owned(), "code_invalid".to_owned())]);
    };
    refused(&app, "000 000").await;
    let sign_in = server.api_with(None).post("/auth/shop/codes", json!({"email": "ada@example.com"})).await;
    sign_in.ok(StatusCode::ACCEPTED);
    refused(&app, &code(&server, "ada@example.com").await).await;
    let sent = app.call(Method::POST, "/me/erase/codes", None, &[]).await;
    assert!(sent.ok(StatusCode::ACCEPTED)["expires_at"].is_string(), "{}", sent.body);
    let right = code(&server, "ada@example.com").await;
    let other = server.token(&merchant, "ada@example.com").await;
    refused(&server.api_with(Some(&other)), &right).await;
    // A look uses no code up.
    app.post("/me/erase?dry_run=true", json!({"code": right})).await.ok(StatusCode::OK);
    let spaced = format!("{} {}", &right[..3], &right[3..]);
    let erased = app.post("/me/erase", json!({"code": spaced})).await;
    assert_eq!(
        (&erased.ok(StatusCode::OK)["reason"], &erased.body["removed"]["tokens"]),
        (&json!("left"), &json!(2))
    );
    app.get("/me").await.problem(401, "unauthorized");
    api.post(&format!("/customers/{ada}/tokens"), json!({})).await.problem(409, "customer_erased");
    // The same address is somebody new.
    let again = server.token(&merchant, "ada@example.com").await;
    assert_ne!(server.api_with(Some(&again)).get("/me").await.text("id"), ada);
    server.stop().await;
}

#[tokio::test]
async fn whoever_has_no_address_is_erased_by_the_merchant() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"external_id": "crm-1815"})).await;
    let app = server.app(&merchant, &ada).await;
    app.post("/me/erase/codes", json!({})).await.problem(409, "email_required");
    app.post("/me/erase", json!({"code": "123456"})).await.problem(409, "email_required");
    app.get("/me").await.ok(StatusCode::OK);
    api.post("/customers/ext:crm-1815/erase", json!({})).await.ok(StatusCode::OK);
    app.get("/me").await.problem(401, "unauthorized");
    server.stop().await;
}

#[tokio::test]
async fn the_birthday_is_told_once_and_letters_are_chosen() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com"})).await;
    let app = server.app(&merchant, &ada).await;
    let tell =
        async |day: &str| app.call(Method::PUT, "/me/birthday", Some(&json!({"birthday": day})), &[]).await;
    assert_eq!(app.get("/me").await.ok(StatusCode::OK)["birthday"], Value::Null);
    assert_eq!(tell("05-32").await.problem(422, "invalid")[0].0, "/birthday");
    assert_eq!(tell("2999-05-17").await.problem(422, "invalid")[0].0, "/birthday");
    assert_eq!(tell("05-17").await.ok(StatusCode::OK)["birthday"], "05-17");
    tell("05-17").await.ok(StatusCode::OK);
    tell("05-18").await.problem(409, "birthday_fixed");
    assert_eq!(app.get("/me").await.body["birthday"], "05-17");
    // The shop corrects it, and the app shows what is so now.
    let corrected = api.patch(&format!("/customers/{ada}"), json!({"birthday": "1990-05-18"})).await;
    corrected.ok(StatusCode::OK);
    assert_eq!(app.get("/me").await.body["birthday"], "1990-05-18");

    let wanted = async |api: &Api<'_>, path: &str| {
        let reply = api.get(path).await;
        let all = reply.ok(StatusCode::OK)["preferences"].as_array().unwrap().clone();
        all.into_iter().find(|one| one["kind"] == "points_expiring").unwrap()["email"].clone()
    };
    let merchants = format!("/customers/{ada}/message-preferences");
    assert_eq!(wanted(&app, "/me/message-preferences").await, true);
    let change = json!({"preferences": [{"kind": "points_expiring", "email": false}]});
    let changed = app.call(Method::PUT, "/me/message-preferences", Some(&change), &[]).await;
    assert_eq!(changed.ok(StatusCode::OK)["customer_id"], json!(ada));
    assert_eq!(wanted(&app, "/me/message-preferences").await, false);
    assert_eq!(wanted(&api, &merchants).await, false, "it is the same as the shop and the portal have");
    let always = json!({"preferences": [{"kind": "sign_in_code", "email": false}]});
    app.call(Method::PUT, "/me/message-preferences", Some(&always), &[]).await.problem(422, "invalid");
    server.stop().await;
}
