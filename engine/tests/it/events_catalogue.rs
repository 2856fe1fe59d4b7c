//! The catalogue of events against what a program tells: every kind comes when what it is about happens, with exactly the
//! fields that the catalogue gives it.

use std::sync::Arc;

use chrono::TimeDelta;
use perennial_domain::customer::CustomerRef;
use perennial_domain::events::EventKind;
use perennial_domain::ids::CustomerId;
use perennial_engine::bus::Bus;
use perennial_engine::customers::NewCustomer;
use perennial_engine::privacy::EraseInput;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Engine, EngineConfig, PageRequest};
use serde_json::{Value, json};

use crate::events::{Radio, adjust, assert_in_order, reward};
use crate::intake_support::{Shop, purchase};
use crate::policies::{advocate, assert_clean, became, days_later, policy, settle, shop};
use crate::tiers::give_back;

/// A shop whose purchases are told, too, because a bus listens.
async fn heard() -> Shop {
    let mut shop = shop().await;
    let bus: Arc<dyn Bus> = Arc::new(Radio);
    let config = EngineConfig { connections: 4, lanes: 2, bus: Some(bus), ..EngineConfig::new(&shop.db.url) };
    let listening = Engine::connect_at(config, shop.engine.clock().clone()).await.unwrap();
    std::mem::replace(&mut shop.engine, listening).shutdown().await;
    shop
}

/// Everything that was told of a kind.
async fn told(shop: &Shop, kind: EventKind) -> Vec<Value> {
    let sql = "SELECT data FROM events WHERE kind = $1 ORDER BY customer_id, sequence, id";
    sqlx::query_scalar(sql).bind(kind.as_str()).fetch_all(&shop.db.pool).await.unwrap()
}

/// The list of a customer, the newest first.
async fn list(shop: &Shop, customer: CustomerId) -> Vec<String> {
    let cx = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let page = PageRequest::new(Some(200), None).unwrap();
    let page = shop.engine.notification_list(&cx, &page).await.unwrap();
    page.data.into_iter().map(|told| told.text).collect()
}

#[tokio::test]
async fn every_effect_tells_what_the_catalogue_says_of_it() {
    let shop = heard().await;
    shop.set(json!({"referrals": {"hold_days": 14}})).await;
    let silver = serde_json::from_value(json!({"name": "Silver", "threshold": 500})).unwrap();
    shop.engine.tier_create(&shop.cx, silver, false).await.unwrap();
    let offer = json!({"name": "Ten", "percentage": "0.1", "valid_days": 5});
    shop.engine.cashback_offer_create(&shop.cx, serde_json::from_value(offer).unwrap()).await.unwrap();
    let first = || json!({"on": "own_count", "at": [1]});
    policy(&shop, first(), json!({"give": "points", "points": 5}), json!({})).await;
    policy(&shop, first(), json!({"give": "cashback", "amount": 250}), json!({})).await;
    policy(&shop, first(), json!({"give": "discount", "value": "0.1"}), json!({})).await;
    let credit = json!({"give": "credits", "credits": 1});
    policy(&shop, json!({"on": "friend_purchase"}), credit, json!({"to": "advocate"})).await;

    let bought = shop.bought(purchase("first", 1_000, json!({}))).await;
    let maya = bought.customer_id.unwrap();
    settle(&shop).await;
    shop.promote(json!({"name": "Later", "flat_points": 30, "pending_days": 14})).await;
    spends(&shop, maya).await;
    give_back(&shop, bought.id, "r", json!({"amount": 100})).await;
    let unclaimed = shop.bought(purchase("nobody", 200, json!({"customer": null}))).await;
    let claim = unclaimed.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &claim, &CustomerRef::Id(maya)).await.unwrap();
    let ada = invites(&shop).await;
    let twin = NewCustomer { email: Some("ada.two@example.com".to_owned()), ..NewCustomer::default() };
    let twin = shop.engine.customer_create(&shop.cx, twin).await.unwrap().customer.id;
    let second = serde_json::from_value(json!({"from": {"id": twin}})).unwrap();
    shop.engine.customer_merge(&shop.cx, ada, second).await.unwrap();
    let leaver = NewCustomer { email: Some("zoe@example.com".to_owned()), ..NewCustomer::default() };
    let leaver = shop.engine.customer_create(&shop.cx, leaver).await.unwrap().customer.id;
    shop.engine.customer_erase(&shop.cx, leaver, EraseInput::default()).await.unwrap();
    settle(&shop).await;
    // The day before the last of some points, and ten days later: then all that waited is there, or gone.
    shop.engine.clock().advance(TimeDelta::days(11));
    shop.engine.expiry_round().await.unwrap();
    shop.engine.clock().advance(TimeDelta::days(10));
    shop.engine.expiry_round().await.unwrap();
    shop.engine.mature_due().await.unwrap();
    shop.engine.cashback_expire_due().await.unwrap();
    days_later(&shop, 0).await;

    for kind in EventKind::ALL {
        let all = told(&shop, *kind).await;
        assert!(!all.is_empty(), "{kind} was not told");
        let mut said: Vec<&str> = kind.entry().fields.iter().map(|field| field.name).collect();
        said.sort_unstable();
        for data in all {
            let mut written: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
            written.sort_unstable();
            assert_eq!(written, said, "{kind}: {data}");
        }
    }
    assert_eq!(told(&shop, EventKind::PointsReversed).await[0]["points"], 100);
    assert_eq!(told(&shop, EventKind::TierChanged).await[0]["to"]["name"], "Silver");
    let awarded = told(&shop, EventKind::CashbackAwarded).await;
    assert_eq!((&awarded[0]["amount"], &awarded[0]["currency"]), (&json!(250), &json!("USD")));
    let hers = list(&shop, maya).await;
    for text in ["You were given 5 points", "You were given $2.50 of cashback"] {
        assert_eq!(hers.iter().filter(|one| *one == text).count(), 1, "{text}: {hers:?}");
    }
    assert!(list(&shop, ada).await.contains(&"You were given 1 referral credit".to_owned()));
    assert_in_order(&shop).await;
    assert_clean(&shop).await;
    shop.close().await;
}

