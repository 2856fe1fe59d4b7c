//! What a purchase earns once it is stored, and what it is refused for.

use std::sync::Arc;

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_engine::intake::{Source, SubmitOptions};
use perennial_engine::purchase_record::PurchaseStatus;
use perennial_engine::{Clock, Cx};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::intake_support::{PATIENT, Shop, at, basket, buy, buy_all, checked, merchant, purchase, refusal};

/// G4: a thousand purchases of one customer at once, over two servers: the balance is the sum.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g4_a_thousand_purchases_of_one_customer_sum_up() {
    let shop = Shop::open().await;
    shop.promote(json!({"name": "Welcome", "flat_points": 7, "first_purchase_only": true})).await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let barrier = Arc::new(Barrier::new(1_000));
    let mut purchases = JoinSet::new();
    for number in 0..1_000_usize {
        let (engine, cx, barrier) = (engines[number % 2].clone(), shop.cx.clone(), barrier.clone());
        purchases.spawn(async move {
            barrier.wait().await;
            let cents = 1 + number as i64;
            buy(&engine, &cx, purchase(format!("g4-{number}"), cents, json!({}))).await.unwrap().record
        });
    }
    let records = purchases.join_all().await;
    let expected = (1..=1_000).sum::<i64>() + 7;
    assert_eq!(shop.points_of("maya@example.com").await, expected);
    assert_eq!(
        records.iter().filter(|record| record.facts.first_purchase).count(),
        1,
        "one of them was the first"
    );
    let mut balances: Vec<_> = records.iter().map(|record| record.balance.unwrap().points).collect();
    balances.sort_unstable();
    balances.dedup();
    assert_eq!(
        (balances.len(), balances[999]),
        (1_000, expected),
        "each balance is the one after its purchase"
    );
    assert_eq!(shop.count("customers").await, 1, "a thousand strangers with one address are one customer");
    engines[1].shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn purchases_of_a_batch_see_each_other_in_order_of_arrival() {
    let shop = Shop::open().await;
    shop.promote(json!({"name": "Welcome", "flat_points": 1000, "first_purchase_only": true})).await;
    let batch = (1..=5).map(|number| purchase(format!("{number}"), number * 10, json!({}))).collect();
    let answers = buy_all(&shop.engine, &shop.cx, batch).await;
    let balances: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().unwrap().record.balance.unwrap().points).collect();
    assert_eq!(balances, [1_010, 1_030, 1_060, 1_100, 1_150]);
    let ids: Vec<_> = answers.iter().map(|answer| answer.as_ref().unwrap().record.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "ids follow the order of arrival");
    shop.close().await;
}

