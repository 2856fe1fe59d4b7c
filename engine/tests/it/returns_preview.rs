//! What a return tells before it is booked.

use perennial_domain::returns::ReturnInput;
use serde_json::json;

use crate::intake_support::purchase;
use crate::tiers::{assert_clean, earn, ladder, settle, shop, standing};

/// Before anything is booked: the place stays, the progress falls, and what will be missing is told. No trace is left.
#[tokio::test]
async fn a_return_tells_beforehand_what_becomes_of_the_tier() {
    let shop = shop().await;
    shop.set(json!({"tiers": {"window": {"kind": "calendar_year"}}})).await;
    ladder(&shop).await;
    let (bought, maya) = earn(&shop, "1", 60, json!({})).await;
    let input: ReturnInput = serde_json::from_value(json!({"return_id": "r", "amount": 20})).unwrap();
    let input = input.check().unwrap();
    let before = shop.count("tier_activity WHERE points = 60").await;
    let preview = shop.engine.return_preview(&shop.cx, bought, &input).await.unwrap();
    let [is, will] = [preview.tier_before, preview.tier_after].map(|standing| {
        let standing = standing.unwrap();
        (standing.tier.unwrap().name, standing.progress, standing.keep.unwrap().missing)
    });
    assert_eq!((is, will), (("Silver".to_owned(), 60, 0), ("Silver".to_owned(), 40, 10)));
    assert_eq!(preview.record.points_reversed.get(), 20);
    assert_eq!((shop.count("returns").await, before), (0, 1));
    assert_eq!(standing(&shop, maya).await.progress, 60);

    // What was not counted yet counts afterwards with what is left of it, which may be enough for more.
    let more = shop.bought(purchase("2", 60, json!({}))).await.id;
    let preview = shop.engine.return_preview(&shop.cx, more, &input).await.unwrap();
    let [is, will] =
        [preview.tier_before, preview.tier_after].map(|standing| standing.unwrap().tier.unwrap().name);
    assert_eq!((&*is, &*will), ("Silver", "Gold"));
    // While somebody is changing the ladder, the return is told all the same, and nobody waits.
    let mut txn = shop.db.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM tier_ladders FOR UPDATE").execute(&mut *txn).await.unwrap();
    let preview = shop.engine.return_preview(&shop.cx, more, &input).await.unwrap();
    assert_eq!((preview.tier_before, preview.tier_after), (None, None));
    txn.rollback().await.unwrap();
    settle(&shop).await;
    assert_clean(&shop).await;
    shop.close().await;
}
