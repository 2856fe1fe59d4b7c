//! Referrals that have to wait: for a balance, so that nobody waits for them in turn, and for a person, who has to find them.

use std::sync::Arc;

use chrono::TimeDelta;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_domain::referrals::{ReferralState, Review};
use perennial_engine::referrals::ReferralFilter;
use perennial_engine::{Error, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Hold, buy, patiently, purchase};
use crate::referrals::{advocate, assert_clean, come, shop, state};
use crate::tiers::{follow, give_back, settle};

const BALANCE: &str = "SELECT FROM balances WHERE merchant_id = $1 AND customer_id = $2 FOR UPDATE";

fn named(email: &str) -> CustomerRef {
    CustomerRef::Email(email.parse().unwrap())
}

/// A claim with a code waits for the advocate's balance before it holds the merchant's referrals, as a purchase with a code does:
/// else each could wait for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_has_all_balances_before_it_has_the_referrals() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    settle(&shop).await;
    let nobody = json!({"customer": null, "referral_code": code.as_str()});
    let unclaimed = shop.bought(purchase("1", 1_000, nobody)).await;
    let claim = unclaimed.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &claim, &named("ben@example.com")).await.unwrap();
    let hold = Hold::on(&shop, BALANCE, maya.uuid()).await;
    let workers = shop.engine.workers();
    hold.is_met().await;
    let mut other = shop.db.pool.begin().await.unwrap();
    let free = sqlx::query("SELECT FROM referral_programs WHERE merchant_id = $1 FOR NO KEY UPDATE NOWAIT")
        .bind(shop.merchant.uuid())
        .fetch_all(&mut *other)
        .await;
    assert_eq!(free.expect("nobody holds them").len(), 1);
    other.rollback().await.unwrap();
    hold.let_go().await;
    follow(&shop).await;
    workers.stop().await;
    let ben = shop.engine.customer_find(&shop.cx, &named("ben@example.com")).await.unwrap().unwrap();
    assert_eq!(state(&shop, ben.id).await.0, ReferralState::Qualified);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Everybody brings the next one, half of them by a claim and half at a till, all at once: nobody's message fails, and none of the
/// tills is sent away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claims_and_purchases_with_codes_do_not_stop_each_other() {
    const PEOPLE: usize = 12;
    let shop = Arc::new(shop().await);
    let email = |number: usize| format!("friend{}@example.com", number % PEOPLE);
    let mut codes = Vec::new();
    for number in 0..PEOPLE {
        codes.push(advocate(&shop, &email(number)).await);
    }
    settle(&shop).await;
    let workers = shop.engine.workers();
    let mut tasks: JoinSet<Result<(), Error>> = JoinSet::new();
    for number in 0..PEOPLE {
        let (shop, email) = (Arc::clone(&shop), email(number));
        let code = codes[(number + 1) % PEOPLE].1.as_str().to_owned();
        tasks.spawn(async move {
            let is_named = number % 2 == 0;
            let customer = if is_named { json!({"email": email}) } else { Value::Null };
            let with = json!({"customer": customer, "referral_code": code});
            let coded = || purchase(format!("{number}"), 100, with.clone());
            let bought = patiently!(buy(&shop.engine, &shop.cx, coded()))?;
            if is_named {
                return Ok(());
            }
            let claim = bought.record.claim_code.clone().unwrap();
            patiently!(shop.engine.claim(&shop.cx, &claim, &named(&email))).map(drop)
        });
    }
    for done in tasks.join_all().await {
        done.unwrap();
    }
    follow(&shop).await;
    workers.stop().await;
    assert_eq!(shop.count("dead_letters").await, 0);
    // Who closes the circle is rejected.
    assert_eq!(shop.count("referrals").await, i64::try_from(PEOPLE).unwrap());
    assert_clean(&shop).await;
    Arc::into_inner(shop).unwrap().close().await;
}

