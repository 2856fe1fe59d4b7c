//! What another policy of tiers would do, told before it is made: the same that then happens.

use perennial_engine::expiry::SettingsPreview;
use perennial_engine::{Clock, Error};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at};
use crate::tiers::{START, assert_clean, by, earn, ladder, moves, name, standing};

async fn look(shop: &Shop, settings: Value) -> Result<SettingsPreview, Error> {
    shop.engine.merchant_preview(&shop.cx, serde_json::from_value(settings).unwrap()).await
}

/// From, to, how many, and what counts for the first of them; nothing where the policy would stay.
async fn would_move(shop: &Shop, tiers: Value) -> Vec<(String, String, u64, i64)> {
    let change = look(shop, json!({ "tiers": tiers })).await.unwrap().tiers.unwrap();
    let name = |tier: &Option<perennial_engine::tiers::TierName>| {
        tier.as_ref().map_or("none", |tier| tier.name.as_str()).to_owned()
    };
    let told = change.moves.iter().map(|movement| {
        let progress = movement.examples[0].progress;
        (name(&movement.from), name(&movement.to), movement.customers, progress)
    });
    told.collect()
}

fn way(from: &str, to: &str, customers: u64, progress: i64) -> (String, String, u64, i64) {
    (from.to_owned(), to.to_owned(), customers, progress)
}

/// Tiers from 0, 50 and 100 points, of which there are ten a dollar.
async fn shop() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "10"})).await;
    ladder(&shop).await;
    shop
}

#[tokio::test]
async fn another_basis_moves_whom_the_look_had_named_and_the_look_nobody() {
    let shop = shop().await;
    let (_, maya) = earn(&shop, "1", 600, by("maya@example.com")).await;
    let (_, noah) = earn(&shop, "2", 90, by("noah@example.com")).await;
    earn(&shop, "3", 20, by("cleo@example.com")).await;
    assert_eq!(standing(&shop, maya).await.progress, 60);

    // Thresholds are numbers and stay: what was 50 points is 50 cents then.
    let spend = json!({"basis": "spend"});
    let expected = [way("Silver", "Gold", 1, 600), way("Bronze", "Silver", 1, 90)];
    assert_eq!(would_move(&shop, spend.clone()).await, expected);
    assert!(would_move(&shop, json!({"basis": "purchases", "grace_days": 9})).await.is_empty());
    assert_eq!(shop.engine.tiers_round().await.unwrap(), 0, "it was only a look");
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver"]);
    assert_eq!(standing(&shop, maya).await.progress, 60);

    shop.set(json!({ "tiers": spend })).await;
    assert_eq!(shop.engine.tiers_round().await.unwrap(), 2);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver", "Silver up Gold"]);
    assert_eq!(moves(&shop, noah).await, ["Bronze up Silver"]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// However many periods nobody has looked at: who falls two steps is one customer.
#[tokio::test]
async fn whoever_goes_several_steps_is_counted_once() {
    let shop = shop().await;
    let (_, maya) = earn(&shop, "1", 1_000, by("maya@example.com")).await;
    let (_, noah) = earn(&shop, "2", 500, by("noah@example.com")).await;
    shop.engine.clock().advance(chrono::TimeDelta::days(4 * 366));
    let graceful = json!({"grace_days": 5});
    let expected = [way("Gold", "Bronze", 1, 0), way("Silver", "Bronze", 1, 0)];
    assert_eq!(would_move(&shop, graceful.clone()).await, expected);
    shop.set(json!({ "tiers": graceful })).await;
    assert_eq!(shop.engine.tiers_round().await.unwrap(), 3, "one of them in two steps");
    for customer in [maya, noah] {
        assert_eq!(name(&shop, customer).await.as_deref(), Some("Bronze"));
    }
    shop.close().await;
}

#[tokio::test]
async fn a_policy_that_stays_moves_nobody_and_one_that_cannot_be_is_refused_in_the_look() {
    let shop = shop().await;
    for settings in [json!({"points_name": "leaves"}), json!({"tiers": {"basis": "points_earned"}})] {
        assert_eq!(look(&shop, settings).await.unwrap().tiers, None);
    }
    assert!(would_move(&shop, json!({"basis": "spend"})).await.is_empty(), "there is nobody");
    match look(&shop, json!({"tiers": {"grace_days": 366}})).await {
        Err(Error::Invalid(errors)) => assert_eq!(errors[0].pointer, "/tiers/grace_days"),
        other => panic!("{other:?}"),
    }
    shop.close().await;
}
