//! Vouchers at the till, and when their time is over.

use perennial_domain::codes::VoucherCode;
use perennial_domain::rewards::{RedemptionState, VoucherState};
use perennial_engine::rewards::Redeemed;
use sea_orm::TransactionTrait as _;
use serde_json::json;

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
