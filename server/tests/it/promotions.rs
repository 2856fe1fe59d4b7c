//! The life of a promotion over the API.

use chrono::{SecondsFormat, TimeDelta, Utc};
use http::StatusCode;
use serde_json::json;

use crate::support::{TestServer, purchase};

#[tokio::test]
async fn a_promotion_counts_from_its_publication() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let number = std::cell::Cell::new(0);
    let earned = async || {
        number.set(number.get() + 1);
        let posted =
            api.post("/purchases", purchase(&format!("t-{}", number.get()), "ada@example.com", 1000)).await;
        posted.ok(StatusCode::CREATED)["points_earned"].as_i64().unwrap()
    };
    let created = api.post("/promotions", json!({"name": "Ten", "award_rate": "10"})).await;
    assert_eq!(created.ok(StatusCode::CREATED)["state"], "draft");
    let path = format!("/promotions/{}", created.text("id"));
    assert_eq!(earned().await, 0, "a draft gives nothing");
    for step in ["discard", "pause", "resume", "end"] {
        api.post(&format!("{path}/{step}"), json!({})).await.problem(409, "not_published");
    }
    assert_eq!(api.post(&format!("{path}/publish"), json!({})).await.ok(StatusCode::OK)["state"], "running");
    assert_eq!(earned().await, 100);

    let edited = api.patch(&path, json!({"award_rate": "20"})).await;
    let body = edited.ok(StatusCode::OK);
    assert_eq!((body["version"].as_i64(), body["is_draft"].as_bool()), (Some(2), Some(true)));
    assert_eq!(body["name"], "Ten", "what was not given stays");
    assert_eq!(earned().await, 100, "a draft changes nothing");
    let past = (Utc::now() - TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let refused = api.post(&format!("{path}/publish"), json!({"effective_from": past})).await;
    assert_eq!(refused.problem(422, "invalid"), [("/effective_from".to_owned(), "in_past".to_owned())]);
    let dry = api.post(&format!("{path}/discard?dry_run=true"), json!({})).await;
    assert_eq!((&dry.ok(StatusCode::OK)["version"], &dry.body["dry_run"]), (&json!(1), &json!(true)));
    let discarded = api.post(&format!("{path}/discard"), json!({})).await;
    let body = discarded.ok(StatusCode::OK);
    assert_eq!((body["version"].as_i64(), body["is_draft"].as_bool()), (Some(1), Some(false)));
    assert_eq!(body["award_rate"], "10", "what was published stays");
    api.post(&format!("{path}/discard"), json!({})).await.problem(409, "no_draft");
    api.patch(&path, json!({"award_rate": "20"})).await.ok(StatusCode::OK);
    api.post(&format!("{path}/publish"), json!({})).await.ok(StatusCode::OK);
    assert_eq!(earned().await, 200, "the next purchase after the answer");
    api.post(&format!("{path}/publish"), json!({})).await.problem(409, "no_draft");

    assert_eq!(api.post(&format!("{path}/pause"), json!({})).await.ok(StatusCode::OK)["state"], "paused");
    assert_eq!(earned().await, 0);
    assert_eq!(api.post(&format!("{path}/resume"), json!({})).await.ok(StatusCode::OK)["state"], "running");
    assert_eq!(earned().await, 200);
    api.post(&format!("{path}/archive"), json!({})).await.problem(409, "not_ended");
    assert_eq!(api.post(&format!("{path}/end"), json!({})).await.ok(StatusCode::OK)["state"], "ended");
    assert_eq!(earned().await, 0);
    api.patch(&path, json!({"award_rate": "30"})).await.problem(409, "promotion_over");
    assert_eq!(api.post(&format!("{path}/archive"), json!({})).await.ok(StatusCode::OK)["state"], "archived");

    let versions = api.get(&format!("{path}/versions")).await;
    let rows = versions.ok(StatusCode::OK)["data"].as_array().unwrap();
    let rates: Vec<_> = rows.iter().map(|row| row["award_rate"].as_str().unwrap()).collect();
    assert_eq!(rates, ["20", "10"], "newest first, old ones stay");
    assert_eq!(api.get("/promotions").await.body["data"], json!([]));
    assert_eq!(
        api.get("/promotions?state=archived&search=te").await.body["data"].as_array().unwrap().len(),
        1
    );
    server.stop().await;
}

