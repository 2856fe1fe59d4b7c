//! Limits and budgets of promotions: exact, whoever buys beside whom.

use std::sync::Arc;

use chrono::TimeDelta;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::PromotionId;
use perennial_engine::intake::Submitted;
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::{Clock, Engine, EngineConfig, Error};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, buy, buy_all, engine_on, patiently, purchase, refusal};

/// A purchase of the customer with this number.
fn by(transaction_id: impl Into<String>, cents: i64, customer: usize) -> Value {
    purchase(transaction_id, cents, json!({"customer": {"external_id": format!("crm-{customer}")}}))
}

/// All at the same moment, over two servers.
async fn at_once(shop: &Shop, purchases: Vec<Value>) -> Vec<Arc<PurchaseRecord>> {
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let barrier = Arc::new(Barrier::new(purchases.len()));
    let mut tills = JoinSet::new();
    for (number, purchase) in purchases.into_iter().enumerate() {
        let (engine, cx, barrier) = (engines[number % 2].clone(), shop.cx.clone(), barrier.clone());
        tills.spawn(async move {
            barrier.wait().await;
            buy(&engine, &cx, purchase).await.unwrap().record
        });
    }
    let records = tills.join_all().await;
    engines[1].shutdown().await;
    records
}

/// With one lane all of them are one batch.
async fn in_one_batch(shop: &Shop, purchases: Vec<Value>) -> Vec<Result<Submitted, Error>> {
    let config = EngineConfig { connections: 2, lanes: 1, ..EngineConfig::new(&shop.db.url) };
    let till = Engine::connect_at(config, shop.engine.clock().clone()).await.unwrap();
    let answers = buy_all(&till, &shop.cx, purchases).await;
    till.shutdown().await;
    answers
}

fn earned(records: &[Arc<PurchaseRecord>]) -> Vec<i64> {
    let mut earned: Vec<_> = records.iter().map(|record| record.points_earned.get()).collect();
    earned.sort_unstable_by(|a, b| b.cmp(a));
    earned
}

async fn budget_used(shop: &Shop, promotion: PromotionId) -> i64 {
    sqlx::query_scalar("SELECT used FROM promotion_budgets WHERE merchant_id = $1 AND promotion_id = $2")
        .bind(shop.merchant.uuid())
        .bind(promotion.uuid())
        .fetch_one(&shop.db.pool)
        .await
        .unwrap()
}

async fn assert_clean(shop: &Shop) {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

/// G20: a budget of 1,000 points and 50 purchases at once of 30 points each. With `stop` the 34th does not fit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g20_a_budget_that_stops_is_never_exceeded() {
    let shop = Shop::open_at(Clock::system()).await;
    let promotion =
        shop.promote(json!({"name": "Thirty", "flat_points": 30, "budget": {"points": 1000}})).await;
    let records = at_once(&shop, (0..50).map(|n| by(format!("{n}"), 100, n)).collect()).await;
    let earned = earned(&records);
    assert_eq!(earned.iter().sum::<i64>(), 990, "as much as fits, and no purchase more");
    assert_eq!((earned[32], earned[33]), (30, 0));
    assert_eq!(budget_used(&shop, promotion).await, 990);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G20: with `partial` the last one gets the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g20_a_partial_budget_is_given_to_the_last_point() {
    let shop = Shop::open_at(Clock::system()).await;
    let budget = json!({"points": 1000, "when_exhausted": "partial"});
    let promotion = shop.promote(json!({"name": "Thirty", "flat_points": 30, "budget": budget})).await;
    let records = at_once(&shop, (0..50).map(|n| by(format!("{n}"), 100, n)).collect()).await;
    let earned = earned(&records);
    assert_eq!(earned.iter().sum::<i64>(), 1_000);
    assert_eq!((earned[32], earned[33], earned[34]), (30, 10, 0));
    assert_eq!(budget_used(&shop, promotion).await, 1_000);
    let cut = records.iter().find(|record| record.points_earned.get() == 10).unwrap();
    assert_eq!(cut.applied[0].cut.get(), 20);
    let (_, explanation) = shop.engine.purchase_explanation(&shop.cx, cut.id).await.unwrap();
    let explained = serde_json::to_value(&explanation).unwrap();
    assert_eq!(explained["promotions"][0]["cuts"][0]["code"], json!("budget"), "{explained}");
    assert_clean(&shop).await;
    shop.close().await;
}

/// A hundred at once, two budgets that meet in every purchase, room for ten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_purchases_at_once_exactly_ten_fit() {
    let shop = Shop::open_at(Clock::system()).await;
    let mut promotions = Vec::new();
    for name in ["One", "Two"] {
        promotions
            .push(shop.promote(json!({"name": name, "flat_points": 30, "budget": {"points": 300}})).await);
    }
    let records = at_once(&shop, (0..100).map(|n| by(format!("{n}"), 100, n % 40)).collect()).await;
    let earned = earned(&records);
    assert_eq!((earned[9], earned[10], earned.iter().sum::<i64>()), (60, 0, 600));
    for promotion in promotions {
        assert_eq!(budget_used(&shop, promotion).await, 300);
    }
    assert_eq!(shop.count("promotion_bookings").await, 20);
    assert_clean(&shop).await;
    shop.close().await;
}

