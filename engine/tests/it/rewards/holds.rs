//! Redemptions in two phases: held, then captured or let go.

use perennial_domain::rewards::RedemptionState;
use serde_json::json;

use super::{
    balance, close, customer, give, held, left, lots, now, redeem, refusal, reward, rich, set, shop,
};
use crate::intake_support::{Hold, patiently};

#[tokio::test]
async fn a_hold_is_captured_once() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 250).await;
    let five_off = reward(&shop, json!({"stock": 1, "valid_days": 30})).await;
    let reserved = redeem(&shop, maya, held(five_off, 600)).await.unwrap();
    assert_eq!((reserved.balance.points, reserved.balance.reserved), (150, 100));
    assert_eq!(reserved.redemption.state, RedemptionState::Reserved);
    assert!(reserved.redemption.voucher.is_none(), "nothing to use before it is captured");
    assert_eq!(left(&shop, five_off).await, Some(0));
    let id = reserved.redemption.id;
    set(&shop, "2026-11-21T12:09:59Z");
    shop.engine.rewards_end_due().await.unwrap();
    let captured = shop.engine.redemption_capture(&shop.cx, id).await.unwrap();
    assert_eq!((captured.balance.points, captured.balance.reserved), (150, 0));
    // The voucher counts its days from now, to the end of the merchant's day.
    let voucher = captured.redemption.voucher.clone().unwrap();
    assert_eq!(voucher.expires_at.unwrap().to_rfc3339(), "2026-12-22T05:00:00+00:00");
    let again = shop.engine.redemption_capture(&shop.cx, id).await.unwrap();
    assert_eq!(again, captured);
    assert_eq!(shop.count("vouchers").await, 1);
    set(&shop, "2026-11-22T12:00:00Z");
    assert_eq!(shop.engine.rewards_end_due().await.unwrap().released, 0, "what was captured has no end left");
    let states: Vec<_> = captured.redemption.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [RedemptionState::Reserved, RedemptionState::Captured]);
    close(shop).await;
}

#[tokio::test]
async fn a_hold_is_let_go() {
    let shop = shop().await;
    let maya = customer(&shop, "maya").await;
    give(&shop, maya, 60, Some("2026-12-31")).await;
    give(&shop, maya, 60, None).await;
    let before = lots(&shop, maya).await;
    let five_off = reward(&shop, json!({"stock": 1, "limit_per_customer": 1})).await;
    let id = redeem(&shop, maya, held(five_off, 600)).await.unwrap().redemption.id;
    assert_eq!(balance(&shop, maya).await, (20, 100));
    let released = shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!(released.redemption.state, RedemptionState::Released);
    assert_eq!((lots(&shop, maya).await, left(&shop, five_off).await), (before, Some(1)));
    shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!(left(&shop, five_off).await, Some(1), "again: nothing more");
    assert_eq!(refusal(shop.engine.redemption_capture(&shop.cx, id).await), "hold_over");
    redeem(&shop, maya, now(five_off)).await.expect("what was let go does not count towards the limit");
    close(shop).await;
}

/// When its time is over it cannot be captured, whether the job has come or not; the job may come late and twice.
#[tokio::test]
async fn a_hold_ends_in_time() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 100).await;
    let five_off = reward(&shop, json!({"stock": 1})).await;
    let id = redeem(&shop, maya, held(five_off, 600)).await.unwrap().redemption.id;
    set(&shop, "2026-11-21T12:10:00Z");
    assert_eq!(refusal(shop.engine.redemption_capture(&shop.cx, id).await), "hold_over");
    let seen = shop.engine.redemption_get(&shop.cx, id).await.unwrap();
    assert_eq!(seen.state, RedemptionState::Released, "as it is, not as it is stored");
    set(&shop, "2026-12-24T00:00:00Z");
    assert_eq!(shop.engine.rewards_end_due().await.unwrap().released, 1);
    assert_eq!(shop.engine.rewards_end_due().await.unwrap().released, 0);
    assert_eq!((balance(&shop, maya).await, left(&shop, five_off).await), ((100, 0), Some(1)));
    assert_eq!(refusal(shop.engine.redemption_capture(&shop.cx, id).await), "hold_over");
    assert_eq!(shop.count("entries WHERE kind = 'release' AND account = 'reserved'").await, 1);
    close(shop).await;
}

/// A hold of a customer who is not there, over before everybody else's: those of others end all the same.
#[tokio::test]
async fn one_hold_that_cannot_end_stops_nobody() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 300).await;
    let five_off = reward(&shop, json!({"stock": 3})).await;
    for seconds in [600, 700, 800] {
        redeem(&shop, maya, held(five_off, seconds)).await.unwrap();
    }
    let whose = "UPDATE redemptions SET customer_id = $1
        WHERE held_until < (SELECT max(held_until) FROM redemptions)";
    let give_to = async |customer: uuid::Uuid| {
        sqlx::query(whose).bind(customer).execute(&shop.db.pool).await.unwrap();
    };
    give_to(uuid::Uuid::from_u128(1)).await;
    set(&shop, "2026-11-21T13:00:00Z");
    for _ in 0..2 {
        assert!(shop.engine.rewards_end_due().await.is_err(), "it is told");
        assert_eq!((balance(&shop, maya).await, left(&shop, five_off).await), ((100, 200), Some(1)));
    }
    give_to(maya.uuid()).await;
    assert_eq!(shop.engine.rewards_end_due().await.unwrap().released, 2);
    assert_eq!((balance(&shop, maya).await, left(&shop, five_off).await), ((300, 0), Some(3)));
    close(shop).await;
}

/// Somebody captures it in time and has to wait for it; when the wait is over, so is the hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_ends_while_its_capture_waits_is_over() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 100).await;
    let five_off = reward(&shop, json!({})).await;
    let id = redeem(&shop, maya, held(five_off, 600)).await.unwrap().redemption.id;
    let lock = "SELECT FROM redemptions WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
    let hold = Hold::on(&shop, lock, id.uuid()).await;
    let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
    let capture = tokio::spawn(async move { patiently!(engine.redemption_capture(&cx, id)) });
    hold.is_met().await;
    set(&shop, "2026-11-21T12:10:00Z");
    hold.let_go().await;
    assert_eq!(refusal(capture.await.unwrap()), "hold_over");
    close(shop).await;
}

/// Points of a lot whose day was over while they were held expire when the hold ends.
#[tokio::test]
async fn held_points_do_not_expire_until_they_come_back() {
    let shop = shop().await;
    let maya = customer(&shop, "maya").await;
    give(&shop, maya, 100, Some("2026-11-21")).await;
    let five_off = reward(&shop, json!({})).await;
    redeem(&shop, maya, held(five_off, 24 * 60 * 60)).await.unwrap();
    set(&shop, "2026-11-22T05:00:00Z");
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(balance(&shop, maya).await, (0, 100));
    set(&shop, "2026-11-22T12:00:00Z");
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(balance(&shop, maya).await, (0, 0));
    assert_eq!(shop.count("entries WHERE kind = 'expiry' AND account = 'expired' AND amount = 100").await, 1);
    close(shop).await;
}

#[tokio::test]
async fn a_hold_has_bounds() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 100).await;
    let five_off = reward(&shop, json!({})).await;
    for seconds in [0, perennial_engine::rewards::HOLD_SECONDS_MAX + 1] {
        assert_eq!(refusal(redeem(&shop, maya, held(five_off, seconds)).await), "/hold_seconds out_of_range");
    }
    close(shop).await;
}
