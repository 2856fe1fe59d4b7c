//! The clients of two seeds, from the first code to the last event.
//!
//! Seed 002: "Client Apps (Web, iOS, Android): the user-facing applications where customers interact with the loyalty
//! program (view points, redeem rewards). The e-commerce platform publishes order completed events." Seed 000: "an API to
//! handle mobile applications … check if the number of total points is greater than 100; if it is, deliver an e-mail to the
//! customer", and a sorted set of scores.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{reward, sign_in::code};
use crate::support::{Api, TestServer, purchase};

/// The e-commerce platform tells of an order, as its event bus does. What follows happens later.
async fn order(platform: &Api<'_>, number: &str, amount: i64) {
    let event = json!({
        "specversion": "1.0", "id": number, "source": "/shop/orders", "type": "order.completed",
        "data": purchase(number, "maya@example.com", amount),
    });
    let headers = [("content-type", "application/cloudevents+json")];
    let sent = platform.raw(Method::POST, "/events", Some(event.to_string().into_bytes()), &headers).await;
    assert_eq!(sent.status, 202, "{sent:?}");
}

#[tokio::test]
async fn the_app_of_a_customer_does_all_that_its_seeds_say() {
    let server = TestServer::start().await;
    let merchant = server.merchant("otrium").await;
    let platform = server.api(&merchant);
    platform.ten_points_a_dollar().await;
    let settings = json!({"referrals": {
        "allowed_origins": ["https://shop.example"],
        "targets": [{"name": "Meal plan 7", "url": "https://shop.example/plans/7"}],
    }});
    platform.patch("/merchant", settings).await.ok(StatusCode::OK);
    let mail = json!({"name": "More than 100 points", "event": {"on": "points", "above": 100},
        "effects": [{"give": "email", "subject": "You have more than 100 points", "text": "See what you can have."}]});
    let mail = platform.create("/reward-policies", mail).await;
    platform.post(&format!("/reward-policies/{mail}/publish"), json!({})).await.ok(StatusCode::OK);
    let five_off = platform.create("/rewards", reward("Five dollars off", 100)).await;
    let trip = platform.create("/rewards", reward("A trip", 10_000)).await;
    let open = Some(json!({"enabled": true}));
    platform.call(Method::PUT, "/leaderboards", open.as_ref(), &[]).await.ok(StatusCode::OK);

    // Maya installs the app and proves her e-mail.
    let stranger = server.api_with(None);
    let asked = stranger.post("/auth/otrium/codes", json!({"email": "maya@example.com"})).await;
    let proof = json!({
        "email": "maya@example.com", "code": code(&server, "maya@example.com").await, "challenge": asked.text("challenge"),
    });
    let token = stranger.post("/auth/otrium/tokens", proof).await.text("token");
    let app = server.api_with(Some(&token));
    let me = app.get("/me").await;
    assert_eq!(me.ok(StatusCode::OK)["email"], "maya@example.com");
    assert_eq!(me.body["program"]["points_name"], "points");
    assert_eq!(app.get("/me/points").await.ok(StatusCode::OK)["points"], 0);

    // The app listens. Twelve dollars bought on the platform are 120 points in the app, within moments.
    let mut stream = server.listen(&token, None).await;
    assert_eq!(stream.next().await.unwrap().1["points"], 0);
    order(&platform, "order-1", 1_200).await;
    let mut seen = (0, Value::Null);
    while seen.1["points"] != 120 {
        seen = stream.next().await.unwrap();
    }
    assert_eq!(app.get("/me/points").await.body["points"], 120);
    let entries = app.get("/me/entries").await;
    let entry = &entries.ok(StatusCode::OK)["data"][0];
    assert_eq!(
        (&entry["kind"], &entry["account"], &entry["amount"]),
        (&json!("purchase"), &json!("available"), &json!(120))
    );

    // More than a hundred points: one e-mail.
    server.drained().await;
    let letters =
        server.server.engine.mailbox_list(Some("maya@example.com"), &Default::default()).await.unwrap();
    let about = |subject: &str| letters.data.iter().filter(|letter| letter.subject.contains(subject)).count();
    assert_eq!(about("You have more than 100 points"), 1);

    // She is told, and the unread count falls when she has looked.
    let told = app.get("/me/notifications").await;
    let told = told.ok(StatusCode::OK);
    let texts: Vec<_> =
        told["data"].as_array().unwrap().iter().map(|told| told["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"Welcome to Merchant otrium"), "{texts:?}");
    assert!(told["unread"].as_i64().unwrap() >= 1);
    let read = json!({"up_to": told["data"][0]["sequence"]});
    assert_eq!(app.post("/me/notifications/read", read).await.ok(StatusCode::OK)["unread"], 0);

    // What she can have comes first; the other one says how far it is.
    let shelf = app.get("/me/rewards").await;
    let shelf = shelf.ok(StatusCode::OK)["data"].as_array().unwrap();
    assert_eq!((&shelf[0]["id"], &shelf[0]["missing_points"]), (&json!(five_off), &json!(0)));
    assert_eq!((&shelf[1]["id"], &shelf[1]["missing_points"]), (&json!(trip), &json!(9_880)));

    // She redeems it once, though the telephone sends it twice.
    let choice = json!({"reward": five_off});
    let look = app.post("/me/redemptions?dry_run=true", choice.clone()).await;
    assert_eq!(look.ok(StatusCode::OK)["balance"]["points"], 20);
    assert!(look.body["voucher"].get("code").is_none(), "{}", look.body);
    let once = [("idempotency-key", "tap-1")];
    let redeemed = app.call(Method::POST, "/me/redemptions", Some(&choice), &once).await;
    let body = redeemed.ok(StatusCode::CREATED).clone();
    let again = app.call(Method::POST, "/me/redemptions", Some(&choice), &once).await;
    assert_eq!((again.body, again.headers["idempotent-replayed"].to_str().unwrap()), (body.clone(), "true"));
    let other = Some(json!({"reward": trip}));
    app.call(Method::POST, "/me/redemptions", other.as_ref(), &once)
        .await
        .problem(422, "idempotency_key_reused");
    app.post("/me/redemptions", json!({"reward": trip})).await.problem(409, "insufficient_points");
    let unknown = json!({"reward": "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c01"});
    assert_eq!(app.post("/me/redemptions", unknown).await.problem(422, "invalid")[0].1, "unknown_reward");
    let vouchers = app.get("/me/vouchers").await;
    assert_eq!(vouchers.ok(StatusCode::OK)["data"][0]["code"], body["voucher"]["code"]);
    assert_eq!(app.get("/me/points").await.body["points"], 20);

    // She changes her mind: the points are back, and the voucher is worth nothing.
    let redemption = format!("/me/redemptions/{}", redeemed.text("id"));
    assert_eq!(app.get(&redemption).await.ok(StatusCode::OK)["state"], "captured");
    let cancelled = app.post(&format!("{redemption}/cancel"), json!({})).await;
    assert_eq!(cancelled.ok(StatusCode::OK)["balance"]["points"], 120);
    let spent = app.get("/me/entries?kind=spent").await;
    let kinds: Vec<_> = spent.ok(StatusCode::OK)["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].clone())
        .collect();
    assert_eq!(kinds, ["cancellation", "redemption"]);
    app.get("/me/entries?kind=lost").await.problem(400, "malformed_query");
    assert_eq!(app.get("/me/redemptions").await.ok(StatusCode::OK)["data"][0]["state"], "cancelled");
    let code = body["voucher"]["code"].as_str().unwrap();
    platform.post(&format!("/vouchers/{code}/use"), json!({})).await.problem(409, "voucher_cancelled");

    // She shares her code, and the plan: links that work wherever they are opened.
    let shared = app.get("/me/referral-code").await;
    let shared = shared.ok(StatusCode::OK);
    let base = &server.server.base_url;
    let own = shared["code"].as_str().unwrap();
    assert_eq!(shared["link"], json!(format!("{base}/r/{own}")));
    let plan = "https://shop.example/plans/7";
    let linked = app.post("/me/referral-code", json!({"to": plan})).await;
    assert_eq!(linked.ok(StatusCode::OK)["link"], shared["targets"][0]["link"]);
    let path = shared["targets"][0]["link"].as_str().unwrap().strip_prefix(base.as_str()).unwrap();
    let followed = server.get(path).await;
    assert_eq!((followed.status, followed.header("location")), (303, format!("{plan}?ref={own}").as_str()));
    let elsewhere = app.post("/me/referral-code", json!({"to": "https://elsewhere.example/"})).await;
    assert_eq!(elsewhere.problem(422, "invalid"), [("/to".to_owned(), "not_allowed".to_owned())]);
    let mut friends_first = purchase("friend-1", "finn@example.com", 500);
    friends_first["referral_code"] = json!(own);
    platform.post("/purchases", friends_first).await.ok(StatusCode::CREATED);
    server.drained().await;
    let friends = app.get("/me/referrals").await;
    assert_eq!(friends.ok(StatusCode::OK)["data"][0]["state"], "qualified");

    // Where she stands among all; and that she would rather not be seen.
    assert_eq!(app.get("/me/leaderboards/ever/standing").await.ok(StatusCode::OK)["rank"], 1);
    let board = app.get("/me/leaderboards/week").await;
    assert_eq!(board.ok(StatusCode::OK)["data"][0]["is_you"], true);
    let hidden = Some(json!({"hidden": true}));
    app.call(Method::PUT, "/me/leaderboards", hidden.as_ref(), &[]).await.ok(StatusCode::OK);
    assert_eq!(app.get("/me/leaderboards/ever/standing").await.body["rank"], Value::Null);

    // In the tunnel the stream breaks. Out of it, the app goes on where it was.
    drop(stream);
    order(&platform, "order-2", 300).await;
    platform.event_done("/shop/orders", "order-2").await;
    server.drained().await;
    let mut stream = server.listen(&token, Some(seen.0)).await;
    let (id, moved) = stream.next().await.unwrap();
    assert!(id > seen.0);
    assert_eq!((&moved["points"], &moved["change"]), (&json!(150), &json!(30)));

    // The telephone is lost: the merchant ends the token, and that is that.
    let tokens = format!("/customers/{}/tokens", me.text("id"));
    platform.delete(&tokens).await.ok(StatusCode::OK);
    app.get("/me/points").await.problem(401, "unauthorized");
    let report = server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    server.stop().await;
}