/// One customer, many tills: the limit of the day is reached to the point and not exceeded.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_of_a_customer_holds_at_many_tills() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T12:00:00Z"))).await;
    let limit = json!({"points": 100, "per": "day"});
    shop.promote(json!({"name": "Seven", "flat_points": 7, "max_points_per_customer": limit})).await;
    let records = at_once(&shop, (0..80).map(|n| by(format!("{n}"), 100, n % 2)).collect()).await;
    assert_eq!(earned(&records).iter().sum::<i64>(), 200, "a hundred for each of two customers");
    assert_eq!(shop.count("promotion_uses WHERE used = 100 AND period = 'day'").await, 2);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Days and months are the merchant's, by the time of the purchase; `ever` never begins again; another kind of period
/// is another count.
#[tokio::test]
async fn limits_begin_again_by_the_merchants_calendar() {
    // New York is five hours behind.
    let clock = Clock::fixed(at("2026-12-01T04:59:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    let terms = |per: &str| {
        let limit = json!({"points": 50, "per": per});
        json!({"name": "Forty", "flat_points": 40, "max_points_per_customer": limit})
    };
    let promotion = shop.promote(terms("day")).await;
    let earned = async |id: &str, with: Value| shop.bought(purchase(id, 100, with)).await.points_earned.get();
    assert_eq!(earned("1", json!({})).await, 40);
    assert_eq!(earned("2", json!({})).await, 10);
    assert_eq!(earned("3", json!({})).await, 0);
    assert_eq!(earned("other", json!({"customer": {"email": "leo@example.com"}})).await, 40);
    clock.advance(TimeDelta::minutes(2));
    assert_eq!(earned("4", json!({})).await, 40, "midnight in New York");
    assert_eq!(
        earned("late", json!({"occurred_at": "2026-12-01T04:59:30Z"})).await,
        0,
        "counts for yesterday"
    );

    let edit = async |per: &str| {
        let edited = serde_json::from_value(terms(per)).unwrap();
        shop.engine.promotion_edit(&shop.cx, promotion, edited).await.unwrap();
        shop.engine.promotion_publish(&shop.cx, promotion, None).await.unwrap();
    };
    edit("month").await;
    assert_eq!(earned("5", json!({})).await, 40, "days did not count for months");
    assert_eq!(earned("6", json!({})).await, 10);
    clock.advance(TimeDelta::days(30));
    assert_eq!(earned("7", json!({})).await, 0, "still December");
    clock.advance(TimeDelta::days(1));
    assert_eq!(earned("8", json!({})).await, 40);
    edit("ever").await;
    assert_eq!(earned("9", json!({})).await, 40);
    clock.advance(TimeDelta::days(400));
    assert_eq!(earned("10", json!({})).await, 10);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Within one batch the earlier purchase takes before the later one; a later version keeps counting.
#[tokio::test]
async fn purchases_of_a_batch_take_in_order_of_arrival() {
    let shop = Shop::open_at(Clock::system()).await;
    let terms = |budget: i64| {
        json!({"name": "Per cent", "award_rate": "100", "budget": {"points": budget},
               "max_points_per_customer": {"points": 60, "per": "ever"}})
    };
    let promotion = shop.promote(terms(100)).await;
    let batch = vec![by("1", 50, 1), by("2", 20, 1), by("3", 50, 2), by("4", 40, 2), by("5", 1, 3)];
    let answers = in_one_batch(&shop, batch.clone()).await;
    let points = |answers: &[Result<Submitted, Error>]| {
        answers.iter().map(|answer| answer.as_ref().unwrap().record.points_earned.get()).collect::<Vec<_>>()
    };
    // 50, then 10 by the limit; 50 no longer fit the 40 that are left, 40 do, and then there is nothing.
    assert_eq!(points(&answers), [50, 10, 0, 40, 0]);
    let again = buy_all(&shop.engine, &shop.cx, batch).await;
    assert_eq!(points(&again), [50, 10, 0, 40, 0], "a replay takes nothing");
    assert_eq!(budget_used(&shop, promotion).await, 100);

    let edited = serde_json::from_value(terms(130)).unwrap();
    shop.engine.promotion_edit(&shop.cx, promotion, edited).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, promotion, None).await.unwrap();
    assert_eq!(
        shop.bought(by("6", 31, 4)).await.points_earned.get(),
        0,
        "the budget is that of all versions"
    );
    assert_eq!(shop.bought(by("7", 30, 4)).await.points_earned.get(), 30);
    let edited = serde_json::from_value(terms(20)).unwrap();
    shop.engine.promotion_edit(&shop.cx, promotion, edited).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, promotion, None).await.unwrap();
    assert_eq!(shop.bought(by("8", 1, 5)).await.points_earned.get(), 0, "more is given than there should be");
    assert_clean(&shop).await;
    shop.close().await;
}

