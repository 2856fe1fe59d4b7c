//! Merging against everybody who is at the same customers at the same moment: every point is there once, whoever was first.

use std::sync::Arc;

use perennial_domain::customer::CustomerRef;
use perennial_engine::Error;
use perennial_engine::customers::CustomerPath;
use serde_json::json;
use tokio::task::JoinSet;

use crate::intake_support::{Hold, Shop, buy, patiently, purchase};
use crate::merge::{assert_reconciled, enter, merge, named, points};

#[tokio::test(flavor = "multi_thread")]
async fn purchases_of_both_in_parallel_are_all_the_one_customers() {
    let shop = Arc::new(Shop::open().await);
    let other = shop.another_engine().await;
    for round in 0..4 {
        let emails = ["a", "b"].map(|name| format!("{name}-{round}@example.com"));
        let ada = enter(&shop, json!({"email": emails[0]})).await;
        let ben = enter(&shop, json!({"email": emails[1]})).await;
        let mut tills = JoinSet::new();
        for number in 0..50 {
            // By address and by id, on both servers; one in ten is sent twice.
            let customer = match number % 4 {
                0 => json!({"email": emails[0]}),
                1 => json!({"email": emails[1]}),
                2 => json!({"id": ada}),
                _ => json!({"id": ben}),
            };
            let engine = if number % 3 == 0 { other.clone() } else { shop.engine.clone() };
            let cx = shop.cx.clone();
            tills.spawn(async move {
                let name = format!("{round}-{number}");
                let bought = purchase(name, 100 + number, json!({"customer": customer}));
                let first = patiently!(buy(&engine, &cx, bought.clone())).unwrap();
                if number % 10 == 0 {
                    let again = patiently!(buy(&engine, &cx, bought.clone())).unwrap();
                    assert!(again.replayed && again.record.id == first.record.id);
                }
            });
        }
        let merging = Arc::clone(&shop);
        tills.spawn(async move {
            let merged = patiently!(merge(&merging, ada, ben)).unwrap();
            assert_eq!(merged.merge.customer_id, ada);
        });
        while let Some(till) = tills.join_next().await {
            till.unwrap();
        }
        let expected: i64 = (0..50).map(|number| 100 + number).sum();
        let now = points(&shop, ada).await;
        assert_eq!((now.points, now.lifetime), (expected, expected), "round {round}");
        let customer = shop.engine.customer_get(&shop.cx, ada).await.unwrap();
        assert_eq!((customer.purchases, customer.spent), (50, expected), "round {round}");
        let elsewhere = format!("purchases WHERE customer_id = '{ben}'");
        assert_eq!(shop.count(&elsewhere).await, 0, "round {round}");
    }
    assert_reconciled(&shop).await;
    other.shutdown().await;
    let Ok(shop) = Arc::try_unwrap(shop) else { panic!("a till still holds the shop") };
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_merges_that_cross_one_is_done() {
    let shop = Arc::new(Shop::open().await);
    for round in 0..8 {
        let ada = enter(&shop, json!({"email": format!("a-{round}@example.com")})).await;
        let ben = enter(&shop, json!({"email": format!("b-{round}@example.com")})).await;
        for (name, id) in [("a", ada), ("b", ben)] {
            shop.bought(purchase(format!("{name}-{round}"), 100, json!({"customer": {"id": id}}))).await;
        }
        let mut racers = JoinSet::new();
        for (into, from) in [(ada, ben), (ben, ada), (ada, ben)] {
            let shop = Arc::clone(&shop);
            racers.spawn(async move { patiently!(merge(&shop, into, from)) });
        }
        let mut done = Vec::new();
        while let Some(outcome) = racers.join_next().await {
            match outcome.unwrap() {
                Ok(merged) => done.push(merged.merge),
                Err(Error::Conflict { code: "same_customer", .. }) => {}
                Err(error) => panic!("round {round}: {error:?}"),
            }
        }
        assert!(!done.is_empty() && done.iter().all(|merge| *merge == done[0]), "round {round}: {done:?}");
        for id in [ada, ben] {
            assert_eq!(points(&shop, id).await.points, 200, "round {round}");
        }
    }
    assert_eq!(shop.count("merges").await, 8);
    assert_reconciled(&shop).await;
}

/// A purchase found its customer before the merge and comes to the balance after it: it looks again.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_that_was_on_its_way_lands_where_the_points_are() {
    let shop = Arc::new(Shop::open().await);
    for by_id in [false, true] {
        let ada = enter(&shop, json!({"email": format!("ada-{by_id}@example.com")})).await;
        let email = format!("ben-{by_id}@example.com");
        let ben = enter(&shop, json!({"email": email})).await;
        shop.bought(purchase(format!("first-{by_id}"), 100, json!({"customer": {"id": ben}}))).await;
        // The merge has both balances and waits for the last of its locks; the purchase waits for the merge.
        let lock = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
        let hold = Hold::on(&shop, lock, ada.uuid()).await;
        let merging = Arc::clone(&shop);
        let merged = tokio::spawn(async move { patiently!(merge(&merging, ada, ben)) });
        hold.is_met().await;
        let customer = if by_id { json!({"id": ben}) } else { json!({"email": email}) };
        let late = purchase(format!("late-{by_id}"), 100, json!({"customer": customer}));
        let buying = Arc::clone(&shop);
        let bought = tokio::spawn(async move { buy(&buying.engine, &buying.cx, late).await });
        wait_for(&shop, 2).await;
        hold.let_go().await;
        assert_eq!(merged.await.unwrap().unwrap().merge.moved.points, 100);
        assert_eq!(bought.await.unwrap().unwrap().record.customer_id, Some(ada));
        assert_eq!(points(&shop, ada).await.points, 200);
    }
    assert_reconciled(&shop).await;
}

