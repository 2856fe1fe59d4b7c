//! Cashback, from an offer to the wallet and back.

use perennial_domain::cashback::OfferInput;
use perennial_domain::codes::ClaimCode;
use perennial_domain::ids::{CustomerId, OfferId};
use perennial_domain::returns::ReturnInput;
use perennial_engine::cashback::CashbackWallet;
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::reconcile::Invariant;
use perennial_engine::{Clock, Error};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, basket, purchase};

const START: &str = "2026-11-21T12:00:00Z";

/// A shop without promotions at a fixed time.
async fn shop() -> Shop {
    Shop::open_at(Clock::fixed(at(START))).await
}

async fn offer(shop: &Shop, offer: Value) -> OfferId {
    let input: OfferInput = serde_json::from_value(offer).unwrap();
    shop.engine.cashback_offer_create(&shop.cx, input).await.unwrap().id
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

async fn wallet(shop: &Shop, customer: CustomerId) -> Option<CashbackWallet> {
    let wallets = shop.engine.customer_cashback(&shop.cx, customer).await.unwrap();
    assert!(wallets.len() <= 1);
    wallets.into_iter().next()
}

async fn available(shop: &Shop, customer: CustomerId) -> i64 {
    wallet(shop, customer).await.map_or(0, |wallet| wallet.available.get())
}

async fn explained(shop: &Shop, record: &PurchaseRecord) -> Value {
    let given = shop.engine.purchase_cashback(&shop.cx, record.id).await.unwrap().unwrap();
    serde_json::to_value(given).unwrap()
}

async fn returned(shop: &Shop, record: &PurchaseRecord, name: &str, more: Value) -> i64 {
    let mut input = json!({"return_id": name});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let input: ReturnInput = serde_json::from_value(input).unwrap();
    let checked = input.check().unwrap();
    let returned = shop.engine.return_purchase(&shop.cx, record.id, &checked, false).await.unwrap();
    returned.record.cashback_reversed.get()
}

fn set(shop: &Shop, instant: chrono::DateTime<chrono::Utc>) {
    let clock = shop.engine.clock();
    clock.advance(instant - clock.now());
}

async fn assert_clean(shop: &Shop) {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

async fn wine_and_bread(shop: &Shop) {
    for (sku, category) in [("WINE", "wine"), ("BREAD", "bakery")] {
        let product = json!({"sku": sku, "name": sku, "category": category});
        shop.engine.product_create(&shop.cx, serde_json::from_value(product).unwrap()).await.unwrap();
    }
}

/// G33, the defect of seed 001: an offer that does not match hides none that comes after it.
#[tokio::test]
async fn g33_a_non_matching_offer_before_a_matching_one_pays() {
    let shop = shop().await;
    wine_and_bread(&shop).await;
    let wine = offer(
        &shop,
        json!({"name": "Wine", "percentage": "0.1", "products": ["WINE"], "active": true,
               "expires_at": "2027-01-01T00:00"}),
    )
    .await;
    let bakery =
        offer(&shop, json!({"name": "Bakery", "percentage": "0.05", "products": ["category:bakery"]})).await;
    let bought = shop.bought(basket("1", json!([{"product": "BREAD", "quantity": 1, "amount": 1999}]))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, bought.customer_id.unwrap()).await, 99, "5% of 19.99, rounded down");
    let why = explained(&shop, &bought).await;
    assert_eq!(why["amount"], 99);
    assert_eq!(why["offers"][0]["offer_id"], json!(bakery), "{why}");
    assert_eq!(why["offers"][1]["offer_id"], json!(wine));
    assert_eq!(why["offers"][1]["reasons"][0]["code"], "no_matching_line", "{why}");
    assert_clean(&shop).await;
    shop.close().await;
}

/// G31: money is never a float: 10% of 0.10 and of 0.20 are exactly 0.01 and 0.02, and 0.03 together.
#[tokio::test]
async fn g31_cashback_is_counted_in_minor_units() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let bought = shop.bought(purchase("1", 10, json!({}))).await;
    shop.bought(purchase("2", 20, json!({}))).await;
    // Below one cent there is nothing, and it is said why.
    let little = shop.bought(purchase("3", 9, json!({}))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, bought.customer_id.unwrap()).await, 3);
    assert_eq!(explained(&shop, &little).await["offers"][0]["reasons"][0]["code"], "too_small");
    assert_eq!(shop.count("cashback_credits").await, 3, "each purchase once, also the one that gave nothing");
    assert_clean(&shop).await;
    shop.close().await;
}

