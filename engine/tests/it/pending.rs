//! Points that wait: earned, not spendable, and spendable once.

use chrono::TimeDelta;
use perennial_domain::customer::CustomerRef;
use perennial_engine::customers::CustomerPath;
use perennial_engine::points::PointsSummary;
use perennial_engine::purchase_record::PurchaseAnswer;
use perennial_engine::{Clock, PageRequest};
use serde_json::json;

use crate::intake_support::{Shop, at, purchase};

async fn summary(shop: &Shop) -> PointsSummary {
    let maya = CustomerRef::Email("maya@example.com".parse().unwrap());
    let customer = shop.engine.customer_find(&shop.cx, &maya).await.unwrap().unwrap();
    shop.engine.customer_points(&shop.cx, &CustomerPath::Id(customer.id)).await.unwrap()
}

/// What can be spent, what waits, and what was ever earned.
async fn standing(shop: &Shop) -> (i64, i64, i64) {
    let summary = summary(shop).await;
    (summary.points, summary.pending, summary.lifetime)
}

async fn assert_clean(shop: &Shop) {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

/// The points of one promotion wait two weeks, those of another not at all; they mature once, however often and late the
/// job runs.
#[tokio::test]
async fn points_wait_and_mature_once() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.promote(json!({"name": "Later", "flat_points": 30, "pending_days": 14})).await;
    let record = shop.bought(purchase("1", 100, json!({}))).await;
    assert_eq!((record.points_earned.get(), record.points_pending.get()), (130, 30));
    let balance = record.balance.unwrap();
    assert_eq!((balance.points, balance.pending), (100, 30));
    assert_eq!(standing(&shop).await, (100, 30, 130));
    let answer = serde_json::to_value(PurchaseAnswer::from(record.as_ref())).unwrap();
    assert_eq!(answer["points_pending"], json!(30));

    clock.advance(TimeDelta::days(14) - TimeDelta::milliseconds(1));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 0);
    assert_eq!(standing(&shop).await, (100, 30, 130));
    clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 1);
    assert_eq!(shop.engine.mature_due().await.unwrap(), 0);
    assert_eq!(standing(&shop).await, (130, 0, 130));
    assert_eq!(shop.count("entries WHERE kind = 'maturity'").await, 2);
    assert_eq!(
        shop.count("entries WHERE kind = 'maturity' AND account = 'available' AND amount = 30").await,
        1
    );

    let again = shop.buy(purchase("1", 100, json!({}))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.record, record, "the first answer stays the answer");
    assert_clean(&shop).await;
    shop.close().await;
}

/// Many jobs at once, over two servers, and long after the day: each row matures once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_that_run_at_once_and_late_mature_once() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Later", "flat_points": 5, "pending_days": 3})).await;
    for number in 0..60 {
        let customer = json!({"customer": {"external_id": format!("crm-{}", number % 20)}});
        shop.bought(purchase(format!("{number}"), 100, customer)).await;
    }
    clock.advance(TimeDelta::days(200));
    let other = shop.another_engine().await;
    let (a, b, c, d) = tokio::join!(
        shop.engine.mature_due(),
        other.mature_due(),
        shop.engine.mature_due(),
        other.mature_due()
    );
    let matured: u64 = [a, b, c, d].into_iter().map(Result::unwrap).sum();
    assert_eq!(matured, 60);
    assert_eq!(shop.count("entries WHERE kind = 'maturity' AND account = 'available'").await, 60);
    assert_eq!(shop.count("balances WHERE available = 15 AND pending = 0").await, 20);
    assert_eq!(shop.count("pending_points WHERE maturity_id IS NOT NULL AND waiting = 0").await, 60);
    assert_clean(&shop).await;
    other.shutdown().await;
    shop.close().await;
}

/// The merchant's own number counts from its change on; a promotion's stands in its place, also when it is none.
#[tokio::test]
async fn the_merchant_holds_all_points_that_a_promotion_does_not_exempt() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.promote(json!({"name": "At once", "flat_points": 7, "pending_days": 0})).await;
    let pending = async |id: &str| shop.bought(purchase(id, 100, json!({}))).await.points_pending.get();
    assert_eq!(pending("1").await, 0);
    shop.set(json!({"pending_days": 10})).await;
    assert_eq!(pending("2").await, 100);
    assert_eq!(standing(&shop).await, (114, 100, 214));
    shop.set(json!({"pending_days": 0})).await;
    assert_eq!(pending("3").await, 0);
    clock.advance(TimeDelta::days(10));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 1, "what was promised to wait has waited");
    assert_eq!(standing(&shop).await, (321, 0, 321));
    assert_clean(&shop).await;
    shop.close().await;
}

/// They wait from the purchase: what comes late has waited already. By the merchant's clocks, also over a change of them.
#[tokio::test]
async fn points_wait_from_the_purchase_by_the_merchants_clocks() {
    // The clocks of New York go back on 1 November 2026 at 06:00 UTC.
    let clock = Clock::fixed(at("2026-10-31T16:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Later", "flat_points": 5, "pending_days": 2})).await;
    let late = json!({"occurred_at": "2026-10-29T16:00:00Z"});
    assert_eq!(shop.bought(purchase("over", 1, late)).await.points_pending.get(), 0);
    let late = json!({"occurred_at": "2026-10-30T16:00:00Z"});
    assert_eq!(shop.bought(purchase("half", 1, late)).await.points_pending.get(), 5);
    assert_eq!(shop.bought(purchase("now", 1, json!({}))).await.points_pending.get(), 5);
    // Noon in New York is an hour later by UTC after the change.
    clock.advance(TimeDelta::hours(24));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 0);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 1);
    assert_eq!(standing(&shop).await, (10, 5, 15));
    shop.close().await;
}