/// Whoever changes an identity counts that in the row that a merge holds from its beginning: so it takes the row first, too.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_a_new_address_can_be_merged_at_the_same_moment() {
    for _ in 0..ROUNDS {
        let shop = Arc::new(Shop::open().await);
        let ada = enter(&shop, json!({"email": "ada@example.com"})).await;
        let ben = enter(&shop, json!({"email": "ben@example.com"})).await;
        // The change has the identities and waits for the customer; the merge waits for the change.
        let lock = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
        let hold = Hold::on(&shop, lock, ben.uuid()).await;
        let desk = Arc::clone(&shop);
        let patch = serde_json::from_value(json!({"email": "benedict@example.com"})).unwrap();
        let changed = tokio::spawn(async move { desk.engine.customer_update(&desk.cx, ben, patch).await });
        hold.is_met().await;
        let merging = Arc::clone(&shop);
        let merged = tokio::spawn(async move { merge(&merging, ada, ben).await });
        wait_for(&shop, 2).await;
        hold.let_go().await;
        let (changed, merged) = (changed.await.unwrap(), merged.await.unwrap());
        if told_to_come_again(changed.as_ref().err()) || told_to_come_again(merged.as_ref().err()) {
            continue;
        }
        assert_eq!(changed.unwrap().email.as_deref(), Some("benedict@example.com"));
        merged.unwrap();
        let after = purchase("after", 100, json!({"customer": {"email": "benedict@example.com"}}));
        shop.bought(after).await;
        assert_eq!(points(&shop, ada).await.points, 100);
        assert_reconciled(&shop).await;
        return;
    }
    panic!("they wait for each other every time");
}

/// The first sale of a merchant holds the row that a merge holds from its beginning: so it takes the row before the balance.
#[tokio::test(flavor = "multi_thread")]
async fn the_very_first_purchase_waits_for_a_merge_of_its_customer() {
    for _ in 0..ROUNDS {
        let shop = Arc::new(Shop::open().await);
        let ada = enter(&shop, json!({"email": "ada@example.com"})).await;
        let ben = enter(&shop, json!({"email": "ben@example.com"})).await;
        // The merge has the row and waits for the identities; the purchase waits for the merge.
        let lock = "SELECT FROM customer_identities WHERE merchant_id = $1 AND customer_id = $2 FOR UPDATE";
        let hold = Hold::on(&shop, lock, ada.uuid()).await;
        let merging = Arc::clone(&shop);
        let merged = tokio::spawn(async move { merge(&merging, ada, ben).await });
        hold.is_met().await;
        let first = purchase("first", 100, json!({"customer": {"id": ben}}));
        let buying = Arc::clone(&shop);
        let bought = tokio::spawn(async move { buy(&buying.engine, &buying.cx, first).await });
        wait_for(&shop, 2).await;
        hold.let_go().await;
        let (bought, merged) = (bought.await.unwrap(), merged.await.unwrap());
        if told_to_come_again(bought.as_ref().err()) || told_to_come_again(merged.as_ref().err()) {
            continue;
        }
        merged.unwrap();
        assert_eq!(bought.unwrap().record.customer_id, Some(ada));
        assert_eq!(points(&shop, ada).await.points, 100);
        assert_reconciled(&shop).await;
        return;
    }
    panic!("they wait for each other every time");
}

/// Whether somebody waited for a lock in vain. Once may be the machine, which took longer to let two of them meet than anybody
/// waits for a lock; every time is a deadlock.
pub fn told_to_come_again(refusal: Option<&Error>) -> bool {
    matches!(refusal, Some(Error::Busy { .. }))
}

/// How often two are let meet who must not wait for each other.
pub const ROUNDS: usize = 4;

