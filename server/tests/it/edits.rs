//! Changes in part: `null` takes any field away, and of two at the same time none is lost.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::support::{Api, STUCK, TestServer};

/// A promotion in which every field is set that can be taken away.
fn full_promotion(tier: &str) -> Value {
    json!({
        "name": "Seeds", "award_rate": "10", "products": {"include": ["tag:spring"], "exclude": ["SEED-9"]},
        "retailers": ["main"], "regions": ["east"], "tiers": [tier], "first_purchase_only": true,
        "minimum_amount": 500, "starts_at": "2026-11-21T00:00:00", "ends_at": "2026-11-28T00:00:00",
        "weekdays": ["sat", "sun"], "hours": {"from": "17:00", "to": "02:00"}, "max_points_per_purchase": 100,
        "max_points_per_customer": {"points": 200, "per": "day"}, "pending_days": 14,
        "budget": {"points": 1000, "when_exhausted": "partial"},
    })
}

#[tokio::test]
async fn null_takes_any_field_of_a_promotion_away_and_leaves_all_others() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let tier = api.create("/tiers", json!({"name": "Gold", "threshold": 500})).await;
    let terms = full_promotion(&tier);
    let path = format!("/promotions/{}", api.create("/promotions", terms.clone()).await);
    let fields: Vec<&String> = terms.as_object().unwrap().keys().collect();
    for taken in &fields {
        let reply = api.patch(&format!("{path}?dry_run=true"), json!({*taken: null})).await;
        if ["name", "award_rate"].contains(&taken.as_str()) {
            // Without it there is no promotion.
            assert_eq!(reply.problem(422, "invalid")[0].0, format!("/{taken}"));
            continue;
        }
        let body = reply.ok(StatusCode::OK);
        for field in &fields {
            let expected = if field == taken { None } else { terms.get(field.as_str()) };
            assert_eq!(body.get(field.as_str()), expected, "{field} without {taken}");
        }
    }
    // All of them at once, for good.
    let mut nothing = terms;
    for (field, value) in nothing.as_object_mut().unwrap() {
        if field != "name" && field != "award_rate" {
            *value = Value::Null;
        }
    }
    api.patch(&path, nothing).await.ok(StatusCode::OK);
    let left = api.get(&path).await;
    assert!(left.body.get("retailers").is_none() && left.body.get("weekdays").is_none(), "{left:?}");
    server.stop().await;
}

#[tokio::test]
async fn null_takes_the_lists_of_all_others_away_too_and_no_field_is_made_up() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let tier = json!({"name": "Gold", "threshold": 500, "benefits": ["A chair"]});
    let tier = api.create("/tiers", tier).await;
    let offer = json!({"name": "Seeds", "percentage": "0.1", "products": ["tag:spring"], "cap_per_purchase": 300,
        "cap_per_month": 900, "pending_days": 3, "valid_days": 30});
    let offer = api.create("/cashback-offers", offer).await;
    let reward = json!({"name": "Pint", "kind": "money_off", "value": 500, "points_cost": 100, "tiers": [tier],
        "description": "Cold", "stock": 5, "limit_per_customer": 1, "valid_days": 30});
    let reward = api.create("/rewards", reward).await;
    let policy = json!({"name": "Joining", "event": {"on": "enrolment"}, "hold_days": 2, "cool_down_days": 3,
        "effects": [{"give": "points", "points": 5}], "cap": {"times": 1, "per": "ever"}});
    let policy = api.create("/reward-policies", policy).await;
    for (path, fields) in [
        (format!("/tiers/{tier}"), &["benefits"][..]),
        (
            format!("/cashback-offers/{offer}"),
            &["products", "cap_per_purchase", "cap_per_month", "pending_days", "valid_days"][..],
        ),
        (
            format!("/rewards/{reward}"),
            &["tiers", "description", "stock", "limit_per_customer", "valid_days"][..],
        ),
        (format!("/reward-policies/{policy}"), &["cap", "cool_down_days", "hold_days"][..]),
    ] {
        for field in fields {
            assert!(api.get(&path).await.body[*field] != Value::Null, "{path} has {field}");
            let reply = api.patch(&path, json!({*field: null})).await;
            let left = reply.ok(StatusCode::OK).get(*field);
            assert!(left.is_none_or(|left| *left == json!([])), "{path} without {field}: {left:?}");
        }
        for colour in [Value::Null, json!("red")] {
            let refused = api.patch(&path, json!({"colour": colour})).await.problem(422, "invalid");
            assert_eq!(refused, [("/colour".to_owned(), "unknown_field".to_owned())], "{path}");
        }
        let twice = br#"{"name": "One", "name": "Two"}"#.to_vec();
        let refused = api.raw(http::Method::PATCH, &path, Some(twice), &[]).await.problem(422, "invalid");
        assert_eq!(refused, [("/name".to_owned(), "duplicate_field".to_owned())], "{path}");
    }
    server.stop().await;
}