/// G34: an offer that is not active can be entered, gives nothing, and gives from the change on.
#[tokio::test]
async fn g34_an_offer_can_be_created_switched_off() {
    let shop = shop().await;
    let id = offer(&shop, json!({"name": "Later", "percentage": "0.1", "active": false})).await;
    let before = shop.bought(purchase("1", 1000, json!({}))).await;
    settle(&shop).await;
    assert_eq!(explained(&shop, &before).await["offers"][0]["reasons"][0]["code"], "inactive");
    shop.engine.clock().advance(chrono::TimeDelta::hours(1));
    let on: OfferInput = serde_json::from_value(json!({"name": "Later", "percentage": "0.1"})).unwrap();
    assert_eq!(shop.engine.cashback_offer_update(&shop.cx, id, on).await.unwrap().version, 2);
    shop.engine.clock().advance(chrono::TimeDelta::hours(1));
    shop.bought(purchase("2", 1000, json!({}))).await;
    // A till that was offline: it happened while the offer was off.
    shop.bought(purchase("3", 1000, json!({"occurred_at": "2026-11-21T12:30:00Z"}))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, before.customer_id.unwrap()).await, 100);
    shop.engine.cashback_offer_archive(&shop.cx, id).await.unwrap();
    shop.bought(purchase("4", 1000, json!({}))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, before.customer_id.unwrap()).await, 100, "archived: nothing more");
    let again: OfferInput = serde_json::from_value(json!({"name": "Later", "percentage": "0.1"})).unwrap();
    let refused = shop.engine.cashback_offer_update(&shop.cx, id, again).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "archived", .. })), "{refused:?}");
    assert_clean(&shop).await;
    shop.close().await;
}

/// A message that comes again, and two workers at once: one effect.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_purchase_gives_once_however_often_it_is_told() {
    let shop = Shop::open_at(Clock::system()).await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let mut last = None;
    for number in 0..20 {
        last = Some(shop.bought(purchase(format!("{number}"), 100, json!({}))).await);
    }
    sqlx::raw_sql("INSERT INTO queue (module, merchant_id, payload) SELECT module, merchant_id, payload FROM queue, generate_series(1, 3)")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    let another = shop.another_engine().await;
    let workers = another.workers();
    settle(&shop).await;
    // Long after: the effect is there already.
    sqlx::query("INSERT INTO queue (module, merchant_id, payload) SELECT 'cashback', merchant_id, jsonb_build_object('purchases', jsonb_agg(purchase_id)) FROM cashback_credits GROUP BY merchant_id")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    settle(&shop).await;
    workers.stop().await;
    another.shutdown().await;
    assert_eq!(available(&shop, last.unwrap().customer_id.unwrap()).await, 200);
    assert_eq!(shop.count("cashback_credits").await, 20);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A worker that dies between its effect and the commit leaves neither: the message comes again.
#[tokio::test]
async fn a_failure_in_the_middle_leaves_nothing_behind() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    sqlx::raw_sql(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
         CREATE TRIGGER die AFTER INSERT ON cashback_lots FOR EACH ROW EXECUTE FUNCTION die();",
    )
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let workers = shop.engine.workers();
    while shop.count("queue WHERE module = 'cashback' AND fence > 0").await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    workers.stop().await;
    assert_eq!(shop.count("cashback_credits").await, 0);
    assert_eq!(shop.count("entries").await, 0);
    sqlx::raw_sql("DROP TRIGGER die ON cashback_lots; UPDATE queue SET due_at = clock_timestamp()")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    settle(&shop).await;
    assert_eq!(available(&shop, bought.customer_id.unwrap()).await, 100);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Caps per purchase and month, and a return that makes room again.
#[tokio::test]
async fn caps_hold_and_a_return_makes_room() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1", "cap_per_purchase": 60, "cap_per_month": 100}))
        .await;
    let first = shop.bought(purchase("1", 1000, json!({}))).await;
    let second = shop.bought(purchase("2", 1000, json!({}))).await;
    let third = shop.bought(purchase("3", 1000, json!({}))).await;
    settle(&shop).await;
    let customer = first.customer_id.unwrap();
    assert_eq!(explained(&shop, &first).await["amount"], 60);
    assert_eq!(explained(&shop, &second).await["amount"], 40);
    assert_eq!(explained(&shop, &third).await["offers"][0]["reasons"][0]["code"], "month_used_up");
    assert_eq!(returned(&shop, &second, "r", json!({})).await, 40);
    shop.bought(purchase("4", 300, json!({}))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, customer).await, 60 + 30);
    // In the next month everything is there again, by the merchant's clocks.
    set(&shop, at("2026-12-01T05:00:00Z"));
    shop.bought(purchase("5", 2000, json!({}))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, customer).await, 60 + 30 + 60);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Returned in parts, before and after the module came to the purchase: the same wallet, never more than was given.
