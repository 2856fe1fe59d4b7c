//! Purchases, claims, quotes and imports.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use perennial_domain::customer::CustomerRef;
use perennial_domain::returns::ReturnInput;
use perennial_engine::import::{Columns, ImportOptions, Kind, Scattered};
use perennial_engine::reconcile::Invariant;
use perennial_engine::{Clock, Engine, EngineConfig};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{assert_reconciled, carried, findings, json_of, shop};
use crate::intake_support::{Shop, at, basket, buy, buy_all, engine_on, purchase};
use crate::quotes::until_fresh;

const MAYA: &str = "maya@example.com";

async fn earned(shop: &Shop, purchases: impl IntoIterator<Item = Value>) -> Vec<i64> {
    let mut earned = Vec::new();
    for purchase in purchases {
        earned.push(shop.bought(purchase).await.points_earned.get());
    }
    earned
}

#[tokio::test]
async fn two_halves_make_a_point() {
    let shop = shop().await;
    let first = shop.bought(purchase("1", 50, json!({}))).await;
    assert_eq!((first.points_earned.get(), carried(&shop).await), (0, vec!["0.5".to_owned()]));
    let second = shop.bought(purchase("2", 50, json!({}))).await;
    assert_eq!((second.points_earned.get(), carried(&shop).await), (1, vec!["0".to_owned()]));
    assert_eq!(second.balance.unwrap().points, 1);

    // It can say why, and a replay gives the first answer and nothing more.
    let (_, explanation) = shop.engine.purchase_explanation(&shop.cx, second.id).await.unwrap();
    let explained = json_of(&explanation);
    let over = &explained["promotions"][0]["carried"];
    assert_eq!((&over["before"], &over["after"]), (&json!("0.5"), &json!("0")));
    assert_eq!(explanation.lines[0].text, "1 point per $1 on $0.50: 1 (0.5 carried from before)");
    let again = shop.buy(purchase("2", 50, json!({}))).await.unwrap();
    assert!(again.replayed && again.record == second);
    assert_eq!(carried(&shop).await, ["0"]);
    assert_eq!(shop.points_of(MAYA).await, 1);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn each_customer_and_each_promotion_carries_its_own() {
    let shop = shop().await;
    shop.promote(json!({"name": "Half more", "multiplier": "1.5"})).await;
    shop.promote(json!({"name": "Visit", "flat_points": 3})).await;
    let sam =
        |transaction: &str| purchase(transaction, 50, json!({"customer": {"email": "sam@example.com"}}));
    let maya = |transaction: &str| purchase(transaction, 50, json!({}));
    assert_eq!(earned(&shop, [maya("1"), sam("2"), maya("3"), maya("4"), maya("5")]).await, [3, 3, 4, 3, 5]);
    let mut all = carried(&shop).await;
    all.sort_unstable();
    assert_eq!(all, ["0", "0", "0.25", "0.5"], "flat points leave nothing");
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// With one lane all of them are one batch.
#[tokio::test]
async fn purchases_of_one_batch_find_what_the_one_before_left() {
    let shop = shop().await;
    let config = EngineConfig { connections: 2, lanes: 1, ..EngineConfig::new(&shop.db.url) };
    let till = Engine::connect_at(config, shop.engine.clock().clone()).await.unwrap();
    let purchases = (0..8).map(|number| purchase(format!("{number}"), 30, json!({}))).collect();
    let answers = buy_all(&till, &shop.cx, purchases).await;
    let earned: Vec<_> =
        answers.into_iter().map(|answer| answer.unwrap().record.points_earned.get()).collect();
    assert_eq!(earned, [0, 0, 0, 1, 0, 0, 1, 0]);
    assert_eq!(carried(&shop).await, ["0.4"]);
    till.shutdown().await;
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_purchases_at_once_earn_what_they_are_worth_together() {
    let shop = shop().await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let barrier = Arc::new(Barrier::new(100));
    let cents = |number: i64| 1 + number * 37 % 199;
    let mut tills = JoinSet::new();
    for number in 0..100 {
        let place = usize::try_from(number % 2).unwrap();
        let (engine, cx, barrier) = (engines[place].clone(), shop.cx.clone(), barrier.clone());
        tills.spawn(async move {
            barrier.wait().await;
            let bought = buy(&engine, &cx, purchase(format!("{number}"), cents(number), json!({}))).await;
            bought.unwrap().record.points_earned.get()
        });
    }
    let earned: i64 = tills.join_all().await.into_iter().sum();
    let all: i64 = (0..100).map(cents).sum();
    assert_eq!((earned, shop.points_of(MAYA).await), (all / 100, all / 100));
    assert_eq!(carried(&shop).await, [format!("0.{:02}", all % 100).trim_end_matches('0')]);
    engines[1].shutdown().await;
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A server goes away in the middle of its work: what is carried is that of the purchases that are there.
#[test]
fn a_process_that_dies_leaves_what_its_purchases_say() {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let survivor = runtime();
    let shop = survivor.block_on(shop());
    for round in 0..3 {
        let acknowledged = Arc::new(Mutex::new(0_usize));
        let victim = runtime();
        let engine: Engine = victim.block_on(engine_on(&shop.db.url, Clock::system()));
        for till in 0..8 {
            let (engine, cx, acknowledged) = (engine.clone(), shop.cx.clone(), acknowledged.clone());
            victim.spawn(async move {
                for number in 0..1_000 {
                    let id = format!("{round}-{till}-{number}");
                    buy(&engine, &cx, purchase(id, 37, json!({}))).await.unwrap();
                    *acknowledged.lock().unwrap() += 1;
                }
            });
        }
        let since = Instant::now();
        while *acknowledged.lock().unwrap() <= 20 {
            assert!(since.elapsed() < Duration::from_secs(60), "nothing is acknowledged");
            std::thread::sleep(Duration::from_millis(1));
        }
        victim.shutdown_background();
    }
    survivor.block_on(async {
        // Whatever was under way when the last server died is over when this one could be credited.
        shop.bought(purchase("last", 37, json!({}))).await;
        let bought = shop.count("purchases").await;
        assert_eq!(shop.points_of(MAYA).await, bought * 37 / 100);
        assert_reconciled(&shop).await;
        shop.close().await;
    });
}

#[tokio::test]
async fn it_can_be_turned_off_and_on_again() {
    let shop = shop().await;
    assert_eq!(earned(&shop, [purchase("1", 90, json!({}))]).await, [0]);
    shop.set(json!({"carry_over": false})).await;
    assert_eq!(earned(&shop, [purchase("2", 90, json!({})), purchase("3", 190, json!({}))]).await, [0, 1]);
    assert_eq!(carried(&shop).await, ["0.9"], "nothing is taken of it, and nothing comes to it");
    shop.set(json!({"carry_over": true, "rounding": "half_up"})).await;
    assert_eq!(earned(&shop, [purchase("4", 65, json!({})), purchase("5", 30, json!({}))]).await, [2, 0]);
    assert_eq!(carried(&shop).await, ["-0.15"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn lines_carry_from_one_to_the_next_and_caps_leave_that_alone() {
    let shop = shop().await;
    shop.promote(json!({"name": "Extra", "award_rate": "2", "max_points_per_purchase": 1})).await;
    let lines = json!([{"amount": 60}, {"amount": 60}, {"amount": 90}]);
    let bought = shop.bought(basket("1", lines)).await;
    // 0.6, 1.2, 1.1 of the base; 1.2, 1.4, 2.2 of the other, of whose four points one stays.
    let points: Vec<_> = bought.lines.iter().map(|line| line.points.get()).collect();
    assert_eq!(points.iter().sum::<i64>(), 2 + 1);
    assert_eq!(carried(&shop).await, ["0.1", "0.2"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A claim carries over what the claimant has by then; the purchase carried nothing while it was nobody's.
#[tokio::test]
async fn a_claim_goes_on_with_what_the_claimant_carries() {
    let shop = shop().await;
    let held = shop.bought(purchase("1", 150, json!({"customer": null}))).await;
    assert_eq!(held.points_claimable.unwrap().get(), 1);
    assert_eq!(carried(&shop).await, [""; 0]);
    shop.bought(purchase("2", 70, json!({}))).await;
    // By the rules of its own time, also when they have changed.
    shop.set(json!({"carry_over": false})).await;
    let customer = CustomerRef::Email(MAYA.parse().unwrap());
    let code = held.claim_code.clone().unwrap();
    let claimed = shop.engine.claim(&shop.cx, &code, &customer).await.unwrap();
    assert_eq!((claimed.claim.points.get(), claimed.claim.balance.points), (2, 2));
    assert_eq!(carried(&shop).await, ["0.2"]);
    let again = shop.engine.claim(&shop.cx, &code, &customer).await.unwrap();
    assert!(again.replayed && again.claim == claimed.claim);
    assert_eq!(carried(&shop).await, ["0.2"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_quote_says_what_would_be_earned_and_touches_nothing() {
    let shop = shop().await;
    shop.bought(purchase("1", 70, json!({}))).await;
    for (email, points) in [(MAYA, 1), ("new@example.com", 0)] {
        let basket = json!({"retailer": "north", "customer": {"email": email}, "amount": 40});
        let quoted = until_fresh(&shop.engine, &shop.cx, basket).await.quote;
        assert_eq!(quoted.points.get(), points, "{email}");
    }
    assert_eq!(carried(&shop).await, ["0.7"]);
    assert_eq!(earned(&shop, [purchase("2", 40, json!({}))]).await, [1]);
    shop.close().await;
}

#[tokio::test]
async fn past_purchases_carry_over_like_others() {
    let shop = shop().await;
    let file = "transaction_id,retailer,occurred_at,customer_email,amount\n\
                1,north,2024-05-01T12:00:00Z,maya@example.com,60\n\
                2,north,2024-05-02T12:00:00Z,maya@example.com,60\n";
    let options = ImportOptions {
        kind: Kind::Purchases,
        columns: Columns::default(),
        dry_run: false,
        leave_out: Scattered::default(),
    };
    let report = shop.engine.import(&shop.cx, file.as_bytes(), &options, |_| {}).await.unwrap();
    assert_eq!((report.created, report.refused), (2, 0), "{:?}", report.errors);
    assert_eq!((shop.points_of(MAYA).await, carried(&shop).await), (1, vec!["0.2".to_owned()]));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Merchants who do not carry over ask for nothing and write nothing of it: it could be gone altogether.
#[tokio::test]
async fn without_it_nothing_more_is_asked() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T12:00:00Z"))).await;
    shop.promote(json!({"name": "Base", "award_rate": "1"})).await;
    let hide = |from: &str, to: &str| sqlx::AssertSqlSafe(format!("ALTER TABLE {from} RENAME TO {to}"));
    sqlx::raw_sql(hide("carried_remainders", "nowhere")).execute(&shop.db.pool).await.unwrap();
    let bought = shop.bought(purchase("1", 250, json!({}))).await;
    let held = shop.bought(purchase("2", 250, json!({"customer": null}))).await;
    let customer = CustomerRef::Email(MAYA.parse().unwrap());
    shop.engine.claim(&shop.cx, held.claim_code.as_ref().unwrap(), &customer).await.unwrap();
    let input: ReturnInput = serde_json::from_value(json!({"return_id": "r", "amount": 100})).unwrap();
    let returned = shop.engine.return_purchase(&shop.cx, bought.id, &input.check().unwrap(), false).await;
    assert_eq!(returned.unwrap().record.points_reversed.get(), 1);
    let stored = json_of(&bought.lines).to_string() + &json_of(&bought.facts).to_string();
    assert!(!stored.contains("carried") && !stored.contains("remainders"), "{stored}");
    sqlx::raw_sql(hide("nowhere", "carried_remainders")).execute(&shop.db.pool).await.unwrap();
    shop.close().await;
}

/// A proof that cannot fail proves nothing.
#[tokio::test]
async fn a_billionth_too_many_is_found() {
    let shop = shop().await;
    let bought = shop.bought(purchase("1", 50, json!({}))).await;
    assert_reconciled(&shop).await;
    let change = "UPDATE carried_remainders SET remainder = remainder + 1";
    sqlx::raw_sql(change).execute(&shop.db.pool).await.unwrap();
    let found = findings(&shop, Invariant::I6).await;
    let customer = bought.customer_id.unwrap();
    assert!(found[0].starts_with(&format!("customer {customer}: carries 500000001 billionths")), "{found:?}");
    assert!(found[0].ends_with("purchases and returns say 500000000"), "{found:?}");
    let undo = "UPDATE carried_remainders SET remainder = remainder - 1;
                ALTER TABLE purchases DISABLE TRIGGER USER;
                UPDATE purchases
                SET lines = replace(lines::text, '\"carried\":\"0.5\"', '\"carried\":\"0.4\"')::json";
    sqlx::raw_sql(undo).execute(&shop.db.pool).await.unwrap();
    let found = findings(&shop, Invariant::I11).await;
    assert_eq!(
        found,
        [format!("purchase {}: line 0: carries over something else than it evaluates to", bought.id)]
    );
    shop.engine.shutdown().await;
}
