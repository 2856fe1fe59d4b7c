//! Merchants whose clock can be set ahead.

use chrono::TimeDelta;
use perennial_domain::ids::MerchantId;
use perennial_engine::{Clock, Cx, Error};
use serde_json::json;

use crate::intake_support::{Shop, basket, buy, merchant, purchase};
use crate::support::instant;
use crate::support_ledger::assert_ledger_clean;

/// A shop whose points wait for ten days and expire at the end of the year; its retailers are those of every shop.
async fn set_up(shop: &Shop, merchant: MerchantId) -> Cx {
    let cx = Cx::system(merchant);
    let settings = json!({"pending_days": 10, "expiry": {"kind": "calendar", "dates": ["12-31"]}});
    shop.engine.merchant_update(&cx, serde_json::from_value(settings).unwrap()).await.unwrap();
    let promotion = json!({"name": "Base", "award_rate": "100"});
    let created =
        shop.engine.promotion_create(&cx, serde_json::from_value(promotion).unwrap()).await.unwrap();
    shop.engine.promotion_publish(&cx, created.id, None).await.unwrap();
    cx
}

async fn points(shop: &Shop, cx: &Cx) -> (i64, i64) {
    let sql = "SELECT available, pending FROM balances WHERE merchant_id = $1";
    sqlx::query_as(sql).bind(cx.merchant().uuid()).fetch_one(&shop.db.pool).await.unwrap()
}

#[tokio::test]
async fn a_jump_brings_the_nights_of_one_merchant_and_of_nobody_else() {
    let clock = Clock::fixed(instant("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    let neighbour = merchant(&shop.engine, "neighbour", "USD").await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    let (sandbox, real) = (set_up(&shop, shop.merchant).await, set_up(&shop, neighbour).await);
    let ada = json!({"customer": {"external_id": "ada"}});
    for cx in [&sandbox, &real] {
        buy(&shop.engine, cx, purchase("1", 500, ada.clone())).await.unwrap();
    }

    // The night before they mature, and the moment itself: only where the clock was set.
    let matures = instant("2026-12-01T12:00:00Z");
    shop.engine.sandbox_set_clock(shop.merchant, matures - TimeDelta::microseconds(1)).await.unwrap();
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(points(&shop, &sandbox).await, (0, 500));
    assert_eq!(shop.engine.sandbox_set_clock(shop.merchant, matures).await.unwrap(), matures);
    for _ in 0..2 {
        shop.engine.jobs_run().await.unwrap();
        assert_eq!(points(&shop, &sandbox).await, (500, 0));
        assert_eq!(points(&shop, &real).await, (0, 500));
    }

    // A till posts on: both purchases of one moment, each received at its merchant's time.
    let tills = [&sandbox, &real].map(|cx| buy(&shop.engine, cx, purchase("2", 20, ada.clone())));
    let [ahead, now] = futures::future::join_all(tills).await.try_into().map_err(drop).unwrap();
    assert_eq!(ahead.unwrap().record.received_at, matures);
    assert_eq!(now.unwrap().record.received_at, clock.now());

    // The last night of the year, in the merchant's zone: the second purchase matured in between, late and all the same
    // in the year that it was due in, and everything is gone.
    shop.engine.sandbox_set_clock(shop.merchant, instant("2027-01-01T05:00:00Z")).await.unwrap();
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(points(&shop, &sandbox).await, (0, 0));
    assert_eq!(points(&shop, &real).await, (0, 520));
    assert_ledger_clean(&shop.db.pool).await;
    shop.close().await;
}

#[tokio::test]
async fn a_clock_goes_forward_and_only_where_nobody_sells() {
    let clock = Clock::fixed(instant("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    let tomorrow = clock.now() + TimeDelta::days(1);
    let set = async |to| shop.engine.sandbox_set_clock(shop.merchant, to).await;
    assert!(matches!(set(tomorrow).await, Err(Error::Conflict { code: "not_a_sandbox", .. })));
    let nobody = MerchantId::new(0, [0; 10]);
    assert!(matches!(shop.engine.sandbox_make(nobody).await, Err(Error::NotFound(_))));

    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    set(tomorrow).await.unwrap();
    let wrong = |error: &Error, what: &str| matches!(error, Error::Invalid(fields) if fields[0].code == what);
    let earlier = set(tomorrow - TimeDelta::seconds(1)).await.unwrap_err();
    assert!(wrong(&earlier, "in_past"), "{earlier:?}");
    let far = set(tomorrow + TimeDelta::days(100 * 366)).await.unwrap_err();
    assert!(wrong(&far, "out_of_range"), "{far:?}");
    // Time goes on from there, and a server that comes later finds it so.
    clock.advance(TimeDelta::hours(1));
    assert_eq!(shop.engine.now(shop.merchant), tomorrow + TimeDelta::hours(1));
    let another = crate::intake_support::engine_on(&shop.db.url, Clock::fixed(clock.now())).await;
    assert_eq!(another.now(shop.merchant), tomorrow + TimeDelta::hours(1));
    another.shutdown().await;

    // Once more changes nothing, though it has sold something by now; another shop that has is refused.
    shop.promote(json!({"name": "Base", "award_rate": "1"})).await;
    shop.bought(basket("1", json!([{"amount": 100}]))).await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    assert_eq!(shop.engine.now(shop.merchant), tomorrow + TimeDelta::hours(1));
    let neighbour = merchant(&shop.engine, "neighbour", "USD").await;
    buy(&shop.engine, &Cx::system(neighbour), purchase("1", 1, json!({"customer": {"external_id": "a"}})))
        .await
        .unwrap();
    let refused = shop.engine.sandbox_make(neighbour).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "has_purchases", .. })), "{refused:?}");
    shop.close().await;
}
