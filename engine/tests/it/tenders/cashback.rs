//! Cashback.

use chrono::TimeDelta;
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_engine::Clock;
use perennial_engine::returns::Return;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{answer, assert_reconciled, given_back, returning, settle};
use crate::intake_support::{Shop, at, buy, purchase, refusal};

/// A shop that gives a tenth back in money and no points, and a customer with that of a first purchase.
async fn cashback_shop(clock: &Clock, first: i64, more: Value) -> (Shop, CustomerId, PurchaseId) {
    let shop = Shop::open_at(clock.clone()).await;
    let mut offer = json!({"name": "Tenth", "percentage": "0.1"});
    offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    shop.engine.cashback_offer_create(&shop.cx, serde_json::from_value(offer).unwrap()).await.unwrap();
    let bought = shop.bought(purchase("start", first, json!({}))).await;
    settle(&shop).await;
    (shop, bought.customer_id.unwrap(), bought.id)
}

async fn wallet(shop: &Shop, customer: CustomerId) -> i64 {
    let wallets = shop.engine.customer_cashback(&shop.cx, customer).await.unwrap();
    wallets.first().map_or(0, |wallet| wallet.available.get())
}

#[tokio::test]
async fn cashback_pays_a_part_and_comes_back_with_a_return() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, _) = cashback_shop(&clock, 10_000, json!({})).await;
    assert_eq!(wallet(&shop, customer).await, 1_000);
    let bought = shop.bought(purchase("1", 3_000, json!({"pay_with_cashback": 900}))).await;
    assert_eq!(answer(&bought)["tenders"]["cashback"], 900);
    assert_eq!(answer(&bought)["tenders"]["paid"], 2_100);
    assert_eq!(wallet(&shop, customer).await, 100, "at once, before the module has come");
    settle(&shop).await;
    assert_eq!(wallet(&shop, customer).await, 100 + 210, "a tenth of what was paid in money");
    let too_much = shop.buy(purchase("2", 3_000, json!({"pay_with_cashback": 311}))).await;
    assert_eq!(refusal(&too_much), "/pay_with_cashback insufficient_cashback");
    let part = given_back(&shop, bought.id, json!({"return_id": "a", "amount": 1_000})).await;
    assert_eq!(
        (part.tenders.cashback.get(), part.cashback_reversed.get(), part.paid_back.get()),
        (300, 70, 700)
    );
    assert_eq!(wallet(&shop, customer).await, 310 + 300 - 70);
    let rest = given_back(&shop, bought.id, json!({"return_id": "b"})).await;
    assert_eq!(
        (rest.tenders.cashback.get(), rest.cashback_reversed.get(), rest.paid_back.get()),
        (600, 140, 1_400)
    );
    assert_eq!(wallet(&shop, customer).await, 1_000);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// What a return took back, what of it is owed, and what the merchant bears.
fn reversed(record: &Return) -> (i64, i64, i64) {
    let parts = (record.cashback_reversed, record.cashback_debt, record.cashback_absorbed);
    (parts.0.get(), parts.1.get(), parts.2.get())
}

/// What can be spent, what waits, and what is owed.
async fn standing(shop: &Shop, customer: CustomerId) -> (i64, i64, i64) {
    let wallets = shop.engine.customer_cashback(&shop.cx, customer).await.unwrap();
    let [wallet] = wallets.as_slice() else { panic!("{wallets:?}") };
    (wallet.available.get(), wallet.pending.get(), wallet.owed.get())
}

