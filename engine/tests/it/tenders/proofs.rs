//! The reconciliation notices what is wrong with what was paid.

use perennial_engine::reconcile::Invariant;
use serde_json::json;

use super::vouchers::five_dollars;
use super::{assert_reconciled, given_back};
use crate::intake_support::{Shop, purchase};

/// What the reconciliation says of these invariants: the details of their findings.
async fn findings(shop: &Shop, invariants: &[Invariant]) -> String {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    let found = reconciled.checks.iter().filter(|check| invariants.contains(&check.invariant));
    format!("{:?}", found.flat_map(|check| &check.findings).collect::<Vec<_>>())
}

#[tokio::test]
async fn what_was_paid_and_what_came_back_is_proved() {
    let (shop, _, code) = five_dollars().await;
    let order = json!({"vouchers": [code], "pay_with_points": 300});
    let bought = shop.bought(purchase("1", 1_500, order)).await;
    given_back(&shop, bought.id, json!({"return_id": "a", "amount": 500})).await;
    assert_reconciled(&shop).await;
    for (wrong, right, expected) in [
        (
            "UPDATE purchases SET tenders = jsonb_set(tenders::jsonb, '{points,spent}', '301') WHERE tenders IS NOT NULL",
            "UPDATE purchases SET tenders = jsonb_set(tenders::jsonb, '{points,spent}', '300') WHERE tenders IS NOT NULL",
            "paid with 301 points, posted 300",
        ),
        (
            "UPDATE purchases SET tenders = jsonb_set(tenders::jsonb, '{points,lots,0,1}', '299') WHERE tenders IS NOT NULL",
            "UPDATE purchases SET tenders = jsonb_set(tenders::jsonb, '{points,lots,0,1}', '300') WHERE tenders IS NOT NULL",
            "300 points paid, from lots came 299",
        ),
        (
            "UPDATE purchases SET lines = jsonb_set(lines::jsonb, '{0,tendered,vouchers}', '499') WHERE tenders IS NOT NULL",
            "UPDATE purchases SET lines = jsonb_set(lines::jsonb, '{0,tendered,vouchers}', '500') WHERE tenders IS NOT NULL",
            "its lines say that vouchers took off 499, not 500",
        ),
        (
            "UPDATE returns SET tender_points = tender_points + 1",
            "UPDATE returns SET tender_points = tender_points - 1",
            "returns gave back 101 points, posted 100",
        ),
        (
            "UPDATE vouchers SET state = 'issued', used_at = NULL",
            "UPDATE vouchers SET state = 'used', used_at = now()",
            "is issued",
        ),
        (
            "UPDATE vouchers SET purchase_id = gen_random_uuid()",
            "UPDATE vouchers SET purchase_id = (SELECT id FROM purchases WHERE tenders IS NOT NULL)",
            "of which it does not know",
        ),
    ] {
        plant(&shop, wrong).await;
        let found = findings(&shop, &[Invariant::I4, Invariant::I6]).await;
        assert!(found.contains(expected), "{wrong}: {found}");
        plant(&shop, right).await;
    }
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Changes what nobody may change.
async fn plant(shop: &Shop, change: &str) {
    let sql = format!(
        "ALTER TABLE purchases DISABLE TRIGGER USER; ALTER TABLE returns DISABLE TRIGGER USER; {change};
         ALTER TABLE purchases ENABLE TRIGGER USER; ALTER TABLE returns ENABLE TRIGGER USER"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&shop.db.pool).await.unwrap();
}
