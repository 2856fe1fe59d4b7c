//! The currency of a merchant and the very first purchase: whichever comes first, the other sees it.

use std::time::Duration;

use perennial_domain::settings::MerchantPatch;
use perennial_engine::{Cx, Error};
use serde_json::json;

use crate::intake_support::{Hold, Shop, buy, merchant, patiently, purchase, refusal};

fn to_euro() -> MerchantPatch {
    serde_json::from_value(json!({"currency": "EUR"})).unwrap()
}

async fn currency(shop: &Shop, cx: &Cx) -> String {
    shop.engine.merchant_settings(cx).await.unwrap().currency.code().to_owned()
}

/// How many connections wait for another one.
async fn waiting(shop: &Shop) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
    sqlx::query_scalar(sql).fetch_one(&shop.db.pool).await.unwrap()
}

/// A purchase that is about to be written is waited for, and then the currency cannot change any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_currency_waits_for_the_first_purchase() {
    let shop = Shop::open().await;
    let hold = Hold::of_table(&shop, "LOCK TABLE purchases IN SHARE MODE").await;
    let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
    let till = tokio::spawn(async move { buy(&engine, &cx, purchase("1", 100, json!({}))).await });
    hold.is_met().await;
    let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
    let desk = tokio::spawn(async move { patiently!(engine.merchant_update(&cx, to_euro())) });
    let both = async {
        while waiting(&shop).await < 2 {
            assert!(!desk.is_finished(), "it did not wait");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
    hold.let_go().await;
    till.await.unwrap().unwrap();
    let refused = desk.await.unwrap();
    assert!(matches!(refused, Err(Error::Conflict { code: "currency_in_use", .. })), "{refused:?}");
    assert_eq!(currency(&shop, &shop.cx).await, "USD");
    shop.close().await;
}

/// A currency that is about to be another one is waited for, and then the purchase is in the wrong one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_purchase_waits_for_a_currency() {
    let shop = Shop::open().await;
    let revision = "SELECT FROM merchant_revisions WHERE merchant_id = $1 AND merchant_id = $2 FOR UPDATE";
    let mut hold = Hold::on(&shop, revision, shop.merchant.uuid()).await;
    let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
    let till = tokio::spawn(async move { buy(&engine, &cx, purchase("1", 100, json!({}))).await });
    hold.is_met().await;
    // What a change of the settings does.
    let change = "UPDATE merchants SET currency = 'EUR';
                  UPDATE merchant_revisions SET rules = rules + 1;
                  INSERT INTO rule_sets (merchant_id, version, rules, created_at)
                  SELECT s.merchant_id, r.rules, s.rules, s.created_at
                  FROM rule_sets AS s JOIN merchant_revisions AS r USING (merchant_id) WHERE s.version = r.rules - 1";
    sqlx::raw_sql(change).execute(hold.connection()).await.unwrap();
    hold.let_go().await;
    assert_eq!(refusal(&till.await.unwrap()), "/currency currency_mismatch");
    assert_eq!(shop.count("purchases").await, 0);
    assert_eq!(shop.count("purchase_keys").await, 0);
    shop.close().await;
}

/// Both at once, on two servers, again and again: exactly one of them succeeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_first_purchase_and_another_currency_one_succeeds() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    for number in 0..24 {
        let id = merchant(&shop.engine, &format!("race-{number}"), "USD").await;
        let (till, desk) = (shop.engine.clone(), other.clone());
        let sold = tokio::spawn(async move {
            let cx = Cx::system(id);
            patiently!(buy(&till, &cx, purchase("1", 100, json!({}))))
        });
        let changed = tokio::spawn(async move {
            let cx = Cx::system(id);
            patiently!(desk.merchant_update(&cx, to_euro()))
        });
        let (sold, changed) = (sold.await.unwrap(), changed.await.unwrap());
        let now = currency(&shop, &Cx::system(id)).await;
        match changed {
            Ok(_) => {
                assert_eq!((refusal(&sold).as_str(), now.as_str()), ("/currency currency_mismatch", "EUR"))
            }
            Err(Error::Conflict { code: "currency_in_use", .. }) => {
                sold.unwrap();
                assert_eq!(now, "USD");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    other.shutdown().await;
    shop.close().await;
}

/// Once something is sold nobody waits for whoever publishes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_sold_waits_for_nobody() {
    let shop = Shop::open().await;
    shop.bought(purchase("1", 100, json!({}))).await;
    let other = shop.another_engine().await;
    let revision = "SELECT FROM merchant_revisions WHERE merchant_id = $1 AND merchant_id = $2 FOR UPDATE";
    let hold = Hold::on(&shop, revision, shop.merchant.uuid()).await;
    for (number, engine) in [&shop.engine, &other].into_iter().enumerate() {
        buy(engine, &shop.cx, purchase(format!("while {number}"), 100, json!({}))).await.unwrap();
    }
    hold.let_go().await;
    other.shutdown().await;
    shop.close().await;
}
