//! Reward policies: each cause gives once, whoever pays it, whatever comes back and whatever is passed again.

use chrono::TimeDelta;
use perennial_engine::PageRequest;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::intake_support::{Shop, patiently, purchase};
use crate::policies::{advocate, assert_clean, awards, became, bought, days_later, policy, settle, shop};
use crate::tiers::give_back;

/// A basket of so many meals for a dollar each.
fn meals(number: &str, quantity: u64) -> Value {
    let lines = json!([{"product": "meal", "quantity": quantity, "unit_price": 100}]);
    purchase(number, 0, json!({"amount": null, "lines": lines}))
}

/// A number that is passed again while what was given for it stands gives nothing, and takes nothing of the cap from one that
/// does: here because somebody has used the voucher, which is not taken back.
#[tokio::test]
async fn what_is_not_given_again_uses_up_no_cap() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "count": "units", "at": [2, 3]});
    let cap = json!({"cap": {"times": 2, "per": "day"}});
    let off = json!({"give": "discount", "value": "0.1"});
    let id = policy(&shop, event, off, cap).await;
    let first = shop.bought(meals("1", 1)).await;
    shop.bought(meals("2", 1)).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1"]);
    let maya = first.customer_id.unwrap();
    let vouchers = shop.engine.customer_vouchers(&shop.cx, maya, &PageRequest::default()).await.unwrap().data;
    let code = vouchers[0].code.parse().unwrap();
    shop.engine.voucher_use(&shop.cx, &code).await.unwrap();
    give_back(&shop, first.id, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1 used"]);
    shop.bought(meals("3", 2)).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1 used", "paid 1"], "for two, and for three");
    assert_clean(&shop).await;
    shop.close().await;
}

/// What a return took back is given when it is reached again, as often as that is, and never twice at once: whether it was held
/// or paid when it was lost changes nothing. What was taken back uses up no cap.
#[tokio::test]
async fn what_a_return_took_back_is_given_when_it_is_reached_again() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "count": "units", "at": [1, 2]});
    let cap = json!({"cap": {"times": 1, "per": "day"}});
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), cap).await;
    let first = shop.bought(meals("1", 1)).await.id;
    settle(&shop).await;
    give_back(&shop, first, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["reversed 10 returned"]);
    let second = shop.bought(meals("2", 2)).await.id;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["reversed 10 returned", "paid 10", "refused 10 cap"]);
    assert_eq!(shop.points_of("maya@example.com").await, 210);
    give_back(&shop, second, "r2", json!({})).await;
    shop.bought(meals("3", 1)).await;
    settle(&shop).await;
    // Heard of together or one after the other, one stands.
    let stand = became(&shop, id).await.into_iter().filter(|award| award == "paid 10").count();
    assert_eq!((stand, shop.points_of("maya@example.com").await), (1, 110));
    assert_clean(&shop).await;
    shop.close().await;
}

/// It is reached again before whoever takes back has come to it: then there is nothing to take back.
#[tokio::test]
async fn what_is_reached_again_in_time_is_not_taken_back() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "at": [2]});
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), json!({})).await;
    bought(&shop, "1", 100, "maya@example.com").await;
    let second = bought(&shop, "2", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 10"]);
    sqlx::query("UPDATE policy_awards SET undo = true").execute(&shop.db.pool).await.unwrap();
    sqlx::query("UPDATE policy_counted SET counted = 0 WHERE purchase_id = $1")
        .bind(second.uuid())
        .execute(&shop.db.pool)
        .await
        .unwrap();
    sqlx::query("UPDATE policy_counters SET counted = 1").execute(&shop.db.pool).await.unwrap();
    let third = bought(&shop, "3", 100, "maya@example.com").await;
    follow_policies(&shop).await;
    assert_eq!(shop.count("policy_awards WHERE NOT undo AND state = 'paid'").await, 1);
    let of = sqlx::query_scalar("SELECT purchase_id FROM policy_awards");
    let of: Uuid = of.fetch_one(&shop.db.pool).await.unwrap();
    assert_eq!(of, third.uuid(), "it is the third's now");
    shop.close().await;
}

