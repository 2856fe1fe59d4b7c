//! Reward policies: from what customers and their friends do to what they are given, exactly once.

use chrono::TimeDelta;
use perennial_domain::ids::{CustomerId, PolicyId, PurchaseId, RewardId, TierId};
use perennial_domain::policies::{PolicyInput, Template};
use perennial_engine::customers::NewCustomer;
use perennial_engine::policies::{Award, PolicyState};
use perennial_engine::{Clock, Error, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, buy_all, patiently, purchase};
use crate::tiers::{START, by, give_back, name as tier_name};

/// A shop at a fixed time that gives a point per cent and holds nothing for referrals.
pub async fn shop() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let referrals = json!({"hold_days": 0, "max_per_hour": 10_000, "max_per_day": 100_000});
    shop.set(json!({ "referrals": referrals })).await;
    shop
}

pub fn input(value: Value) -> PolicyInput {
    serde_json::from_value(value).unwrap()
}

pub async fn publish(shop: &Shop, input: PolicyInput) -> PolicyId {
    let id = shop.engine.policy_create(&shop.cx, input).await.unwrap().id;
    shop.engine.policy_publish(&shop.cx, id).await.unwrap();
    id
}

pub async fn policy(shop: &Shop, event: Value, gives: Value, more: Value) -> PolicyId {
    let mut policy = json!({"name": "Policy", "event": event, "effects": [gives]});
    policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    publish(shop, input(policy)).await
}

async fn reward(shop: &Shop, stock: Option<i64>) -> RewardId {
    let mut reward = json!({"name": "Free meal", "kind": "percent", "value": "1", "points_cost": 1000});
    if let Some(stock) = stock {
        reward["stock"] = json!(stock);
    }
    shop.engine.reward_create(&shop.cx, serde_json::from_value(reward).unwrap()).await.unwrap().id
}

/// An advocate and the code.
pub async fn advocate(shop: &Shop, email: &str) -> (CustomerId, String) {
    let known = NewCustomer { email: Some(email.to_owned()), ..NewCustomer::default() };
    let customer = shop.engine.customer_create(&shop.cx, known).await.unwrap().customer.id;
    let code = shop.engine.referral_code_of(&shop.cx, customer).await.unwrap().code;
    (customer, code.as_str().to_owned())
}

/// Lets everything have its effect, what another module has to find out first included. Nothing may fail.
pub async fn settle(shop: &Shop) {
    for _ in 0..2 {
        crate::tiers::settle(shop).await;
        shop.engine.clock().advance(TimeDelta::seconds(6));
        shop.engine.awards_settle_due().await.unwrap();
        crate::tiers::settle(shop).await;
    }
    assert_eq!(shop.count("dead_letters").await, 0);
}

pub async fn days_later(shop: &Shop, days: i64) {
    shop.engine.clock().advance(TimeDelta::days(days));
    shop.engine.awards_settle_due().await.unwrap();
    settle(shop).await;
}

pub async fn awards(shop: &Shop, policy: PolicyId) -> Vec<Award> {
    let page = PageRequest::new(Some(200), None).unwrap();
    let mut awards = shop.engine.policy_awards(&shop.cx, policy, &page).await.unwrap().data;
    awards.reverse();
    awards
}

/// What became of the awards of a policy, the oldest first: `paid 1`, `cancelled 5 returned`.
pub async fn became(shop: &Shop, policy: PolicyId) -> Vec<String> {
    let text = |award: &Award| {
        let reason = award.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
        format!("{} {}{reason}", award.state.as_str(), award.amount)
    };
    awards(shop, policy).await.iter().map(text).collect()
}

async fn letters(shop: &Shop, email: &str) -> Vec<(String, String)> {
    let page = shop.engine.mailbox_list(Some(email), &PageRequest::default()).await.unwrap();
    // Not the one that welcomes.
    let sent = page.data.into_iter().rev().filter(|letter| letter.subject.contains("points"));
    sent.map(|letter| (letter.subject, letter.body)).collect()
}

pub async fn bought(shop: &Shop, number: impl Into<String>, cents: i64, email: &str) -> PurchaseId {
    shop.bought(purchase(number, cents, by(email))).await.id
}

