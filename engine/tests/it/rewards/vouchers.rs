//! Vouchers at the till, and when their time is over.

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::codes::VoucherCode;
use perennial_domain::rewards::{RedemptionState, VoucherState};
use perennial_engine::Error;
use perennial_engine::rewards::Redeemed;
use sea_orm::TransactionTrait as _;
use serde_json::json;

use crate::intake_support::{buy, buy_all, purchase};

use super::{balance, close, now, redeem, refusal, reward, rich, set, shop};

fn code(redeemed: &Redeemed) -> VoucherCode {
    redeemed.redemption.voucher.as_ref().unwrap().code.as_ref().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_was_used_cannot_be_cancelled() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 200).await;
    let five_off = reward(&shop, json!({"stock": 2})).await;
    let redeemed = redeem(&shop, maya, now(five_off)).await.unwrap();
    // As a person types it.
    let typed = code(&redeemed).as_str().to_lowercase().parse().unwrap();
    let used = shop.engine.voucher_use(&shop.cx, &typed).await.unwrap();
    assert_eq!((used.state, used.customer_id, used.purchase_id), (VoucherState::Used, maya, None));
    let id = redeemed.redemption.id;
    assert_eq!(shop.engine.redemption_get(&shop.cx, id).await.unwrap().state, RedemptionState::Fulfilled);
    assert_eq!(refusal(shop.engine.redemption_cancel(&shop.cx, id).await), "voucher_used");
    assert_eq!(refusal(shop.engine.voucher_use(&shop.cx, &typed).await), "voucher_used");
    assert_eq!(balance(&shop, maya).await, (100, 0));
    let unknown = "AAAA-BBBB-CCCC-DDDD".parse().unwrap();
    assert_eq!(refusal(shop.engine.voucher_use(&shop.cx, &unknown).await), "no voucher");
    close(shop).await;
}

/// At midnight of the merchant it is over, whether the job has come or not; the points stay spent.
#[tokio::test]
async fn a_voucher_ends_with_its_day() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 200).await;
    let five_off = reward(&shop, json!({"valid_days": 1})).await;
    let (first, second) = (
        redeem(&shop, maya, now(five_off)).await.unwrap(),
        redeem(&shop, maya, now(five_off)).await.unwrap(),
    );
    set(&shop, "2026-11-23T04:59:59Z");
    shop.engine.rewards_end_due().await.unwrap();
    shop.engine.voucher_use(&shop.cx, &code(&first)).await.expect("the last second");
    set(&shop, "2026-11-23T05:00:00Z");
    assert_eq!(refusal(shop.engine.voucher_use(&shop.cx, &code(&second)).await), "voucher_expired");
    // Rolled back here, because the job leaves alone what somebody still holds locked.
    let txn = shop.engine.db().begin().await.unwrap();
    let cancelled = shop.engine.redemption_cancel_in(&txn, &shop.cx, second.redemption.id).await;
    txn.rollback().await.unwrap();
    assert_eq!(refusal(cancelled), "voucher_expired");
    assert_eq!(shop.engine.rewards_end_due().await.unwrap().expired, 1);
    assert_eq!(shop.engine.rewards_end_due().await.unwrap().expired, 0);
    assert_eq!(
        refusal(shop.engine.redemption_cancel(&shop.cx, second.redemption.id).await),
        "voucher_expired"
    );
    assert_eq!(refusal(shop.engine.voucher_use(&shop.cx, &code(&second)).await), "voucher_expired");
    assert_eq!(balance(&shop, maya).await, (0, 0));
    close(shop).await;
}

/// Whoever only looks does not see what could be used.
#[tokio::test]
async fn codes_are_not_for_everybody() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 100).await;
    let five_off = reward(&shop, json!({})).await;
    let redeemed = redeem(&shop, maya, now(five_off)).await.unwrap();
    let looks = shop.key(&[perennial_domain::access::Scope::RewardsRead], None).await;
    let seen = shop.engine.redemption_get(&looks, redeemed.redemption.id).await.unwrap();
    assert_eq!(seen.voucher.unwrap().code, None);
    let refused = shop.engine.voucher_get(&looks, &code(&redeemed)).await;
    assert_eq!(refusal(refused), "forbidden RedemptionsWrite");
    close(shop).await;
}