/// Of ten meals nine come back after each was credited: one credit stays, one is not taken back twice, and the last goes with the
/// rest. So do points and cashback.
#[tokio::test]
async fn what_was_paid_for_each_unit_is_taken_back_for_those_that_come_back() {
    let shop = shop().await;
    let event = || json!({"on": "friend_purchase", "count": "units"});
    let to = || json!({"to": "advocate"});
    let credits = policy(&shop, event(), json!({"give": "credits", "credits": 1}), to()).await;
    let points = policy(&shop, event(), json!({"give": "points", "points": 3}), to()).await;
    let money = policy(&shop, event(), json!({"give": "cashback", "amount": 5}), to()).await;
    let off = policy(&shop, event(), json!({"give": "discount", "value": "0.1"}), to()).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let mut ten = meals("1", 10);
    ten["customer"] = json!({"email": "ben@example.com"});
    ten["referral_code"] = json!(code);
    let ten = shop.bought(ten).await.id;
    settle(&shop).await;
    let wallet = async || {
        let wallets = shop.engine.customer_cashback(&shop.cx, ada).await.unwrap();
        wallets.first().map_or(0, |wallet| wallet.available.get())
    };
    let stands = async |meals: i64| {
        assert_eq!(became(&shop, credits).await, [format!("paid {meals}")]);
        assert_eq!(became(&shop, points).await, [format!("paid {}", 3 * meals)]);
        assert_eq!(became(&shop, money).await, [format!("paid {}", 5 * meals)]);
        assert_eq!(became(&shop, off).await, ["paid 1"]);
        assert_eq!(shop.points_of("ada@example.com").await, 3 * meals);
        assert_eq!(wallet().await, 5 * meals);
        assert_eq!(shop.count(&format!("referral_credits WHERE credits = {meals}")).await, 1);
        assert_clean(&shop).await;
    };
    stands(10).await;
    let some = |quantity: u64| json!({"lines": [{"line": 0, "quantity": quantity}]});
    give_back(&shop, ten, "r1", some(2)).await;
    settle(&shop).await;
    stands(8).await;
    give_back(&shop, ten, "r2", some(7)).await;
    settle(&shop).await;
    stands(1).await;
    give_back(&shop, ten, "r3", some(1)).await;
    settle(&shop).await;
    assert_eq!(became(&shop, credits).await, ["reversed 1 returned"]);
    assert_eq!(became(&shop, points).await, ["reversed 3 returned"]);
    assert_eq!(became(&shop, money).await, ["reversed 5 returned"]);
    assert_eq!(became(&shop, off).await, ["reversed 1 returned"]);
    assert_eq!((shop.points_of("ada@example.com").await, wallet().await), (0, 0));
    assert_clean(&shop).await;
    shop.close().await;
}

/// The local day of what was given is another one once the merchant is in another zone.
#[tokio::test]
async fn credits_are_taken_back_wherever_the_merchants_days_have_moved_to() {
    let shop = shop().await;
    let event = json!({"on": "friend_purchase", "count": "units"});
    let id = policy(&shop, event, json!({"give": "credits", "credits": 1}), json!({"to": "advocate"})).await;
    let (_, code) = advocate(&shop, "ada@example.com").await;
    let mut three = meals("1", 3);
    three["customer"] = json!({"email": "ben@example.com"});
    three["referral_code"] = json!(code);
    let three = shop.bought(three).await.id;
    settle(&shop).await;
    assert_eq!(shop.count("referral_credits WHERE credits = 3 AND day = '2026-11-21'").await, 1);
    // It is tomorrow there already.
    shop.set(json!({"time_zone": "Pacific/Auckland"})).await;
    give_back(&shop, three, "r1", json!({"lines": [{"line": 0, "quantity": 2}]})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1"]);
    assert_eq!(shop.count("referral_credits WHERE credits = 1").await, 1);
    give_back(&shop, three, "r2", json!({"lines": [{"line": 0, "quantity": 1}]})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["reversed 1 returned"]);
    assert_eq!(shop.count("referral_credits WHERE credits > 0").await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Lets the policies come to what happened, and nobody pay or take back.
async fn follow_policies(shop: &Shop) {
    let later = "UPDATE policy_awards SET due_at = 'infinity'";
    sqlx::raw_sql(later).execute(&shop.db.pool).await.unwrap();
    let workers = shop.engine.workers();
    while shop.count("queue WHERE module <> 'awards'").await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    workers.stop().await;
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
        servers.spawn(async move { patiently!(engine.awards_settle_due()).unwrap() });
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