/// I12: what is refused has taken nothing, though its neighbours in the batch have.
#[tokio::test]
async fn a_refused_purchase_leaves_limits_and_budgets_alone() {
    let shop = Shop::open_at(Clock::system()).await;
    let most = perennial_domain::money::MAX_SAFE_INTEGER;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let budget = json!({"points": 100, "when_exhausted": "partial"});
    let promotion = shop.promote(json!({"name": "Sixty", "flat_points": 60, "budget": budget})).await;
    shop.bought(by("rich", most - 60, 9)).await;
    let batch = vec![by("over", 1, 9), by("1", 1, 1), by("2", 1, 2)];
    let answers = in_one_batch(&shop, batch).await;
    assert_eq!(refusal(&answers[0]), "/amount overflow");
    // 60 were gone before.
    assert_eq!(answers[1].as_ref().unwrap().record.points_earned.get(), 41);
    assert_eq!(answers[2].as_ref().unwrap().record.points_earned.get(), 1);
    assert_eq!(budget_used(&shop, promotion).await, 100);
    assert_eq!(shop.count("promotion_bookings").await, 2);
    assert_clean(&shop).await;
    shop.close().await;
}

/// What waits for a claim counts for nothing; the claim counts on its own day, by what is left then.
#[tokio::test]
async fn a_claim_counts_on_the_day_of_the_claim() {
    let clock = Clock::fixed(at("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    let promotion = shop
        .promote(json!({"name": "Forty", "flat_points": 40, "budget": {"points": 200},
                        "max_points_per_customer": {"points": 50, "per": "day"}}))
        .await;
    let unclaimed = shop.bought(purchase("held", 100, json!({"customer": null}))).await;
    assert_eq!((unclaimed.points_claimable.unwrap().get(), budget_used(&shop, promotion).await), (40, 0));
    clock.advance(TimeDelta::days(2));
    shop.bought(purchase("today", 100, json!({}))).await;
    let maya = CustomerRef::Email("maya@example.com".parse().unwrap());
    let code = unclaimed.claim_code.clone().unwrap();
    let claimed = shop.engine.claim(&shop.cx, &code, &maya).await.unwrap();
    assert_eq!(claimed.claim.points.get(), 10, "the rest of the day of the claim");
    assert!(shop.engine.claim(&shop.cx, &code, &maya).await.unwrap().replayed);
    assert_eq!(budget_used(&shop, promotion).await, 50);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Claims and purchases of many customers against one budget, at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claims_and_purchases_share_a_budget() {
    let shop = Shop::open_at(Clock::system()).await;
    let promotion =
        shop.promote(json!({"name": "Thirty", "flat_points": 30, "budget": {"points": 300}})).await;
    let mut codes = Vec::new();
    for number in 0..12 {
        let held = shop.bought(purchase(format!("held-{number}"), 100, json!({"customer": null}))).await;
        codes.push(held.claim_code.clone().unwrap());
    }
    let mut tasks = JoinSet::new();
    for (number, code) in codes.into_iter().enumerate() {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        tasks.spawn(async move {
            let claimant = CustomerRef::ExternalId(format!("crm-{}", number % 5).parse().unwrap());
            patiently!(engine.claim(&cx, &code, &claimant)).unwrap().claim.points.get()
        });
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        tasks.spawn(async move {
            let purchase = by(format!("bought-{number}"), 100, number % 5);
            buy(&engine, &cx, purchase).await.unwrap().record.points_earned.get()
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<i64>(), 300);
    assert_eq!(budget_used(&shop, promotion).await, 300);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A merchant who uses none of this stores nothing for it.
#[tokio::test]
async fn what_is_not_limited_is_not_counted() {
    let shop = Shop::open().await;
    shop.promote(json!({"name": "Capped", "award_rate": "100", "max_points_per_purchase": 5})).await;
    let record = shop.bought(purchase("1", 100, json!({}))).await;
    assert_eq!(shop.count("promotion_bookings").await, 0);
    assert_eq!(shop.count("promotion_uses").await, 0);
    assert_eq!(shop.count("promotion_budgets").await, 0);
    assert_eq!(shop.count("pending_points").await, 0);
    let facts = serde_json::to_value(&record.facts).unwrap();
    assert!(facts.get("limits").is_none(), "{facts}");
    shop.close().await;
}

/// A process that dies in the middle of its work leaves neither half a booking nor a lock behind.
#[test]
fn a_process_that_dies_takes_nothing_of_a_budget_along() {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let survivor = runtime();
    let (shop, promotion) = survivor.block_on(async {
        let shop = Shop::open_at(Clock::system()).await;
        let limit = json!({"points": 9_000, "per": "month"});
        let promotion = shop
            .promote(json!({"name": "Three", "flat_points": 3, "budget": {"points": 1_000_000},
                            "max_points_per_customer": limit}))
            .await;
        (shop, promotion)
    });
    for round in 0..3 {
        let victim = runtime();
        let engine: Engine = victim.block_on(engine_on(&shop.db.url, Clock::system()));
        for till in 0..8 {
            let (engine, cx) = (engine.clone(), shop.cx.clone());
            victim.spawn(async move {
                for number in 0..10_000 {
                    buy(&engine, &cx, by(format!("{round}-{till}-{number}"), 10, till)).await.unwrap();
                }
            });
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        victim.shutdown_background();
    }
    survivor.block_on(async {
        shop.bought(by("after", 10, 0)).await;
        assert_eq!(budget_used(&shop, promotion).await, shop.count("purchases").await * 3);
        assert_clean(&shop).await;
        shop.close().await;
    });
}
