//! The catalogue, and the proofs of what is stored.

use perennial_engine::PageRequest;
use serde_json::{Value, json};

use super::{close, input, left, now, redeem, refusal, reward, rich, shop, terms};

#[tokio::test]
async fn a_reward_is_entered_read_changed_and_archived() {
    let shop = shop().await;
    let id = reward(&shop, json!({"stock": 10, "description": "Off anything"})).await;
    let entered = shop.engine.reward_get(&shop.cx, id).await.unwrap();
    assert_eq!((entered.version, entered.left, entered.terms.stock), (1, Some(10), Some(10)));
    assert!(!entered.summary.is_empty());
    // Somebody redeems while somebody else edits: what the form showed is not what is left.
    let maya = rich(&shop, "maya", 100).await;
    redeem(&shop, maya, now(id)).await.unwrap();
    let more = input(terms(json!({"stock": 15})));
    let changed = shop.engine.reward_update(&shop.cx, id, more.clone(), Some(10)).await.unwrap();
    assert_eq!((changed.version, changed.left), (2, Some(14)), "five more");
    assert_eq!(shop.engine.reward_update(&shop.cx, id, more, None).await.unwrap().left, Some(15), "set");
    let fewer = input(terms(json!({"stock": 1})));
    assert_eq!(shop.engine.reward_update(&shop.cx, id, fewer, Some(17)).await.unwrap().left, Some(0));
    let any = input(terms(json!({})));
    assert_eq!(shop.engine.reward_update(&shop.cx, id, any.clone(), Some(0)).await.unwrap().left, None);

    super::set(&shop, "2026-11-21T12:00:01Z");
    let other = reward(&shop, json!({"name": "Other"})).await;
    let first =
        shop.engine.reward_list(&shop.cx, false, &PageRequest::new(Some(1), None).unwrap()).await.unwrap();
    assert_eq!(first.data[0].id, other);
    let second = PageRequest::new(Some(1), first.next).unwrap();
    assert_eq!(shop.engine.reward_list(&shop.cx, false, &second).await.unwrap().data[0].id, id);
    assert!(shop.engine.reward_archive(&shop.cx, id).await.unwrap().archived_at.is_some());
    assert_eq!(refusal(shop.engine.reward_update(&shop.cx, id, any, None).await), "archived");
    assert_eq!(
        shop.engine.reward_list(&shop.cx, false, &PageRequest::default()).await.unwrap().data.len(),
        1
    );
    assert_eq!(shop.engine.reward_list(&shop.cx, true, &PageRequest::default()).await.unwrap().data.len(), 2);
    close(shop).await;
}

#[tokio::test]
async fn a_free_product_is_one_of_the_catalogue() {
    let shop = shop().await;
    let free = |sku: &str| input(terms(json!({"kind": "free_product", "value": sku})));
    assert_eq!(refusal(shop.engine.reward_create(&shop.cx, free("WINE")).await), "/value unknown_product");
    let wine: Value = json!({"sku": "WINE", "name": "Wine"});
    shop.engine.product_create(&shop.cx, serde_json::from_value(wine).unwrap()).await.unwrap();
    shop.engine.reward_create(&shop.cx, free("WINE")).await.unwrap();
    close(shop).await;
}

/// What was redeemed keeps what it said, whatever becomes of the reward.
#[tokio::test]
async fn a_redemption_keeps_its_terms() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 100).await;
    let id = reward(&shop, json!({})).await;
    let redeemed = redeem(&shop, maya, now(id)).await.unwrap().redemption;
    let dearer = input(terms(json!({"name": "Six off", "value": 600, "points_cost": 200})));
    shop.engine.reward_update(&shop.cx, id, dearer, None).await.unwrap();
    assert_eq!(shop.engine.redemption_get(&shop.cx, redeemed.id).await.unwrap(), redeemed);
    assert_eq!(shop.engine.redemption_cancel(&shop.cx, redeemed.id).await.unwrap().balance.points, 100);
    close(shop).await;
}

/// One too many, anywhere, is found and named.
#[tokio::test]
async fn reconciliation_finds_what_was_spoilt() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 500).await;
    let pool = reward(&shop, json!({"kind": "voucher_pool"})).await;
    shop.engine.reward_codes_add(&shop.cx, pool, b"one\ntwo\nthree").await.unwrap();
    let limited = reward(&shop, json!({"stock": 5, "limit_per_customer": 2})).await;
    let redeemed = redeem(&shop, maya, now(pool)).await.unwrap().redemption.id;
    let open = redeem(&shop, maya, super::held(limited, 600)).await.unwrap().redemption.id;
    assert_eq!((left(&shop, pool).await, left(&shop, limited).await), (Some(2), Some(4)));
    let (maya, redeemed, open, pool) =
        (maya.to_string(), redeemed.to_string(), open.to_string(), pool.to_string());
    for (spoil, restore, named) in [
        (
            "UPDATE rewards SET stock = stock + 1 WHERE kind = 'voucher_pool'",
            "UPDATE rewards SET stock = stock - 1 WHERE kind = 'voucher_pool'",
            &pool,
        ),
        (
            "UPDATE redemptions SET points = points + 1 WHERE state = 'captured'",
            "UPDATE redemptions SET points = points - 1 WHERE state = 'captured'",
            &redeemed,
        ),
        (
            "UPDATE redemptions SET state = 'captured' WHERE state = 'reserved'",
            "UPDATE redemptions SET state = 'reserved' WHERE held_until IS NOT NULL",
            &open,
        ),
        (
            "UPDATE redemptions SET points = points - 1 WHERE state = 'reserved'",
            "UPDATE redemptions SET points = points + 1 WHERE state = 'reserved'",
            &maya,
        ),
        (
            "UPDATE redemptions SET terms = terms || '{\"limit_per_customer\": 0}' WHERE state = 'reserved'",
            "UPDATE redemptions SET terms = terms || '{\"limit_per_customer\": 2}' WHERE state = 'reserved'",
            &maya,
        ),
        ("UPDATE vouchers SET state = 'cancelled'", "UPDATE vouchers SET state = 'issued'", &redeemed),
        (
            "UPDATE reward_codes SET redemption_id = gen_random_uuid() WHERE state = 'taken'",
            "UPDATE reward_codes SET redemption_id = (SELECT id FROM redemptions WHERE kind = 'voucher_pool') WHERE state = 'taken'",
            &redeemed,
        ),
    ] {
        sqlx::query(spoil).execute(&shop.db.pool).await.unwrap();
        let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
        let findings: Vec<_> = reconciliation.checks.iter().flat_map(|check| &check.findings).collect();
        assert!(findings.iter().any(|finding| finding.subject.contains(named)), "{spoil}: {findings:?}");
        sqlx::query(restore).execute(&shop.db.pool).await.unwrap();
    }
    close(shop).await;
}