#[tokio::test]
async fn wrong_promotions_are_refused_field_by_field() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    for (input, pointer) in [
        (json!({"award_rate": "10"}), "/name"),
        (json!({"name": "P", "award_rate": "ten"}), "/award_rate"),
        (json!({"name": "P", "award_rate": "-1"}), "/award_rate"),
        (json!({"name": "P", "award_rate": 10.5, "priority": "x"}), "/award_rate"),
        (json!({"name": "P", "award_rate": "1", "weekdays": ["someday"]}), "/weekdays/0"),
        (
            json!({"name": "P", "award_rate": "1", "starts_at": "2026-11-21T00:00:00", "ends_at": "2026-11-20T00:00:00"}),
            "/ends_at",
        ),
        (json!({"name": "P", "award_rate": "1", "retailers": ["nowhere"]}), "/retailers/0"),
        (
            json!({"name": "P", "award_rate": "1", "products": {"include": ["NO-SUCH"]}}),
            "/products/include/0",
        ),
        (json!({"name": "P", "award_rate": "1", "products": {"only": []}}), "/products/only"),
        (json!({"name": "P", "award_rate": "1", "budget": {"points": 0}}), "/budget/points"),
        (json!({"name": "P", "award_rate": "1", "budget": {"money": 5}}), "/budget/money"),
    ] {
        let errors = api.post("/promotions", input.clone()).await.problem(422, "invalid");
        assert!(errors.iter().any(|(found, _)| found == pointer), "{input}: {errors:?}");
    }
    for input in [json!({"name": "P"}), json!({"name": "P", "award_rate": "1", "flat_points": 5})] {
        api.post("/promotions", input).await.problem(422, "invalid");
    }
    assert_eq!(api.get("/promotions").await.body["data"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_dry_run_shows_the_outcome_and_changes_nothing() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let dry = api.post("/promotions?dry_run=true", json!({"name": "Ten", "award_rate": "10"})).await;
    let body = dry.ok(StatusCode::OK);
    assert_eq!((body["dry_run"].as_bool(), body["state"].as_str()), (Some(true), Some("draft")));
    assert_eq!(api.get("/promotions").await.body["data"], json!([]));
    api.post("/promotions?dry_run=true", json!({"name": "Ten"})).await.problem(422, "invalid");
    api.post("/promotions?dry_run=maybe", json!({"name": "Ten", "award_rate": "1"}))
        .await
        .problem(400, "malformed_query");

    let id = api.create("/promotions", json!({"name": "Ten", "award_rate": "10"})).await;
    let path = format!("/promotions/{id}");
    let dry = api.post(&format!("{path}/publish?dry_run=true"), json!({})).await;
    assert_eq!(
        (dry.ok(StatusCode::OK)["state"].as_str(), dry.body["dry_run"].as_bool()),
        (Some("running"), Some(true))
    );
    assert_eq!(api.get(&path).await.body["state"], "draft");
    let posted = api.post("/purchases", purchase("t-1", "ada@example.com", 1000)).await;
    assert_eq!(posted.body["points_earned"], 0);
    let dry = api
        .call(http::Method::PATCH, &format!("{path}?dry_run=true"), Some(&json!({"award_rate": "20"})), &[])
        .await;
    assert_eq!(dry.ok(StatusCode::OK)["award_rate"], "20");
    assert_eq!(api.get(&path).await.body["award_rate"], "10");
    server.stop().await;
}
