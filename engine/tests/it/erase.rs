//! Erasing against everybody who is at the same customer at the same moment: nothing personal comes back, and the books are
//! right whoever was first. What is deleted, table by table, is proved by the golden test of the server.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt as _;
use perennial_domain::access::Role;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_engine::customers::NewCustomer;
use perennial_engine::privacy::{EraseInput, EraseReason};
use perennial_engine::{Cx, Error};
use serde_json::json;
use tokio::task::JoinSet;

use crate::intake_support::{Hold, Shop, buy, patiently, purchase};
use crate::merge_races::{ROUNDS, told_to_come_again, wait_for};
use crate::support_ledger::assert_ledger_clean;
use crate::tiers::settle;

const BROWSER: &[u8] = b"a secret of one browser";

fn zera(number: usize) -> NewCustomer {
    NewCustomer {
        name: Some("Zera".to_owned()),
        email: Some(format!("zera-{number}@example.com")),
        external_id: Some(format!("zera-{number}")),
        ..NewCustomer::default()
    }
}

async fn enter(shop: &Shop, number: usize) -> CustomerId {
    shop.engine.customer_create(&shop.cx, zera(number)).await.unwrap().customer.id
}

/// Rows of a table that still say something of somebody who was erased.
async fn traces(shop: &Shop) -> Vec<(&'static str, i64)> {
    let mut traces = Vec::new();
    for (what, rows) in [
        ("customers", "customers WHERE erased_at IS NOT NULL AND name IS NOT NULL"),
        (
            "identities",
            "customer_identities AS i JOIN customers AS c ON c.id = i.customer_id WHERE c.erased_at IS NOT NULL",
        ),
        (
            "purchases",
            "purchases AS p JOIN customers AS c ON c.id = p.customer_id WHERE c.erased_at IS NOT NULL AND p.customer_key <> ''",
        ),
        ("letters", "mail AS m JOIN customers AS c ON c.id = m.customer_id WHERE c.erased_at IS NOT NULL"),
        (
            "answers",
            "idempotency_keys AS a JOIN customers AS c ON a.body::text LIKE '%' || c.id || '%' WHERE c.erased_at IS NOT NULL",
        ),
        (
            "fingerprints",
            "payment_fingerprints AS f JOIN customers AS c ON c.id = f.customer_id WHERE c.erased_at IS NOT NULL",
        ),
    ] {
        let count = shop.count(rows).await;
        if count > 0 {
            traces.push((what, count));
        }
    }
    traces
}

#[tokio::test]
async fn an_export_may_be_asked_once_more_behind_its_end() {
    let shop = Shop::open().await;
    let zera = enter(&shop, 0).await;
    let mut export = pin!(shop.engine.customer_export(&shop.cx, zera).await.unwrap());
    while let Some(piece) = export.next().await {
        piece.unwrap();
    }
    assert!(export.next().await.is_none(), "who compresses an answer asks so");
}

/// The intake remembers who is meant by what tills send, and no longer than that is true.
#[tokio::test]
async fn whoever_gets_a_reference_gets_what_is_bought_with_it() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let ann = enter(&shop, 1).await;
    let mut number = 0;
    let mut bought = async |email: &str| {
        number += 1;
        let named = |engine: &str| {
            purchase(format!("{engine}-{number}"), 1_000, json!({"customer": {"email": email}}))
        };
        let here = buy(&shop.engine, &shop.cx, named("here")).await.unwrap().record.customer_id.unwrap();
        let there = buy(&other, &shop.cx, named("there")).await.unwrap().record.customer_id.unwrap();
        assert_eq!(here, there, "{email} means one customer on every server");
        here
    };
    for _ in 0..3 {
        assert_eq!(bought("zera-1@example.com").await, ann);
    }
    // She has another address now, and somebody else gets the old one.
    let patch = serde_json::from_value(json!({"email": "ann@example.com"})).unwrap();
    shop.engine.customer_update(&shop.cx, ann, patch).await.unwrap();
    let ben = bought("zera-1@example.com").await;
    assert_ne!(ben, ann);
    for _ in 0..2 {
        assert_eq!(bought("zera-1@example.com").await, ben);
        assert_eq!(bought("ann@example.com").await, ann);
    }
    // He leaves for good: whoever comes with the address is somebody new.
    shop.engine.customer_erase(&shop.cx, ben, EraseInput::default()).await.unwrap();
    let cleo = bought("zera-1@example.com").await;
    assert!(cleo != ben && cleo != ann);
    assert_eq!(bought("zera-1@example.com").await, cleo);
    assert_ledger_clean(&shop.db.pool).await;
    other.shutdown().await;
    shop.close().await;
}