/// Redeems, has something sent, uses a voucher; is given points that are gone after 3 December, and loses some.
async fn spends(shop: &Shop, maya: CustomerId) {
    let (mug, off) = (reward(shop, "external").await, reward(shop, "money_off").await);
    let new = |reward| NewRedemption { reward, points: None, hold_seconds: None };
    let who = CustomerRef::Id(maya);
    let mug = shop.engine.redeem(&shop.cx, &who, new(mug)).await.unwrap();
    let shipped = serde_json::from_value(json!("shipped")).unwrap();
    shop.engine.redemption_advance(&shop.cx, mug.redemption.id, shipped).await.unwrap();
    let off = shop.engine.redeem(&shop.cx, &who, new(off)).await.unwrap();
    let code = off.redemption.voucher.unwrap().code.unwrap().parse().unwrap();
    shop.engine.voucher_use(&shop.cx, &code).await.unwrap();
    adjust(shop, maya, -50).await;
    let gift = json!({"points": 70, "reason": "goodwill", "expires_on": "2026-12-03"});
    shop.engine.adjustment_create(&shop.cx, maya, serde_json::from_value(gift).unwrap()).await.unwrap();
}

/// Three friends come by a code: one stays, one returns the first purchase, one is found not to count.
async fn invites(shop: &Shop) -> CustomerId {
    let (ada, code) = advocate(shop, "ada@example.com").await;
    let mut friends = Vec::new();
    for name in ["ben", "cat", "dan"] {
        let with = json!({"customer": {"email": format!("{name}@example.com")}, "referral_code": code});
        friends.push(shop.bought(purchase(name, 300, with)).await);
    }
    settle(shop).await;
    give_back(shop, friends[1].id, "all", json!({})).await;
    shop.engine.referral_reject(&shop.cx, friends[2].customer_id.unwrap()).await.unwrap();
    settle(shop).await;
    ada
}

/// What a policy takes back is told as what it gave, and so is what had expired when it came to take it.
#[tokio::test]
async fn what_a_policy_takes_back_is_told() {
    let shop = shop().await;
    let first = || json!({"on": "first_purchase"});
    let points = policy(&shop, first(), json!({"give": "points", "points": 500}), json!({})).await;
    let money = policy(&shop, first(), json!({"give": "cashback", "amount": 250}), json!({})).await;
    let bought = shop.bought(purchase("1", 100, json!({}))).await;
    let maya = bought.customer_id.unwrap();
    settle(&shop).await;
    // Their last day is over before a round has come to them.
    let gift = json!({"points": 70, "reason": "goodwill", "expires_on": "2026-11-22"});
    shop.engine.adjustment_create(&shop.cx, maya, serde_json::from_value(gift).unwrap()).await.unwrap();
    give_back(&shop, bought.id, "r", json!({})).await;
    shop.engine.clock().advance(TimeDelta::days(3));
    settle(&shop).await;
    assert_eq!(became(&shop, points).await, ["reversed 500 returned"]);
    assert_eq!(became(&shop, money).await, ["reversed 250 returned"]);
    let mut moved: Vec<i64> = told(&shop, EventKind::PointsAwarded)
        .await
        .iter()
        .map(|data| data["points"].as_i64().unwrap())
        .collect();
    moved.sort_unstable();
    assert_eq!(moved, [-500, 500]);
    let amounts = told(&shop, EventKind::CashbackAwarded).await;
    assert_eq!((&amounts[0]["amount"], &amounts[1]["amount"]), (&json!(250), &json!(-250)));
    assert_eq!(told(&shop, EventKind::PointsExpired).await, [json!({"points": 70})]);
    let hers = list(&shop, maya).await;
    for text in ["500 points were taken from your account", "A gift was taken back: $2.50 of cashback"] {
        assert!(hers.iter().any(|one| one == text), "{text}: {hers:?}");
    }
    assert_in_order(&shop).await;
    assert_clean(&shop).await;
    shop.close().await;
}
