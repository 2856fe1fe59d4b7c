//! What rounding leaves is carried over to the customer's next purchase, whoever buys beside whom.

mod purchases;
mod returns;

use perennial_domain::points::Remainder;
use perennial_engine::Clock;
use perennial_engine::reconcile::Invariant;
use serde_json::{Value, json};

use crate::intake_support::Shop;

/// Gives one point a dollar and carries over, by a clock of the world.
async fn shop() -> Shop {
    let shop = Shop::open_at(Clock::system()).await;
    shop.set(json!({"carry_over": true})).await;
    shop.promote(json!({"name": "Base", "award_rate": "1"})).await;
    shop
}

/// All that is carried by anybody, as decimals.
async fn carried(shop: &Shop) -> Vec<String> {
    let rows: Vec<i64> =
        sqlx::query_scalar("SELECT remainder FROM carried_remainders ORDER BY customer_id, promotion_id")
            .fetch_all(&shop.db.pool)
            .await
            .unwrap();
    rows.into_iter().map(|billionths| Remainder::from_billionths(billionths).to_string()).collect()
}

/// Every invariant holds, as an operator would ask.
async fn assert_reconciled(shop: &Shop) {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
}

/// What is found of an invariant.
async fn findings(shop: &Shop, invariant: Invariant) -> Vec<String> {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    let check = reconciled.checks.into_iter().find(|check| check.invariant == invariant).unwrap();
    check.findings.into_iter().map(|finding| format!("{}: {}", finding.subject, finding.detail)).collect()
}

fn json_of(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}
