//! Reward policies about friends, where what a friend does is heard of late, or is undone and done by another.

use chrono::TimeDelta;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_domain::referrals::ReferralState;
use perennial_engine::PageRequest;
use perennial_engine::referrals::ReferralFriend;
use serde_json::json;

use crate::intake_support::{Shop, purchase};
use crate::policies::{advocate, assert_clean, became, days_later, policy, settle, shop};
use crate::tiers::give_back;

/// The first purchase of all friends together is returned while its award is held; that of another friend is the first then.
#[tokio::test]
async fn a_number_that_one_friend_gave_back_is_reached_by_another() {
    let shop = shop().await;
    let (event, more) =
        (json!({"on": "friends_count", "at": [1]}), json!({"to": "advocate", "hold_days": 7}));
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), more).await;
    let (_, code) = advocate(&shop, "ada@example.com").await;
    let come = async |number: &str, email: &str| {
        let first = json!({"customer": {"email": email}, "referral_code": code});
        shop.bought(purchase(number, 100, first)).await.id
    };
    let ben = come("1", "ben@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 10"]);
    give_back(&shop, ben, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["cancelled 10 returned"]);
    come("2", "eve@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["cancelled 10 returned", "held 10"]);
    days_later(&shop, 8).await;
    let now = ["cancelled 10 returned", "paid 10"];
    assert_eq!(became(&shop, id).await, now, "it is Eve's now, and Ben's return is nothing to her");
    assert_eq!(shop.points_of("ada@example.com").await, 10);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A claim makes somebody a friend. Who gives something for friends must not come to the claim before that is known.
#[tokio::test]
async fn a_claim_with_a_code_gives_whatever_a_purchase_with_it_gives() {
    let shop = shop().await;
    let points = || json!({"give": "points", "points": 10});
    let to = || json!({"to": "advocate"});
    let first = policy(&shop, json!({"on": "first_purchase"}), points(), to()).await;
    let every = policy(&shop, json!({"on": "friend_purchase"}), points(), to()).await;
    let (_, code) = advocate(&shop, "ada@example.com").await;
    let bought = shop.bought(purchase("1", 100, json!({"customer": null, "referral_code": code}))).await;
    let customer = CustomerRef::Email("ben@example.com".parse().unwrap());
    shop.engine.claim(&shop.cx, &bought.claim_code.clone().unwrap(), &customer).await.unwrap();
    // The referrals are held up.
    due(&shop, "infinity").await;
    settle_others(&shop).await;
    due(&shop, "-infinity").await;
    settle(&shop).await;
    assert_eq!(became(&shop, first).await, ["paid 10"]);
    assert_eq!(became(&shop, every).await, ["paid 10"]);
    assert_eq!(shop.points_of("ada@example.com").await, 20);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Somebody claims the first purchase and buys again in the same instant, before the referrals come to either.
#[tokio::test]
async fn a_claim_is_the_first_purchase_whatever_is_bought_right_after_it() {
    let shop = shop().await;
    let (points, to) = (json!({"give": "points", "points": 10}), json!({"to": "advocate"}));
    let id = policy(&shop, json!({"on": "first_purchase"}), points, to).await;
    let (_, code) = advocate(&shop, "ada@example.com").await;
    let bought = shop.bought(purchase("1", 100, json!({"customer": null, "referral_code": code}))).await;
    let customer = CustomerRef::Email("ben@example.com".parse().unwrap());
    shop.engine.claim(&shop.cx, &bought.claim_code.clone().unwrap(), &customer).await.unwrap();
    shop.bought(purchase("2", 100, json!({"customer": {"email": "ben@example.com"}}))).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 10"]);
    assert_eq!(shop.points_of("ada@example.com").await, 10);
    assert_clean(&shop).await;
    shop.close().await;
}

/// What a person has to look at is paid when it counts, and not at all when it does not.
#[tokio::test]
async fn what_waits_for_a_person_is_paid_when_it_counts() {
    let shop = shop().await;
    shop.set(json!({"referrals": {"max_per_hour": 1}})).await;
    let (points, to) = (json!({"give": "points", "points": 10}), json!({"to": "advocate"}));
    let id = policy(&shop, json!({"on": "first_purchase"}), points, to).await;
    let (_, code) = advocate(&shop, "ada@example.com").await;
    let mut friends = Vec::new();
    for number in 0..3 {
        let email = format!("friend{number}@example.com");
        let first = json!({"customer": {"email": email}, "referral_code": code});
        friends.push(shop.bought(purchase(number.to_string(), 100, first)).await.customer_id.unwrap());
        settle(&shop).await;
    }
    days_later(&shop, 1).await;
    assert_eq!(became(&shop, id).await, ["paid 10", "held 10", "held 10"]);
    shop.engine.referral_approve(&shop.cx, friends[1]).await.unwrap();
    shop.engine.referral_reject(&shop.cx, friends[2]).await.unwrap();
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 10", "paid 10", "cancelled 10 referral"]);
    assert_eq!(shop.points_of("ada@example.com").await, 20);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Who brought a friend is rewarded once there is something for who did: what the friend has of it, or a letter, rewards nobody
/// for it, and keeps nobody from finding that it does not count.
#[tokio::test]
async fn a_referral_is_rewarded_when_the_advocate_is() {
    let shop = shop().await;
    let (first, points) = (|| json!({"on": "first_purchase"}), || json!({"give": "points", "points": 10}));
    let friends = policy(&shop, first(), points(), json!({"to": "friend"})).await;
    let letter = json!({"give": "email", "subject": "Thank you", "text": "Your friend has bought."});
    let letters = policy(&shop, first(), letter, json!({"to": "advocate"})).await;
    let later = policy(&shop, first(), points(), json!({"to": "advocate", "hold_days": 7})).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let mut brought = Vec::new();
    for name in ["ben", "eve"] {
        let with = json!({"customer": {"email": format!("{name}@example.com")}, "referral_code": code});
        brought.push(shop.bought(purchase(name, 100, with)).await.customer_id.unwrap());
        settle(&shop).await;
    }
    assert_eq!(became(&shop, friends).await, ["paid 10", "paid 10"]);
    assert_eq!(became(&shop, letters).await, ["paid 1", "paid 1"]);
    assert_eq!(became(&shop, later).await, ["held 10", "held 10"]);
    for friend in &brought {
        assert_eq!(state(&shop, *friend).await, ReferralState::Qualified);
    }
    shop.engine.referral_reject(&shop.cx, brought[0]).await.unwrap();
    settle(&shop).await;
    days_later(&shop, 8).await;
    assert_eq!(became(&shop, later).await, ["cancelled 10 referral", "paid 10"]);
    assert_eq!(state(&shop, brought[0]).await, ReferralState::Rejected);
    assert_eq!(state(&shop, brought[1]).await, ReferralState::Rewarded);
    assert_eq!(told(&shop, ada).await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Both have something of one policy: the referral is rewarded, once, and by what the advocate has.
#[tokio::test]
async fn what_both_are_given_rewards_the_advocate_once() {
    let shop = shop().await;
    let (points, to) = (json!({"give": "points", "points": 10}), json!({"to": "both"}));
    let id = policy(&shop, json!({"on": "friend_purchase"}), points, to).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let first = json!({"customer": {"email": "ben@example.com"}, "referral_code": code});
    let ben = shop.bought(purchase("1", 100, first)).await.customer_id.unwrap();
    settle(&shop).await;
    shop.bought(purchase("2", 100, json!({"customer": {"email": "ben@example.com"}}))).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, vec!["paid 10"; 4]);
    assert_eq!(state(&shop, ben).await, ReferralState::Rewarded);
    assert_eq!(told(&shop, ada).await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Seed 003's own policy: whoever brought a friend sees how far that one is to the next free meal.
#[tokio::test]
async fn each_friend_is_on_the_way_to_a_number() {
    let shop = shop().await;
    let event = |at: [i64; 2]| json!({"on": "friend_count", "count": "units", "at": at});
    let points = || json!({"give": "points", "points": 10});
    let named = |name: &str, to: &str| json!({"name": name, "to": to});
    policy(&shop, event([1, 100]), points(), named("A free meal", "advocate")).await;
    policy(&shop, event([7, 9]), points(), named("For the friend", "friend")).await;
    policy(&shop, event([1, 2]), points(), named("All given", "both")).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let mut bought = Vec::new();
    for (name, meals) in [("ben", 42), ("eve", 3)] {
        let lines = json!([{"product": "meal", "quantity": meals, "unit_price": 100}]);
        let with = json!({"customer": {"email": format!("{name}@example.com")}, "referral_code": code,
            "amount": null, "lines": lines});
        bought.push(shop.bought(purchase(name, 0, with)).await.id);
        shop.engine.clock().advance(TimeDelta::seconds(1));
    }
    settle(&shop).await;
    let friends = async || {
        let page = PageRequest::default();
        let friends = shop.engine.referral_friends(&shop.cx, ada, &page).await.unwrap().data;
        let ways = |friend: &ReferralFriend| {
            let ways = friend.milestones.iter();
            ways.map(|way| format!("{} {} of {} {}", way.name, way.counted, way.next, way.unit)).collect()
        };
        friends.iter().map(ways).collect::<Vec<Vec<String>>>()
    };
    let ben = vec!["A free meal 42 of 100 units".to_owned()];
    assert_eq!(friends().await, [vec!["A free meal 3 of 100 units".to_owned()], ben.clone()]);
    // Who gave everything back counts no more.
    give_back(&shop, bought[1], "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(friends().await, [Vec::new(), ben]);
    shop.close().await;
}

async fn state(shop: &Shop, friend: CustomerId) -> ReferralState {
    shop.engine.referral_get(&shop.cx, friend).await.unwrap().state
}

/// How often an advocate was told of a reward for a friend.
async fn told(shop: &Shop, advocate: CustomerId) -> i64 {
    let sql = "SELECT count(*) FROM events WHERE kind = 'referral.rewarded' AND customer_id = $1";
    sqlx::query_scalar(sql).bind(advocate.uuid()).fetch_one(&shop.db.pool).await.unwrap()
}

/// Nothing is given while the first purchase can still come back, in whatever order it is heard of; and nothing for somebody who
/// was banned meanwhile.
#[tokio::test]
async fn awards_wait_as_long_as_the_referral_and_none_is_paid_for_who_is_banned() {
    let shop = shop().await;
    shop.set(json!({"referrals": {"hold_days": 14}})).await;
    let (points, to) = (json!({"give": "points", "points": 10}), json!({"to": "advocate"}));
    let id = policy(&shop, json!({"on": "first_purchase"}), points, to).await;
    for (number, advocate_of) in ["ada@example.com", "bea@example.com"].into_iter().enumerate() {
        let (customer, code) = advocate(&shop, advocate_of).await;
        let email = format!("friend{number}@example.com");
        let first = json!({"customer": {"email": email}, "referral_code": code});
        shop.bought(purchase(number.to_string(), 100, first)).await;
        // Whoever pays comes first, and cannot know how long the referral holds it.
        due(&shop, "infinity").await;
        settle_others(&shop).await;
        due(&shop, "-infinity").await;
        settle(&shop).await;
        if advocate_of.starts_with("bea") {
            shop.engine.referral_ban(&shop.cx, customer).await.unwrap();
        }
    }
    days_later(&shop, 13).await;
    assert_eq!(became(&shop, id).await[0], "held 10");
    days_later(&shop, 2).await;
    assert_eq!(became(&shop, id).await, ["paid 10", "cancelled 10 referral"]);
    assert_eq!(shop.points_of("bea@example.com").await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Lets everything have its effect but the referrals.
async fn settle_others(shop: &Shop) {
    let workers = shop.engine.workers();
    while shop.count("queue WHERE module <> 'referrals'").await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    workers.stop().await;
}

/// When the messages of the referrals are due.
async fn due(shop: &Shop, at: &str) {
    let sql = "UPDATE queue SET due_at = $1::timestamptz WHERE module = 'referrals'";
    sqlx::query(sql).bind(at).execute(&shop.db.pool).await.unwrap();
}
