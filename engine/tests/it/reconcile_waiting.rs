//! The proof while messages wait: what they are about is not compared yet, and everything else is.

use perennial_domain::tiers::TierInput;
use perennial_engine::customers::NewCustomer;
use perennial_engine::reconcile::Invariant;
use serde_json::json;

use crate::intake_support::{Shop, purchase};
use crate::tiers::{settle, shop};

/// What is said about what happens once: subjects and details.
async fn found(shop: &Shop) -> Vec<(String, String)> {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    let other = reconciliation.checks.iter().filter(|check| check.invariant != Invariant::I8);
    assert!(other.into_iter().all(|check| check.violations == 0), "{:#?}", reconciliation.checks);
    let check = reconciliation.checks.iter().find(|check| check.invariant == Invariant::I8).unwrap();
    let mut found: Vec<_> =
        check.findings.iter().map(|found| (found.subject.clone(), found.detail.clone())).collect();
    found.sort();
    found
}

/// The messages of one purchase are lost, those of another wait: tiers, leaderboard and referrals name the first and not the
/// second.
#[tokio::test]
async fn what_is_lost_is_found_while_other_messages_wait() {
    let shop = shop().await;
    let silver = TierInput { name: "Silver".to_owned(), threshold: Some(10), ..TierInput::default() };
    shop.engine.tier_create(&shop.cx, silver, false).await.unwrap();
    shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    let maya = NewCustomer { email: Some("maya@example.com".to_owned()), ..NewCustomer::default() };
    let maya = shop.engine.customer_create(&shop.cx, maya).await.unwrap().customer.id;
    let code = shop.engine.referral_code_of(&shop.cx, maya).await.unwrap().code;
    settle(&shop).await;
    // Until then nothing is named that does not count.
    shop.swept().await;
    let come = async |number: &str, email: &str| {
        let with = json!({"customer": {"email": email}, "referral_code": code.as_str()});
        let bought = shop.bought(purchase(number, 100, with)).await;
        (bought.id, bought.customer_id.unwrap())
    };
    let (lost, ben) = come("1", "ben@example.com").await;
    let gone = "DELETE FROM queue WHERE module IN ('tiers', 'leaderboard', 'referrals')";
    assert!(sqlx::query(gone).execute(&shop.db.pool).await.unwrap().rows_affected() >= 3);
    come("2", "cho@example.com").await;

    let told = |subject: String, detail: &str| (subject, detail.to_owned());
    let mut expected = vec![
        told(format!("purchase {lost}"), "does not count"),
        told(format!("purchase {lost}"), "does not count for the leaderboard"),
        told(format!("customer {ben}"), "has bought, and the referral is only registered"),
    ];
    expected.sort();
    assert_eq!(found(&shop).await, expected);

    // Told once more it waits like the other, and follows like it.
    sqlx::query(
        "INSERT INTO queue (module, merchant_id, payload)
         SELECT module, $1, jsonb_build_object('purchases', jsonb_build_array($2::uuid))
         FROM unnest(ARRAY['tiers', 'leaderboard', 'referrals']) AS module",
    )
    .bind(shop.merchant.uuid())
    .bind(lost.uuid())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    assert_eq!(found(&shop).await, []);
    settle(&shop).await;
    assert_eq!(found(&shop).await, []);
    shop.close().await;
}