/// G6: 23:59:30 by the retailer's clock still counts on the promotion's last day, however late the purchase arrives
/// within the accepted days; half a minute later does not, and after the accepted days it is refused.
#[tokio::test]
async fn g6_the_retailers_clock_decides_when_a_promotion_ends() {
    let clock = Clock::fixed(at("2026-11-03T05:05:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    // New York is five hours behind in November: the day ends at 05:00 UTC.
    shop.promote(json!({"name": "October", "award_rate": "100", "ends_at": "2026-11-03T00:00:00"})).await;
    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    let at_time = |id: &str, instant: &str| purchase(id, 100, json!({"occurred_at": instant}));
    let in_time = buy(&shop.engine, &till, at_time("1", "2026-11-02T23:59:30-05:00")).await.unwrap().record;
    assert_eq!(in_time.points_earned.get(), 100);
    assert_eq!(in_time.business_date.to_string(), "2026-11-02");
    let after = buy(&shop.engine, &till, at_time("2", "2026-11-03T00:00:00-05:00")).await.unwrap().record;
    assert_eq!(after.points_earned.get(), 0);
    // In Berlin the same instant is already the next day.
    let berlin = json!({"occurred_at": "2026-11-02T23:59:30-05:00", "retailer": "south"});
    assert_eq!(
        buy(&shop.engine, &till, purchase("3", 100, berlin)).await.unwrap().record.points_earned.get(),
        0
    );

    clock.advance(TimeDelta::days(3));
    let late = buy(&shop.engine, &till, at_time("4", "2026-11-02T23:59:30-05:00")).await.unwrap().record;
    assert_eq!(late.points_earned.get(), 100, "three days later it still counts by the time of the purchase");
    clock.advance(TimeDelta::days(5));
    let too_late = buy(&shop.engine, &till, at_time("5", "2026-11-02T23:59:30-05:00")).await;
    assert_eq!(refusal(&too_late), "/occurred_at too_late");
    let replay = buy(&shop.engine, &till, at_time("4", "2026-11-02T23:59:30-05:00")).await.unwrap();
    assert!(replay.replayed, "what was accepted stays accepted");
    shop.close().await;
}

/// G7: a version that is published at noon counts from noon; before noon it is the old one, also when told later.
#[tokio::test]
async fn g7_a_version_counts_from_its_instant() {
    let clock = Clock::fixed(at("2026-11-21T11:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    let promotion = shop.promote(json!({"name": "Points", "award_rate": "100"})).await;
    let terms = serde_json::from_value(json!({"name": "Points", "award_rate": "200"})).unwrap();
    shop.engine.promotion_edit(&shop.cx, promotion, terms).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, promotion, Some(at("2026-11-21T12:00:00Z"))).await.unwrap();
    let earned = async |id: &str, instant: &str| {
        shop.bought(purchase(id, 100, json!({"occurred_at": instant}))).await.points_earned.get()
    };
    assert_eq!(earned("before", "2026-11-21T10:59:59Z").await, 100);
    clock.advance(TimeDelta::hours(2));
    assert_eq!(earned("late", "2026-11-21T11:59:59.999999Z").await, 100);
    assert_eq!(earned("noon", "2026-11-21T12:00:00Z").await, 200);
    assert_eq!(shop.bought(purchase("now", 100, json!({}))).await.points_earned.get(), 200);
    shop.close().await;
}

/// G31: money is never a floating-point number: three decimals, none, and cents that no binary fraction holds.
#[tokio::test]
async fn g31_currencies_with_three_and_no_decimals_count_exactly() {
    let shop = Shop::open().await;
    for (currency, minor_units, points) in [("USD", 30, 30), ("KWD", 1_234, 123), ("JPY", 500, 50_000)] {
        let merchant = merchant(&shop.engine, &format!("shop-{}", currency.to_lowercase()), currency).await;
        let cx = Cx::system(merchant);
        let terms = serde_json::from_value(json!({"name": "Base", "award_rate": "100"})).unwrap();
        let promotion = shop.engine.promotion_create(&cx, terms).await.unwrap();
        shop.engine.promotion_publish(&cx, promotion.id, None).await.unwrap();
        let bought =
            buy(&shop.engine, &cx, purchase("1", minor_units, json!({"currency": currency}))).await.unwrap();
        assert_eq!(bought.record.points_earned.get(), points, "{currency}");
    }
    // Ten cents and twenty cents are thirty, and 0.1 + 0.2 points per dollar are 0.3.
    let two = shop.bought(basket("1", json!([{"amount": 10}, {"amount": 20}]))).await;
    assert_eq!(two.points_earned.get(), 30);
    shop.close().await;
}

#[tokio::test]
async fn unknown_customers_are_created_held_or_refused() {
    let shop = Shop::open().await;
    let of = |id: &str, customer: serde_json::Value| purchase(id, 100, json!({"customer": customer}));
    let created = shop.bought(of("1", json!({"phone": "+493012345678"}))).await;
    assert_eq!(created.status, PurchaseStatus::Credited);

    shop.set(json!({"unknown_customer": "hold"})).await;
    let held = shop.bought(of("2", json!({"email": "nobody@example.com"}))).await;
    assert_eq!((held.status, held.customer_id, held.balance), (PurchaseStatus::Unclaimed, None, None));
    assert_eq!((held.points_earned.get(), held.points_claimable.unwrap().get()), (0, 100));
    assert!(held.claim_code.is_some());
    let replay = shop.buy(of("2", json!({"email": "nobody@example.com"}))).await.unwrap();
    assert!(replay.replayed);
    assert_eq!(replay.record, held, "with the same code");
    assert_eq!(refusal(&shop.buy(of("2", json!({"email": "else@example.com"}))).await), "conflict /customer");
    let known = shop.bought(of("3", json!({"phone": "+493012345678"}))).await;
    assert_eq!(known.customer_id, created.customer_id);

    shop.set(json!({"unknown_customer": "reject"})).await;
    assert_eq!(
        refusal(&shop.buy(of("4", json!({"email": "nobody@example.com"}))).await),
        "customer_not_found"
    );
    let nobody = shop.bought(of("5", json!(null))).await;
    assert_eq!(
        nobody.status,
        PurchaseStatus::Unclaimed,
        "without any customer a purchase waits under every setting"
    );
    for policy in ["create", "hold", "reject"] {
        shop.set(json!({"unknown_customer": policy})).await;
        let stranger = json!({"id": "01890000-0000-7000-8000-000000000000"});
        assert_eq!(refusal(&shop.buy(of("6", stranger)).await), "customer_not_found", "{policy}");
    }
    assert_eq!(shop.count("customers").await, 1);
    shop.close().await;
}

#[tokio::test]
async fn an_id_of_another_merchant_is_unknown() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    let other = Cx::system(merchant(&shop.engine, "other", "USD").await);
    let theirs = purchase("1", 100, json!({"customer": {"id": maya.to_string()}}));
    assert_eq!(refusal(&buy(&shop.engine, &other, theirs).await), "customer_not_found");
    let own = buy(&shop.engine, &other, purchase("1", 100, json!({}))).await.unwrap().record;
    assert!(
        own.customer_id.is_some_and(|customer| customer != maya),
        "the same address is somebody else there"
    );
    shop.close().await;
}

#[tokio::test]
async fn what_contradicts_the_merchants_state_is_refused_without_a_trace() {
    // Time stands still: what is a minute too early stays so, however busy the machine is.
    let now = at("2026-11-21T12:00:00Z");
    let shop = Shop::open_at(Clock::fixed(now)).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    let backdate = shop.key(&[Scope::PurchasesWrite, Scope::Backdate], None).await;
    let when = |by: TimeDelta| json!({"occurred_at": (now + by).to_rfc3339()});
    let post = async |cx: &Cx, id: &str, with| buy(&shop.engine, cx, purchase(id, 100, with)).await;

    assert_eq!(refusal(&post(&till, "1", json!({"currency": "EUR"})).await), "/currency currency_mismatch");
    assert_eq!(refusal(&post(&till, "2", when(TimeDelta::minutes(6))).await), "/occurred_at in_future");
    assert_eq!(refusal(&post(&till, "3", when(TimeDelta::days(-8))).await), "/occurred_at too_late");
    let both = json!({"currency": "EUR", "occurred_at": "2001-01-01T00:00:00Z"});
    assert_eq!(refusal(&post(&till, "5", both).await), "/currency currency_mismatch, /occurred_at too_late");
    for table in ["purchases", "purchase_keys", "customers", "balances", "entries", "outbox", "lots"] {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }

    assert!(post(&till, "6", when(TimeDelta::minutes(4))).await.is_ok());
    assert!(post(&till, "7", when(TimeDelta::days(-6))).await.is_ok());
    assert!(post(&backdate, "8", when(TimeDelta::days(-800))).await.is_ok());
    let import = SubmitOptions { source: Source::Import, ..PATIENT };
    let old = checked(purchase("9", 100, when(TimeDelta::days(-8_000))));
    let imported = shop.engine.purchases_submit(&till, vec![old], import).await.remove(0).unwrap();
    assert_eq!(imported.record.source, Source::Import);
    shop.close().await;
}

#[tokio::test]
async fn too_many_points_to_count_are_refused_and_the_neighbours_are_credited() {
    let shop = Shop::open().await;
    let most = perennial_domain::money::MAX_SAFE_INTEGER;
    let huge = purchase("huge", most, json!({"customer": {"email": "rich@example.com"}}));
    shop.bought(huge.clone()).await;
    let mut batch = vec![purchase("before", 1, json!({}))];
    // One more point than a balance may hold; a new customer whose one line is worth too much at ten times the rate.
    batch.push(purchase("over", 1, json!({"customer": {"email": "rich@example.com"}})));
    batch.push(purchase("after", 2, json!({})));
    let answers = buy_all(&shop.engine, &shop.cx, batch).await;
    assert_eq!(refusal(&answers[1]), "/amount overflow");
    assert_eq!(answers[2].as_ref().unwrap().record.balance.unwrap().points, 3);
    assert!(shop.buy(huge).await.unwrap().replayed);

    shop.promote(json!({"name": "Ten", "multiplier": "10"})).await;
    let line = json!([{"amount": 1}, {"amount": most - 1}]);
    let answers =
        buy_all(&shop.engine, &shop.cx, vec![basket("line", line), purchase("fine", 1, json!({}))]).await;
    assert_eq!(refusal(&answers[0]), "/lines/1 overflow");
    assert_eq!(answers[1].as_ref().unwrap().record.points_earned.get(), 10);
    assert_eq!(
        shop.count("purchase_keys WHERE transaction_id IN ('over', 'line')").await,
        0,
        "the keys are free again"
    );
    shop.close().await;
}

#[tokio::test]
async fn a_basket_of_ten_thousand_lines_is_credited_beside_others() {
    let shop = Shop::open().await;
    let lines: Vec<_> =
        (0..10_000).map(|number| json!({"product": format!("sku-{number}"), "amount": number % 7})).collect();
    let expected: i64 = (0..10_000).map(|number| number % 7).sum();
    let batch = vec![purchase("1", 5, json!({})), basket("2", json!(lines)), purchase("3", 5, json!({}))];
    let answers = buy_all(&shop.engine, &shop.cx, batch).await;
    let big = &answers[1].as_ref().unwrap().record;
    assert_eq!((big.points_earned.get(), big.lines.len()), (expected, 10_000));
    assert_eq!(answers[2].as_ref().unwrap().record.balance.unwrap().points, expected + 10);
    let again = shop.buy(basket("2", json!(lines))).await.unwrap();
    assert!(again.replayed && again.record == *big);
    shop.close().await;
}

#[tokio::test]
async fn lines_keep_their_texts_and_zero_amounts_earn_nothing() {
    let shop = Shop::open().await;
    let odd =
        ["", "é\u{301}", "👩‍👩‍👧", "\\u0000", "'; DROP TABLE purchases; --", "{\"a\":1}", "\u{202e}rtl", "NULL"];
    let mut lines: Vec<_> = odd.iter().skip(1).map(|text| json!({"product": text, "amount": 1})).collect();
    lines.push(json!({"product": "free", "quantity": 0, "unit_price": 100}));
    lines.push(json!({"product": "gift", "amount": 500, "discount": 500}));
    let bought = shop.bought(basket("odd", json!(lines.clone()))).await;
    assert_eq!(bought.points_earned.get(), 7);
    for (line, text) in bought.lines.iter().zip(odd.iter().skip(1)) {
        assert_eq!(line.product.as_deref(), Some(text.trim()));
    }
    assert!(shop.buy(basket("odd", json!(lines))).await.unwrap().replayed);
    let nothing = shop.bought(purchase("nothing", 0, json!({}))).await;
    assert_eq!((nothing.points_earned.get(), nothing.balance.unwrap().points), (0, 7));
    shop.close().await;
}

#[tokio::test]
async fn products_are_known_by_sku_and_id_and_keep_what_was_known() {
    let shop = Shop::open().await;
    let tea =
        serde_json::from_value(json!({"sku": "tea", "name": "Tea", "category": "drinks", "tags": ["hot"]}))
            .unwrap();
    let tea = shop.engine.product_create(&shop.cx, tea).await.unwrap();
    shop.promote(json!({"name": "Drinks", "flat_points": 5, "products": {"include": ["category:drinks"]}}))
        .await;
    let lines = json!([{"product": "tea", "amount": 100}, {"product": tea.id.to_string(), "amount": 100}]);
    let bought = shop.bought(basket("1", lines)).await;
    assert_eq!(bought.points_earned.get(), 205);
    assert!(bought.lines.iter().all(|line| line.product_id == Some(tea.id)));
    let food = serde_json::from_value(json!({"category": "food"})).unwrap();
    shop.engine.product_update(&shop.cx, tea.id, food).await.unwrap();
    let after = shop.bought(basket("2", json!([{"product": "tea", "amount": 100}]))).await;
    assert_eq!(after.points_earned.get(), 100, "the catalogue of now counts for what is bought now");
    let category = |line: usize| {
        bought.lines[line].known.as_ref().unwrap().category.as_ref().unwrap().as_str().to_owned()
    };
    assert_eq!(category(0), "drinks", "what was bought before keeps what was known then");
    shop.close().await;
}