/// Sends two changes that meet: both are under way before either can be made.
async fn at_once(server: &TestServer, api: &Api<'_>, table: &str, path: &str, changes: [&Value; 2]) {
    let mut held = server.pool().begin().await.unwrap();
    for table in [table, "merchant_revisions"] {
        let lock = AssertSqlSafe(format!("SELECT FROM {table} FOR UPDATE"));
        sqlx::query(lock).execute(&mut *held).await.unwrap();
    }
    let release = async {
        let began = Instant::now();
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(server.pool())
            .await
            .unwrap();
            if waiting >= 2 {
                break;
            }
            assert!(began.elapsed() < STUCK, "both wait for what is held");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        held.commit().await.unwrap();
    };
    let [one, other] = changes;
    let (one, other, ()) =
        tokio::join!(api.patch(path, one.clone()), api.patch(path, other.clone()), release);
    one.ok(StatusCode::OK);
    other.ok(StatusCode::OK);
}

#[tokio::test]
async fn of_two_changes_at_once_both_survive() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let effects = json!([{"give": "points", "points": 5}]);
    for (noun, table, terms, one, other) in [
        (
            "/promotions",
            "promotions",
            json!({"name": "Seeds", "award_rate": "10"}),
            json!({"priority": 4}),
            json!({"minimum_amount": 700}),
        ),
        (
            "/cashback-offers",
            "cashback_offers",
            json!({"name": "Seeds", "percentage": "0.1"}),
            json!({"cap_per_purchase": 300}),
            json!({"pending_days": 3}),
        ),
        (
            "/rewards",
            "rewards",
            json!({"name": "Pint", "kind": "money_off", "value": 500, "points_cost": 100, "stock": 5}),
            json!({"description": "Cold"}),
            json!({"limit_per_customer": 2}),
        ),
        (
            "/reward-policies",
            "reward_policies",
            json!({"name": "Joining", "event": {"on": "enrolment"}, "effects": effects}),
            json!({"hold_days": 2}),
            json!({"cool_down_days": 3}),
        ),
        (
            "/tiers",
            "tiers",
            json!({"name": "Gold", "threshold": 500}),
            json!({"multiplier": "2"}),
            json!({"benefits": ["A chair"]}),
        ),
    ] {
        let path = format!("{noun}/{}", api.create(noun, terms).await);
        at_once(&server, &api, table, &path, [&one, &other]).await;
        let found = api.get(&path).await;
        for change in [&one, &other] {
            for (field, value) in change.as_object().unwrap() {
                assert_eq!(&found.body[field], value, "{field} of {path}");
            }
        }
    }
    // A promotion that was published: of both changes comes one draft.
    let id = api.ten_points_a_dollar().await;
    let path = format!("/promotions/{id}");
    let changes = [json!({"priority": 4}), json!({"minimum_amount": 700})];
    at_once(&server, &api, "promotions", &path, [&changes[0], &changes[1]]).await;
    let found = api.get(&path).await;
    assert_eq!(
        (&found.body["version"], &found.body["priority"], &found.body["minimum_amount"]),
        (&json!(2), &json!(4), &json!(700))
    );
    server.stop().await;
}
