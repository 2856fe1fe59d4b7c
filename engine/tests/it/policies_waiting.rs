//! Reward policies that have to wait for a balance: what others do meanwhile is neither given late, nor given where it does not
//! count any more.

use chrono::TimeDelta;
use perennial_domain::policies::Template;
use serde_json::json;

use crate::intake_support::{Hold, patiently, purchase};
use crate::policies::{advocate, assert_clean, became, bought, policy, publish, settle, shop};
use crate::tiers::follow;

const BALANCE: &str = "SELECT FROM balances WHERE merchant_id = $1 AND customer_id = $2 FOR UPDATE";

/// A purchase that was posted while the policies waited is not of the future when they come to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_posted_meanwhile_is_given_at_once() {
    let shop = shop().await;
    let id = publish(&shop, Template::HundredPointsMail.draft(None)).await;
    bought(&shop, "1", 50, "maya@example.com").await;
    settle(&shop).await;
    let crossing = shop.bought(purchase("2", 60, json!({}))).await;
    sqlx::raw_sql("ALTER TABLE entries DISABLE TRIGGER entries_append_only")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    let mut hold = Hold::on(&shop, BALANCE, crossing.customer_id.unwrap().uuid()).await;
    let workers = shop.engine.workers();
    hold.is_met().await;
    // As if whoever has the balance were posting it now: later than the policies began to wait.
    shop.engine.clock().advance(TimeDelta::seconds(30));
    sqlx::query("UPDATE entries SET posted_at = $1 WHERE posting_id = $2")
        .bind(shop.engine.clock().now())
        .bind(crossing.id.uuid())
        .execute(hold.connection())
        .await
        .unwrap();
    hold.let_go().await;
    follow(&shop).await;
    // By the queue: the job, which gives what it finds due, looked before that and looks again in ten seconds.
    workers.stop().await;
    assert_eq!(became(&shop, id).await, ["paid 1"]);
    shop.close().await;
}

/// Somebody decides that a referral does not count while what is given for it waits for the advocate's balance.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_given_for_a_referral_that_was_rejected_meanwhile() {
    let shop = shop().await;
    let (points, more) = (json!({"give": "points", "points": 10}), json!({"to": "advocate", "hold_days": 1}));
    let id = policy(&shop, json!({"on": "first_purchase"}), points, more).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let first = json!({"customer": {"email": "ben@example.com"}, "referral_code": code});
    shop.bought(purchase("1", 100, first)).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 10"]);
    shop.engine.clock().advance(TimeDelta::days(2));
    let mut hold = Hold::on(&shop, BALANCE, ada.uuid()).await;
    let engine = shop.engine.clone();
    let giving = tokio::spawn(async move { patiently!(engine.awards_settle_due()) });
    hold.is_met().await;
    let sql = "UPDATE referrals SET state = 'rejected', review = 'rejected'
               WHERE merchant_id = $1 AND advocate_id = $2";
    let rejected = sqlx::query(sql).bind(shop.merchant.uuid()).bind(ada.uuid());
    assert_eq!(rejected.execute(hold.connection()).await.unwrap().rows_affected(), 1);
    hold.let_go().await;
    giving.await.unwrap().unwrap();
    assert_eq!(became(&shop, id).await, ["cancelled 10 referral"]);
    assert_eq!(shop.points_of("ada@example.com").await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}
