//! Reward policies in quotes: a free reward that is due is one that the purchase then brings.

use chrono::TimeDelta;
use perennial_domain::ids::RewardId;
use serde_json::{Value, json};

use crate::intake_support::{Shop, purchase};
use crate::policies::{advocate, became, bought, policy, settle, shop};

async fn reward(shop: &Shop, name: &str, stock: Option<i64>) -> RewardId {
    let reward = json!({"name": name, "kind": "percent", "value": "1", "points_cost": 1000, "stock": stock});
    shop.engine.reward_create(&shop.cx, serde_json::from_value(reward).unwrap()).await.unwrap().id
}

fn gives(reward: RewardId) -> Value {
    json!({"give": "reward", "reward": reward})
}

/// What a basket for a dollar would bring somebody.
async fn due(shop: &Shop, email: &str) -> Vec<String> {
    let basket = json!({"retailer": "north", "customer": {"email": email}, "amount": 100});
    let quoted = shop.engine.quote(&shop.cx, serde_json::from_value(basket).unwrap()).await.unwrap();
    let due = quoted.quote.rewards_due.into_iter();
    due.map(|due| if due.held { format!("{}, held", due.name) } else { due.name }).collect()
}

#[tokio::test]
async fn what_a_cap_a_rest_or_the_stock_keeps_back_is_not_due() {
    let shop = shop().await;
    let every = || json!({"on": "own_count", "every": 1});
    let capped = reward(&shop, "Capped", None).await;
    let capped = policy(&shop, every(), gives(capped), json!({"cap": {"times": 1, "per": "month"}})).await;
    let rested = reward(&shop, "Rested", None).await;
    policy(&shop, every(), gives(rested), json!({"cool_down_days": 3})).await;
    let last = reward(&shop, "Last", Some(1)).await;
    policy(&shop, every(), gives(last), json!({})).await;
    let mut all = due(&shop, "maya@example.com").await;
    all.sort();
    assert_eq!(all, ["Capped", "Last", "Rested"], "somebody new");
    bought(&shop, "1", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, capped).await, ["paid 1"]);
    assert_eq!(due(&shop, "maya@example.com").await, [""; 0]);
    // 25 November, and 1 December.
    shop.engine.clock().advance(TimeDelta::days(4));
    assert_eq!(due(&shop, "maya@example.com").await, ["Rested"]);
    shop.engine.clock().advance(TimeDelta::days(6));
    let mut all = due(&shop, "maya@example.com").await;
    all.sort();
    assert_eq!(all, ["Capped", "Rested"]);
    let mut others = due(&shop, "ben@example.com").await;
    others.sort();
    assert_eq!(others, ["Capped", "Rested"], "the last one is gone for everybody");
    shop.close().await;
}

#[tokio::test]
async fn a_first_purchase_and_what_friends_buy_bring_what_is_for_the_buyer() {
    let shop = shop().await;
    let mut ids = Vec::new();
    for name in ["Welcome", "Friend", "Together", "Advocate"] {
        ids.push(reward(&shop, name, None).await);
    }
    policy(&shop, json!({"on": "first_purchase"}), gives(ids[0]), json!({"hold_days": 7})).await;
    let second = || json!({"on": "friend_count", "at": [2]});
    policy(&shop, second(), gives(ids[1]), json!({"to": "friend"})).await;
    let together = json!({"on": "friends_count", "at": [3]});
    policy(&shop, together, gives(ids[2]), json!({"to": "both"})).await;
    policy(&shop, second(), gives(ids[3]), json!({"to": "advocate"})).await;
    assert_eq!(due(&shop, "ben@example.com").await, ["Welcome, held"]);
    let (_, code) = advocate(&shop, "ada@example.com").await;
    for name in ["ben", "eve"] {
        let with = json!({"customer": {"email": format!("{name}@example.com")}, "referral_code": code});
        shop.bought(purchase(name, 100, with)).await;
    }
    settle(&shop).await;
    let mut ben = due(&shop, "ben@example.com").await;
    ben.sort();
    assert_eq!(ben, ["Friend", "Together"], "the second of Ben, the third of all friends");
    assert_eq!(due(&shop, "ada@example.com").await, ["Welcome, held"], "nobody has brought Ada");
    // What is due is what comes.
    bought(&shop, "second", 100, "ben@example.com").await;
    settle(&shop).await;
    let sql =
        "SELECT v.name FROM vouchers AS v JOIN customer_identities AS i USING (merchant_id, customer_id)
               WHERE i.value = 'ben@example.com' ORDER BY v.name";
    let given: Vec<String> = sqlx::query_scalar(sql).fetch_all(&shop.db.pool).await.unwrap();
    assert_eq!(given, ben);
    assert_eq!(due(&shop, "ben@example.com").await, [""; 0]);
    shop.close().await;
}
