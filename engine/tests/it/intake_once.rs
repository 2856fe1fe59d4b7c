//! Exactly once: replays, conflicts, and everything that could make two out of one.

use std::sync::Arc;

use perennial_domain::access::Scope;
use perennial_domain::purchase::FieldValue;
use perennial_engine::Error;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::intake_support::{Shop, basket, buy, buy_all, purchase, refusal};

/// G1: the same purchase 100 times at once, over two servers: one credit, 100 equal answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g1_a_hundred_copies_at_once_are_one_credit_and_equal_answers() {
    let shop = Shop::open().await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    for round in 0..5 {
        let barrier = Arc::new(Barrier::new(100));
        let mut copies = JoinSet::new();
        for copy in 0..100 {
            let (engine, cx, barrier) = (engines[copy % 2].clone(), shop.cx.clone(), barrier.clone());
            copies.spawn(async move {
                barrier.wait().await;
                buy(&engine, &cx, purchase(format!("g1-{round}"), 1_999, json!({}))).await.unwrap()
            });
        }
        let answers = copies.join_all().await;
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1, "exactly one is the first");
        let first = &answers[0].record;
        assert!(answers.iter().all(|answer| answer.record == *first), "all answers are equal");
        assert_eq!(first.points_earned.get(), 1_999);
        assert_eq!(shop.points_of("maya@example.com").await, 1_999 * (round + 1));
    }
    assert_eq!(shop.count("purchases").await, 5);
    engines[1].shutdown().await;
    shop.close().await;
}

/// G2: the same transaction at two retailers is two purchases.
#[tokio::test]
async fn g2_the_same_transaction_at_two_retailers_is_two_credits() {
    let shop = Shop::open().await;
    let north = shop.bought(purchase("g2", 500, json!({}))).await;
    let south = shop.bought(purchase("g2", 500, json!({"retailer": "south"}))).await;
    assert_ne!(north.id, south.id);
    assert_eq!(south.balance.unwrap().points, 1_000);
    // Sent again, each is answered with its own.
    for (retailer, first) in [("north", &north), ("south", &south)] {
        let again = shop.buy(purchase("g2", 500, json!({"retailer": retailer}))).await.unwrap();
        assert_eq!((again.replayed, again.record.id), (true, first.id));
    }
    shop.close().await;
}

/// G3: the same key with other content is a conflict that names what differs, and changes nothing.
#[tokio::test]
async fn g3_another_amount_under_the_same_key_is_a_conflict_that_says_so() {
    let shop = Shop::open().await;
    shop.bought(purchase("g3", 500, json!({}))).await;
    let Err(Error::TransactionConflict(differences)) = shop.buy(purchase("g3", 501, json!({}))).await else {
        panic!("no conflict");
    };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].pointer, "/amount");
    assert_eq!(differences[0].stored, Some(FieldValue::Number(500)));
    assert_eq!(differences[0].received, Some(FieldValue::Number(501)));
    assert_eq!(shop.points_of("maya@example.com").await, 500);
    shop.close().await;
}

#[tokio::test]
async fn every_part_of_the_content_is_compared() {
    let shop = Shop::open().await;
    let line = |fields: Value| {
        let mut line = json!({"product": "tea", "quantity": 2, "amount": 300, "discount": 10});
        line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        line
    };
    let first = basket("content", json!([line(json!({})), line(json!({"product": "cup"}))]));
    let with = |fields: Value| {
        let mut other = first.clone();
        other.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        other
    };
    shop.bought(first.clone()).await;
    let cases = [
        (with(json!({"currency": "EUR"})), "conflict /currency"),
        (with(json!({"customer": {"email": "other@example.com"}})), "conflict /customer"),
        (with(json!({"customer": null})), "conflict /customer"),
        (with(json!({"occurred_at": "2026-11-21T10:00:00Z"})), "conflict /occurred_at"),
        (with(json!({"lines": [line(json!({}))]})), "conflict /lines"),
        (
            with(json!({"lines": [line(json!({"quantity": 3})), line(json!({"product": "cup"}))]})),
            "conflict /lines/0/quantity",
        ),
        (
            with(json!({"lines": [line(json!({})), line(json!({"product": "cup", "discount": 0}))]})),
            "conflict /lines/1/discount",
        ),
        // The order of lines is content.
        (
            with(json!({"lines": [line(json!({"product": "cup"})), line(json!({}))]})),
            "conflict /lines/0/product /lines/1/product",
        ),
    ];
    for (other, expected) in cases {
        assert_eq!(refusal(&shop.buy(other).await), expected);
    }
    let Err(Error::TransactionConflict(differences)) =
        shop.buy(with(json!({"customer": {"email": "other@example.com"}}))).await
    else {
        panic!("no conflict");
    };
    assert_eq!(
        (&differences[0].stored, &differences[0].received),
        (&None, &None),
        "no customer is given away"
    );
    assert_eq!(shop.count("purchases").await, 1);
    assert_eq!(shop.count("customers").await, 1, "a conflict creates nobody");
    shop.close().await;
}