/// Whoever names codes that nobody has must wait, by key and all keys of the merchant together, and then hears nothing of
/// good codes either, also not by a purchase. Who names good ones never waits.
#[tokio::test]
async fn codes_cannot_be_found_by_trying() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 100).await;
    let five_off = reward(&shop, json!({})).await;
    let good = code(&redeem(&shop, maya, now(five_off)).await.unwrap());
    let scopes = [Scope::RedemptionsWrite, Scope::PurchasesWrite];
    let (guesser, honest) = (shop.key(&scopes, None).await, shop.key(&scopes, None).await);
    let bad = |number: u8| VoucherCode::from_random([number; 10]);
    for number in 0..10 {
        assert_eq!(refusal(shop.engine.voucher_get(&guesser, &bad(number)).await), "no voucher");
        assert_eq!(refusal(shop.engine.voucher_use(&guesser, &bad(number)).await), "no voucher");
        let bought = purchase(
            number.to_string(),
            1_000,
            json!({
            "customer": {"external_id": "maya"}, "vouchers": [bad(number).as_str()]}),
        );
        assert_eq!(refusal(buy(&shop.engine, &guesser, bought).await), "/vouchers/0 voucher_unknown");
    }
    let with = |code: &VoucherCode| {
        purchase("10", 1_000, json!({"customer": {"external_id": "maya"}, "vouchers": [code.as_str()]}))
    };
    let waits =
        |error: Error| matches!(error, Error::Throttled { retry_after } if retry_after.as_secs() <= 30);
    assert!(waits(shop.engine.voucher_get(&guesser, &good).await.unwrap_err()));
    assert!(waits(shop.engine.voucher_use(&guesser, &good).await.unwrap_err()));
    // What has no voucher goes through all the same, and every answer is where its purchase was.
    let plain = |number: &str| purchase(number, 1_000, json!({}));
    let many = vec![plain("20"), with(&good), plain("21"), with(&good)];
    let answers = buy_all(&shop.engine, &guesser, many).await;
    let kinds: Vec<_> = answers.into_iter().map(|answer| answer.map(|_| ()).map_err(waits)).collect();
    assert_eq!(kinds, [Ok(()), Err(true), Ok(()), Err(true)]);

    // Another key is not concerned, and good codes are no guesses.
    for _ in 0..100 {
        shop.engine.voucher_get(&honest, &good).await.unwrap();
    }
    shop.engine.clock().advance(TimeDelta::seconds(30));
    shop.engine.voucher_get(&guesser, &good).await.expect("waiting helps");
    // Ten keys guess as many as one merchant may.
    for _ in 0..10 {
        let key = shop.key(&scopes, None).await;
        for number in 0..30 {
            let _ = shop.engine.voucher_get(&key, &bad(number)).await;
        }
    }
    assert!(waits(shop.engine.voucher_get(&honest, &good).await.unwrap_err()));
    shop.engine.clock().advance(TimeDelta::seconds(3));
    assert_eq!(shop.engine.voucher_use(&honest, &good).await.unwrap().state, VoucherState::Used);
    close(shop).await;
}

/// A quote tells of the vouchers that can be used, the one that ends first at the front, and twenty at most.
#[tokio::test]
async fn a_quote_names_what_can_be_used_now() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 10_000).await;
    let (ever, a_day) = (reward(&shop, json!({})).await, reward(&shop, json!({"valid_days": 1})).await);
    redeem(&shop, maya, now(ever)).await.unwrap();
    let soon = redeem(&shop, maya, now(a_day)).await.unwrap();
    let input = json!({"retailer": "north", "customer": {"id": maya}, "amount": 900});
    let quoted = async || {
        let input = serde_json::from_value(input.clone()).unwrap();
        shop.engine.quote(&shop.cx, input).await.unwrap().vouchers
    };
    let vouchers = quoted().await;
    assert_eq!(vouchers.len(), 2);
    assert_eq!(vouchers[0].code.parse::<VoucherCode>().unwrap(), code(&soon));
    assert!(vouchers[0].expires_at.is_some() && vouchers[1].expires_at.is_none());
    set(&shop, "2026-11-23T05:00:00Z");
    let vouchers = quoted().await;
    assert_eq!((vouchers.len(), vouchers[0].expires_at), (1, None), "over, whether the job has come or not");
    shop.engine.rewards_end_due().await.unwrap();
    for _ in 0..22 {
        redeem(&shop, maya, now(ever)).await.unwrap();
    }
    assert_eq!(quoted().await.len(), 20);
    close(shop).await;
}