/// Whoever returns a purchase that was claimed holds its claim and waits for the balance: the merge has the claim before.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_claimed_can_be_returned_while_its_customer_is_merged() {
    let shop = Arc::new(Shop::open().await);
    let ada = enter(&shop, json!({"email": "ada@example.com"})).await;
    let ben = enter(&shop, json!({"email": "ben@example.com"})).await;
    let bought = shop.bought(purchase("free", 500, json!({"customer": null}))).await;
    let code = bought.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &code, &CustomerRef::Id(ben)).await.unwrap();
    // The merge has both balances and waits for the last of its locks; the return waits for the merge.
    let lock = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
    let hold = Hold::on(&shop, lock, ada.uuid()).await;
    let merging = Arc::clone(&shop);
    let merged = tokio::spawn(async move { patiently!(merge(&merging, ada, ben)) });
    hold.is_met().await;
    let returning = Arc::clone(&shop);
    let returned = tokio::spawn(async move {
        let input: perennial_domain::returns::ReturnInput =
            serde_json::from_value(json!({"return_id": "r"})).unwrap();
        let checked = input.check().unwrap();
        patiently!(returning.engine.return_purchase(&returning.cx, bought.id, &checked, false))
    });
    wait_for(&shop, 2).await;
    hold.let_go().await;
    assert_eq!(merged.await.unwrap().unwrap().merge.moved.points, 500);
    let returned = returned.await.unwrap().unwrap().record;
    assert_eq!((returned.customer_id, returned.points_reversed.get()), (Some(ada), 500));
    assert_eq!(points(&shop, ada).await.points, 0);
    assert_reconciled(&shop).await;
}

/// Waits until so many wait for locks of others.
pub async fn wait_for(shop: &Shop, many: i64) {
    for _ in 0..6_000 {
        let waiting =
            "pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
        if shop.count(waiting).await >= many {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nobody came");
}

/// Everything else that moves points of somebody is before the merge or behind it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_races_a_merge_is_before_it_or_behind_it() {
    let shop = Arc::new(Shop::open().await);
    let reward = json!({"name": "Mug", "kind": "money_off", "value": 500, "points_cost": 10});
    let reward =
        shop.engine.reward_create(&shop.cx, serde_json::from_value(reward).unwrap()).await.unwrap().id;
    for round in 0..8 {
        let ada = enter(&shop, json!({"email": format!("a-{round}@example.com")})).await;
        let ben = enter(&shop, json!({"email": format!("b-{round}@example.com")})).await;
        let first = purchase(format!("first-{round}"), 1_000, json!({"customer": {"id": ben}}));
        let first = shop.bought(first).await;
        let unclaimed = shop.bought(purchase(format!("free-{round}"), 50, json!({"customer": null}))).await;
        let code = unclaimed.claim_code.clone().unwrap();
        let mut racers: JoinSet<Result<(), Error>> = JoinSet::new();
        let racing = Arc::clone(&shop);
        racers.spawn(async move { patiently!(merge(&racing, ada, ben)).map(drop) });
        let racing = Arc::clone(&shop);
        racers.spawn(async move {
            let given = || serde_json::from_value(json!({"points": 5, "reason": "For Ben"})).unwrap();
            // The address is looked up anew each time, as a program does that is told to come again.
            patiently!(async {
                let id = racing.engine.customer_resolve(&racing.cx, &CustomerPath::Id(ben)).await?;
                racing.engine.adjustment_create(&racing.cx, id, given()).await
            })
            .map(drop)
        });
        let racing = Arc::clone(&shop);
        racers.spawn(async move {
            let new = perennial_engine::rewards::NewRedemption { reward, points: None, hold_seconds: None };
            patiently!(racing.engine.redeem(&racing.cx, &CustomerRef::Id(ben), new)).map(drop)
        });
        let racing = Arc::clone(&shop);
        racers.spawn(async move {
            patiently!(racing.engine.claim(&racing.cx, &code, &CustomerRef::Id(ben))).map(drop)
        });
        let racing = Arc::clone(&shop);
        racers.spawn(async move {
            let input: perennial_domain::returns::ReturnInput =
                serde_json::from_value(json!({"return_id": "r", "amount": 400})).unwrap();
            let checked = input.check().unwrap();
            patiently!(racing.engine.return_purchase(&racing.cx, first.id, &checked, false)).map(drop)
        });
        while let Some(outcome) = racers.join_next().await {
            outcome.unwrap().unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        }
        assert_eq!(points(&shop, ada).await.points, 1_000 + 5 - 10 + 50 - 400, "round {round}");
        assert_eq!(points(&shop, ben).await.customer_id, ada);
    }
    let again = shop.engine.customer_merge(
        &shop.cx,
        enter(&shop, json!({"email": "a-0@example.com"})).await,
        named(json!({"email": "b-0@example.com"})),
    );
    assert!(again.await.is_ok());
    assert_reconciled(&shop).await;
}
