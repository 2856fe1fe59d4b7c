//! Snapshots: what is committed is seen by whoever asks afterwards, on any server.

use perennial_domain::ids::MerchantId;
use perennial_engine::retailers::RetailerPatch;
use perennial_engine::{Error, What};
use serde_json::json;

use crate::intake_support::patiently;
use crate::support::{House, product, retailer, terms};

const NOON: &str = "2026-11-21T12:00:00Z";

#[tokio::test]
async fn every_change_is_seen_at_once_by_another_server() {
    let house = House::fixed(NOON).await;
    let other = house.another_engine().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let before = other.snapshot(cx).await.unwrap();

    let id = house.published(json!({"award_rate": "10"})).await;
    let published = other.snapshot(cx).await.unwrap();
    assert!(published.rules_version > before.rules_version);
    assert_eq!(promotions_in_force(&house, published.rules_version).await, 1);

    engine.promotion_pause(cx, id).await.unwrap();
    let paused = other.snapshot(cx).await.unwrap();
    assert!(paused.rules_version > published.rules_version);

    engine.merchant_update(cx, serde_json::from_value(json!({"claim_days": 9})).unwrap()).await.unwrap();
    assert_eq!(other.snapshot(cx).await.unwrap().settings.claim_days, 9);

    let south = retailer(engine, cx, "south").await;
    let snapshot = other.snapshot(cx).await.unwrap();
    assert_eq!(snapshot.retailers.named("south").unwrap().id, south.id);
    assert_eq!(snapshot.retailers.named(&south.id.to_string()).unwrap().code(), "south");
    let patch = RetailerPatch { archived: Some(true), ..RetailerPatch::default() };
    engine.retailer_update(cx, south.id, patch).await.unwrap();
    assert!(
        other.snapshot(cx).await.unwrap().retailers.named("south").unwrap().archived,
        "for replays it resolves"
    );

    engine
        .product_create(cx, product("apple", json!({"category": "fruit", "tags": ["b", "a", "b"]})))
        .await
        .unwrap();
    let snapshot = other.snapshot(cx).await.unwrap();
    let apple = snapshot.catalogue.named("apple").unwrap();
    assert_eq!(apple.known.tags.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
    assert_eq!(snapshot.catalogue.named(&apple.id.to_string()).unwrap().name, "apple");
}

/// How many promotions are in the rule set with this version.
async fn promotions_in_force(house: &House, version: i64) -> usize {
    let rules: serde_json::Value =
        sqlx::query_scalar("SELECT rules FROM rule_sets WHERE merchant_id = $1 AND version = $2")
            .bind(house.merchant.uuid())
            .bind(version)
            .fetch_one(&house.db.pool)
            .await
            .unwrap();
    rules["promotions"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_draft_publishes_nothing() {
    let house = House::fixed(NOON).await;
    let before = house.engine.snapshot(&house.cx).await.unwrap().rules_version;
    let id = house.draft(json!({})).await.id;
    house.engine.promotion_edit(&house.cx, id, terms(json!({"award_rate": "20"}))).await.unwrap();
    assert_eq!(house.engine.snapshot(&house.cx).await.unwrap().rules_version, before);
}

#[tokio::test]
async fn a_change_of_products_leaves_rules_alone_and_the_other_way_round() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let before = engine.snapshot(cx).await.unwrap();
    engine.product_create(cx, product("apple", json!({}))).await.unwrap();
    let with_product = engine.snapshot(cx).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&before.rules, &with_product.rules));
    house.published(json!({})).await;
    let with_rules = engine.snapshot(cx).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&with_product.catalogue, &with_rules.catalogue));
}

#[tokio::test]
async fn publishers_at_the_same_time_lose_nothing() {
    let house = House::fixed(NOON).await;
    let other = house.another_engine().await;
    let mut drafts = Vec::new();
    for _ in 0..8 {
        drafts.push(house.draft(json!({})).await.id);
    }
    let (house, other) = (&house, &other);
    let publish = drafts.into_iter().enumerate().map(|(number, draft)| async move {
        let engine = if number % 2 == 0 { &house.engine } else { other };
        patiently!(engine.promotion_publish(&house.cx, draft, None))
    });
    for published in futures::future::join_all(publish).await {
        published.unwrap();
    }
    let version = house.engine.snapshot(&house.cx).await.unwrap().rules_version;
    assert_eq!(promotions_in_force(house, version).await, 8);
}

#[tokio::test]
async fn writers_of_every_kind_do_not_stop_each_other() {
    let house = House::fixed(NOON).await;
    let other = house.another_engine().await;
    let (one, cx) = (&house.engine, &house.cx);
    let rounds = (0..25).map(|n: u16| {
        let other = &other;
        async move {
            let settings = || serde_json::from_value(json!({"claim_days": 1 + n})).unwrap();
            let region = || serde_json::from_value(json!({"region": format!("r{n}")})).unwrap();
            let customer = || serde_json::from_value(json!({"external_id": format!("c{n}")})).unwrap();
            let named = |fields| product(&format!("p{n}"), fields);
            let import = || vec![named(json!({"category": "imported"}))];
            let (changed, created, moved, entered, imported) = tokio::join!(
                async { patiently!(one.merchant_update(cx, settings())) },
                async { patiently!(other.product_create(cx, named(json!({})))) },
                async { patiently!(other.retailer_update(cx, house.retailer, region())) },
                async { patiently!(one.customer_create(cx, customer())) },
                async { patiently!(one.product_upsert(cx, import())) },
            );
            changed.unwrap();
            moved.unwrap();
            entered.unwrap();
            // Whichever of the two comes first, the other finds it.
            assert!(created.is_ok() || imported.unwrap().created == 1);
        }
    });
    futures::future::join_all(rounds).await;
}

#[tokio::test]
async fn the_newest_rule_set_has_the_revision_of_the_rules() {
    let house = House::fixed(NOON).await;
    house.published(json!({})).await;
    let gap = house
        .number("SELECT r.rules - (SELECT max(version) FROM rule_sets s WHERE s.merchant_id = r.merchant_id) FROM merchant_revisions r")
        .await;
    assert_eq!(gap, 0);
    let holes = house.number("SELECT max(version) - count(*) FROM rule_sets").await;
    assert_eq!(holes, 0, "every revision has its rule set");
}

#[tokio::test]
async fn many_readers_at_once_get_the_same_snapshot() {
    let house = House::fixed(NOON).await;
    let other = house.another_engine().await;
    let snapshots = futures::future::join_all((0..20).map(|_| other.snapshot(&house.cx))).await;
    let first = snapshots[0].as_ref().unwrap();
    assert!(snapshots.iter().all(|snapshot| std::sync::Arc::ptr_eq(snapshot.as_ref().unwrap(), first)));
}

#[tokio::test]
async fn there_is_no_snapshot_of_nobody() {
    let house = House::fixed(NOON).await;
    let nobody = perennial_engine::Cx::system(MerchantId::new(0, [0; 10]));
    assert!(matches!(house.engine.snapshot(&nobody).await, Err(Error::NotFound(What::Merchant))));
    assert!(matches!(house.engine.program("Nobody At All").await, Err(Error::NotFound(What::Merchant))));
    assert_eq!(house.engine.program("corner").await.unwrap().merchant_id, house.merchant);
}