/// Where the merchant bears what was spent, it does not come back with what it had paid for.
#[tokio::test]
async fn g10_cashback_that_the_merchant_bears_does_not_come_back() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, start) = cashback_shop(&clock, 10_000, json!({})).await;
    shop.set(json!({"return_policy": "floor_zero"})).await;
    let bought = shop.bought(purchase("1", 600, json!({"pay_with_cashback": 600}))).await;
    settle(&shop).await;
    let origin = given_back(&shop, start, json!({"return_id": "r"})).await;
    assert_eq!(reversed(&origin), (1_000, 0, 600), "600 had been spent");
    assert_eq!(standing(&shop, customer).await, (0, 0, 0));
    let record = given_back(&shop, bought.id, json!({"return_id": "r"})).await;
    assert_eq!((record.tenders.cashback.get(), record.paid_back.get()), (0, 0));
    assert_eq!(standing(&shop, customer).await, (0, 0, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Buy, earn, spend, return: what was spent is owed. What it had paid for gives it back, and that repays.
#[tokio::test]
async fn g10_cashback_that_was_spent_is_owed_and_what_comes_back_repays_it() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, start) = cashback_shop(&clock, 10_000, json!({})).await;
    let bought = shop.bought(purchase("1", 600, json!({"pay_with_cashback": 600}))).await;
    settle(&shop).await;
    // A half: what is left of it is enough. The other one is not.
    let half = given_back(&shop, start, json!({"return_id": "a", "amount": 4_000})).await;
    assert_eq!(reversed(&half), (400, 0, 0));
    let all = json!({"return_id": "b"});
    let preview = shop.engine.return_preview(&shop.cx, start, &returning(all.clone())).await.unwrap();
    let rest = given_back(&shop, start, all).await;
    assert_eq!(reversed(&rest), (600, 600, 0));
    assert_eq!(reversed(&preview.record), reversed(&rest));
    assert_eq!(standing(&shop, customer).await, (0, 0, 600));
    let refused = shop.buy(purchase("2", 100, json!({"pay_with_cashback": 1}))).await;
    assert_eq!(refusal(&refused), "/pay_with_cashback insufficient_cashback");
    assert_reconciled(&shop).await;
    let part = given_back(&shop, bought.id, json!({"return_id": "a", "amount": 250})).await;
    assert_eq!(part.tenders.cashback.get(), 250);
    assert_eq!(standing(&shop, customer).await, (0, 0, 350));
    given_back(&shop, bought.id, json!({"return_id": "b"})).await;
    assert_eq!(standing(&shop, customer).await, (0, 0, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// What comes into the wallet next repays what is owed, over several purchases, and is owed again with its own return.
#[tokio::test]
async fn later_cashback_repays_first() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, start) = cashback_shop(&clock, 10_000, json!({})).await;
    let paid = shop.bought(purchase("1", 1_000, json!({"pay_with_cashback": 1_000}))).await;
    settle(&shop).await;
    assert_eq!(reversed(&given_back(&shop, start, json!({"return_id": "r"})).await), (1_000, 1_000, 0));
    let small = shop.bought(purchase("2", 3_000, json!({}))).await;
    settle(&shop).await;
    assert_eq!(standing(&shop, customer).await, (0, 0, 700));
    shop.bought(purchase("3", 5_000, json!({}))).await;
    shop.bought(purchase("4", 5_000, json!({}))).await;
    settle(&shop).await;
    assert_eq!(standing(&shop, customer).await, (300, 0, 0), "the first repays with all of its own");
    assert_reconciled(&shop).await;
    // What repaid is spent: the return of its purchase takes what else there is.
    let record = given_back(&shop, small.id, json!({"return_id": "r"})).await;
    assert_eq!(reversed(&record), (300, 0, 0));
    assert_eq!(standing(&shop, customer).await, (0, 0, 0));
    // Nothing is owed any more, and what had paid goes back into its own lot.
    given_back(&shop, paid.id, json!({"return_id": "r"})).await;
    assert_eq!(standing(&shop, customer).await, (1_000, 0, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// What was spent is taken from what else is in the wallet; what has expired is not taken once more.
#[tokio::test]
async fn the_rest_of_the_wallet_gives_first_and_what_is_over_is_not_owed() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, start) = cashback_shop(&clock, 10_000, json!({"valid_days": 10})).await;
    shop.bought(purchase("1", 600, json!({"pay_with_cashback": 600}))).await;
    clock.advance(TimeDelta::days(5));
    shop.bought(purchase("2", 2_500, json!({}))).await;
    settle(&shop).await;
    assert_eq!(standing(&shop, customer).await, (400 + 250, 0, 0));
    clock.advance(TimeDelta::days(6));
    shop.engine.cashback_expire_due().await.unwrap();
    assert_eq!(standing(&shop, customer).await, (250, 0, 0));
    let record = given_back(&shop, start, json!({"return_id": "r"})).await;
    assert_eq!(reversed(&record), (600, 350, 0), "400 of the thousand had expired");
    assert_eq!(standing(&shop, customer).await, (0, 0, 350));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A debt that nobody noted, or noted twice, is found.
#[tokio::test]
async fn a_cent_too_much_that_is_owed_is_found() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, start) = cashback_shop(&clock, 10_000, json!({})).await;
    shop.bought(purchase("1", 600, json!({"pay_with_cashback": 600}))).await;
    settle(&shop).await;
    given_back(&shop, start, json!({"return_id": "r"})).await;
    assert_reconciled(&shop).await;
    sqlx::query("UPDATE cashback_wallets SET owed = owed + 1").execute(&shop.db.pool).await.unwrap();
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    let findings: Vec<_> = reconciled.checks.iter().flat_map(|check| &check.findings).collect();
    let subject = format!("customer {customer}");
    assert!(
        findings.iter().any(|finding| finding.subject == subject && finding.detail.contains("owed 601")),
        "{findings:?}"
    );
    shop.close().await;
}

/// Cashback that waits, or is over, does not pay; what goes back to what is over is over, too.
#[tokio::test]
async fn cashback_pays_while_it_can_be_spent() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let terms = json!({"pending_days": 2, "valid_days": 10});
    let (shop, customer, _) = cashback_shop(&clock, 10_000, terms).await;
    let pay = |name: &str| purchase(name, 1_000, json!({"pay_with_cashback": 500}));
    assert_eq!(refusal(&shop.buy(pay("early")).await), "/pay_with_cashback insufficient_cashback");
    clock.advance(TimeDelta::days(3));
    let bought = shop.bought(pay("in time")).await;
    clock.advance(TimeDelta::days(10));
    assert_eq!(refusal(&shop.buy(pay("late")).await), "/pay_with_cashback insufficient_cashback");
    given_back(&shop, bought.id, json!({"return_id": "r"})).await;
    settle(&shop).await;
    shop.engine.jobs_run().await.unwrap();
    shop.engine.cashback_expire_due().await.unwrap();
    assert_eq!(wallet(&shop, customer).await, 0);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_never_spend_more_cashback_than_there_is() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let (shop, customer, _) = cashback_shop(&clock, 10_000, json!({})).await;
    let other = shop.another_engine().await;
    let mut tills = JoinSet::new();
    for number in 0..100 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let cx = shop.cx.clone();
        tills.spawn(async move {
            buy(&engine, &cx, purchase(format!("t{number}"), 100, json!({"pay_with_cashback": 100}))).await
        });
    }
    let mut paid = 0;
    while let Some(answer) = tills.join_next().await {
        match answer.unwrap() {
            Ok(_) => paid += 1,
            refused => assert_eq!(refusal(&refused), "/pay_with_cashback insufficient_cashback"),
        }
    }
    assert_eq!((paid, wallet(&shop, customer).await), (10, 0));
    settle(&shop).await;
    assert_reconciled(&shop).await;
    other.shutdown().await;
    shop.close().await;
}
