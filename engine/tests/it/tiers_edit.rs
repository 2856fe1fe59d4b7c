//! An edit of the ladder that takes its time, and everybody else who wants to publish something.

use std::sync::Arc;

use serde_json::json;

use crate::intake_support::{Hold, patiently};
use crate::tiers::{assert_clean, by, earn, ladder, name, shop, tier};

/// While customers are walked through, promotions are published and settings changed, and the edit goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_edit_that_takes_its_time_stops_no_other_publisher() {
    let shop = Arc::new(shop().await);
    let [_, silver, _] = ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 60, by("maya@example.com")).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));

    let lock = "SELECT FROM tier_memberships WHERE merchant_id = $1 AND customer_id = $2 FOR UPDATE";
    let hold = Hold::on(&shop, lock, maya.uuid()).await;
    let editor = Arc::clone(&shop);
    let edit = tokio::spawn(async move {
        patiently!(editor.engine.tier_update(&editor.cx, silver, tier("Silver", 80), false))
    });
    hold.is_met().await;
    shop.promote(json!({"name": "More", "flat_points": 1})).await;
    shop.set(json!({"points_name": "Stars"})).await;
    hold.let_go().await;
    let edited = edit.await.unwrap().unwrap();
    assert!(!edited.sampled);
    assert_eq!(edited.moves.iter().map(|moved| moved.customers).collect::<Vec<_>>(), [1]);
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Bronze"));

    // What was published meanwhile is in the rules by which the next purchase is evaluated, and so is the ladder.
    earn(&shop, "2", 20, by("maya@example.com")).await;
    assert_eq!(shop.points_of("maya@example.com").await, 81);
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));
    assert_clean(&shop).await;
    Arc::into_inner(shop).unwrap().close().await;
}

/// Another policy has everybody looked at, in parts: also whoever comes behind the first of them.
#[tokio::test]
async fn another_policy_has_everybody_looked_at() {
    let shop = shop().await;
    ladder(&shop).await;
    earn(&shop, "1", 60, by("maya@example.com")).await;
    sqlx::raw_sql(
        "INSERT INTO tier_memberships
         SELECT (json_populate_record(m, json_build_object('customer_id', gen_random_uuid()))).*
         FROM tier_memberships AS m, generate_series(1, 40001)",
    )
    .execute(&shop.db.pool)
    .await
    .unwrap();
    sqlx::raw_sql("UPDATE tier_memberships SET due_on = NULL").execute(&shop.db.pool).await.unwrap();
    shop.set(json!({"tiers": {"basis": "spend"}})).await;
    assert_eq!(shop.count("tier_memberships WHERE due_on IS NULL").await, 0);
    shop.close().await;
}
