//! A promotion replayed over the API.

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use perennial_engine::promotions::{ReplaySpan, Tried};
use serde_json::{Value, json};

use crate::support::{Reply, TestServer, purchase};

/// The events of a stream that has ended: their names and data.
fn events(reply: &Reply) -> Vec<(String, Value)> {
    let text = String::from_utf8(reply.bytes.to_vec()).unwrap();
    text.split("\n\n")
        .filter_map(|event| {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            Some((field("event: ")?.to_owned(), serde_json::from_str(field("data: ")?).unwrap()))
        })
        .collect()
}

#[tokio::test]
async fn a_draft_is_replayed_over_what_was_bought() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    for (number, customer) in [(1, "ada"), (2, "ada"), (3, "finn")] {
        let posted = purchase(&format!("t-{number}"), &format!("{customer}@example.com"), 1000);
        api.post("/purchases", posted).await.ok(StatusCode::CREATED);
    }
    api.patch("/merchant", json!({"point_value": {"points": 100, "amount": 50}})).await.ok(StatusCode::OK);
    let draft = json!({"name": "Twenty", "award_rate": "20", "max_points_per_customer": {"points": 300, "per": "ever"}});
    let draft = api.create("/promotions", draft).await;
    let path = format!("/promotions/{draft}/replay");

    let answered = api.post(&path, json!({})).await;
    let body = answered.ok(StatusCode::OK);
    let number = |field: &str| body[field].as_i64().unwrap();
    assert_eq!((number("version"), number("matched"), number("customers")), (1, 3, 2));
    // Twenty a dollar: 200 and 100 of 200 for Ada, 200 for Finn; a hundred points are fifty cents.
    assert_eq!((number("points"), number("gives"), number("displaces"), number("cost")), (500, 500, 0, 250));
    assert_eq!(body["share"], "0.083333");
    assert_eq!(body["looked_at"], json!({"purchases": 3, "customers": 2, "amount": 3000, "points": 300}));
    let winners: Vec<_> =
        body["winners"].as_array().unwrap().iter().map(|winner| winner["points"].as_i64().unwrap()).collect();
    assert_eq!(winners, [300, 200]);
    assert_eq!((&body["complete"], &body["unclaimed"]["purchases"]), (&json!(true), &json!(0)));
    assert_eq!(body["proposed_budget"], 550);

    // Without a body at all, and as a stream.
    assert_eq!(api.call(Method::POST, &path, None, &[]).await.ok(StatusCode::OK)["points"], 500);
    let listened = api.call(Method::POST, &path, Some(&json!({})), &[("accept", "text/event-stream")]).await;
    assert_eq!((listened.status, listened.header("content-type")), (200, "text/event-stream"));
    let events = events(&listened);
    let (last, first) = (events.last().unwrap(), events.first().unwrap());
    assert_eq!((first.0.as_str(), &first.1["looked_at"]), ("progress", &json!(0)));
    assert!(first.1["expected"].is_u64());
    assert_eq!((last.0.as_str(), &last.1["points"]), ("result", &json!(500)));

    // Nothing has come of it.
    assert_eq!(api.get(&format!("/promotions/{draft}")).await.body["state"], "draft");
    server.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let path = format!("/promotions/{}/replay", api.ten_points_a_dollar().await);
    let stream = [("accept", "text/event-stream")];
    for (input, pointer, code) in [
        (json!({"version": 2}), "/version", "unknown_version"),
        (json!({"version": "two"}), "/version", "wrong_type"),
        (json!({"from": "2099-01-01T00:00:00Z"}), "/from", "not_before_end"),
        (json!({"from": "2019-01-01T00:00:00Z"}), "/from", "too_long"),
        (json!({"from": "yesterday"}), "/from", "invalid"),
        (json!({"days": 30}), "/days", "unknown_field"),
    ] {
        for headers in [&[][..], &stream[..]] {
            let refused = api.call(Method::POST, &path, Some(&input), headers).await;
            let errors = refused.problem(422, "invalid");
            assert_eq!(errors, [(pointer.to_owned(), code.to_owned())], "{input}");
        }
    }
    let nobodys = "/promotions/019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c01/replay";
    api.post(nobodys, json!({})).await.problem(404, "not_found");
    let both = server.key(&merchant, &[Scope::PromotionsRead, Scope::PurchasesRead], None).await;
    server.api_with(Some(&both)).post(&path, json!({})).await.ok(StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn a_third_at_the_same_time_is_told_to_wait() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let id = api.ten_points_a_dollar().await;
    let path = format!("/promotions/{id}/replay");
    let tried = Tried::Version { id: id.parse().unwrap(), version: None };
    let engine = &server.server.engine;
    let begin =
        async || engine.promotion_replay(&merchant.cx, tried.clone(), ReplaySpan::default()).await.unwrap();
    let (one, two) = (begin().await, begin().await);
    let refused = api.post(&path, json!({})).await;
    refused.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "5");
    drop(one);
    api.post(&path, json!({})).await.ok(StatusCode::OK);
    drop(two);
    server.stop().await;
}