pub async fn assert_clean(shop: &Shop) {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

async fn customer(shop: &Shop, email: &str) -> CustomerId {
    let id = sqlx::query_scalar("SELECT customer_id FROM customer_identities WHERE value = $1");
    CustomerId::from_uuid(id.bind(email).fetch_one(&shop.db.pool).await.unwrap())
}

async fn adjust(shop: &Shop, customer: CustomerId, points: i64) {
    let adjustment = serde_json::from_value(json!({"points": points, "reason": "test"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, customer, adjustment).await.unwrap();
}

/// Seed 000: more than 100 points, one e-mail; G21: again only after falling back, whatever moved the points.
#[tokio::test]
async fn g21_the_hundred_points_mail_goes_out_once_a_crossing() {
    let shop = shop().await;
    let id = publish(&shop, Template::HundredPointsMail.draft(None)).await;
    bought(&shop, "1", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, [""; 0], "100 is not more than 100");
    bought(&shop, "2", 1, "maya@example.com").await;
    settle(&shop).await;
    bought(&shop, "3", 500, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1"], "above it nothing more is crossed");
    let sent = letters(&shop, "maya@example.com").await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "You have more than 100 points");
    assert!(sent[0].1.contains("101 points at Corner Shop"), "{}", sent[0].1);
    // By hand down, by hand up again; both are heard of together.
    let maya = customer(&shop, "maya@example.com").await;
    adjust(&shop, maya, -600).await;
    adjust(&shop, maya, 100).await;
    adjust(&shop, maya, -100).await;
    adjust(&shop, maya, 300).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1", "paid 1", "paid 1"], "two crossings in one go");
    // Messages that come again, and a second look, change nothing.
    let again = json!({"moved": [maya], "purchases": []});
    for _ in 0..2 {
        sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('policies', $1, $2)")
            .bind(shop.merchant.uuid())
            .bind(&again)
            .execute(&shop.db.pool)
            .await
            .unwrap();
    }
    settle(&shop).await;
    assert_eq!(letters(&shop, "maya@example.com").await.len(), 3);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G24: the purchases of all friends together reach 100, sent at once to two servers, with one of them returned on the way.
#[tokio::test]
async fn g24_friends_reach_a_hundred_and_the_advocate_gets_one_reward() {
    let shop = shop().await;
    let meal = reward(&shop, Some(5)).await;
    let event = json!({"on": "friends_count", "at": [100]});
    let id = policy(&shop, event, json!({"give": "reward", "reward": meal}), json!({})).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let friend = |number: usize| format!("friend{number}@example.com");
    for number in 0..10 {
        let first = json!({"customer": {"email": friend(number)}, "referral_code": code});
        shop.bought(purchase(format!("first{number}"), 100, first)).await;
    }
    let returned = bought(&shop, "returned", 100, &friend(3)).await;
    settle(&shop).await;
    let second = shop.another_engine().await;
    let mut tasks = JoinSet::new();
    for number in 0..10 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { second.clone() };
        let cx = shop.cx.clone();
        let email = friend(number);
        tasks.spawn(async move {
            let purchases = (0..9).map(|place| purchase(format!("{number}-{place}"), 100, by(&email)));
            for answer in buy_all(&engine, &cx, purchases.collect()).await {
                answer.unwrap();
            }
        });
    }
    let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
    tasks.spawn(async move {
        let input = serde_json::from_value(json!({"return_id": "r"})).unwrap();
        let checked = perennial_domain::returns::ReturnInput::check(&input).unwrap();
        patiently!(engine.return_purchase(&cx, returned, &checked, false)).unwrap();
    });
    let (first_workers, second_workers) = (shop.engine.workers(), second.workers());
    tasks.join_all().await;
    settle(&shop).await;
    first_workers.stop().await;
    second_workers.stop().await;
    // 10 + 1 - 1 + 90.
    let counted = shop.engine.customer_progress(&shop.cx, ada).await.unwrap();
    assert_eq!((counted[0].counted, counted[0].next, counted[0].given), (Some(100), None, 1));
    assert_eq!(became(&shop, id).await, ["paid 1"]);
    assert_eq!(shop.count("vouchers").await, 1);
    assert_eq!(shop.count("rewards WHERE stock = 4").await, 1);
    // One comes back and one more is bought: it was reached and given, and is not given again.
    let last = bought(&shop, "last", 100, &friend(1)).await;
    settle(&shop).await;
    give_back(&shop, last, "r2", json!({})).await;
    let more = bought(&shop, "more", 100, &friend(1)).await;
    settle(&shop).await;
    give_back(&shop, more, "r3", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1"]);
    assert_clean(&shop).await;
    second.shutdown().await;
    shop.close().await;
}

/// G23: the friend's first purchase is returned while its award is held, and after it was given.
#[tokio::test]
async fn g23_a_return_before_the_hold_ends_pays_nothing_and_later_takes_back() {
    let shop = shop().await;
    let points = json!({"give": "points", "points": 500});
    let more = json!({"to": "both", "hold_days": 14});
    let id = policy(&shop, json!({"on": "first_purchase"}), points, more).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let come = async |number: &str, email: &str| {
        let first = json!({"customer": {"email": email}, "referral_code": code});
        shop.bought(purchase(number, 1_000, first)).await.id
    };
    let ben = come("1", "ben@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 500", "held 500"]);
    days_later(&shop, 13).await;
    give_back(&shop, ben, "r", json!({})).await;
    settle(&shop).await;
    days_later(&shop, 30).await;
    assert_eq!(became(&shop, id).await, ["cancelled 500 returned", "cancelled 500 returned"]);
    assert_eq!(shop.points_of("ada@example.com").await, 0);
    let eve = come("2", "eve@example.com").await;
    settle(&shop).await;
    days_later(&shop, 15).await;
    assert_eq!(became(&shop, id).await[2..], ["paid 500", "paid 500"]);
    assert_eq!(shop.points_of("ada@example.com").await, 500);
    assert_eq!(shop.points_of("eve@example.com").await, 1_500);
    // Ada spends most of it; what is missing then is owed.
    adjust(&shop, ada, -400).await;
    give_back(&shop, eve, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await[2..], ["reversed 500 returned", "reversed 500 returned"]);
    assert_eq!(shop.points_of("ada@example.com").await, -400);
    assert_eq!(shop.points_of("eve@example.com").await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Seed 003: "Update customer credits with each referred meal. Grant customer free meal each time a referred customer purchases
/// 1st, 100th and 1000th meal."
#[tokio::test]
async fn seed_003_credits_for_each_referred_meal_and_a_free_meal_at_the_1st_100th_and_1000th() {
    let shop = shop().await;
    shop.set(json!({"tiers": {"basis": "referral_credits", "window": {"kind": "ever"}}})).await;
    crate::tiers::ladder(&shop).await;
    let meal = reward(&shop, None).await;
    let credits = publish(&shop, Template::CreditPerReferredMeal.draft(None)).await;
    let free = publish(&shop, Template::FreeMealAtMilestones.draft(Some(meal))).await;
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    // The meal status message at the finalisation of the first purchase carries the code.
    let meals = |quantity: u64| json!([{"product": "meal", "quantity": quantity, "unit_price": 100}]);
    let first = json!({"amount": null, "lines": meals(1), "customer": {"email": "ben@example.com"}, "referral_code": code});
    shop.bought(purchase("1", 0, first)).await;
    settle(&shop).await;
    assert_eq!(became(&shop, free).await, ["paid 1"]);
    assert_eq!(became(&shop, credits).await, ["paid 1"]);
    let more = async |number: &str, quantity: u64| {
        let with =
            json!({"amount": null, "lines": meals(quantity), "customer": {"email": "ben@example.com"}});
        let bought = shop.bought(purchase(number, 0, with)).await.id;
        settle(&shop).await;
        bought
    };
    more("2", 98).await;
    assert_eq!(became(&shop, free).await.len(), 1, "99 meals");
    assert_eq!(tier_name(&shop, ada).await.as_deref(), Some("Silver"), "99 credits");
    more("3", 1).await;
    assert_eq!(became(&shop, free).await, ["paid 1", "paid 1"]);
    assert_eq!(tier_name(&shop, ada).await.as_deref(), Some("Gold"), "100 credits");
    let thousand = more("4", 900).await;
    assert_eq!(became(&shop, free).await, ["paid 1", "paid 1", "paid 1"]);
    assert_eq!(became(&shop, credits).await, ["paid 1", "paid 98", "paid 1", "paid 900"]);
    let causes: Vec<String> = awards(&shop, free)
        .await
        .iter()
        .map(|award| award.cause.rsplit(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(causes, ["1", "100", "1000"]);
    let vouchers = shop.engine.customer_vouchers(&shop.cx, ada, &PageRequest::default()).await.unwrap().data;
    assert_eq!(vouchers.len(), 3);
    assert!(vouchers.iter().all(|voucher| voucher.name == "Free meal" && voucher.redemption_id.is_none()));
    // All of the last basket comes back: its credits and its meal go, the other two stay.
    give_back(&shop, thousand, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, free).await, ["paid 1", "paid 1", "reversed 1 returned"]);
    assert_eq!(became(&shop, credits).await[3], "reversed 900 returned");
    assert_eq!(shop.count("vouchers WHERE state = 'cancelled'").await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A message twice, in another order, and after the return that it should have come before.
#[tokio::test]
async fn messages_again_late_and_out_of_order_change_nothing() {
    let shop = shop().await;
    let every = json!({"on": "own_count", "every": 2});
    let id = policy(&shop, every, json!({"give": "points", "points": 10}), json!({})).await;
    let mut purchases = Vec::new();
    for number in 1..=5 {
        purchases.push(bought(&shop, number.to_string(), 100, "maya@example.com").await);
    }
    give_back(&shop, purchases[4], "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 10", "paid 10"]);
    for purchase in purchases.iter().rev().chain(&purchases) {
        let message = json!({"purchases": [purchase], "returned": [purchases[4]]});
        sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('policies', $1, $2)")
            .bind(shop.merchant.uuid())
            .bind(message)
            .execute(&shop.db.pool)
            .await
            .unwrap();
    }
    let due: Vec<_> = awards(&shop, id).await.iter().map(|award| award.id).collect();
    sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('awards', $1, $2)")
        .bind(shop.merchant.uuid())
        .bind(json!({ "due": due }))
        .execute(&shop.db.pool)
        .await
        .unwrap();
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 10", "paid 10"]);
    assert_eq!(shop.points_of("maya@example.com").await, 420);
    assert_eq!(shop.count("policy_counters WHERE counted = 4").await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A number that was reached and lost to a return while its award was held can be reached again.
#[tokio::test]
async fn what_a_return_cancelled_is_given_when_it_is_reached_again() {
    let shop = shop().await;
    let event = json!({"on": "own_count", "at": [2]});
    let id = policy(&shop, event, json!({"give": "points", "points": 10}), json!({"hold_days": 7})).await;
    let first = bought(&shop, "1", 100, "maya@example.com").await;
    bought(&shop, "2", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 10"]);
    // Not the second one, but the count is below two.
    give_back(&shop, first, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["cancelled 10 returned"]);
    bought(&shop, "3", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["cancelled 10 returned", "held 10"]);
    days_later(&shop, 8).await;
    assert_eq!(became(&shop, id).await, ["cancelled 10 returned", "paid 10"]);
    assert_eq!(shop.points_of("maya@example.com").await, 210);
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn caps_rests_and_pauses_hold_back() {
    let shop = shop().await;
    let every = || json!({"on": "own_count", "every": 1});
    let points = || json!({"give": "points", "points": 1});
    let capped = policy(&shop, every(), points(), json!({"cap": {"times": 2, "per": "month"}})).await;
    let resting = policy(&shop, every(), points(), json!({"cool_down_days": 10})).await;
    let paused = policy(&shop, every(), points(), json!({})).await;
    shop.engine.policy_pause(&shop.cx, paused).await.unwrap();
    for number in 1..=3 {
        bought(&shop, number.to_string(), 100, "maya@example.com").await;
    }
    settle(&shop).await;
    assert_eq!(became(&shop, capped).await, ["paid 1", "paid 1", "refused 1 cap"]);
    assert_eq!(became(&shop, resting).await, ["paid 1", "refused 1 cool_down", "refused 1 cool_down"]);
    assert_eq!(became(&shop, paused).await, [""; 0]);
    shop.engine.policy_resume(&shop.cx, paused).await.unwrap();
    days_later(&shop, 11).await;
    bought(&shop, "4", 100, "maya@example.com").await;
    settle(&shop).await;
    // 2 December: another month.
    assert_eq!(became(&shop, capped).await[3..], ["paid 1"]);
    assert_eq!(became(&shop, resting).await[3..], ["paid 1"]);
    assert_eq!(became(&shop, paused).await, ["paid 1"], "what happened in the pause is not made up for");
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn cashback_and_discounts_are_given_and_taken_back_as_far_as_they_are_there() {
    let shop = shop().await;
    let event = || json!({"on": "first_purchase"});
    let money = policy(&shop, event(), json!({"give": "cashback", "amount": 250}), json!({})).await;
    let off = json!({"give": "discount", "value": "0.1", "valid_days": 30});
    let discount = policy(&shop, event(), off, json!({})).await;
    let maya = bought(&shop, "1", 100, "maya@example.com").await;
    let ben = bought(&shop, "2", 100, "ben@example.com").await;
    settle(&shop).await;
    let wallet = async |email: &str| {
        let id = customer(&shop, email).await;
        let wallets = shop.engine.customer_cashback(&shop.cx, id).await.unwrap();
        wallets.first().map_or(0, |wallet| wallet.available.get())
    };
    assert_eq!((wallet("maya@example.com").await, wallet("ben@example.com").await), (250, 250));
    // Ben spends the discount and a part of the cashback.
    let id = customer(&shop, "ben@example.com").await;
    let vouchers = shop.engine.customer_vouchers(&shop.cx, id, &PageRequest::default()).await.unwrap().data;
    let with = json!({"customer": {"email": "ben@example.com"}, "vouchers": [vouchers[0].code], "pay_with_cashback": 200});
    let spent = shop.bought(purchase("3", 1_000, with)).await;
    assert_eq!(spent.tenders.as_ref().map(|tenders| tenders.vouchers.len()), Some(1));
    give_back(&shop, maya, "r", json!({})).await;
    give_back(&shop, ben, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(became(&shop, money).await, ["reversed 250 returned", "reversed 250 returned"]);
    // Both were given in one go, which has no order.
    let mut discounts = became(&shop, discount).await;
    discounts.sort();
    assert_eq!(discounts, ["paid 1 used", "reversed 1 returned"]);
    assert_eq!((wallet("maya@example.com").await, wallet("ben@example.com").await), (0, 0));
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn tiers_enrolments_and_stock() {
    let shop = shop().await;
    let [_, silver, _] = crate::tiers::ladder(&shop).await;
    let meal = reward(&shop, Some(1)).await;
    let gives = || json!({"give": "reward", "reward": meal});
    let reached = policy(&shop, json!({"on": "tier", "tier": silver}), gives(), json!({})).await;
    let joined =
        policy(&shop, json!({"on": "enrolment"}), json!({"give": "points", "points": 5}), json!({})).await;
    bought(&shop, "1", 60, "maya@example.com").await;
    settle(&shop).await;
    bought(&shop, "2", 60, "ben@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, reached).await, ["paid 1", "refused 1 out_of_stock"]);
    let maya = customer(&shop, "maya@example.com").await;
    let enrolled = json!({"enrolled": [maya]});
    for _ in 0..2 {
        sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('policies', $1, $2)")
            .bind(shop.merchant.uuid())
            .bind(&enrolled)
            .execute(&shop.db.pool)
            .await
            .unwrap();
    }
    settle(&shop).await;
    let given = awards(&shop, joined).await;
    assert_eq!(given.iter().filter(|award| award.customer_id == maya).count(), 1, "once a customer");
    assert_clean(&shop).await;
    shop.close().await;
}

/// Else it would go on and never fire, and nobody could edit it any more.
#[tokio::test]
async fn a_tier_that_a_policy_is_about_stays_until_the_policy_is_archived() {
    let shop = shop().await;
    let [_, silver, gold] = crate::tiers::ladder(&shop).await;
    let about = |tier: TierId, name: &str| {
        input(json!({"name": name, "event": {"on": "tier", "tier": tier},
            "effects": [{"give": "points", "points": 5}]}))
    };
    let refused = async || {
        for dry_run in [true, false] {
            match shop.engine.tier_delete(&shop.cx, silver, dry_run).await {
                Err(Error::Conflict { code: "tier_in_use", detail }) => {
                    assert_eq!(detail, "The reward policy “Well done” names this tier");
                }
                other => panic!("{other:?}"),
            }
        }
    };
    let policy = shop.engine.policy_create(&shop.cx, about(silver, "Well done")).await.unwrap().id;
    refused().await;
    shop.engine.policy_publish(&shop.cx, policy).await.unwrap();
    refused().await;
    shop.engine.policy_pause(&shop.cx, policy).await.unwrap();
    refused().await;
    shop.engine.tier_delete(&shop.cx, gold, false).await.unwrap();
    shop.engine.policy_archive(&shop.cx, policy).await.unwrap();
    shop.engine.tier_delete(&shop.cx, silver, false).await.unwrap();
    match shop.engine.policy_create(&shop.cx, about(silver, "Too late")).await {
        Err(Error::Invalid(errors)) => assert_eq!(errors[0].code, "unknown_tier"),
        other => panic!("{other:?}"),
    }
    assert_clean(&shop).await;
    shop.close().await;
}

/// What a policy would have given is what it gives when it runs.
#[tokio::test]
async fn a_trial_writes_nothing_and_tells_what_would_have_been_given() {
    let shop = shop().await;
    for number in 1..=7 {
        bought(&shop, number.to_string(), 60, "maya@example.com").await;
    }
    bought(&shop, "8", 60, "ben@example.com").await;
    settle(&shop).await;
    let third = input(json!({"name": "x", "event": {"on": "own_count", "every": 3},
        "effects": [{"give": "points", "points": 20}], "cap": {"times": 1, "per": "day"}}));
    let trial = shop.engine.policy_try(&shop.cx, third, 90).await.unwrap();
    assert_eq!((trial.looked_at, trial.times, trial.customers, trial.refused), (8, 1, 1, 1));
    assert_eq!(trial.gives[0].amount, 20);
    let mail = Template::HundredPointsMail.draft(None);
    let trial = shop.engine.policy_try(&shop.cx, mail, 90).await.unwrap();
    assert_eq!((trial.times, trial.customers), (1, 1));
    assert_eq!(shop.count("policy_awards").await + shop.count("reward_policies").await, 0);
    shop.close().await;
}

#[tokio::test]
async fn the_life_of_a_policy() {
    let shop = shop().await;
    let engine = &shop.engine;
    let terms = |points: i64, every: i64| {
        input(json!({"name": "Tenth", "event": {"on": "own_count", "every": every},
            "effects": [{"give": "points", "points": points}]}))
    };
    let id = engine.policy_create(&shop.cx, terms(1, 2)).await.unwrap().id;
    bought(&shop, "1", 100, "maya@example.com").await;
    bought(&shop, "2", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, [""; 0], "a draft counts for nothing");
    let published = engine.policy_publish(&shop.cx, id).await.unwrap();
    assert_eq!((published.state, published.version, published.has_draft), (PolicyState::Running, 1, false));
    let refused = engine.policy_publish(&shop.cx, id).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "no_draft", .. })));
    let refused = engine.policy_update(&shop.cx, id, terms(1, 3)).await;
    assert!(matches!(refused, Err(Error::Invalid(errors)) if errors[0].code == "fixed"));
    bought(&shop, "3", 100, "maya@example.com").await;
    // A change counts from when it is published.
    engine.policy_update(&shop.cx, id, terms(7, 2)).await.unwrap();
    bought(&shop, "4", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1"]);
    assert_eq!(engine.policy_publish(&shop.cx, id).await.unwrap().version, 2);
    bought(&shop, "5", 100, "maya@example.com").await;
    bought(&shop, "6", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 1", "paid 7"]);
    let versions = engine.policy_versions(&shop.cx, id, &PageRequest::default()).await.unwrap().data;
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);
    // What the next basket brings is in a quote.
    let meal = reward(&shop, None).await;
    let gives = json!({"give": "reward", "reward": meal});
    policy(&shop, json!({"on": "own_count", "at": [2]}), gives, json!({})).await;
    let basket = json!({"retailer": "north", "customer": {"email": "maya@example.com"}, "amount": 100});
    let due = async || {
        let quote =
            engine.quote(&shop.cx, serde_json::from_value(basket.clone()).unwrap()).await.unwrap().quote;
        quote.rewards_due.iter().map(|due| due.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(due().await, [""; 0], "the next one is the first");
    bought(&shop, "counted", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(due().await, ["Free meal"]);
    let archived = engine.policy_archive(&shop.cx, id).await.unwrap();
    assert_eq!(archived.state, PolicyState::Archived);
    bought(&shop, "7", 100, "maya@example.com").await;
    bought(&shop, "8", 100, "maya@example.com").await;
    settle(&shop).await;
    assert_eq!(became(&shop, id).await.len(), 2);
    assert_clean(&shop).await;
    shop.close().await;
}
