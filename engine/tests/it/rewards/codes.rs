//! Pools of codes that the merchant uploaded.

use perennial_engine::rewards::{CodeCounts, CodesAdded};
use serde_json::json;

use super::{balance, close, held, left, now, redeem, refusal, reward, rich, shop, terms};
use crate::intake_support::Shop;

async fn upload(shop: &Shop, pool: perennial_domain::ids::RewardId, csv: &str) -> CodesAdded {
    shop.engine.reward_codes_add(&shop.cx, pool, csv.as_bytes()).await.unwrap()
}

#[tokio::test]
async fn a_pool_gives_its_codes_in_order_until_none_are_left() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 1_000).await;
    let pool = reward(&shop, json!({"kind": "voucher_pool", "name": "Cinema"})).await;
    assert_eq!(refusal(redeem(&shop, maya, now(pool)).await), "out_of_stock");
    assert_eq!(
        upload(&shop, pool, "code\ncin-b\ncin-a\n").await,
        CodesAdded { added: 2, repeated: 0, left: 2 }
    );
    assert_eq!(
        upload(&shop, pool, "CIN-A\ncin-c\ncin-c").await,
        CodesAdded { added: 1, repeated: 2, left: 3 }
    );
    let mut codes = Vec::new();
    for _ in 0..3 {
        let redeemed = redeem(&shop, maya, now(pool)).await.unwrap();
        codes.push(redeemed.redemption.voucher.unwrap().code.unwrap());
    }
    assert_eq!(codes, ["cin-b", "cin-a", "cin-c"], "as they were uploaded, in their order");
    assert_eq!(refusal(redeem(&shop, maya, now(pool)).await), "out_of_stock");
    assert_eq!(balance(&shop, maya).await, (700, 0));
    let used = shop.engine.voucher_use(&shop.cx, &"Cin-A ".parse().unwrap()).await.unwrap();
    assert_eq!(serde_json::to_value(used.worth).unwrap(), json!({"kind": "voucher_pool"}));
    close(shop).await;
}

/// A code that nobody has seen goes to the next; one that somebody has seen goes to nobody.
#[tokio::test]
async fn a_code_that_was_seen_is_not_given_again() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 1_000).await;
    let pool = reward(&shop, json!({"kind": "voucher_pool"})).await;
    upload(&shop, pool, "one\ntwo").await;
    let id = redeem(&shop, maya, held(pool, 60)).await.unwrap().redemption.id;
    assert_eq!(left(&shop, pool).await, Some(1));
    shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!(left(&shop, pool).await, Some(2));
    let redeemed = redeem(&shop, maya, now(pool)).await.unwrap();
    assert_eq!(redeemed.redemption.voucher.unwrap().code.unwrap(), "one");
    let id = redeemed.redemption.id;
    let hers = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    assert_eq!(refusal(shop.engine.redemption_cancel(&hers, id).await), "not_cancellable");
    shop.engine.redemption_cancel(&shop.cx, id).await.unwrap();
    assert_eq!(balance(&shop, maya).await, (1_000, 0));
    let counts = shop.engine.reward_code_counts(&shop.cx, pool).await.unwrap();
    assert_eq!(counts, CodeCounts { free: 1, taken: 0, withdrawn: 1 });
    assert_eq!(upload(&shop, pool, "one").await, CodesAdded { added: 0, repeated: 1, left: 1 });
    close(shop).await;
}

#[tokio::test]
async fn codes_are_for_pools_and_pools_stay_pools() {
    let shop = shop().await;
    let five_off = reward(&shop, json!({})).await;
    let refused = shop.engine.reward_codes_add(&shop.cx, five_off, b"one").await;
    assert_eq!(refusal(refused), "not_a_pool");
    let pool = reward(&shop, json!({"kind": "voucher_pool"})).await;
    upload(&shop, pool, "one").await;
    let into = super::input(terms(json!({})));
    assert_eq!(refusal(shop.engine.reward_update(&shop.cx, pool, into, None).await), "/kind not_changeable");
    let renamed = super::input(terms(json!({"kind": "voucher_pool", "name": "Renamed"})));
    assert_eq!(shop.engine.reward_update(&shop.cx, pool, renamed, None).await.unwrap().left, Some(1));
    shop.engine.reward_archive(&shop.cx, pool).await.unwrap();
    assert_eq!(refusal(shop.engine.reward_codes_add(&shop.cx, pool, b"two").await), "archived");
    close(shop).await;
}
