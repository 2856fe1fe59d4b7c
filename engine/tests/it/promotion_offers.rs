//! What a customer is told of promotions: those that are for the customer now, and what is left of them.

use chrono::TimeDelta;
use perennial_domain::ids::CustomerId;
use perennial_domain::promotion::LimitPeriod;
use perennial_engine::promotions::{OfferLimit, PromotionOffer};
use perennial_engine::{Clock, Error};
use serde_json::json;

use crate::intake_support::{Shop, at, merchant, purchase};
use crate::tiers::{START, create, settle, tier};

/// What this customer sees.
async fn offers(shop: &Shop, customer: CustomerId) -> Vec<PromotionOffer> {
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    shop.engine.customer_promotions(&cx, customer).await.unwrap()
}

async fn names(shop: &Shop, customer: CustomerId) -> Vec<String> {
    offers(shop, customer).await.into_iter().map(|offer| offer.name).collect()
}

async fn joined(shop: &Shop, email: &str) -> CustomerId {
    let input = serde_json::from_value(json!({"email": email})).unwrap();
    shop.engine.customer_create(&shop.cx, input).await.unwrap().customer.id
}

#[tokio::test]
async fn a_customer_sees_what_is_for_everybody_and_for_the_own_tier() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100", "priority": 1})).await;
    let gold = create(&shop, tier("Gold", 1_000)).await;
    shop.promote(json!({"name": "Golden", "multiplier": "2", "tiers": [gold], "priority": 5})).await;
    shop.promote(json!({"name": "Advent", "multiplier": "2", "starts_at": "2026-12-01T00:00:00"})).await;
    shop.promote(json!({"name": "Hello", "flat_points": 50, "first_purchase_only": true})).await;
    let rests = shop.promote(json!({"name": "Rests", "multiplier": "3"})).await;
    shop.engine.promotion_pause(&shop.cx, rests).await.unwrap();
    // Until 15:00 in Berlin, which is two hours from now.
    let berlin = json!({"name": "Berlin", "multiplier": "2", "retailers": ["south"], "ends_at": "2026-11-21T15:00:00"});
    shop.promote(berlin).await;

    let maya = shop.bought(purchase("1", 1_000, json!({}))).await.customer_id.unwrap();
    let bea = joined(&shop, "bea@example.com").await;
    settle(&shop).await;
    // She has bought, and by that come to Gold; Bea has not.
    assert_eq!(names(&shop, maya).await, ["Berlin", "Golden", "Base"]);
    assert_eq!(names(&shop, bea).await, ["Berlin", "Base", "Hello"]);

    let told = offers(&shop, maya).await;
    let summaries: Vec<_> = told.iter().map(|offer| (offer.summary.as_str(), offer.is_for_all)).collect();
    assert_eq!(
        summaries,
        [
            ("2× points on everything, at south.", false),
            ("2× points on everything, for Gold.", false),
            ("100 points for each $1 on everything.", true),
        ]
    );
    shop.engine.clock().advance(TimeDelta::hours(2));
    assert_eq!(names(&shop, maya).await, ["Golden", "Base"], "it is over at 15:00 in Berlin");
    shop.close().await;
}

#[tokio::test]
async fn what_is_left_is_counted_and_what_is_used_up_is_not_told() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    let daily = json!({"points": 100, "per": "day"});
    shop.promote(
        json!({"name": "Daily", "flat_points": 60, "max_points_per_customer": daily, "priority": 3}),
    )
    .await;
    let once = json!({"points": 20, "per": "ever"});
    shop.promote(json!({"name": "Once", "flat_points": 20, "max_points_per_customer": once, "priority": 2}))
        .await;
    let budget = json!({"points": 10});
    shop.promote(json!({"name": "Budget", "flat_points": 10, "budget": budget, "priority": 1})).await;

    let bea = joined(&shop, "bea@example.com").await;
    assert_eq!(names(&shop, bea).await, ["Daily", "Once", "Budget"]);
    let maya = shop.bought(purchase("1", 1_000, json!({}))).await.customer_id.unwrap();
    let left = |told: &[PromotionOffer]| told.iter().map(|offer| offer.limit).collect::<Vec<_>>();
    let of_day = |left| Some(OfferLimit { points: 100, per: LimitPeriod::Day, left });
    let told = offers(&shop, maya).await;
    assert_eq!((told.len(), left(&told)), (1, vec![of_day(40)]), "{told:?}");
    // What is left of a budget is left to nobody else; limits are everybody's own.
    assert_eq!(names(&shop, bea).await, ["Daily", "Once"]);

    shop.bought(purchase("2", 1_000, json!({}))).await;
    assert_eq!(left(&offers(&shop, maya).await), [of_day(0)], "it is full again tomorrow");
    shop.engine.clock().advance(TimeDelta::days(1));
    assert_eq!(left(&offers(&shop, maya).await), [of_day(100)]);
    shop.close().await;
}

#[tokio::test]
async fn nobody_is_told_of_another_merchants_promotions() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Ours", "award_rate": "1"})).await;
    let maya = joined(&shop, "maya@example.com").await;
    let other = merchant(&shop.engine, "other", "USD").await;
    let theirs = perennial_engine::Cx::system(other);
    assert!(matches!(shop.engine.customer_promotions(&theirs, maya).await, Err(Error::NotFound(_))));
    let input = serde_json::from_value(json!({"email": "maya@example.com"})).unwrap();
    let hers = shop.engine.customer_create(&theirs, input).await.unwrap().customer.id;
    assert_eq!(shop.engine.customer_promotions(&theirs, hers).await.unwrap(), []);
    shop.close().await;
}
