//! Claims: a purchase without a customer is credited once, to whoever brings its code.

use std::sync::Arc;

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::codes::ClaimCode;
use perennial_domain::customer::CustomerRef;
use perennial_engine::claims::Claimed;
use perennial_engine::purchase_record::ClaimRecord;
use perennial_engine::{Clock, Cx, Engine, Error};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, buy, merchant, patiently, purchase};

fn email(address: &str) -> CustomerRef {
    CustomerRef::Email(address.parse().unwrap())
}

/// A purchase of nobody.
fn unclaimed(transaction_id: &str, cents: i64) -> Value {
    purchase(transaction_id, cents, json!({"customer": null}))
}

async fn code_of(shop: &Shop, purchase: Value) -> ClaimCode {
    shop.bought(purchase).await.claim_code.clone().unwrap()
}

#[track_caller]
fn refusal(answer: Result<Claimed, Error>) -> String {
    match answer.expect_err("was accepted") {
        Error::Conflict { code, .. } => code.to_owned(),
        Error::NotFound(what) => format!("no {}", what.noun()),
        Error::CustomerNotFound => "customer_not_found".to_owned(),
        Error::Forbidden(action) => format!("forbidden {action:?}"),
        other => format!("{other:?}"),
    }
}

/// G25: an unknown telephone number leaves the purchase unclaimed; a claim credits it by the rules of its time; a second
/// claim is refused.
#[tokio::test]
async fn g25_a_claim_credits_by_the_rules_of_the_time_of_purchase() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.set(json!({"unknown_customer": "hold"})).await;
    let base = shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let held = shop.bought(purchase("1", 2_000, json!({"customer": {"phone": "+493012345678"}}))).await;
    assert_eq!((held.points_earned.get(), held.points_claimable.unwrap().get()), (0, 2_000));

    // Whatever is promised later is not promised for what was bought before.
    clock.advance(TimeDelta::days(2));
    let terms = serde_json::from_value(json!({"name": "Base", "award_rate": "500"})).unwrap();
    shop.engine.promotion_edit(&shop.cx, base, terms).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, base, None).await.unwrap();
    shop.promote(json!({"name": "New, for all time", "flat_points": 9})).await;
    shop.set(json!({"unknown_customer": "create"})).await;

    let code = held.claim_code.clone().unwrap();
    let claimed = shop.engine.claim(&shop.cx, &code, &email("maya@example.com")).await.unwrap();
    assert!(!claimed.replayed);
    assert_eq!(claimed.claim.points.get(), 2_000);
    assert_eq!(claimed.claim.balance.points, 2_000);
    assert_eq!(claimed.purchase.id, held.id);
    assert_eq!(shop.points_of("maya@example.com").await, 2_000);

    let second = shop.engine.claim(&shop.cx, &code, &email("thief@example.com")).await;
    assert_eq!(refusal(second), "claim_used");
    assert_eq!(shop.count("customers").await, 1, "a refused claim creates nobody");
    let replay =
        shop.buy(purchase("1", 2_000, json!({"customer": {"phone": "+493012345678"}}))).await.unwrap();
    assert!(replay.replayed && replay.record == held, "the till gets its first answer, claimed or not");
    shop.close().await;
}

#[tokio::test]
async fn the_same_customer_claims_again_and_gets_the_same_answer() {
    let shop = Shop::open().await;
    let code = code_of(&shop, unclaimed("1", 300)).await;
    let first = shop.engine.claim(&shop.cx, &code, &email("maya@example.com")).await.unwrap();
    shop.bought(purchase("2", 1_000, json!({}))).await;
    let by_id = CustomerRef::Id(first.claim.customer_id);
    for again in [email("maya@example.com"), by_id] {
        let again = shop.engine.claim(&shop.cx, &code, &again).await.unwrap();
        assert!(again.replayed);
        assert_eq!(again.claim, first.claim, "with the balance of then");
    }
    let stored =
        ClaimRecord::load_all(&shop.db.pool, shop.merchant, &[first.claim.id]).await.unwrap().remove(0);
    assert_eq!(stored, first.claim);
    assert_eq!(shop.points_of("maya@example.com").await, 1_300);
    shop.close().await;
}

/// Facts of the customer are those of the claim's instant: whoever has bought before has no first purchase any more.
#[tokio::test]
async fn whether_it_is_the_first_purchase_is_decided_by_the_claim() {
    let shop = Shop::open().await;
    shop.promote(json!({"name": "Welcome", "flat_points": 50, "first_purchase_only": true})).await;
    let (first, second) =
        (code_of(&shop, unclaimed("1", 100)).await, code_of(&shop, unclaimed("2", 100)).await);
    let customer = email("maya@example.com");
    let first = shop.engine.claim(&shop.cx, &first, &customer).await.unwrap().claim;
    assert_eq!(first.points.get(), 150, "said to be worth 100 to somebody who has bought before");
    let second = shop.engine.claim(&shop.cx, &second, &customer).await.unwrap().claim;
    assert_eq!((second.points.get(), second.balance.points), (100, 250));
    let bought = shop.bought(purchase("3", 100, json!({}))).await;
    assert_eq!(bought.points_earned.get(), 100, "a claimed purchase was a purchase");
    shop.close().await;
}