/// Of 24 friends whom somebody has to look at 21 return what they bought: the three that are left are found, the first of them
/// first, whatever has come since, and what is listed can be decided about.
#[tokio::test]
async fn whoever_decides_finds_what_is_to_be_decided() {
    let shop = shop().await;
    let (_, code) = advocate(&shop, "maya@example.com").await;
    let mut friends = Vec::new();
    for number in 0..24 {
        // All of them are Maya's own mailbox.
        let with = json!({"customer": {"email": format!("maya+{number}@example.com")}, "referral_code": code.as_str()});
        let bought = shop.bought(purchase(format!("{number}"), 100, with)).await;
        friends.push((bought.customer_id.unwrap(), bought.id));
        shop.engine.clock().advance(TimeDelta::seconds(1));
    }
    settle(&shop).await;
    let open = [3, 11, 17];
    for (number, (_, bought)) in friends.iter().enumerate() {
        if !open.contains(&number) {
            give_back(&shop, *bought, &format!("r{number}"), json!({})).await;
        }
    }
    settle(&shop).await;
    let waiting = ReferralFilter { review: Some(Review::Waiting), ..ReferralFilter::default() };
    let first = PageRequest::new(Some(2), None).unwrap();
    let first = shop.engine.referral_list(&shop.cx, &waiting, &first).await.unwrap();
    let last = PageRequest::new(Some(2), first.next.clone()).unwrap();
    let last = shop.engine.referral_list(&shop.cx, &waiting, &last).await.unwrap();
    let listed: Vec<CustomerId> = first.data.iter().chain(&last.data).map(|view| view.friend_id).collect();
    assert_eq!(listed, open.map(|number| friends[number].0));
    assert_eq!((shop.engine.referral_waiting(&shop.cx).await.unwrap(), last.next), (3, None));
    for friend in listed {
        shop.engine.referral_approve(&shop.cx, friend).await.unwrap();
    }
    let page = PageRequest::default();
    assert_eq!(shop.engine.referral_list(&shop.cx, &waiting, &page).await.unwrap().data, []);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Whether somebody's code brings friends is told with the customer, and reading it makes none.
#[tokio::test]
async fn the_code_of_a_customer_is_known_with_whether_it_is_banned() {
    let shop = shop().await;
    let ben = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    assert_eq!(shop.engine.referral_code_known(&shop.cx, ben).await.unwrap(), None);
    assert_eq!(shop.count("referral_codes").await, 0);
    let (ada, code) = advocate(&shop, "ada@example.com").await;
    let known = async || shop.engine.referral_code_known(&shop.cx, ada).await.unwrap().unwrap();
    assert_eq!((known().await.code, known().await.disabled_at), (code, None));
    shop.engine.referral_ban(&shop.cx, ada).await.unwrap();
    assert_eq!(known().await.disabled_at, Some(shop.engine.clock().now()));
    shop.engine.referral_unban(&shop.cx, ada).await.unwrap();
    assert_eq!(known().await.disabled_at, None);
    shop.close().await;
}

/// Staff may be faster than the module that tells of a new referral: then it is told that it was rejected, once, and nothing
/// before or after. One that is refused as it is made is told by the module, once, too.
#[tokio::test]
async fn a_rejection_is_told_once_whoever_comes_first() {
    let shop = shop().await;
    let (maya, maya_code) = advocate(&shop, "maya@example.com").await;
    let (zoe, zoe_code) = advocate(&shop, "zoe@example.com").await;
    settle(&shop).await;
    let (ben, _) = come(&shop, "1", "ben@example.com", &maya_code).await;
    shop.engine.referral_reject(&shop.cx, ben).await.unwrap();
    // The second would close a circle.
    come(&shop, "2", "maya@example.com", &zoe_code).await;
    come(&shop, "3", "zoe@example.com", &maya_code).await;
    settle(&shop).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await, (ReferralState::Rejected, Review::Rejected));
    assert_eq!(state(&shop, zoe).await.0, ReferralState::Rejected);
    let rejected =
        "SELECT data ->> 'friend_id' FROM events WHERE customer_id = $1 AND kind = 'referral.rejected'";
    let mut told: Vec<String> =
        sqlx::query_scalar(rejected).bind(maya.uuid()).fetch_all(&shop.db.pool).await.unwrap();
    told.sort_unstable();
    let mut friends = vec![ben.to_string(), zoe.to_string()];
    friends.sort_unstable();
    assert_eq!(told, friends);
    let registered = "events WHERE kind = 'referral.registered' AND data ->> 'friend_id'";
    assert_eq!(shop.count(&format!("{registered} = '{ben}'")).await, 0);
    assert_eq!(shop.count(&format!("{registered} = '{maya}'")).await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}
