//! What receivers hear of somebody who was erased, and what is kept of their answers.

use std::time::Duration;

use perennial_domain::ids::CustomerId;
use perennial_engine::privacy::EraseInput;
use perennial_engine::webhooks::Post;
use serde_json::{Value, json};

use super::Shop;
use crate::intake_support::{buy, purchase};
use crate::support::retailer;

impl Shop {
    /// Somebody buys, and is told of where `told`.
    async fn buys(&self, number: &str, told: bool) -> CustomerId {
        let bought = buy(&self.engine, &self.cx, purchase(number, 1_000, json!({}))).await.unwrap();
        if told {
            let workers = self.engine.workers();
            while self.rows("queue WHERE module IN ('announcements', 'webhooks')").await > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            workers.stop().await;
        }
        bought.record.customer_id.unwrap()
    }

    async fn listens(&self) {
        retailer(&self.engine, &self.cx, "north").await;
        self.endpoint().await;
        // Its clock is that of the database, not of this test.
        sqlx::query("UPDATE webhook_endpoints SET listens_since = '2026-11-21T11:59:00Z'")
            .execute(&self.db.pool)
            .await
            .unwrap();
        self.receiver.says(200);
    }

    async fn rows(&self, of: &str) -> i64 {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
        sqlx::query_scalar(count).fetch_one(&self.db.pool).await.unwrap()
    }
}

fn kinds(posts: &[Post]) -> Vec<Value> {
    posts.iter().map(|post| serde_json::from_str::<Value>(&post.body).unwrap()["type"].clone()).collect()
}

#[tokio::test]
async fn what_was_told_of_somebody_who_is_erased_is_not_told_again() {
    let shop = Shop::open().await;
    shop.listens().await;
    let maya = shop.buys("1", true).await;
    assert!(kinds(&shop.round().await).contains(&json!("points.credited")));
    assert!(shop.rows("webhook_attempts WHERE answer = 'well'").await > 0);
    // One more, and whoever would tell of it comes too late.
    assert_eq!(shop.buys("2", false).await, maya);
    shop.engine.customer_erase(&shop.cx, maya, EraseInput::default()).await.unwrap();
    assert_eq!(shop.rows("webhook_attempts").await, 0);

    assert_eq!(kinds(&shop.round().await), ["customer.erased"]);
    let workers = shop.engine.workers();
    while shop.rows("queue WHERE module IN ('announcements', 'webhooks')").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
    assert_eq!(kinds(&shop.round().await), Vec::<Value>::new());
    assert_eq!((shop.rows("events").await, shop.rows("webhook_deliveries").await), (1, 1));
    assert_eq!(
        shop.rows("webhook_attempts WHERE answer <> ''").await,
        0,
        "who hears of it may say whom it was"
    );
}

/// A delivery that is written after those of the customer were deleted, and answered before the erasure is there.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_while_somebody_is_erased_is_not_kept() {
    let shop = std::sync::Arc::new(Shop::open().await);
    shop.listens().await;
    let maya = shop.buys("1", true).await;
    shop.round().await;
    let before = shop.rows("webhook_attempts WHERE answer = 'well'").await;
    assert!(before > 0);

    let mut erasing = shop.db.pool.begin().await.unwrap();
    for statement in [
        "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE",
        "UPDATE customers SET name = NULL, erased_at = now() WHERE merchant_id = $1 AND id = $2",
    ] {
        let statement = sqlx::query(statement).bind(shop.merchant.uuid()).bind(maya.uuid());
        statement.execute(&mut *erasing).await.unwrap();
    }
    shop.event(maya, 90).await;
    let round = tokio::spawn({
        let shop = std::sync::Arc::clone(&shop);
        async move { shop.round().await }
    });
    let waits =
        "pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
    for _ in 0..6_000 {
        if shop.rows(waits).await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    erasing.commit().await.unwrap();
    assert_eq!(kinds(&round.await.unwrap()), ["points.adjusted"]);
    assert_eq!(shop.rows("webhook_attempts WHERE answer = 'well'").await, before);
    assert_eq!(shop.rows("webhook_attempts WHERE answer = ''").await, 1);
}
