//! Rewards, from the catalogue to the till.

mod catalogue;
mod codes;
mod had;
mod holds;
mod people;
mod races;
mod redeem;
mod vouchers;

use chrono::{DateTime, Utc};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_domain::rewards::RewardInput;
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::rewards::{NewRedemption, Redeemed};
use perennial_engine::{Clock, Cx, Engine, Error, PageRequest};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at};
use crate::support_ledger::assert_ledger_clean;

const START: &str = "2026-11-21T12:00:00Z";

/// A shop without promotions at a fixed time.
async fn shop() -> Shop {
    Shop::open_at(Clock::fixed(at(START))).await
}

/// Ends the test: everything that an operator could ask for holds.
async fn close(shop: Shop) {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
    assert_ledger_clean(&shop.db.pool).await;
    shop.engine.shutdown().await;
}

fn input(reward: Value) -> RewardInput {
    serde_json::from_value(reward).unwrap()
}

/// A reward; `name`, `kind`, `value` and `points_cost` need not be given.
async fn reward(shop: &Shop, fields: Value) -> RewardId {
    shop.engine.reward_create(&shop.cx, input(terms(fields))).await.unwrap().id
}

fn terms(fields: Value) -> Value {
    let mut terms = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
    let all = terms.as_object_mut().unwrap();
    for (field, value) in fields.as_object().unwrap() {
        all.insert(field.clone(), value.clone());
    }
    if matches!(all["kind"].as_str(), Some("voucher_pool" | "external")) {
        all.remove("value");
    }
    terms
}

async fn customer(shop: &Shop, name: &str) -> CustomerId {
    let new = serde_json::from_value(json!({"external_id": name})).unwrap();
    shop.engine.customer_create(&shop.cx, new).await.unwrap().customer.id
}

/// A customer with points that never expire.
async fn rich(shop: &Shop, name: &str, points: i64) -> CustomerId {
    let customer = customer(shop, name).await;
    give(shop, customer, points, None).await;
    customer
}

/// Points from the staff, into the lot of a day.
async fn give(shop: &Shop, customer: CustomerId, points: i64, expires_on: Option<&str>) {
    let new: NewAdjustment =
        serde_json::from_value(json!({"points": points, "reason": "Test", "expires_on": expires_on}))
            .unwrap();
    shop.engine.adjustment_create(&shop.cx, customer, new).await.unwrap();
}

/// At once, for a fixed price.
fn now(reward: RewardId) -> NewRedemption {
    NewRedemption { reward, points: None, hold_seconds: None }
}

fn held(reward: RewardId, seconds: u32) -> NewRedemption {
    NewRedemption { hold_seconds: Some(seconds), ..now(reward) }
}

async fn redeem(shop: &Shop, customer: CustomerId, what: NewRedemption) -> Result<Redeemed, Error> {
    redeem_by(&shop.engine, &shop.cx, customer, what).await
}

async fn redeem_by(
    engine: &Engine,
    cx: &Cx,
    customer: CustomerId,
    what: NewRedemption,
) -> Result<Redeemed, Error> {
    engine.redeem(cx, &CustomerRef::Id(customer), what).await
}

/// What can be spent and what is held.
async fn balance(shop: &Shop, customer: CustomerId) -> (i64, i64) {
    let points = shop.engine.customer_points(&shop.cx, &customer.into()).await.unwrap();
    (points.points, points.reserved)
}

/// What is in the lots, by their last day.
async fn lots(shop: &Shop, customer: CustomerId) -> Vec<(String, i64)> {
    let lots = shop.engine.customer_lots(&shop.cx, customer, &PageRequest::default()).await.unwrap();
    let day = |lot: &perennial_engine::points::LotView| {
        lot.expires_on.map_or("never".to_owned(), |day| day.to_string())
    };
    lots.data.iter().filter(|lot| lot.remaining > 0).map(|lot| (day(lot), lot.remaining)).collect()
}

async fn left(shop: &Shop, reward: RewardId) -> Option<i64> {
    shop.engine.reward_get(&shop.cx, reward).await.unwrap().left
}

fn set(shop: &Shop, instant: &str) {
    let clock = shop.engine.clock();
    let to: DateTime<Utc> = at(instant);
    clock.advance(to - clock.now());
}

/// The stable word of a refusal, and where it points.
#[track_caller]
fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer.expect_err("was accepted") {
        Error::Conflict { code, .. } | Error::TooLarge { code, .. } => code.to_owned(),
        Error::Invalid(errors) => format!("{} {}", errors[0].pointer, errors[0].code),
        Error::NotFound(what) => format!("no {}", what.noun()),
        Error::Forbidden(action) => format!("forbidden {action:?}"),
        other => format!("{other:?}"),
    }
}
