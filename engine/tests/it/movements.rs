//! What a customer earned, spent, still waits for or lost, each by itself.

use chrono::TimeDelta;
use perennial_domain::ids::CustomerId;
use perennial_domain::returns::ReturnInput;
use perennial_engine::Clock;
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::points::{Activity, EntryView, Movements};
use serde_json::json;

use crate::intake_support::{Shop, at, purchase};
use crate::points::all;

async fn activity(shop: &Shop, customer: CustomerId, of: Option<Movements>) -> Vec<Activity> {
    all(async |page| shop.engine.customer_activity(&shop.cx, customer, of, &page).await).await
}

async fn entries(shop: &Shop, customer: CustomerId, of: Option<Movements>) -> Vec<EntryView> {
    all(async |page| shop.engine.customer_entries(&shop.cx, customer, of, &page).await).await
}

/// Kinds and points, by kind: what is of one instant has no order.
async fn happened(shop: &Shop, customer: CustomerId, of: Movements) -> Vec<(String, i64)> {
    let rows = activity(shop, customer, Some(of)).await;
    let mut seen: Vec<_> = rows.into_iter().map(|row| (row.kind, row.points)).collect();
    seen.sort_unstable();
    seen
}

fn seen(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|(kind, points)| ((*kind).to_owned(), *points)).collect()
}

#[tokio::test]
async fn what_happened_is_told_by_its_sort() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T12:00:00Z"))).await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let maya = shop.bought(purchase("1", 200, json!({}))).await.customer_id.unwrap();
    shop.bought(purchase("2", 0, json!({}))).await;
    let given: NewAdjustment =
        serde_json::from_value(json!({"points": 50, "reason": "Sorry", "expires_on": "2026-12-31"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, maya, given).await.unwrap();
    shop.promote(json!({"name": "Later", "flat_points": 30, "pending_days": 14})).await;
    shop.bought(purchase("3", 100, json!({}))).await;
    let paid = shop.bought(purchase("4", 100, json!({"pay_with_points": 40}))).await;

    let earned = seen(&[("adjustment", 50), ("purchase", 90), ("purchase", 130), ("purchase", 200)]);
    assert_eq!(happened(&shop, maya, Movements::Earned).await, earned, "not the one without points");
    assert_eq!(happened(&shop, maya, Movements::Spent).await, seen(&[("redemption", -40)]));
    assert_eq!(happened(&shop, maya, Movements::Expired).await, seen(&[]));
    let waits = activity(&shop, maya, Some(Movements::Pending)).await;
    assert_eq!(happened(&shop, maya, Movements::Pending).await, seen(&[("purchase", 90), ("purchase", 130)]));
    for row in &waits {
        assert_eq!((row.waiting, row.waits_until), (30, Some(at("2026-12-05T12:00:00Z"))));
    }
    let everything = activity(&shop, maya, None).await;
    assert_eq!(everything.len(), 6);
    assert_eq!(everything.iter().map(|row| row.waiting).sum::<i64>(), 60, "said there, too");

    // All has matured, and the gift is over.
    shop.engine.clock().advance(at("2027-01-01T06:00:00Z") - at("2026-11-21T12:00:00Z"));
    shop.engine.mature_due().await.unwrap();
    shop.engine.expiry_round().await.unwrap();
    assert_eq!(happened(&shop, maya, Movements::Pending).await, seen(&[]));
    assert_eq!(happened(&shop, maya, Movements::Expired).await, seen(&[("expiry", -10)]));
    assert_eq!(happened(&shop, maya, Movements::Earned).await, earned, "nothing is earned twice");

    // What paid comes back, too late; what it had earned goes.
    let back: ReturnInput = serde_json::from_value(json!({"return_id": "r"})).unwrap();
    shop.engine.return_purchase(&shop.cx, paid.id, &back.check().unwrap(), false).await.unwrap();
    let spent = seen(&[("cancellation", 40), ("redemption", -40)]);
    assert_eq!(happened(&shop, maya, Movements::Spent).await, spent);
    assert_eq!(happened(&shop, maya, Movements::Expired).await, seen(&[("expiry", -40), ("expiry", -10)]));
    assert!(happened(&shop, maya, Movements::Earned).await.contains(&("return".to_owned(), -90)));
    shop.close().await;
}

#[tokio::test]
async fn entries_are_of_one_sort_or_of_none() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.promote(json!({"name": "Later", "flat_points": 30, "pending_days": 14})).await;
    let maya = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    shop.bought(purchase("2", 100, json!({"pay_with_points": 40}))).await;
    clock.advance(TimeDelta::days(14));
    shop.engine.mature_due().await.unwrap();

    let everything = entries(&shop, maya, None).await;
    let matured = everything.iter().filter(|entry| entry.kind == "maturity").count();
    assert!(matured > 0);
    let earned = entries(&shop, maya, Some(Movements::Earned)).await;
    assert!(earned.is_sorted_by(|one, next| one.sequence >= next.sequence), "newest first");
    assert_eq!(earned.iter().map(|entry| entry.amount).sum::<i64>(), 130 + 90);
    let spent = entries(&shop, maya, Some(Movements::Spent)).await;
    assert_eq!(
        spent.iter().map(|entry| (entry.kind.as_str(), entry.amount)).collect::<Vec<_>>(),
        [("redemption", -40)]
    );
    assert_eq!(earned.len() + spent.len() + matured, everything.len());

    let waited = entries(&shop, maya, Some(Movements::Pending)).await;
    assert!(!waited.is_empty() && waited.iter().all(|entry| entry.account == "pending"));
    assert_eq!(waited.iter().map(|entry| entry.amount).sum::<i64>(), 0, "all that came has gone");
    assert!(entries(&shop, maya, Some(Movements::Expired)).await.is_empty());
    shop.close().await;
}