#[tokio::test]
async fn what_says_the_same_in_other_words_is_a_replay() {
    let shop = Shop::open().await;
    let id = shop.engine.snapshot(&shop.cx).await.unwrap().retailers.by_code("north").unwrap().id.to_string();
    let first = basket("words", json!([{"product": " tea ", "quantity": 2, "unit_price": 150}]));
    let stored = shop.bought(first.clone()).await;
    let maya = stored.customer_id.unwrap().to_string();
    let others = [
        json!({"retailer": id}),
        json!({"customer": {"email": " Maya@Example.COM "}}),
        // The same person, found another way.
        json!({"customer": {"id": maya}}),
        json!({"lines": [{"product": "tea", "quantity": 2, "amount": 300}]}),
        json!({"lines": [{"product": "tea", "quantity": 2, "unit_price": 150, "discount": 0}]}),
    ];
    for other in others {
        let mut again = first.clone();
        again.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let answer = shop.buy(again).await.unwrap();
        assert!(answer.replayed, "{other}");
        assert_eq!(answer.record, stored, "{other}");
    }
    shop.close().await;
}

#[tokio::test]
async fn an_instant_is_compared_only_to_the_microseconds_that_are_kept() {
    let shop = Shop::open().await;
    let at = |instant: &str| purchase("instant", 100, json!({"occurred_at": instant}));
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S").to_string();
    let stored = shop.bought(at(&format!("{now}.123456789Z"))).await;
    let again = shop.buy(at(&format!("{now}.123456789Z"))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.record, stored);
    assert_eq!(refusal(&shop.buy(at(&format!("{now}.123457Z"))).await), "conflict /occurred_at");
    shop.close().await;
}

/// The key is looked up before every check that depends on time, settings, catalogue or state.
#[tokio::test]
async fn a_replay_is_answered_whatever_has_changed_since() {
    let shop = Shop::open().await;
    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    let sent = purchase("old", 700, json!({"occurred_at": chrono::Utc::now().to_rfc3339()}));
    let stored = buy(&shop.engine, &till, sent.clone()).await.unwrap().record;

    shop.promote(json!({"name": "More", "award_rate": "50"})).await;
    shop.set(json!({"unknown_customer": "reject", "accepted_lateness_days": 0, "rounding": "ceil"})).await;
    let north = shop.engine.snapshot(&shop.cx).await.unwrap().retailers.by_code("north").unwrap().id;
    shop.engine
        .retailer_update(&shop.cx, north, serde_json::from_value(json!({"archived": true})).unwrap())
        .await
        .unwrap();
    // Maya is somebody else's address by now.
    sqlx::query("UPDATE customer_identities SET value = 'renamed@example.com' WHERE kind = 'email'")
        .execute(&shop.db.pool)
        .await
        .unwrap();

    let again = buy(&shop.engine, &till, sent).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.record, stored);
    let new = buy(&shop.engine, &till, purchase("new", 700, json!({}))).await;
    assert_eq!(refusal(&new), "unknown_retailer", "an archived retailer takes no new purchases");
    shop.close().await;
}

