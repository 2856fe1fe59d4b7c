//! How far budgets are given, as whoever runs the program sees it.

use perennial_engine::Clock;
use serde_json::json;

use crate::intake_support::{Shop, purchase};

/// Those that are nearly given are told in time; one that rests gives nothing.
#[tokio::test]
async fn budgets_that_are_nearly_given_are_told() {
    let shop = Shop::open_at(Clock::system()).await;
    let budget = |points: i64| json!({"points": points});
    let thirty = shop.promote(json!({"name": "Thirty", "flat_points": 30, "budget": budget(100)})).await;
    let wide = shop.promote(json!({"name": "Wide", "flat_points": 1, "budget": budget(1_000)})).await;
    let resting = shop.promote(json!({"name": "Resting", "flat_points": 9, "budget": budget(10)})).await;
    let free = shop.promote(json!({"name": "Free", "flat_points": 1})).await;
    for number in 0..3 {
        shop.bought(purchase(format!("{number}"), 100, json!({}))).await;
    }
    shop.engine.promotion_pause(&shop.cx, resting).await.unwrap();

    let used = shop.engine.promotion_budgets_used(&shop.cx, &[thirty, wide, resting, free]).await.unwrap();
    let of = [thirty, wide, resting, free].map(|promotion| used.get(&promotion).copied());
    assert_eq!(of, [Some(90), Some(3), Some(9), None]);
    let near = shop.engine.promotion_budgets_near(&shop.cx, 80).await.unwrap();
    let [one] = near.as_slice() else { panic!("{near:?}") };
    assert_eq!((one.promotion_id, one.name.as_str()), (thirty, "Thirty"));
    assert_eq!((one.percent(), one.used, one.points), (90, 90, 100));
    assert!(shop.engine.promotion_budgets_near(&shop.cx, 91).await.unwrap().is_empty());
    assert_eq!(shop.engine.promotion_budgets_near(&shop.cx, 0).await.unwrap().len(), 2);
    shop.close().await;
}