#[tokio::test]
async fn returns_take_back_what_was_given_in_either_order() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Third", "percentage": "0.33"})).await;
    let early = shop.bought(purchase("1", 999, json!({}))).await;
    assert_eq!(returned(&shop, &early, "a", json!({"amount": 500})).await, 0, "nothing is given yet");
    settle(&shop).await;
    let customer = early.customer_id.unwrap();
    let kept = available(&shop, customer).await;
    let late = shop.bought(purchase("2", 999, json!({}))).await;
    settle(&shop).await;
    assert_eq!(available(&shop, customer).await, kept + 329);
    assert_eq!(returned(&shop, &late, "a", json!({"amount": 500})).await, 329 - kept);
    assert_eq!(available(&shop, customer).await, kept * 2);
    assert_eq!(
        returned(&shop, &late, "b", json!({"amount": 1})).await
            + returned(&shop, &late, "c", json!({})).await,
        kept
    );
    assert_eq!(explained(&shop, &late).await["returned"], 329);
    assert_eq!(returned(&shop, &early, "b", json!({})).await, kept);
    assert_eq!(available(&shop, customer).await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// It waits, can be spent, and is gone at the end of the merchant's day; a late job and a second one change nothing.
#[tokio::test]
async fn it_waits_and_expires() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Short", "percentage": "0.1", "pending_days": 2, "valid_days": 1})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    settle(&shop).await;
    let customer = bought.customer_id.unwrap();
    let now = wallet(&shop, customer).await.unwrap();
    assert_eq!((now.available.get(), now.pending.get()), (0, 100));
    assert_eq!(
        now.expiring[0].expires_at,
        at("2026-11-25T05:00:00Z"),
        "the midnight of New York after the 24th"
    );
    set(&shop, at("2026-11-23T12:00:00Z"));
    assert_eq!(available(&shop, customer).await, 100);
    set(&shop, at("2026-11-25T04:59:59Z"));
    assert_eq!(shop.engine.cashback_expire_due().await.unwrap(), 0);
    set(&shop, at("2026-11-25T05:00:00Z"));
    assert_eq!(available(&shop, customer).await, 0, "over, although the job has not come");
    assert_eq!(shop.engine.cashback_expire_due().await.unwrap(), 1);
    assert_eq!(shop.engine.cashback_expire_due().await.unwrap(), 0);
    assert_eq!(shop.count("cashback_wallets WHERE amount = 0").await, 1);
    assert_eq!(returned(&shop, &bought, "r", json!({})).await, 0, "what has expired is not taken again");
    assert_clean(&shop).await;
    shop.close().await;
}

/// Lots of customers who are not there, over before everybody else's: those of others expire all the same.
#[tokio::test]
async fn one_customer_whose_cashback_cannot_expire_stops_nobody() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Short", "percentage": "0.1", "valid_days": 1})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    settle(&shop).await;
    let customer = bought.customer_id.unwrap();
    sqlx::raw_sql(
        "INSERT INTO cashback_lots
         SELECT (json_populate_record(l, json_build_object(
             'purchase_id', gen_random_uuid(), 'customer_id', gen_random_uuid(),
             'expires_at', l.expires_at - interval '1 hour'))).*
         FROM cashback_lots AS l, generate_series(1, 2)",
    )
    .execute(&shop.db.pool)
    .await
    .unwrap();
    set(&shop, at("2026-11-25T12:00:00Z"));
    for _ in 0..2 {
        assert!(shop.engine.cashback_expire_due().await.is_err(), "it is told");
        let left = shop.count("cashback_wallets WHERE amount > 0").await;
        assert_eq!((left, available(&shop, customer).await), (0, 0));
    }
    assert_eq!(shop.count("cashback_lots WHERE remaining > 0").await, 2);
    shop.close().await;
}

