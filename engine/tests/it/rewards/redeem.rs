//! Points for a reward, and back.

use perennial_domain::customer::CustomerRef;
use perennial_domain::rewards::RedemptionState;
use perennial_engine::PageRequest;
use perennial_engine::rewards::{NewRedemption, Worth};
use serde_json::json;

use super::{balance, close, customer, give, left, lots, now, redeem, refusal, reward, rich, set, shop};

/// G18: what expires first is spent first, what never expires last; and it goes back to where it came from.
#[tokio::test]
async fn g18_points_come_from_the_earliest_lots_and_go_back_to_them() {
    let shop = shop().await;
    let maya = customer(&shop, "maya").await;
    give(&shop, maya, 200, None).await;
    give(&shop, maya, 100, Some("2027-06-30")).await;
    give(&shop, maya, 50, Some("2026-12-31")).await;
    let before = lots(&shop, maya).await;
    let five_off = reward(&shop, json!({"points_cost": 120, "stock": 3})).await;
    let redeemed = redeem(&shop, maya, now(five_off)).await.unwrap();
    assert_eq!((redeemed.balance.points, redeemed.balance.reserved), (230, 0));
    assert_eq!(lots(&shop, maya).await, [("2027-06-30".to_owned(), 30), ("never".to_owned(), 200)]);
    assert_eq!(redeemed.redemption.state, RedemptionState::Captured);
    let code = redeemed.redemption.voucher.unwrap().code.unwrap();
    assert_eq!(left(&shop, five_off).await, Some(2));
    let voucher = shop.engine.voucher_get(&shop.cx, &code.parse().unwrap()).await.unwrap();
    let worth: Worth = serde_json::from_value(json!({"kind": "money_off", "value": 500})).unwrap();
    assert_eq!((voucher.worth, voucher.name.as_str()), (worth, "Five off"));

    let id = redeemed.redemption.id;
    let cancelled = shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!(cancelled.redemption.state, RedemptionState::Cancelled);
    assert_eq!(cancelled.balance.points, 350);
    assert_eq!(lots(&shop, maya).await, before);
    assert_eq!(left(&shop, five_off).await, Some(3));
    assert_eq!(refusal(shop.engine.voucher_use(&shop.cx, &code.parse().unwrap()).await), "voucher_cancelled");
    // Again: nothing more.
    shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!((lots(&shop, maya).await, left(&shop, five_off).await), (before, Some(3)));
    close(shop).await;
}

/// Points whose day was over meanwhile come back and expire at once; the customer sees both.
#[tokio::test]
async fn what_comes_back_too_late_expires_at_once() {
    let shop = shop().await;
    let maya = customer(&shop, "maya").await;
    give(&shop, maya, 50, Some("2026-12-31")).await;
    give(&shop, maya, 100, Some("2027-06-30")).await;
    let five_off = reward(&shop, json!({"points_cost": 120})).await;
    let id = redeem(&shop, maya, now(five_off)).await.unwrap().redemption.id;
    // Midnight in New York.
    set(&shop, "2027-01-01T05:00:00Z");
    let cancelled = shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!(cancelled.balance.points, 100);
    assert_eq!(lots(&shop, maya).await, [("2027-06-30".to_owned(), 100)]);
    let entries =
        shop.engine.customer_entries(&shop.cx, maya, None, &PageRequest::default()).await.unwrap().data;
    let newest: Vec<_> = entries.iter().take(2).map(|entry| (entry.kind.as_str(), entry.amount)).collect();
    assert_eq!(newest, [("expiry", -50), ("cancellation", 120)]);
    close(shop).await;
}

/// What is over cannot be spent although no job has come.
#[tokio::test]
async fn points_that_are_over_buy_nothing() {
    let shop = shop().await;
    let maya = customer(&shop, "maya").await;
    give(&shop, maya, 100, Some("2026-12-31")).await;
    let five_off = reward(&shop, json!({"stock": 1})).await;
    set(&shop, "2027-01-01T05:00:00Z");
    assert_eq!(refusal(redeem(&shop, maya, now(five_off)).await), "insufficient_points");
    assert_eq!(left(&shop, five_off).await, Some(1), "a refusal takes nothing");
    close(shop).await;
}

/// A refusal says everything that is missing, under the word of the first.
#[tokio::test]
async fn everything_that_is_missing_is_said() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 99).await;
    let scarce = reward(&shop, json!({"stock": 0, "valid_from": "2026-12-01T00:00"})).await;
    let refused = redeem(&shop, maya, now(scarce)).await.unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("Starts on") && text.contains("None are left") && text.contains("1 point missing"),
        "{text}"
    );
    assert_eq!(refusal(redeem(&shop, maya, now(scarce)).await), "not_started");
    set(&shop, "2026-12-01T05:00:00Z");
    assert_eq!(refusal(redeem(&shop, maya, now(scarce)).await), "out_of_stock");
    let over = reward(&shop, json!({"valid_until": "2026-11-30T00:00"})).await;
    assert_eq!(refusal(redeem(&shop, maya, now(over)).await), "over");
    let dear = reward(&shop, json!({})).await;
    assert_eq!(refusal(redeem(&shop, maya, now(dear)).await), "insufficient_points");
    give(&shop, maya, 1, None).await;
    shop.engine.reward_archive(&shop.cx, dear).await.unwrap();
    assert_eq!(refusal(redeem(&shop, maya, now(dear)).await), "archived");
    assert_eq!(balance(&shop, maya).await, (100, 0));
    assert_eq!(shop.count("redemptions").await, 0);
    close(shop).await;
}

