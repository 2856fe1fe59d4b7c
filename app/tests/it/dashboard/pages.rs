//! Every page, file and form that the router has: drawn for its merchant, and for nobody else.
//!
//! The addresses are the router's own, so that none is forgotten: a new page without parameters is tried by itself, a new
//! page of one thing needs that thing in [`things`].

use crate::support::desk::{opened, signed_in};
use crate::support::form::form;
use crate::support::{House, STUCK};
use http::StatusCode;
use perennial_app::address::sign_in;
use perennial_app::dashboard_paths;
use perennial_domain::access::Scope;
use perennial_domain::codes::Label;
use perennial_domain::customer::CustomerRef;
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::inbox::{EventFilter, NewEvent};
use perennial_engine::requests::{EndedRequest, RequestFilter};
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Cx, PageRequest};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Pages in front of the door.
const DOOR: [&str; 2] = ["/dashboard/sign-in", "/dashboard/sign-in/merchant"];

/// Pages that look another way by what they are asked.
const ASKED: [&str; 4] = [
    "/dashboard/policies/new?template=every-hundredth",
    "/dashboard/rewards/new?kind=money_off",
    "/dashboard/redemptions?state=all",
    "/dashboard/referrals?state=qualified",
];

/// Addresses of forms and files, as the source of the router has them, and what comes behind.
fn routes() -> Vec<(&'static str, &'static str)> {
    let source = include_str!("../../../src/dashboard/mod.rs");
    let routes: Vec<_> =
        source.split(".route(\"").skip(1).map(|route| route.split_once("\", ").unwrap()).collect();
    assert!(routes.len() > 40, "the router has another form than this test reads");
    routes
}

/// The door in front of a page, which comes back to it.
fn door(path: &str) -> String {
    match path.starts_with("/till") {
        true => format!("/dashboard/sign-in?{}", form(&[("next", path)])),
        false => sign_in("/dashboard", Some(path)),
    }
}

