//! Paying with points, cashback and vouchers inside a purchase, and getting them back with a return.

mod cashback;
mod points;
mod proofs;
mod tiers;
mod vouchers;

use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use perennial_engine::Error;
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::purchase_record::PurchaseAnswer;
use perennial_engine::returns::{Return, Returned};
use serde_json::{Value, json};

use crate::intake_support::{Shop, purchase};

fn returning(input: Value) -> CheckedReturn {
    serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap()
}

async fn give_back(shop: &Shop, purchase: PurchaseId, input: Value) -> Result<Returned, Error> {
    shop.engine.return_purchase(&shop.cx, purchase, &returning(input), false).await
}

async fn given_back(shop: &Shop, purchase: PurchaseId, input: Value) -> Return {
    let returned = give_back(shop, purchase, input).await.unwrap();
    assert!(!returned.replayed);
    returned.record
}

async fn assert_reconciled(shop: &Shop) {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
}

/// The customer's lots that hold something, by day.
async fn lots(shop: &Shop) -> Vec<(String, i64)> {
    sqlx::query_as(
        "SELECT expires_on::text, remaining FROM spendable WHERE remaining > 0 ORDER BY expires_on, remaining",
    )
    .fetch_all(&shop.db.pool)
    .await
    .unwrap()
}

/// A shop with one point per cent, at which a hundred points are worth a dollar, and a customer with points.
async fn shop_of(points: i64) -> (Shop, CustomerId) {
    let shop = Shop::open().await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    let customer = shop.bought(purchase("start", points, json!({}))).await.customer_id.unwrap();
    (shop, customer)
}

async fn adjust(shop: &Shop, customer: CustomerId, points: i64, expires_on: Option<&str>) {
    let input = NewAdjustment {
        points,
        reason: "Test".parse().unwrap(),
        expires_on: expires_on.map(|day| day.parse().unwrap()),
    };
    shop.engine.adjustment_create(&shop.cx, customer, input).await.unwrap();
}

fn answer(record: &perennial_engine::purchase_record::PurchaseRecord) -> Value {
    serde_json::to_value(PurchaseAnswer::from(record)).unwrap()
}

/// Lets the workers run until every message has had its effect.
async fn settle(shop: &Shop) {
    let workers = shop.engine.workers();
    while shop.count("queue").await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    workers.stop().await;
    assert_eq!(shop.count("dead_letters").await, 0);
}
