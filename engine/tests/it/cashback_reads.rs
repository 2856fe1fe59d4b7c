//! Cashback as people see it: offers by their state, the movements of a wallet, and the open page.

use std::time::Duration;

use futures::StreamExt as _;
use perennial_domain::cashback::OfferInput;
use perennial_domain::returns::ReturnInput;
use perennial_engine::cashback::{CashbackEvent, OfferFilter, OfferState};
use perennial_engine::{Clock, Error, PageRequest};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::intake_support::{Shop, at, purchase};

const START: &str = "2026-11-21T12:00:00Z";
const STUCK: Duration = Duration::from_secs(60);

async fn offer(shop: &Shop, offer: Value) {
    let input: OfferInput = serde_json::from_value(offer).unwrap();
    shop.engine.cashback_offer_create(&shop.cx, input).await.unwrap();
}

async fn settle(shop: &Shop) {
    let workers = shop.engine.workers();
    while shop.count("queue").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    workers.stop().await;
}

async fn names(shop: &Shop, filter: &OfferFilter) -> Vec<String> {
    let page = shop.engine.cashback_offer_list(&shop.cx, filter, &PageRequest::default()).await.unwrap();
    page.data.into_iter().map(|offer| offer.terms.name).collect()
}

/// An offer of every state, found by its state and by its name, also where a page holds fewer than are skipped for it.
#[tokio::test]
async fn offers_are_found_by_state_and_name() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    for terms in [
        json!({"name": "Wine days", "percentage": "0.1"}),
        json!({"name": "Advent", "percentage": "0.2", "starts_at": "2026-12-01T00:00:00"}),
        json!({"name": "Spring wine", "percentage": "0.1", "expires_at": "2026-05-01T00:00:00"}),
        json!({"name": "Glass", "percentage": "0.2", "active": false}),
        json!({"name": "50% of_it", "percentage": "0.5"}),
    ] {
        offer(&shop, terms).await;
        // Ids are in the order of time.
        shop.engine.clock().advance(chrono::TimeDelta::seconds(1));
    }
    let all =
        shop.engine.cashback_offer_list(&shop.cx, &OfferFilter::default(), &PageRequest::default()).await;
    let last = all.unwrap().data.first().unwrap().id;
    shop.engine.cashback_offer_archive(&shop.cx, last).await.unwrap();

    for (state, expected) in [
        (OfferState::Active, "Wine days"),
        (OfferState::Scheduled, "Advent"),
        (OfferState::Over, "Spring wine"),
        (OfferState::Paused, "Glass"),
        (OfferState::Archived, "50% of_it"),
    ] {
        let filter = OfferFilter { state: Some(state), ..OfferFilter::default() };
        assert_eq!(names(&shop, &filter).await, [expected], "{state:?}");
        let page = PageRequest::new(Some(1), None).unwrap();
        let page = shop.engine.cashback_offer_list(&shop.cx, &filter, &page).await.unwrap();
        assert_eq!((page.data.len(), page.next), (1, None), "{state:?}");
        assert_eq!(page.data.first().unwrap().state, state);
    }
    let search = |text: &str| OfferFilter { search: Some(text.to_owned()), ..OfferFilter::default() };
    assert_eq!(names(&shop, &search("WINE")).await, ["Spring wine", "Wine days"]);
    assert!(names(&shop, &search("%")).await.is_empty(), "a sign of patterns is a sign like others");
    let with_archived = OfferFilter { with_archived: true, ..search("%") };
    assert_eq!(names(&shop, &with_archived).await, ["50% of_it"]);

    let mut page = PageRequest::new(Some(2), None).unwrap();
    let first = shop.engine.cashback_offer_list(&shop.cx, &OfferFilter::default(), &page).await.unwrap();
    page = PageRequest::new(Some(2), first.next.clone()).unwrap();
    let second = shop.engine.cashback_offer_list(&shop.cx, &OfferFilter::default(), &page).await.unwrap();
    let seen: Vec<_> = first.data.iter().chain(&second.data).map(|offer| offer.terms.name.as_str()).collect();
    assert_eq!(seen, ["Glass", "Spring wine", "Advent", "Wine days"]);
    assert_eq!(second.next, None);
    shop.close().await;
}

