//! What is stored of leaderboards: counted once, proved, found when it is wrong.

use perennial_engine::reconcile::Invariant;
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::{Ever, START, Week, assert_clean, by, customer, list, rows, shop};
use crate::intake_support::{Shop, purchase};
use crate::tiers::{give_back, settle};

async fn findings(shop: &Shop) -> Vec<String> {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    let check = reconciliation.checks.into_iter().find(|check| check.invariant == Invariant::I8).unwrap();
    let mut found: Vec<_> = check
        .findings
        .into_iter()
        .map(|finding| format!("{}: {}", finding.subject, finding.detail))
        .collect();
    found.sort();
    found
}

/// Messages that come again, in another order, or before what they are about has gone on, change nothing.
#[tokio::test]
async fn a_message_that_comes_again_changes_nothing() {
    let shop = shop().await;
    let ada = customer(&shop, "Ada Lovelace").await;
    let first = shop.bought(purchase("1", 300, by(ada, START))).await.id;
    let second = shop.bought(purchase("2", 40, by(ada, START))).await.id;
    give_back(&shop, first, "r", json!({"amount": 100})).await;
    for _ in 0..3 {
        for payload in
            [json!({"returns": []}), json!({"purchases": [second, first]}), json!({"claims": [first]})]
        {
            sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('leaderboard', $1, $2)")
                .bind(shop.merchant.uuid())
                .bind(payload)
                .execute(&shop.db.pool)
                .await
                .unwrap();
        }
        settle(&shop).await;
        assert_eq!(list(&shop, Week).await, rows(&[(1, "Ada L.", 240)]));
    }
    assert_clean(&shop).await;
    shop.close().await;
}

/// What was being written when the leaderboard was opened could not know of it: it is counted when it is there.
#[tokio::test]
async fn what_was_under_way_when_it_was_opened_counts() {
    let shop = shop().await;
    let ada = customer(&shop, "Ada Lovelace").await;
    shop.bought(purchase("1", 300, by(ada, START))).await;
    // As if nobody had told.
    sqlx::query("DELETE FROM queue").execute(&shop.db.pool).await.unwrap();
    assert_eq!(list(&shop, Ever).await, []);
    shop.swept().await;
    assert_eq!(list(&shop, Ever).await, rows(&[(1, "Ada L.", 300)]));
    assert_clean(&shop).await;
    shop.close().await;
}

/// A proof that cannot fail proves nothing: every kind of damage is found, and says where it is.
#[tokio::test]
async fn whatever_is_wrong_with_scores_is_found() {
    let shop = shop().await;
    let ada = customer(&shop, "Ada Lovelace").await;
    let bought = shop.bought(purchase("1", 300, by(ada, START))).await.id;
    settle(&shop).await;
    assert_clean(&shop).await;
    let ever = "ever of 0001-01-01";
    for (damage, repair, found) in [
        (
            "UPDATE leaderboard_scores SET score = score + 1 WHERE period = 'ever'",
            "UPDATE leaderboard_scores SET score = score - 1 WHERE period = 'ever'",
            vec![
                format!("customer {ada}, {ever}: has a score of 301; the purchases count 300"),
                format!("{ever}, level 0, 300: counts 1 customers; 0 have such a score"),
                format!("{ever}, level 0, 301: counts 0 customers; 1 have such a score"),
            ],
        ),
        (
            "UPDATE leaderboard_nodes SET customers = 2 WHERE period = 'ever' AND level = 1",
            "UPDATE leaderboard_nodes SET customers = 1 WHERE period = 'ever' AND level = 1",
            vec![format!("{ever}, level 1, 1: counts 2 customers; 1 have such a score")],
        ),
        (
            "UPDATE leaderboard_counted SET points = 299",
            "UPDATE leaderboard_counted SET points = 300",
            vec![format!("purchase {bought}: counts 299 points on the leaderboard, earned 300")],
        ),
        (
            "UPDATE leaderboard_scores SET is_hidden = true WHERE period = 'ever'",
            "UPDATE leaderboard_scores SET is_hidden = false WHERE period = 'ever'",
            vec![format!("customer {ada}, {ever}: is hidden, or not, unlike the customer")],
        ),
    ] {
        sqlx::query(AssertSqlSafe(damage)).execute(&shop.db.pool).await.unwrap();
        let seen = findings(&shop).await;
        for one in &found {
            assert!(seen.contains(one), "{one}: {seen:#?}");
        }
        sqlx::query(AssertSqlSafe(repair)).execute(&shop.db.pool).await.unwrap();
        assert_eq!(findings(&shop).await, Vec::<String>::new(), "{repair}");
    }
    shop.close().await;
}