/// A purchase that nobody is known for gives when it is claimed, by the offers of its own time.
#[tokio::test]
async fn a_claim_gives_what_the_purchase_promised() {
    let shop = shop().await;
    shop.set(json!({"unknown_customer": "hold"})).await;
    let id = offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let held = shop.bought(purchase("1", 1000, json!({"customer": null}))).await;
    assert_eq!(shop.count("queue").await, 0);
    shop.engine.clock().advance(chrono::TimeDelta::hours(1));
    let half: OfferInput = serde_json::from_value(json!({"name": "Tenth", "percentage": "0.5"})).unwrap();
    shop.engine.cashback_offer_update(&shop.cx, id, half).await.unwrap();
    shop.set(json!({"unknown_customer": "create"})).await;
    let code: ClaimCode = held.claim_code.clone().unwrap();
    let input: perennial_domain::customer::CustomerInput =
        serde_json::from_value(json!({"email": "maya@example.com"})).unwrap();
    let claimed = shop.engine.claim(&shop.cx, &code, &input.check("", None).unwrap()).await.unwrap();
    settle(&shop).await;
    assert_eq!(available(&shop, claimed.claim.customer_id).await, 100);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A merchant without an offer pays for nothing of this.
#[tokio::test]
async fn without_an_offer_nothing_is_told() {
    let shop = shop().await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    assert_eq!(shop.count("queue WHERE module = 'cashback'").await, 0);
    assert!(shop.engine.purchase_cashback(&shop.cx, bought.id).await.unwrap().is_none());
    assert!(wallet(&shop, bought.customer_id.unwrap()).await.is_none());
    shop.close().await;
}

/// A purchase that gave twice, with a wallet and a lot that agree, or that never posted what it gave.
#[tokio::test]
async fn reconciliation_finds_what_was_given_twice() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    settle(&shop).await;
    assert_clean(&shop).await;
    let run = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(&shop.db.pool).await.unwrap();
        let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
        let i8 = reconciliation.checks.into_iter().find(|check| check.invariant == Invariant::I8).unwrap();
        i8.findings.into_iter().map(|finding| (finding.subject, finding.detail)).collect::<Vec<_>>()
    };
    // Nobody can do this by an accident of SQL; a bug that goes round the triggers could.
    let twice = run("ALTER TABLE entries DISABLE TRIGGER USER;
         INSERT INTO entries (merchant_id, posting_id, leg, kind, account, customer_id, sequence, amount, unit, purchase_id, posted_at)
         SELECT merchant_id, '01900000-0000-7000-8000-000000000001', leg, kind, account, customer_id, sequence + 100, amount, unit,
                purchase_id, posted_at
         FROM entries WHERE kind = 'cashback';
         UPDATE cashback_wallets SET amount = amount * 2;
         UPDATE cashback_lots SET amount = amount * 2, remaining = remaining * 2")
    .await;
    let subject = format!("purchase {}", bought.id);
    assert_eq!(twice.len(), 1, "{twice:?}");
    assert!(twice[0].0 == subject && twice[0].1.starts_with("gave 100 more cashback"), "{twice:?}");
    let cent = run("DELETE FROM entries WHERE posting_id = '01900000-0000-7000-8000-000000000001';
         UPDATE cashback_wallets SET amount = amount / 2;
         UPDATE cashback_lots SET amount = amount / 2, remaining = remaining / 2;
         UPDATE entries SET amount = amount + sign(amount)::bigint WHERE kind = 'cashback'")
    .await;
    assert_eq!(cent, [(subject.clone(), "gave 100 cashback, posted are 101".to_owned())]);
    let never = run("CREATE TABLE kept AS SELECT * FROM entries WHERE kind = 'cashback';
         DELETE FROM entries WHERE kind = 'cashback'")
    .await;
    assert_eq!(never, [(subject, "gave 100 cashback that was not posted".to_owned())]);
    run("INSERT INTO entries SELECT * FROM kept; DROP TABLE kept;
         UPDATE entries SET amount = amount - sign(amount)::bigint WHERE kind = 'cashback'")
    .await;
    assert_clean(&shop).await;
    shop.close().await;
}

/// One cent too many, anywhere, is found and named.
#[tokio::test]
async fn reconciliation_finds_a_cent_in_every_table() {
    let shop = shop().await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    settle(&shop).await;
    let customer = bought.customer_id.unwrap().to_string();
    for (spoil, restore) in [
        (
            "UPDATE cashback_wallets SET amount = amount + 1",
            "UPDATE cashback_wallets SET amount = amount - 1",
        ),
        (
            "UPDATE cashback_lots SET remaining = remaining - 1",
            "UPDATE cashback_lots SET remaining = remaining + 1",
        ),
        ("UPDATE cashback_month_uses SET used = used + 1", "UPDATE cashback_month_uses SET used = used - 1"),
    ] {
        sqlx::query(spoil).execute(&shop.db.pool).await.unwrap();
        let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
        let findings: Vec<_> = reconciliation.checks.iter().flat_map(|check| &check.findings).collect();
        assert!(findings.iter().any(|finding| finding.subject.contains(&customer)), "{spoil}: {findings:?}");
        sqlx::query(restore).execute(&shop.db.pool).await.unwrap();
    }
    assert_clean(&shop).await;
    shop.close().await;
}