#[tokio::test]
async fn duplicates_and_conflicts_within_a_batch_are_decided_by_arrival() {
    let shop = Shop::open().await;
    let other = |transaction: &str, cents| purchase(transaction, cents, json!({}));
    let answers = buy_all(
        &shop.engine,
        &shop.cx,
        vec![
            other("a", 100),
            other("a", 100),
            other("b", 200),
            other("a", 101),
            other("b", 200),
            other("a", 100),
        ],
    )
    .await;
    let replayed: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().ok().map(|answer| answer.replayed)).collect();
    assert_eq!(replayed, [Some(false), Some(true), Some(false), None, Some(true), Some(true)]);
    assert_eq!(refusal(&answers[3]), "conflict /amount");
    assert_eq!(answers[1].as_ref().unwrap().record, answers[0].as_ref().unwrap().record);
    assert_eq!(shop.points_of("maya@example.com").await, 300);
    shop.close().await;
}

/// A refused purchase leaves no trace, also not on those with the same key that came with it.
#[tokio::test]
async fn a_refused_purchase_leaves_its_key_to_the_next() {
    let shop = Shop::open().await;
    let euros = purchase("key", 100, json!({"currency": "EUR"}));
    let answers =
        buy_all(&shop.engine, &shop.cx, vec![euros.clone(), purchase("key", 100, json!({})), euros.clone()])
            .await;
    assert_eq!(refusal(&answers[0]), "/currency currency_mismatch");
    assert!(!answers[1].as_ref().unwrap().replayed);
    assert_eq!(refusal(&answers[2]), "conflict /currency");
    shop.close().await;
}

#[tokio::test]
async fn a_key_of_one_retailer_implies_it_and_refuses_others() {
    let shop = Shop::open().await;
    let till = shop.key(&[Scope::PurchasesWrite], Some("south")).await;
    let implied = buy(&shop.engine, &till, purchase("1", 100, json!({"retailer": null}))).await.unwrap();
    let south = shop.engine.snapshot(&shop.cx).await.unwrap().retailers.by_code("south").unwrap().id;
    assert_eq!(implied.record.retailer_id, south);
    assert!(implied.record.api_key_id.is_some());
    assert!(
        buy(&shop.engine, &till, purchase("1", 100, json!({"retailer": "south"}))).await.unwrap().replayed
    );
    assert_eq!(
        refusal(&buy(&shop.engine, &till, purchase("2", 100, json!({}))).await),
        "forbidden PurchasesWrite"
    );
    let reader = shop.key(&[Scope::PurchasesRead], None).await;
    assert_eq!(
        refusal(&buy(&shop.engine, &reader, purchase("3", 100, json!({}))).await),
        "forbidden PurchasesWrite"
    );
    assert_eq!(refusal(&shop.buy(purchase("4", 100, json!({"retailer": null}))).await), "/retailer required");
    assert_eq!(refusal(&shop.buy(purchase("5", 100, json!({"retailer": "west"}))).await), "unknown_retailer");
    assert_eq!(shop.count("purchases").await, 1);
    shop.close().await;
}

/// One key at two servers with two contents at the same moment: one wins, the other is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_contents_race_for_one_key_and_one_wins() {
    let shop = Shop::open().await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    for round in 0..20 {
        let barrier = Arc::new(Barrier::new(20));
        let mut racers = JoinSet::new();
        for racer in 0..20_usize {
            let (engine, cx, barrier) = (engines[racer % 2].clone(), shop.cx.clone(), barrier.clone());
            let cents = 100 + (racer as i64 / 2) % 2;
            racers.spawn(async move {
                barrier.wait().await;
                (cents, buy(&engine, &cx, purchase(format!("race-{round}"), cents, json!({}))).await)
            });
        }
        let answers = racers.join_all().await;
        let winner =
            answers.iter().find(|(_, answer)| matches!(answer, Ok(answer) if !answer.replayed)).unwrap().0;
        for (cents, answer) in &answers {
            match answer {
                Ok(answer) => assert_eq!((*cents, answer.record.amount.get()), (winner, winner)),
                Err(_) => {
                    assert_eq!((refusal(answer).as_str(), *cents != winner), ("conflict /amount", true))
                }
            }
        }
    }
    assert_eq!(shop.count("purchases").await, 20);
    engines[1].shutdown().await;
    shop.close().await;
}
