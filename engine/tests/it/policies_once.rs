//! Reward policies: each cause gives once, whoever pays it, whatever comes back and whatever is passed again.

use chrono::TimeDelta;
use serde_json::json;
use tokio::task::JoinSet;

use crate::intake_support::purchase;
use crate::policies::{assert_clean, awards, became, bought, days_later, policy, settle, shop};
use crate::tiers::give_back;

/// A number that was passed before gives nothing again, and takes nothing of the cap from one that does.
#[tokio::test]
async fn what_is_not_given_again_uses_up_no_cap() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "count": "units", "at": [1, 2]});
    let cap = json!({"cap": {"times": 1, "per": "day"}});
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), cap).await;
    let units = |number: &str, quantity: u64| {
        let line = json!([{"product": "meal", "quantity": quantity, "unit_price": 100}]);
        purchase(number, 0, json!({"amount": null, "lines": line}))
    };
    let first = shop.bought(units("1", 1)).await.id;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 10"]);
    give_back(&shop, first, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["reversed 10 returned"]);
    shop.bought(units("2", 2)).await;
    settle(&shop).await;
    assert_eq!(
        became(&shop, id).await,
        ["reversed 10 returned", "paid 10"],
        "the second, and not the first again"
    );
    assert_clean(&shop).await;
    shop.close().await;
}

/// Whoever is imported was a customer before: only who joins is given something for it.
#[tokio::test]
async fn an_import_is_no_enrolment() {
    let shop = shop().await;
    let joining = json!({"on": "enrolment"});
    let id = policy(&shop, joining, json!({"give": "points", "points": 5}), json!({})).await;
    let rows = ["ada", "luis"].map(|name| json!({"email": format!("{name}@example.com")}));
    let rows = rows.into_iter().map(|row| serde_json::from_value(row).unwrap()).collect();
    shop.engine.customer_upsert(&shop.cx, rows).await.unwrap();
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, [""; 0]);
    let zoe = serde_json::from_value(json!({"email": "zoe@example.com"})).unwrap();
    let zoe = shop.engine.customer_create(&shop.cx, zoe).await.unwrap().customer.id;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 5"]);
    assert_eq!(awards(&shop, id).await[0].customer_id, zoe);
    assert_eq!(shop.points_of("ada@example.com").await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Of three purchases the third comes back: two are still two.
#[tokio::test]
async fn a_number_that_is_still_reached_stays_given() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "at": [2]});
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), json!({"hold_days": 7})).await;
    bought(&shop, "1", 100, "maya@example.com").await;
    bought(&shop, "2", 100, "maya@example.com").await;
    let third = bought(&shop, "3", 100, "maya@example.com").await;
    settle(&shop).await;
    give_back(&shop, third, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 10"]);
    days_later(&shop, 8).await;
    assert_eq!(became(&shop, id).await, ["paid 10"]);
    assert_eq!(shop.points_of("maya@example.com").await, 210);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Three servers find the same awards due at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_award_is_paid_once_however_many_servers_pay() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "every": 1});
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), json!({"hold_days": 1})).await;
    let email = |number: u32| format!("customer{}@example.com", number % 8);
    for number in 0..40 {
        bought(&shop, number.to_string(), 100, &email(number)).await;
    }
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, vec!["held 10"; 40]);
    shop.engine.clock().advance(TimeDelta::days(2));
    let others = [shop.another_engine().await, shop.another_engine().await];
    let mut servers = JoinSet::new();
    for engine in [shop.engine.clone(), others[0].clone(), others[1].clone()] {
        servers.spawn(async move { engine.awards_settle_due().await.unwrap() });
    }
    servers.join_all().await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, vec!["paid 10"; 40]);
    for number in 0..8 {
        assert_eq!(shop.points_of(&email(number)).await, 550);
    }
    assert_clean(&shop).await;
    for engine in others {
        engine.shutdown().await;
    }
    shop.close().await;
}