/// Both count what they take away in one row of the merchant: they come one after the other, and neither has to come again.
#[tokio::test(flavor = "multi_thread")]
async fn two_are_erased_at_the_same_moment() {
    for _ in 0..ROUNDS {
        let shop = Arc::new(Shop::open().await);
        let (ann, ben) = (enter(&shop, 1).await, enter(&shop, 2).await);
        // The one is about to delete what the customer is found by when the other begins.
        let lock = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
        let hold = Hold::on(&shop, lock, ann.uuid()).await;
        let erase = |id: CustomerId| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.engine.customer_erase(&shop.cx, id, EraseInput::default()).await })
        };
        let first = erase(ann);
        hold.is_met().await;
        let second = erase(ben);
        wait_for(&shop, 2).await;
        hold.let_go().await;
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        if told_to_come_again(first.as_ref().err()) || told_to_come_again(second.as_ref().err()) {
            continue;
        }
        assert_eq!((first.unwrap().customer_id, second.unwrap().customer_id), (ann, ben));
        assert_eq!(traces(&shop).await, []);
        assert_eq!(shop.count("customer_identities").await, 0);
        return;
    }
    panic!("they wait for each other every time");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_races_an_erasure_is_before_it_or_finds_nobody() {
    let shop = Arc::new(Shop::open().await);
    let reward = json!({"name": "Mug", "kind": "money_off", "value": 500, "points_cost": 10});
    let reward =
        shop.engine.reward_create(&shop.cx, serde_json::from_value(reward).unwrap()).await.unwrap().id;
    for round in 0..12 {
        let id = enter(&shop, round).await;
        shop.bought(purchase(format!("first-{round}"), 5_000, json!({"customer": {"id": id}}))).await;
        let email = format!("zera-{round}@example.com");
        let mut racers: JoinSet<Result<(), Error>> = JoinSet::new();
        let all = || (Arc::clone(&shop), email.clone());
        for number in 0..4 {
            let (shop, email) = all();
            racers.spawn(async move {
                let named =
                    json!({"customer": {"email": email}, "payment_fingerprint": format!("fp-{round}")});
                let named = purchase(format!("e-{round}-{number}"), 900, named);
                patiently!(buy(&shop.engine, &shop.cx, named.clone())).map(drop)
            });
        }
        let (other, _) = all();
        racers.spawn(async move {
            let named = json!({"customer": {"id": id}});
            refused_or(
                buy(&other.engine, &other.cx, purchase(format!("i-{round}"), 900, named)).await.map(drop),
            )
        });
        let (other, _) = all();
        racers.spawn(async move { other.engine.customer_create(&other.cx, zera(round)).await.map(drop) });
        let (other, _) = all();
        racers.spawn(async move {
            let patch =
                serde_json::from_value(json!({"name": "Zera again", "phone": format!("+1415555{round:04}")}));
            refused_or(other.engine.customer_update(&other.cx, id, patch.unwrap()).await.map(drop))
        });
        let (other, _) = all();
        racers
            .spawn(async move { other.engine.customer_upsert(&other.cx, vec![zera(round)]).await.map(drop) });
        let (other, email) = all();
        racers.spawn(async move {
            other.engine.login_code_request(other.cx.merchant(), &email, BROWSER, None).await
        });
        let (other, _) = all();
        racers.spawn(async move {
            let redeeming =
                perennial_engine::rewards::NewRedemption { reward, points: None, hold_seconds: None };
            refused_or(other.engine.redeem(&other.cx, &CustomerRef::Id(id), redeeming).await.map(drop))
        });
        let (other, _) = all();
        racers.spawn(async move {
            let given = serde_json::from_value(json!({"points": 5, "reason": "For Zera"})).unwrap();
            refused_or(other.engine.adjustment_create(&other.cx, id, given).await.map(drop))
        });
        let (other, _) = all();
        racers.spawn(async move {
            other.engine.customer_erase(&other.cx, id, EraseInput::default()).await.map(drop)
        });
        let (other, _) = all();
        racers.spawn(async move {
            let left = EraseInput { reason: EraseReason::Left };
            other.engine.customer_erase(&other.cx, id, left).await.map(drop)
        });
        while let Some(outcome) = racers.join_next().await {
            match outcome.unwrap() {
                // Two who wait for each other are told to try again; that is no harm done.
                Ok(()) | Err(Error::Busy { .. }) => {}
                // Two enter the same new customer at once, with different identities.
                Err(Error::Conflict {
                    code: "identity_taken" | "customer_differs" | "customers_differ",
                    ..
                }) => {}
                Err(error) => panic!("round {round}: {error:?}"),
            }
        }
        // If it was among those who were told so.
        let erased = shop.engine.customer_erase(&shop.cx, id, EraseInput::default()).await.unwrap();
        settle(&shop).await;
        assert_eq!(traces(&shop).await, [], "round {round}: {erased:?}");
        let open = shop
            .count(
                "vouchers AS v JOIN customers AS c ON c.id = v.customer_id
            WHERE c.erased_at IS NOT NULL AND v.state = 'issued'",
            )
            .await;
        assert_eq!(open, 0, "round {round}");
    }
    let purchases = shop.count("purchases").await;
    assert!(
        purchases >= 12 * 5,
        "every purchase by e-mail is there, the customer's or somebody new's: {purchases}"
    );
    assert_ledger_clean(&shop.db.pool).await;
    let report = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

/// What somebody hears who comes too late.
fn refused_or(outcome: Result<(), Error>) -> Result<(), Error> {
    match outcome {
        Err(Error::Conflict { code: "customer_erased", .. }) => Ok(()),
        other => other,
    }
}

#[tokio::test]
async fn only_owners_and_managers_erase_and_everybody_may_erase_themselves() {
    let shop = Shop::open().await;
    let (first, second) = (enter(&shop, 1).await, enter(&shop, 2).await);
    let cx = |role: Role| {
        let shop = &shop;
        async move {
            let member = perennial_engine::staff::NewStaff {
                email: format!("{role}@shop.example").parse().unwrap(),
                name: Some("Wren".parse().unwrap()),
                role,
                password: "seven brown foxes".to_owned(),
            };
            let member = shop.engine.staff_add(&shop.cx, member).await.unwrap();
            shop.engine.staff_cx(member.id, shop.cx.merchant()).await.unwrap()
        }
    };
    for role in [Role::Support, Role::Analyst] {
        let refused = shop.engine.customer_erase(&cx(role).await, first, EraseInput::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role}: {refused:?}");
    }
    let erased =
        shop.engine.customer_erase(&cx(Role::Manager).await, first, EraseInput::default()).await.unwrap();
    assert_eq!((erased.by.as_str(), erased.reason), ("Wren", EraseReason::Requested));

    let own: Cx = shop.engine.customer_cx(shop.cx.merchant(), second).await.unwrap();
    let others = shop.engine.customer_erase(&own, first, EraseInput::default()).await;
    assert!(matches!(others, Err(Error::NotFound(_))), "{others:?}");
    let left =
        shop.engine.customer_erase(&own, second, EraseInput { reason: EraseReason::Left }).await.unwrap();
    assert_eq!((left.by.as_str(), left.reason), ("customer", EraseReason::Left));
    let record = shop.engine.customer_erasure(&shop.cx, second).await.unwrap();
    assert_eq!(record, Some(left));
    let gone = shop.engine.customer_cx(shop.cx.merchant(), second).await;
    assert!(matches!(gone, Err(Error::Unauthenticated)), "{gone:?}");
}

#[tokio::test]
async fn what_never_changes_may_forget_and_nothing_else() {
    let shop = Shop::open().await;
    let id = enter(&shop, 1).await;
    let given = serde_json::from_value(json!({"points": 5, "reason": "For Zera"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, id, given).await.unwrap();
    shop.bought(purchase("1", 900, json!({"customer": {"id": id}}))).await;
    for statement in [
        "UPDATE adjustments SET reason = 'Another'",
        "UPDATE adjustments SET reason = '', points = 6",
        "UPDATE purchases SET amount = 1",
        "UPDATE purchases SET customer_key = 'x'",
        "DELETE FROM adjustments",
        "DELETE FROM purchases",
    ] {
        let refused = sqlx::raw_sql(statement).execute(&shop.db.pool).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{statement}: {refused}");
    }
    for statement in ["UPDATE adjustments SET reason = ''", "UPDATE purchases SET customer_key = ''"] {
        sqlx::raw_sql(statement).execute(&shop.db.pool).await.unwrap();
    }
}

/// Errors are printed into logs, and nobody can be erased from a log.
#[tokio::test]
async fn no_error_prints_the_row_that_the_database_has_refused() {
    let shop = Shop::open().await;
    let refuse = "DO $$ BEGIN RAISE EXCEPTION 'refused' USING DETAIL = 'Failing row contains (ada@example.com)'; END $$";
    let refused = sqlx::query(refuse).execute(&shop.db.pool).await.unwrap_err();
    assert!(format!("{refused:?}").contains("ada@example.com"), "the driver prints it: {refused:?}");
    let error = Error::from(refused);
    assert!(matches!(error, Error::Db(_)), "{error:?}");
    let mut printed = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        printed.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(printed.contains("refused") && !printed.contains("ada@example.com"), "{printed}");
}