/// Whether it is an address of one thing.
fn has_parameter(path: &str) -> bool {
    path.contains(['{', ':'])
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_page_without_signing_in() {
    let (house, cx, mut owner) = opened("sola").await;
    house.engine.leaderboard_set(&cx, true).await.unwrap();
    // The till of the only store needs no choice.
    house.open_shop(&cx).await;
    let mut stranger = house.browser();
    let paths = dashboard_paths();
    let pages = paths.iter().map(String::as_str).filter(|path| !has_parameter(path) && !DOOR.contains(path));
    let pages: Vec<&str> = pages.chain(ASKED).collect();
    assert!(pages.contains(&"/dashboard/settings") && pages.len() > 30, "{pages:?}");
    for path in pages {
        let shown = owner.get(path).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        assert!(shown.text.contains("<h1"), "{path} has no heading: {}", shown.text);
        let refused = stranger.get(path).await;
        let door = door(path);
        assert_eq!((refused.status, refused.location()), (StatusCode::SEE_OTHER, door.as_str()), "{path}");
        assert!(!refused.text.contains("Shop sola"), "{path}");
    }
    for path in DOOR {
        assert!(stranger.get(path).await.status != StatusCode::NOT_FOUND, "{path}");
    }
    let stale = owner.cookies.clone();
    assert_eq!(owner.post("/dashboard/sign-out", "").await.location(), "/dashboard/sign-in");
    owner.cookies = stale;
    assert_eq!(owner.get("/dashboard").await.status, StatusCode::SEE_OTHER, "the session itself is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_file_or_sends_a_form_without_signing_in() {
    let (house, _, mut owner) = opened("sola").await;
    let mut stranger = house.browser();
    for (route, does) in routes() {
        let path = route.replace("{id}", "00000000-0000-7000-8000-000000000000").replace("{kind}", "welcome");
        if does.starts_with("get(") {
            let there = if path == route { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(owner.get(&path).await.status, there, "{path}");
            assert_eq!(stranger.get(&path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        } else if !route.starts_with("/dashboard/sign-") {
            let sent = stranger.post(&path, "do=save").await;
            let door = door(&path);
            assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, door.as_str()), "{path}");
        }
    }
}

/// One of each thing that has pages of its own: the beginning of their addresses, and its id.
async fn things(house: &House, cx: &Cx) -> Vec<(&'static str, String)> {
    fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }
    let engine = &house.engine;
    house.open_shop(cx).await;
    let bought = house.buy(cx, "T-1", Some("maya@example.com")).await;
    let customer = bought.customer_id.unwrap();
    let reward = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 50});
    let reward = engine.reward_create(cx, input(reward)).await.unwrap();
    let pool = json!({"name": "Pool", "kind": "voucher_pool", "points_cost": 50});
    let pool = engine.reward_create(cx, input(pool)).await.unwrap();
    let new = NewRedemption { reward: reward.id, points: None, hold_seconds: None };
    let redeemed = engine.redeem(cx, &CustomerRef::Id(customer), new).await.unwrap().redemption;
    let offer = engine.cashback_offer_create(cx, input(json!({"name": "Tenth", "percentage": "0.1"}))).await;
    let policy =
        json!({"name": "Hello", "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 5}]});
    let policy = engine.policy_create(cx, input(policy)).await.unwrap();
    let tier = engine.tier_create(cx, input(json!({"name": "Gold", "threshold": 50})), false).await.unwrap();
    let product = engine.product_create(cx, input(json!({"sku": "tart", "name": "Tart"}))).await.unwrap();
    let webhook = json!({"url": "https://shop.example/hooks"});
    let webhook = engine.webhook_create(cx, input(webhook)).await.unwrap().0;
    let delivery = engine.webhook_test(cx, webhook.id).await.unwrap();
    let first = PageRequest::default();
    let promotion = engine.promotion_list(cx, &Default::default(), &first).await.unwrap().data.remove(0);
    let retailer = engine.retailer_list(cx, &Default::default(), &first).await.unwrap().data.remove(0);
    vec![
        // The longer beginning first.
        ("/dashboard/webhooks/deliveries/", delivery.id.to_string()),
        ("/dashboard/rewards/{id}/codes", pool.id.to_string()),
        ("/dashboard/cashback/", offer.unwrap().id.to_string()),
        ("/dashboard/customers/", customer.to_string()),
        ("/dashboard/events/", event(house, cx).await),
        ("/dashboard/policies/", policy.id.to_string()),
        ("/dashboard/products/", product.id.to_string()),
        ("/dashboard/promotions/", promotion.id.to_string()),
        ("/dashboard/purchases/", bought.id.to_string()),
        ("/dashboard/redemptions/", redeemed.id.to_string()),
        ("/dashboard/requests/", request(house, cx).await),
        ("/dashboard/retailers/", retailer.id.to_string()),
        ("/dashboard/rewards/", reward.id.to_string()),
        ("/dashboard/tiers/", tier.tier.unwrap().id.to_string()),
        ("/dashboard/webhooks/", webhook.id.to_string()),
        ("/till/", bought.id.to_string()),
    ]
}

/// An event that another system has told.
async fn event(house: &House, cx: &Cx) -> String {
    let event = json!({
        "specversion": "1.0", "type": "order.completed", "source": "/shop", "id": "E-1", "data": {"transaction_id": "E-1"},
    });
    let event = NewEvent::structured(event.to_string().as_bytes()).unwrap();
    house.engine.events_receive(cx, vec![event]).await.unwrap().remove(0).unwrap();
    let first = PageRequest::default();
    house.engine.event_list(cx, &EventFilter::default(), &first).await.unwrap().data[0].key.to_string()
}

/// A request of a till, in the log.
async fn request(house: &House, cx: &Cx) -> String {
    let name = Label::new("Till").unwrap();
    let key = NewApiKey { name, scopes: vec![Scope::PurchasesWrite], retailer: None };
    let (_, secret) = house.engine.api_key_create(cx, key).await.unwrap();
    let till = house.engine.authenticate(secret.expose()).await.unwrap();
    let ended = EndedRequest {
        method: "POST".to_owned(),
        route: "/api/v1/purchases".to_owned(),
        status: 201,
        took: Duration::from_millis(2),
        request_id: "till-1".to_owned(),
        item: None,
        idempotency_key: None,
        reference: Some("T-1".to_owned()),
        purchase: None,
        problem: None,
    };
    house.engine.request_ended(&till, vec![ended]);
    let began = Instant::now();
    while began.elapsed() < STUCK {
        let first = PageRequest::default();
        let log = house.engine.request_list(cx, &RequestFilter::default(), &first).await.unwrap();
        if let Some(request) = log.data.first() {
            return request.id.to_string();
        }
        // It is written down a moment after it was answered.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the request was not written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_thing_are_its_merchants_alone() {
    let (house, cx, mut owner) = opened("sola").await;
    let things = things(&house, &cx).await;
    let hops = house.merchant("hops").await;
    house.open_shop(&hops).await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    let mut stranger = house.browser();
    let paths = dashboard_paths();
    // What every merchant has, under the same word, is nobody's alone: messages.rs is about it.
    let is_kind = |path: &str| path.starts_with("/dashboard/messages/");
    let of_things: Vec<_> = paths.iter().filter(|path| has_parameter(path) && !is_kind(path)).collect();
    assert!(of_things.len() > 15, "{of_things:?}");
    for pattern in of_things {
        let (_, id) = things
            .iter()
            .find(|(begins, _)| pattern.starts_with(begins))
            .unwrap_or_else(|| panic!("no thing to show on {pattern}"));
        let (before, rest) = pattern.split_once('{').unwrap();
        let (_, behind) = rest.split_once('}').unwrap();
        let path = format!("{before}{id}{behind}");
        let shown = owner.get(&path).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        assert!(shown.text.contains("<h1"), "{path} has no heading: {}", shown.text);
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(stranger.get(&path).await.location(), door(&path), "{path}");
        let nobody = format!("{before}nonsense{behind}");
        assert_eq!(owner.get(&nobody).await.status, StatusCode::NOT_FOUND, "{nobody}");
    }
}