/// Customers are told what runs, and nothing else.
#[tokio::test]
async fn customers_see_the_offers_that_run() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    offer(&shop, json!({"name": "Advent", "percentage": "0.2", "starts_at": "2026-12-01T00:00:00"})).await;
    offer(&shop, json!({"name": "Secret", "percentage": "0.2", "active": false})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    let maya = shop.engine.customer_cx(shop.merchant, bought.customer_id.unwrap()).await.unwrap();
    let running = shop.engine.cashback_offers_running(&maya).await.unwrap();
    assert_eq!(running.len(), 1);
    let tenth = running.first().unwrap();
    assert_eq!((tenth.name.as_str(), tenth.summary.as_str()), ("Tenth", "10% of what you pay comes back."));
    assert_eq!(tenth.percentage.to_string(), "0.1");
    assert!(matches!(
        shop.engine.cashback_offer_list(&maya, &OfferFilter::default(), &PageRequest::default()).await,
        Err(Error::Forbidden(_))
    ));
    shop.close().await;
}

/// Every movement is told with its cause, newest first, page by page; where a customer stands says the same.
#[tokio::test]
async fn the_movements_of_a_wallet_add_up_to_it() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1", "valid_days": 3})).await;
    let first = shop.bought(purchase("T-1", 1000, json!({}))).await;
    let second = shop.bought(purchase("T-2", 500, json!({}))).await;
    settle(&shop).await;
    let customer = first.customer_id.unwrap();
    let input: ReturnInput = serde_json::from_value(json!({"return_id": "R-1", "amount": 300})).unwrap();
    shop.engine.return_purchase(&shop.cx, second.id, &input.check().unwrap(), false).await.unwrap();

    let summary = shop.engine.customer_points(&shop.cx, &customer.into()).await.unwrap();
    let wallet = summary.cashback.first().unwrap();
    assert_eq!((wallet.currency.as_str(), wallet.available.get()), ("USD", 120));
    assert_eq!(wallet.expiring.first().unwrap().amount.get(), 120);

    shop.engine.clock().advance(chrono::TimeDelta::days(5));
    assert_eq!(shop.engine.cashback_expire_due().await.unwrap(), 1);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(Some(3), after).unwrap();
        let page = shop.engine.customer_cashback_entries(&shop.cx, customer, &page).await.unwrap();
        for entry in page.data {
            assert_eq!(entry.currency, "USD");
            assert_eq!(entry.retailer_name.is_some(), entry.purchase_id.is_some());
            assert_eq!(entry.occurred_at.is_some(), entry.purchase_id.is_some());
            seen.push((entry.event, entry.amount, entry.transaction_id));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let number = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen,
        [
            (CashbackEvent::Expired, -120, None),
            (CashbackEvent::Returned, -30, number("T-2")),
            (CashbackEvent::Given, 50, number("T-2")),
            (CashbackEvent::Given, 100, number("T-1")),
        ]
    );
    assert_eq!(seen.iter().map(|(_, amount, _)| amount).sum::<i64>(), 0);
    let after = shop.engine.customer_points(&shop.cx, &customer.into()).await.unwrap();
    assert_eq!(after.cashback.first().unwrap().available.get(), 0, "the wallet stays, empty");
    shop.close().await;
}

/// The page that somebody looks at hears of the money, although the points stay the same.
#[tokio::test]
async fn an_open_page_hears_of_cashback() {
    let shop = Shop::open().await;
    offer(&shop, json!({"name": "Tenth", "percentage": "0.1"})).await;
    let bought = shop.bought(purchase("1", 1000, json!({}))).await;
    let maya = shop.engine.customer_cx(shop.merchant, bought.customer_id.unwrap()).await.unwrap();
    let mut events = Box::pin(shop.engine.live(&maya, None).unwrap());
    let first = timeout(STUCK, events.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.cashback, "");
    let workers = shop.engine.workers();
    // The welcome to a new customer may be heard before it.
    let heard = loop {
        let heard = timeout(STUCK, events.next()).await.unwrap().unwrap().unwrap();
        assert_eq!((heard.points, heard.change), (first.points, 0));
        if !heard.cashback.is_empty() {
            break heard;
        }
    };
    assert_eq!(heard.cashback, "USD 100");
    workers.stop().await;
    shop.close().await;
}
