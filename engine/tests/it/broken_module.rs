//! A program module that fails all the time slows neither another module nor the intake; one that fails at one purchase does
//! not fail at the others.

use std::time::Duration;

use perennial_domain::customer::CustomerRef;
use perennial_domain::money::MAX_SAFE_INTEGER;
use perennial_domain::tiers::TierInput;
use perennial_engine::{Clock, PageRequest};
use serde_json::json;

use crate::intake_support::{Shop, buy_all, purchase};

/// The cashback module fails at whatever it is told, and counts how often: a sequence is not taken back.
const BREAK: &str = "CREATE SEQUENCE tries;
    CREATE FUNCTION break_cashback() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'broken on purpose'; END $$;
    CREATE TRIGGER broken BEFORE INSERT ON cashback_credits FOR EACH ROW EXECUTE FUNCTION break_cashback();";

const CUSTOMERS: usize = 5;

/// The shop sells to each customer, who gets the points at once.
async fn sell(shop: &Shop, round: usize) {
    for customer in 0..CUSTOMERS {
        let customer = json!({"customer": {"external_id": format!("crm-{customer}")}});
        let transaction = format!("{round}-{}", customer["customer"]["external_id"]);
        let bought = shop.bought(purchase(transaction, 100, customer)).await;
        assert_eq!(bought.points_earned.get(), 100);
    }
}

/// The workers run until every message of both modules is done, or has failed and waits.
async fn work(shop: &Shop) {
    let workers = shop.engine.workers();
    while shop.count("queue WHERE due_at <= clock_timestamp() OR (attempts > 0 AND last_error IS NULL)").await
        > 0
        || shop.count("queue WHERE module = 'tiers'").await > 0
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
}

#[tokio::test]
async fn a_module_that_always_fails_stops_neither_another_nor_the_intake() {
    let shop = Shop::open().await;
    let offer = json!({"name": "Tenth", "percentage": "0.1"});
    shop.engine.cashback_offer_create(&shop.cx, serde_json::from_value(offer).unwrap()).await.unwrap();
    for (name, threshold) in [("Bronze", 0), ("Silver", 150)] {
        let tier = TierInput { name: name.to_owned(), threshold: Some(threshold), ..TierInput::default() };
        shop.engine.tier_create(&shop.cx, tier, false).await.unwrap();
    }
    sqlx::raw_sql(BREAK).execute(&shop.db.pool).await.unwrap();

    let mut round = 0;
    while round == 0 || shop.count("queue").await > 0 {
        if round < 2 {
            sell(&shop, round).await;
        }
        round += 1;
        assert!(round < 50, "every message dies at some time");
        work(&shop).await;
        // The other module has done everything that it was told, however long this one is broken.
        let sold = i64::try_from(CUSTOMERS * round.min(2)).unwrap();
        assert_eq!(shop.count("tier_counted").await, sold);
        assert_eq!(shop.count("cashback_credits").await, 0);
        assert_eq!(shop.count("queue WHERE last_error NOT LIKE '%broken on purpose%'").await, 0);
        // All pauses are over.
        sqlx::raw_sql("UPDATE queue SET due_at = clock_timestamp()").execute(&shop.db.pool).await.unwrap();
    }

    // Each message was tried as often as is bearable and waits for a person; in batches and alone, no more than that.
    let letters = shop.engine.dead_letter_list(&shop.cx, None, &PageRequest::default()).await.unwrap().data;
    assert!(!letters.is_empty());
    assert!(letters.iter().all(|letter| letter.module == "cashback"), "{letters:?}");
    let attempts: i64 = letters.iter().map(|letter| i64::from(letter.attempts)).sum();
    let tries: i64 =
        sqlx::query_scalar("SELECT last_value FROM tries").fetch_one(&shop.db.pool).await.unwrap();
    assert!((attempts..=2 * attempts).contains(&tries), "{tries} tries for {attempts} attempts");

    // Mended, and told once more: nothing is lost, and nothing given twice.
    sqlx::raw_sql("DROP TRIGGER broken ON cashback_credits").execute(&shop.db.pool).await.unwrap();
    for letter in letters {
        shop.engine.dead_letter_retry(&shop.cx, &letter.module, letter.id).await.unwrap();
    }
    work(&shop).await;
    assert_eq!(shop.count("queue").await, 0);
    let first = CustomerRef::ExternalId("crm-0".parse().unwrap());
    let first = shop.engine.customer_find(&shop.cx, &first).await.unwrap().unwrap();
    let wallets = shop.engine.customer_cashback(&shop.cx, first.id).await.unwrap();
    assert_eq!(wallets[0].available.get(), 20, "a tenth of two purchases");
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
    shop.close().await;
}

/// Of the dearest purchase there can be two offers together give more than can be counted: it waits for a person, and the
/// nineteen that came in the same batch do not.
#[tokio::test]
async fn a_purchase_that_gives_too_much_stops_no_other() {
    let shop = Shop::open_at(Clock::system()).await;
    for name in ["More than half", "And again"] {
        let offer = json!({"name": name, "percentage": "0.6"});
        shop.engine.cashback_offer_create(&shop.cx, serde_json::from_value(offer).unwrap()).await.unwrap();
    }
    let basket = (0..20).map(|number| {
        let amount = if number == 7 { MAX_SAFE_INTEGER } else { 1_000 };
        let customer = json!({"customer": {"external_id": format!("crm-{number}")}});
        purchase(number.to_string(), amount, customer)
    });
    for bought in buy_all(&shop.engine, &shop.cx, basket.collect()).await {
        bought.unwrap();
    }
    let workers = shop.engine.workers();
    while shop.count("cashback_credits").await < 19 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
    assert_eq!(shop.count("cashback_credits WHERE amount = 1200").await, 19);
    let left = "queue WHERE module = 'cashback' AND jsonb_array_length(payload -> 'purchases') = 1";
    assert_eq!(shop.count("queue WHERE module = 'cashback'").await, 1);
    assert_eq!(shop.count(left).await, 1);

    while shop.count("dead_letters").await == 0 {
        sqlx::raw_sql("UPDATE queue SET due_at = clock_timestamp()").execute(&shop.db.pool).await.unwrap();
        work(&shop).await;
    }
    let letters = shop.engine.dead_letter_list(&shop.cx, None, &PageRequest::default()).await.unwrap().data;
    let told: Vec<_> = letters.iter().map(|letter| (&*letter.module, &*letter.error)).collect();
    assert_eq!(told, [("cashback", "purchases.lines: the purchase gives more cashback than can be counted")]);
    shop.close().await;
}
