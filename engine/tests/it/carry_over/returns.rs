//! Returns take off what is carried what their purchase had added to it.

use perennial_domain::codes::TransactionId;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::PurchaseId;
use perennial_domain::points::Remainder;
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use sea_orm::TransactionTrait as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{assert_reconciled, carried, shop};
use crate::intake_support::{Shop, basket, buy, patiently, purchase};

fn returning(input: Value) -> CheckedReturn {
    serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap()
}

/// Returns all of a purchase, or so much; gives how many points it took back.
async fn give_back(shop: &Shop, purchase: PurchaseId, name: &str, cents: Option<i64>) -> i64 {
    let mut input = json!({"return_id": name});
    if let Some(cents) = cents {
        input["amount"] = json!(cents);
    }
    let returned = shop.engine.return_purchase(&shop.cx, purchase, &returning(input), false).await.unwrap();
    assert!(!returned.replayed);
    returned.record.points_reversed.get()
}

#[tokio::test]
async fn all_returned_leaves_what_was_there_before() {
    let shop = shop().await;
    let first = shop.bought(purchase("1", 270, json!({}))).await;
    let second = shop.bought(purchase("2", 150, json!({}))).await;
    assert_eq!((first.points_earned.get(), second.points_earned.get()), (2, 2));
    assert_eq!(carried(&shop).await, ["0.2"]);
    // The second used 0.5 of what the first had left.
    assert_eq!(give_back(&shop, second.id, "r", None).await, 2);
    assert_eq!(carried(&shop).await, ["0.7"]);
    assert_eq!(give_back(&shop, first.id, "r", None).await, 2);
    assert_eq!(carried(&shop).await, ["0"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn in_parts_it_ends_where_one_return_does() {
    let shop = shop().await;
    let bought = shop.bought(purchase("1", 270, json!({}))).await;
    // Kept are 1.8, 1.35 and 0.45 of 2.7.
    for (name, cents, points, left) in [
        ("a", Some(90), 1, "0.8"),
        ("b", Some(45), 0, "0.35"),
        ("c", Some(90), 1, "0.45"),
        ("d", None, 0, "0"),
    ] {
        assert_eq!(give_back(&shop, bought.id, name, cents).await, points, "{name}");
        assert_eq!(carried(&shop).await, [left], "{name}");
    }
    // The same name again is the same return.
    let input = returning(json!({"return_id": "a", "amount": 90}));
    let again = shop.engine.return_purchase(&shop.cx, bought.id, &input, false).await.unwrap();
    assert!(again.replayed);
    assert_eq!(carried(&shop).await, ["0"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// What a purchase had left was used by the next: it is missing when the first comes back, and repaid first.
#[tokio::test]
async fn what_is_missing_is_repaid_before_anything_is_earned() {
    let shop = shop().await;
    let first = shop.bought(purchase("1", 80, json!({}))).await;
    let second = shop.bought(purchase("2", 30, json!({}))).await;
    assert_eq!((first.points_earned.get(), second.points_earned.get()), (0, 1));
    assert_eq!(give_back(&shop, first.id, "r", None).await, 0);
    assert_eq!(carried(&shop).await, ["-0.7"]);
    let third = shop.bought(purchase("3", 150, json!({}))).await;
    assert_eq!((third.points_earned.get(), third.balance.unwrap().points), (0, 1));
    assert_eq!(carried(&shop).await, ["0.8"]);
    let (_, explanation) = shop.engine.purchase_explanation(&shop.cx, third.id).await.unwrap();
    assert_eq!(
        explanation.lines[0].text,
        "1 point per $1 on $1.50: 0 (0.7 owed from before, 0.8 carried on)"
    );
    for bought in [second, third] {
        give_back(&shop, bought.id, "r", None).await;
    }
    assert_eq!((carried(&shop).await, shop.points_of("maya@example.com").await), (vec!["0".to_owned()], 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_dry_run_leaves_no_trace() {
    let shop = shop().await;
    let bought = shop.bought(purchase("1", 270, json!({}))).await;
    let input = returning(json!({"return_id": "r"}));
    let tried = shop.engine.return_purchase(&shop.cx, bought.id, &input, true).await.unwrap();
    assert_eq!(tried.record.points_reversed.get(), 2);
    let preview = shop.engine.return_preview(&shop.cx, bought.id, &input).await.unwrap();
    assert_eq!(preview.record.points_reversed.get(), 2);
    assert_eq!((carried(&shop).await, shop.count("return_states").await), (vec!["0.7".to_owned()], 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Also where the merchant does not carry over any more, and where lines and promotions share what is returned.
#[tokio::test]
async fn what_was_carried_goes_back_under_later_settings() {
    let shop = shop().await;
    shop.promote(json!({"name": "Half more", "multiplier": "1.5"})).await;
    let lines = json!([{"quantity": 3, "unit_price": 33}, {"amount": 170}, {"amount": 1}]);
    let bought = shop.bought(basket("1", lines)).await;
    shop.set(json!({"carry_over": false})).await;
    shop.bought(purchase("2", 90, json!({}))).await;
    let unit = returning(json!({"return_id": "a", "lines": [{"line": 0, "quantity": 2}]}));
    shop.engine.return_purchase(&shop.cx, bought.id, &unit, false).await.unwrap();
    give_back(&shop, bought.id, "b", Some(57)).await;
    assert_reconciled(&shop).await;
    give_back(&shop, bought.id, "c", None).await;
    assert_eq!(carried(&shop).await, ["0", "0"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// What was returned while nobody had claimed it is taken off when it is claimed.
#[tokio::test]
async fn a_claim_takes_off_what_was_returned_before_it() {
    let shop = shop().await;
    let held = shop.bought(purchase("1", 290, json!({"customer": null}))).await;
    give_back(&shop, held.id, "r", Some(145)).await;
    assert_eq!(carried(&shop).await, [""; 0]);
    let customer = CustomerRef::Email("maya@example.com".parse().unwrap());
    let code = held.claim_code.clone().unwrap();
    let claimed = shop.engine.claim(&shop.cx, &code, &customer).await.unwrap();
    // 2.9 were claimed and 1.45 taken back.
    assert_eq!((claimed.claim.points.get(), claimed.claim.balance.points), (2, 1));
    assert_eq!(carried(&shop).await, ["0.45"]);
    assert_reconciled(&shop).await;
    give_back(&shop, held.id, "s", None).await;
    assert_eq!(carried(&shop).await, ["0"]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A return that came before its purchase takes it off when both are there.
#[tokio::test]
async fn a_return_that_waited_takes_off_what_the_purchase_added() {
    let shop = shop().await;
    let transaction = TransactionId::new("1").unwrap();
    let input = returning(json!({"return_id": "r", "amount": 100}));
    let retailer = shop.engine.return_retailer(&shop.cx, Some("north")).await.unwrap();
    let txn = shop.engine.db().begin().await.unwrap();
    shop.engine.return_transaction_in(&txn, &shop.cx, retailer, &transaction, &input).await.unwrap();
    txn.commit().await.unwrap();
    shop.bought(purchase("1", 270, json!({}))).await;
    assert_eq!(carried(&shop).await, ["0.7"]);
    shop.engine.returns_meet().await.unwrap();
    assert_eq!((carried(&shop).await, shop.points_of("maya@example.com").await), (vec!["0.7".to_owned()], 1));
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn purchases_and_returns_at_once_leave_what_is_not_returned() {
    let shop = shop().await;
    let mut bought = Vec::new();
    for number in 0..24 {
        bought.push(shop.bought(purchase(format!("{number}"), 137, json!({}))).await.id);
    }
    let mut hands = JoinSet::new();
    for (number, id) in bought.into_iter().enumerate() {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        hands.spawn(async move {
            let part = returning(json!({"return_id": "part", "amount": 60}));
            patiently!(engine.return_purchase(&cx, id, &part, false)).unwrap();
            if number % 2 == 0 {
                let rest = returning(json!({"return_id": "rest"}));
                patiently!(engine.return_purchase(&cx, id, &rest, false)).unwrap();
            }
        });
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        hands.spawn(async move {
            buy(&engine, &cx, purchase(format!("more-{number}"), 41, json!({}))).await.unwrap();
        });
    }
    hands.join_all().await;
    // Half of them are kept with 0.77, and there are 24 more of 0.41.
    let (had, left) = (shop.points_of("maya@example.com").await, carried(&shop).await);
    let left: Remainder = left[0].parse().unwrap();
    assert_eq!(had * 1_000_000_000 + left.billionths(), (12 * 77 + 24 * 41) * 10_000_000);
    assert_reconciled(&shop).await;
    shop.close().await;
}