/// The customer chooses how many points, in steps, and the voucher is worth as many.
#[tokio::test]
async fn points_by_choice() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 1_000).await;
    let cost = json!({"step": 100, "min": 200, "max": 500});
    let off = reward(&shop, json!({"points_cost": cost, "value": 50})).await;
    let chosen = |points| NewRedemption { points, ..now(off) };
    for points in [None, Some(100), Some(250), Some(600), Some(-200)] {
        assert_eq!(refusal(redeem(&shop, maya, chosen(points)).await), "/points not_a_choice");
    }
    let redeemed = redeem(&shop, maya, chosen(Some(300))).await.unwrap();
    assert_eq!(redeemed.balance.points, 700);
    let code = redeemed.redemption.voucher.unwrap().code.unwrap().parse().unwrap();
    let voucher = shop.engine.voucher_get(&shop.cx, &code).await.unwrap();
    assert_eq!(serde_json::to_value(voucher.worth).unwrap(), json!({"kind": "money_off", "value": 150}));
    close(shop).await;
}

/// A reward for one tier.
#[tokio::test]
async fn a_reward_may_be_for_one_tier_only() {
    let shop = shop().await;
    let (maya, leo) = (rich(&shop, "maya", 100).await, rich(&shop, "leo", 100).await);
    let tier = uuid::Uuid::now_v7();
    sqlx::query(
        "INSERT INTO tiers (merchant_id, id, name, threshold, terms, created_at, changed_at)
         VALUES ($1, $2, 'gold', 500, '{\"name\": \"Gold\", \"threshold\": 500}', now(), now())",
    )
    .bind(shop.merchant.uuid())
    .bind(tier)
    .execute(&shop.db.pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO tier_memberships (merchant_id, customer_id, tier_id, since, changed_at)
         VALUES ($1, $2, $3, '2026-01-01', now())",
    )
    .bind(shop.merchant.uuid())
    .bind(maya.uuid())
    .bind(tier)
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let gold = reward(&shop, json!({"tiers": [tier.to_string()]})).await;
    assert_eq!(refusal(redeem(&shop, leo, now(gold)).await), "tier");
    redeem(&shop, maya, now(gold)).await.unwrap();
    let offers = shop.engine.reward_offers(&shop.cx, leo, &PageRequest::default()).await.unwrap().data;
    assert!(!offers[0].eligibility.is_eligible());
    let nobody = json!({"tiers": [uuid::Uuid::now_v7().to_string()]});
    let created = shop.engine.reward_create(&shop.cx, super::input(super::terms(nobody))).await;
    assert_eq!(refusal(created), "/tiers/0 unknown_tier");
    close(shop).await;
}

/// A customer acts for nobody else, holds nothing, and is not told the names of the staff.
#[tokio::test]
async fn a_customer_redeems_for_nobody_else() {
    let shop = shop().await;
    let (maya, leo) = (rich(&shop, "maya", 300).await, rich(&shop, "leo", 300).await);
    let hers = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    let five_off = reward(&shop, json!({})).await;
    let other = shop.engine.redeem(&hers, &CustomerRef::Id(leo), now(five_off)).await;
    assert_eq!(refusal(other), "no customer");
    let by_name = CustomerRef::ExternalId("maya".parse().unwrap());
    assert_eq!(refusal(shop.engine.redeem(&hers, &by_name, now(five_off)).await), "no customer");
    let hold = super::held(five_off, 60);
    let hold = shop.engine.redeem(&hers, &CustomerRef::Id(maya), hold).await;
    assert_eq!(refusal(hold), "forbidden RedemptionsWrite");
    let own = shop.engine.redeem(&hers, &CustomerRef::Id(maya), now(five_off)).await.unwrap();
    assert!(own.redemption.voucher.as_ref().unwrap().code.is_some());
    let his = redeem(&shop, leo, now(five_off)).await.unwrap().redemption.id;
    assert_eq!(refusal(shop.engine.redemption_get(&hers, his).await), "no redemption");
    assert_eq!(refusal(shop.engine.redemption_cancel(&hers, his).await), "no redemption");
    let list =
        shop.engine.redemption_list(&hers, &Default::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(list.data.len(), 1);
    assert!(list.data[0].steps.iter().all(|step| step.by.is_none()));
    let offers = shop.engine.reward_offers(&hers, maya, &PageRequest::default()).await.unwrap().data;
    assert_eq!((offers[0].redeemed, offers[0].eligibility.is_eligible()), (1, true));
    assert_eq!(refusal(shop.engine.reward_offers(&hers, leo, &PageRequest::default()).await), "no customer");
    let vouchers = shop.engine.customer_vouchers(&hers, maya, &PageRequest::default()).await.unwrap().data;
    assert_eq!(vouchers.len(), 1);
    shop.engine.redemption_cancel(&hers, own.redemption.id).await.unwrap();
    assert_eq!(balance(&shop, maya).await, (300, 0));
    close(shop).await;
}