#[tokio::test]
async fn a_claim_in_time_counts_and_a_late_one_does_not() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.set(json!({"claim_days": 10})).await;
    let (in_time, late) =
        (code_of(&shop, unclaimed("1", 100)).await, code_of(&shop, unclaimed("2", 100)).await);
    let customer = email("maya@example.com");
    clock.advance(TimeDelta::days(10) - TimeDelta::seconds(1));
    let claimed = shop.engine.claim(&shop.cx, &in_time, &customer).await.unwrap();
    assert_eq!(
        claimed.claim.points.get(),
        0,
        "without a promotion nothing is earned, and it is claimed all the same"
    );
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(refusal(shop.engine.claim(&shop.cx, &late, &customer).await), "claim_expired");
    assert!(shop.engine.claim(&shop.cx, &in_time, &customer).await.unwrap().replayed);
    shop.close().await;
}

#[tokio::test]
async fn who_may_claim_what() {
    let shop = Shop::open().await;
    let code = code_of(&shop, unclaimed("1", 100)).await;
    let customer = email("maya@example.com");
    let nothing: ClaimCode = "0000-0000-0000-0000".parse().unwrap();
    assert_eq!(refusal(shop.engine.claim(&shop.cx, &nothing, &customer).await), "no claim");

    let other = Cx::system(merchant(&shop.engine, "other", "USD").await);
    assert_eq!(refusal(shop.engine.claim(&other, &code, &customer).await), "no claim");
    let reader = shop.key(&[Scope::PurchasesRead], None).await;
    assert_eq!(refusal(shop.engine.claim(&reader, &code, &customer).await), "forbidden ClaimsWrite");
    let south = shop.key(&[Scope::PurchasesWrite], Some("south")).await;
    assert_eq!(refusal(shop.engine.claim(&south, &code, &customer).await), "no claim");

    for policy in ["hold", "reject"] {
        shop.set(json!({"unknown_customer": policy})).await;
        let stranger = shop.engine.claim(&shop.cx, &code, &customer).await;
        assert_eq!(refusal(stranger), "customer_not_found", "{policy}");
    }
    shop.set(json!({"unknown_customer": "create"})).await;
    let maya = shop.bought(purchase("2", 100, json!({}))).await.customer_id.unwrap();
    let zoe = shop
        .bought(purchase("3", 100, json!({"customer": {"email": "zoe@example.com"}})))
        .await
        .customer_id
        .unwrap();
    let as_maya = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    assert_eq!(refusal(shop.engine.claim(&as_maya, &code, &CustomerRef::Id(zoe)).await), "no customer");
    assert_eq!(refusal(shop.engine.claim(&as_maya, &code, &email("zoe@example.com")).await), "no customer");
    let claimed = shop.engine.claim(&as_maya, &code, &CustomerRef::Id(maya)).await.unwrap();
    assert_eq!(claimed.claim.customer_id, maya);
    shop.close().await;
}

/// Fifty customers claim one code at once: one gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_claim_at_once_one_is_credited() {
    let shop = Shop::open().await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let code = code_of(&shop, unclaimed("1", 700)).await;
    let answers = race(&engines, &shop.cx, &code, |number| format!("{number}@example.com")).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let refused: Vec<_> = answers.into_iter().filter(Result::is_err).map(refusal).collect();
    assert_eq!(refused, vec!["claim_used"; 49]);
    assert_eq!(shop.count("entries WHERE kind = 'claim'").await, 1);

    let code = code_of(&shop, unclaimed("2", 700)).await;
    let answers = race(&engines, &shop.cx, &code, |_| "same@example.com".to_owned()).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        answers.iter().filter(|answer| !answer.replayed).count(),
        1,
        "and whoever repeats gets the same"
    );
    assert!(answers.iter().all(|answer| answer.claim == answers[0].claim));
    engines[1].shutdown().await;
    shop.close().await;
}

/// Claims one code fifty times at once, over two servers.
async fn race(
    engines: &[Engine; 2],
    cx: &Cx,
    code: &ClaimCode,
    who: impl Fn(usize) -> String,
) -> Vec<Result<Claimed, Error>> {
    let barrier = Arc::new(Barrier::new(50));
    let mut claims = JoinSet::new();
    for number in 0..50 {
        let (engine, cx, code, barrier) =
            (engines[number % 2].clone(), cx.clone(), code.clone(), barrier.clone());
        let claimant = email(&who(number));
        claims.spawn(async move {
            barrier.wait().await;
            patiently!(engine.claim(&cx, &code, &claimant))
        });
    }
    claims.join_all().await
}

/// Claims and purchases of the same customers at once, over two servers, in any order of locks: nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claims_and_purchases_at_once_sum_up() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let mut codes = Vec::new();
    for number in 0..60 {
        codes.push(code_of(&shop, unclaimed(&format!("receipt-{number}"), 10)).await);
    }
    let mut work = JoinSet::new();
    for (number, code) in codes.into_iter().enumerate() {
        let (engine, cx) = (if number % 2 == 0 { &shop.engine } else { &other }.clone(), shop.cx.clone());
        let who = format!("{}@example.com", number % 5);
        work.spawn(async move {
            patiently!(engine.claim(&cx, &code, &email(&who))).unwrap();
        });
    }
    for number in 0..300 {
        let (engine, cx) = (if number % 2 == 0 { &other } else { &shop.engine }.clone(), shop.cx.clone());
        let customer = json!({"customer": {"email": format!("{}@example.com", number % 5)}});
        work.spawn(async move {
            buy(&engine, &cx, purchase(format!("till-{number}"), 10, customer)).await.unwrap();
        });
    }
    work.join_all().await;
    let total: i64 = sqlx::query_scalar("SELECT sum(available)::bigint FROM balances")
        .fetch_one(&shop.db.pool)
        .await
        .unwrap();
    assert_eq!(total, 3_600);
    other.shutdown().await;
    shop.close().await;
}