/// What waits is told by the merchant's days, soonest first, to whoever asks for one customer or for many.
#[tokio::test]
async fn it_is_told_when_what_waits_can_be_spent() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Soon", "flat_points": 30, "pending_days": 3})).await;
    shop.promote(json!({"name": "Later", "flat_points": 7, "pending_days": 14})).await;
    let told = async || {
        let summary = summary(&shop).await;
        let many = shop.engine.customers_points(&shop.cx, &[summary.customer_id]).await.unwrap();
        assert_eq!(many[0].maturing, summary.maturing);
        summary.maturing.iter().map(|day| (day.matures_at, day.points)).collect::<Vec<_>>()
    };
    shop.bought(purchase("1", 100, json!({}))).await;
    clock.advance(TimeDelta::hours(2));
    shop.bought(purchase("2", 100, json!({}))).await;
    // Of one day in New York, until the last of them can be spent.
    let later = (at("2026-12-05T14:00:00Z"), 14);
    assert_eq!(told().await, [(at("2026-11-24T14:00:00Z"), 60), later]);
    clock.advance(TimeDelta::days(3) - TimeDelta::hours(2));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 1);
    assert_eq!(told().await, [(at("2026-11-24T14:00:00Z"), 30), later]);
    clock.advance(TimeDelta::days(14));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 3);
    assert_eq!(told().await, []);
    shop.close().await;
}

/// A summary names twelve days; what waits longer is in the sum alone.
#[tokio::test]
async fn the_twelve_next_days_are_told() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Far", "flat_points": 1, "pending_days": 100})).await;
    for number in 0..13 {
        shop.bought(purchase(format!("{number}"), 100, json!({}))).await;
        clock.advance(TimeDelta::days(1));
    }
    let summary = summary(&shop).await;
    assert_eq!((summary.pending, summary.maturing.len()), (13, 12));
    assert!(summary.maturing.is_sorted_by_key(|day| day.matures_at));
    assert_eq!(summary.maturing[0].matures_at, at("2027-03-01T12:00:00Z"));
    shop.close().await;
}

/// A claim waits from the claim.
#[tokio::test]
async fn what_is_claimed_waits_from_the_claim() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Later", "flat_points": 5, "pending_days": 2})).await;
    let held = shop.bought(purchase("1", 100, json!({"customer": null}))).await;
    assert_eq!(shop.count("pending_points").await, 0);
    clock.advance(TimeDelta::days(3));
    let maya = CustomerRef::Email("maya@example.com".parse().unwrap());
    let code = held.claim_code.clone().unwrap();
    let claimed = shop.engine.claim(&shop.cx, &code, &maya).await.unwrap();
    assert_eq!((claimed.claim.points.get(), claimed.claim.points_pending.get()), (5, 5));
    assert_eq!((claimed.claim.balance.points, claimed.claim.balance.pending), (0, 5));
    assert_eq!(shop.engine.claim(&shop.cx, &code, &maya).await.unwrap().claim, claimed.claim);
    clock.advance(TimeDelta::days(2));
    assert_eq!(shop.engine.mature_due().await.unwrap(), 1);
    assert_eq!(standing(&shop).await, (5, 0, 5));
    assert_clean(&shop).await;
    shop.close().await;
}

/// The customer sees when it happened, beside the purchase, and the workers do it by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workers_mature_and_the_customer_sees_it() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Later", "flat_points": 5, "pending_days": 1})).await;
    let record = shop.bought(purchase("1", 100, json!({}))).await;
    clock.advance(TimeDelta::days(1));
    let workers = shop.engine.workers();
    while standing(&shop).await.1 > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    workers.stop().await;
    let customer = record.customer_id.unwrap();
    let page =
        shop.engine.customer_activity(&shop.cx, customer, None, &PageRequest::default()).await.unwrap();
    let kinds: Vec<_> = page.data.iter().map(|row| (row.kind.as_str(), row.points)).collect();
    assert_eq!(kinds, [("maturity", 5), ("purchase", 5)]);
    assert_eq!(page.data[0].purchase_id, Some(record.id.uuid()));
    shop.close().await;
}

/// Rows of customers who are not there, due before everybody else: whoever can, gets the points all the same.
#[tokio::test]
async fn one_customer_whose_points_cannot_mature_stops_nobody() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Later", "flat_points": 30, "pending_days": 14})).await;
    shop.bought(purchase("1", 100, json!({}))).await;
    sqlx::raw_sql(
        "INSERT INTO pending_points
         SELECT p.merchant_id, gen_random_uuid(), p.matures_at - interval '1 day', gen_random_uuid(), 5, 5, NULL
         FROM pending_points AS p, generate_series(1, 2)",
    )
    .execute(&shop.db.pool)
    .await
    .unwrap();
    clock.advance(TimeDelta::days(14));
    for _ in 0..2 {
        assert!(shop.engine.mature_due().await.is_err(), "it is told");
        assert_eq!(standing(&shop).await, (30, 0, 30));
    }
    assert_eq!(shop.count("pending_points WHERE waiting > 0").await, 2);
    shop.close().await;
}
