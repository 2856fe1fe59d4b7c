//! Referrals: who was brought by whom, believed or not, and what becomes of it.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use perennial_domain::codes::ReferralCode;
use perennial_domain::ids::CustomerId;
use perennial_domain::referrals::{CameBy, ReferralState, Review, RiskReason, Touch};
use perennial_engine::customers::NewCustomer;
use perennial_engine::referrals::{BroughtBy, ReferralFilter, ReferralView};
use perennial_engine::{Clock, Error, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, buy, buy_all, purchase};
use crate::tiers::{START, by, give_back, settle};

const BROWSER: &[u8] = b"a secret of one browser";

pub async fn shop() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop
}

/// A customer who has not bought anything, and the code.
pub async fn advocate(shop: &Shop, email: &str) -> (CustomerId, ReferralCode) {
    let known = NewCustomer { email: Some(email.to_owned()), ..NewCustomer::default() };
    let customer = shop.engine.customer_create(&shop.cx, known).await.unwrap().customer.id;
    let code = shop.engine.referral_code_of(&shop.cx, customer).await.unwrap().code;
    (customer, code)
}

/// A purchase for ten dollars with a code.
fn coded(number: impl Into<String>, email: &str, code: &str) -> Value {
    purchase(number, 1_000, json!({"customer": {"email": email}, "referral_code": code}))
}

/// Buys with a code; tells who that was and what the till was warned of.
pub async fn come(shop: &Shop, number: &str, email: &str, code: &ReferralCode) -> (CustomerId, Vec<String>) {
    let bought = shop.bought(coded(number, email, code.as_str())).await;
    (bought.customer_id.unwrap(), bought.warnings.iter().map(|warning| warning.code.clone()).collect())
}

async fn referral(shop: &Shop, friend: CustomerId) -> ReferralView {
    shop.engine.referral_get(&shop.cx, friend).await.unwrap()
}

pub async fn state(shop: &Shop, friend: CustomerId) -> (ReferralState, Review) {
    let view = referral(shop, friend).await;
    (view.state, view.review)
}

fn reasons(view: &ReferralView) -> Vec<RiskReason> {
    view.risks.iter().map(|risk| risk.reason).collect()
}

/// The kinds of the events of a customer, in their order.
async fn events(shop: &Shop, customer: CustomerId) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT kind FROM events WHERE customer_id = $1 AND kind LIKE 'referral%' ORDER BY sequence",
    )
    .bind(customer.uuid())
    .fetch_all(&shop.db.pool)
    .await
    .unwrap()
}

pub async fn assert_clean(shop: &Shop) {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

fn code_of<T: std::fmt::Debug>(refused: Result<T, Error>) -> String {
    match refused {
        Err(Error::Conflict { code, .. }) => code.to_owned(),
        Err(Error::NotFound(what)) => format!("no {}", what.noun()),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_friend_comes_by_a_purchase_and_qualifies_by_it() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    assert_eq!(shop.engine.referral_code_of(&shop.cx, maya).await.unwrap().code, code, "one code a customer");
    let (ben, warnings) = come(&shop, "1", "ben@example.com", &code).await;
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(state(&shop, ben).await, (ReferralState::Registered, Review::None), "the rest follows");
    settle(&shop).await;
    let view = referral(&shop, ben).await;
    assert_eq!(
        (view.state, view.advocate_id, view.came_by),
        (ReferralState::Qualified, maya, CameBy::Purchase)
    );
    assert_eq!(view.qualified_at, Some(at(START)));
    assert_eq!(view.held_until, Some(at(START) + TimeDelta::days(14)));
    assert_eq!(events(&shop, maya).await, ["referral.registered", "referral.qualified"]);
    let friends = shop.engine.referral_friends(&shop.cx, maya, &PageRequest::default()).await.unwrap().data;
    assert_eq!((friends.len(), friends[0].state, friends[0].purchases), (1, ReferralState::Qualified, 1));
    // The same purchase again is the same; with another code it is another.
    let again = shop.buy(coded("1", "ben@example.com", &code.grouped().to_lowercase())).await.unwrap();
    assert!(again.replayed && again.record.warnings.is_empty());
    let differs = shop.buy(coded("1", "ben@example.com", "other")).await;
    let Err(Error::TransactionConflict(differences)) = differs else { panic!("{differs:?}") };
    assert_eq!(differences[0].pointer, "/referral_code");
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_code_that_does_not_count_is_ignored_and_told() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    let (zoe, other) = advocate(&shop, "zoe@example.com").await;
    let unknown = ReferralCode::new("0000000000").unwrap();
    let warned = async |number: &str, email: &str, code: &str| {
        let bought = shop.bought(coded(number, email, code)).await;
        assert_eq!(bought.points_earned.get(), 1_000, "the purchase is credited in any case");
        bought.warnings.first().map(|warning| warning.code.clone()).unwrap_or_default()
    };
    assert_eq!(warned("1", "ben@example.com", unknown.as_str()).await, "unknown_referral_code");
    assert_eq!(warned("2", "ann@example.com", "no code at all").await, "unknown_referral_code");
    assert_eq!(
        warned("3", "maya@example.com", code.as_str()).await,
        "referral_not_applicable",
        "the own one"
    );
    assert_eq!(
        warned("4", "ben@example.com", code.as_str()).await,
        "referral_not_applicable",
        "bought before"
    );
    assert_eq!(warned("5", "tim@example.com", code.as_str()).await, "");
    assert_eq!(warned("6", "tim@example.com", other.as_str()).await, "referral_not_applicable", "has one");
    // The answer is stored with the purchase, warning and all.
    let replayed = shop.buy(coded("1", "ben@example.com", unknown.as_str())).await.unwrap();
    assert_eq!(replayed.record.warnings[0].code, "unknown_referral_code");
    assert_eq!(shop.count("referrals").await, 1);
    // While there are no referrals nobody is brought, and nobody gets a code.
    shop.set(json!({"referrals": {"enabled": false}})).await;
    assert_eq!(warned("7", "eva@example.com", code.as_str()).await, "referral_not_applicable");
    let kim = NewCustomer { email: Some("kim@example.com".to_owned()), ..NewCustomer::default() };
    let kim = shop.engine.customer_create(&shop.cx, kim).await.unwrap().customer.id;
    assert_eq!(code_of(shop.engine.referral_code_of(&shop.cx, kim).await), "referrals_disabled");
    settle(&shop).await;
    let [maya, zoe] = [events(&shop, maya).await.len(), events(&shop, zoe).await.len()];
    assert_eq!((maya, zoe), (2, 0));
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn whoever_is_raced_for_has_one_advocate() {
    let shop = shop().await;
    let mut codes = Vec::new();
    for number in 0..10 {
        codes.push(advocate(&shop, &format!("a{number}@example.com")).await.1);
    }
    let other = shop.another_engine().await;
    // A hundred purchases at two servers at once want to bring the same friend, by ten codes.
    let mut racing = JoinSet::new();
    for number in 0..100 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let (cx, code) = (shop.cx.clone(), codes[number % 10].clone());
        let coded = coded(format!("r{number}"), "ben@example.com", code.as_str());
        racing.spawn(async move { buy(&engine, &cx, coded).await.unwrap().record.warnings.is_empty() });
    }
    let won = racing.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(shop.count("referrals").await, 1);
    // In one batch, too, with several friends of one advocate among each other.
    let batch = (0..20).map(|number| {
        let email = format!("f{}@example.com", number % 10);
        coded(format!("b{number}"), &email, codes[number / 10].as_str())
    });
    let warned = buy_all(&shop.engine, &shop.cx, batch.collect()).await;
    let warned: Vec<bool> = warned.into_iter().map(|done| done.unwrap().record.warnings.is_empty()).collect();
    assert_eq!(warned, [[true; 10], [false; 10]].concat());
    assert_eq!(shop.count("referrals").await, 11);
    settle(&shop).await;
    assert_eq!(shop.count("referrals WHERE state = 'qualified'").await, 11);
    assert_clean(&shop).await;
    other.shutdown().await;
    shop.close().await;
}

/// G22: the same account is impossible, the same mailbox and the same means of payment wait for a person or are refused.
#[tokio::test]
async fn g22_nobody_is_paid_for_recommending_themselves() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@gmail.com").await;
    let by_card = json!({"customer": {"email": "maya@gmail.com"}, "payment_fingerprint": "fp_maya"});
    shop.bought(purchase("0", 100, by_card)).await;
    // By constraint, whoever writes it.
    let sql = "INSERT INTO referrals (merchant_id, friend_id, advocate_id, code, came_by, state, review, risk, score,
                                      registered_at, changed_at)
               VALUES ($1, $2, $2, $3, 'link', 'registered', 'none', '[]', 0, now(), now())";
    let error = sqlx::query(sql)
        .bind(shop.merchant.uuid())
        .bind(maya.uuid())
        .bind(code.as_str())
        .execute(&shop.db.pool)
        .await
        .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("referrals_self_check"));

    let (alias, warnings) = come(&shop, "1", "m.aya+2@googlemail.com", &code).await;
    assert_eq!(warnings, Vec::<String>::new());
    let mut card = coded("2", "ben@example.com", code.as_str());
    card["payment_fingerprint"] = json!("fp_maya");
    let ben = shop.bought(card).await.customer_id.unwrap();
    settle(&shop).await;
    for (friend, reason) in [(alias, RiskReason::SameEmail), (ben, RiskReason::SamePayment)] {
        let view = referral(&shop, friend).await;
        assert_eq!((view.state, view.review), (ReferralState::Qualified, Review::Waiting));
        assert_eq!(reasons(&view), [reason]);
    }
    // A person decides, once.
    let waiting = ReferralFilter { review: Some(Review::Waiting), ..ReferralFilter::default() };
    let page = PageRequest::default();
    assert_eq!(shop.engine.referral_list(&shop.cx, &waiting, &page).await.unwrap().data.len(), 2);
    let approved = shop.engine.referral_approve(&shop.cx, ben).await.unwrap();
    assert_eq!((approved.review, approved.reviewed_by.as_deref()), (Review::Approved, Some("system")));
    assert_eq!(code_of(shop.engine.referral_approve(&shop.cx, ben).await), "not_waiting");
    let rejected = shop.engine.referral_reject(&shop.cx, alias).await.unwrap();
    assert_eq!((rejected.state, rejected.review), (ReferralState::Rejected, Review::Rejected));
    assert_eq!(code_of(shop.engine.referral_reject(&shop.cx, alias).await), "referral_over");
    assert_eq!(shop.engine.referral_waiting(&shop.cx).await.unwrap(), 0);

    // A merchant who trusts nobody refuses.
    shop.set(json!({"referrals": {"same_person": "refuse"}})).await;
    let (refused, warnings) = come(&shop, "3", "maya+3@gmail.com", &code).await;
    assert_eq!(warnings, ["referral_not_applicable"]);
    assert_eq!(state(&shop, refused).await, (ReferralState::Rejected, Review::Rejected));
    settle(&shop).await;
    assert_eq!(events(&shop, maya).await.last().unwrap(), "referral.rejected");
    assert_clean(&shop).await;
    shop.close().await;
}

/// What was not known when a friend signed up may be known with the first purchase.
#[tokio::test]
async fn the_first_purchase_is_looked_at_again() {
    let shop = shop().await;
    let (_, code) = advocate(&shop, "maya@example.com").await;
    let paid = |email: &str| json!({"customer": {"email": email}, "payment_fingerprint": "fp_1"});
    shop.bought(purchase("0", 100, paid("maya@example.com"))).await;
    let ben = sign_up(&shop, "ben@example.com", &BroughtBy::Code(code)).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await, (ReferralState::Registered, Review::None));
    shop.bought(purchase("1", 100, paid("ben@example.com"))).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await, (ReferralState::Qualified, Review::Waiting));
    assert_eq!(reasons(&referral(&shop, ben).await), [RiskReason::SamePayment]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Signs up with the code of a letter.
async fn sign_up(shop: &Shop, email: &str, brought_by: &BroughtBy) -> CustomerId {
    // Letters are listed by their time: two of the same instant would be in any order.
    shop.engine.clock().advance(TimeDelta::milliseconds(1));
    shop.engine.login_code_request(shop.merchant, email, BROWSER, None).await.unwrap();
    let letters = shop.engine.mailbox_list(Some(email), &PageRequest::default()).await.unwrap().data;
    let letter = letters.iter().find(|letter| letter.subject.contains("is your code")).unwrap();
    let digits: String = letter.subject.chars().filter(char::is_ascii_digit).collect();
    let verify =
        shop.engine.login_code_verify_by(shop.merchant, email, &digits, BROWSER, None, Some(brought_by));
    verify.await.unwrap()
}

#[tokio::test]
async fn a_link_brings_whoever_signs_up_within_its_days() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let visit = shop.engine.referral_visit(&code, Some(address)).await.unwrap();
    assert_eq!((visit.merchant, visit.slug.as_str()), (shop.merchant, "corner"));
    shop.engine.referral_visit(&code, None).await.unwrap();
    let nobody = ReferralCode::new("0000000000").unwrap();
    assert_eq!(code_of(shop.engine.referral_visit(&nobody, None).await), "no referral code");
    assert_eq!(shop.engine.referral_code_get(&shop.cx, &code).await.unwrap().clicks, 2);

    let touch = Touch { code: code.clone(), at: at(START) };
    shop.engine.clock().advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    let ben = sign_up(&shop, "ben@example.com", &BroughtBy::Link(touch.clone())).await;
    assert_eq!(referral(&shop, ben).await.came_by, CameBy::Link);
    // Who is in already stays whose friend they were, and a link that is over brings nobody.
    let (zoe, other) = advocate(&shop, "zoe@example.com").await;
    assert_eq!(sign_up(&shop, "zoe@example.com", &BroughtBy::Code(code.clone())).await, zoe);
    assert_eq!(sign_up(&shop, "ben@example.com", &BroughtBy::Code(other)).await, ben);
    shop.engine.clock().advance(TimeDelta::seconds(2));
    let late = sign_up(&shop, "late@example.com", &BroughtBy::Link(touch)).await;
    assert_eq!(shop.count("referrals").await, 1);
    for customer in [zoe, late] {
        assert_eq!(code_of(shop.engine.referral_get(&shop.cx, customer).await), "no referral");
    }
    settle(&shop).await;
    assert_eq!(events(&shop, maya).await, ["referral.registered"]);
    shop.bought(purchase("1", 500, by("ben@example.com"))).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await, (ReferralState::Qualified, Review::None));
    let funnel = shop.engine.referral_funnel(&shop.cx, 31).await.unwrap();
    let sum = |figure: fn(&perennial_engine::referrals::ReferralDay) -> i64| -> i64 {
        funnel.days.iter().map(figure).sum()
    };
    assert_eq!(
        [sum(|day| day.clicks), sum(|day| day.registered), sum(|day| day.qualified), sum(|day| day.rewarded)],
        [2, 1, 1, 0],
    );
    assert_eq!((funnel.days.len(), funnel.advocates.len(), funnel.advocates[0].customer_id), (31, 1, maya));
    assert_clean(&shop).await;
    shop.close().await;
}

/// Rings of two, three and a hundred: the one who would close it is rejected, and somebody has to look at all others.
#[tokio::test]
async fn circles_pay_nothing() {
    for length in [2_usize, 3, 100] {
        let shop = shop().await;
        shop.set(json!({"referrals": {"max_per_hour": 10_000, "max_per_day": 100_000}})).await;
        let mut ring = Vec::new();
        for number in 0..length {
            ring.push(advocate(&shop, &format!("r{number}@example.com")).await);
        }
        // The second comes by the first, the third by the second …, and the first by the last.
        for number in 1..length {
            let (_, code) = &ring[number - 1];
            let (_, warnings) =
                come(&shop, &format!("{number}"), &format!("r{number}@example.com"), code).await;
            assert_eq!(warnings, Vec::<String>::new());
        }
        if length > 2 {
            settle(&shop).await;
        }
        let (first, warnings) = come(&shop, "last", "r0@example.com", &ring[length - 1].1).await;
        assert_eq!(warnings, ["referral_not_applicable"]);
        settle(&shop).await;
        let closing = referral(&shop, first).await;
        assert_eq!((closing.state, reasons(&closing)), (ReferralState::Rejected, vec![RiskReason::Cycle]));
        let all = length as i64;
        assert_eq!(shop.count("referrals WHERE state = 'rejected'").await, 1);
        assert_eq!(
            shop.count("referrals WHERE review = 'waiting' AND risk @> '[{\"reason\": \"cycle\"}]'").await,
            all - 1,
        );
        assert_clean(&shop).await;
        shop.close().await;
    }
}

/// Everybody of a ring at once, in one batch and at two servers: still no circle.
#[tokio::test]
async fn circles_are_seen_however_they_come() {
    let shop = shop().await;
    let other = shop.another_engine().await;
    let mut ring = Vec::new();
    for number in 0..12 {
        ring.push(advocate(&shop, &format!("r{number}@example.com")).await.1);
    }
    let closes = |number: usize, round: &str| {
        let code = ring[(number + 3) % 4 + number / 4 * 4].as_str();
        coded(format!("{round}{number}"), &format!("r{number}@example.com"), code)
    };
    // The first ring of four in one batch, the second one at two servers, the third by turns.
    buy_all(&shop.engine, &shop.cx, (0..4).map(|number| closes(number, "b")).collect()).await;
    let mut racing = JoinSet::new();
    for number in 4..8 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let (cx, purchase) = (shop.cx.clone(), closes(number, "p"));
        racing.spawn(async move { buy(&engine, &cx, purchase).await.unwrap() });
    }
    racing.join_all().await;
    for number in 8..12 {
        shop.bought(closes(number, "s")).await;
    }
    settle(&shop).await;
    assert_eq!(shop.count("referrals").await, 12);
    assert_eq!(shop.count("referrals WHERE state = 'rejected'").await, 3);
    assert_eq!(
        shop.count("referrals WHERE review = 'waiting'").await,
        9,
        "nothing in a circle pays by itself"
    );
    assert_clean(&shop).await;
    other.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn many_friends_at_once_are_looked_at_by_a_person() {
    let shop = shop().await;
    shop.set(json!({"referrals": {"max_per_hour": 3, "max_per_day": 5}})).await;
    let (_, code) = advocate(&shop, "maya@example.com").await;
    let batch =
        (0..4).map(|number| coded(format!("{number}"), &format!("f{number}@example.com"), code.as_str()));
    buy_all(&shop.engine, &shop.cx, batch.collect()).await;
    assert_eq!(shop.count("referrals WHERE review = 'none'").await, 3);
    shop.engine.clock().advance(TimeDelta::hours(2));
    let (calm, _) = come(&shop, "5", "f5@example.com", &code).await;
    assert_eq!(reasons(&referral(&shop, calm).await), []);
    let (sixth, _) = come(&shop, "6", "f6@example.com", &code).await;
    assert_eq!(reasons(&referral(&shop, sixth).await), [RiskReason::ManyInDay]);
    settle(&shop).await;
    assert_eq!(shop.engine.referral_waiting(&shop.cx).await.unwrap(), 2);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G23, as far as the referral goes: what is returned in full does not count, in whatever order the news come.
#[tokio::test]
async fn g23_a_first_purchase_that_is_returned_does_not_count() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    let bought = shop.bought(coded("1", "ben@example.com", code.as_str())).await;
    let ben = bought.customer_id.unwrap();
    settle(&shop).await;
    give_back(&shop, bought.id, "half", json!({"amount": 400})).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await.0, ReferralState::Qualified, "a part is no reason");
    give_back(&shop, bought.id, "rest", json!({"amount": 600})).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await.0, ReferralState::Reversed);
    assert_eq!(events(&shop, maya).await, ["referral.registered", "referral.qualified", "referral.reversed"]);
    // Nothing follows: the next purchase is no first one.
    shop.bought(purchase("2", 1_000, by("ben@example.com"))).await;
    settle(&shop).await;
    assert_eq!(state(&shop, ben).await.0, ReferralState::Reversed);
    // Bought and returned before anybody came by.
    let quick = shop.bought(coded("3", "tim@example.com", code.as_str())).await;
    give_back(&shop, quick.id, "all", json!({"amount": 1_000})).await;
    settle(&shop).await;
    assert_eq!(state(&shop, quick.customer_id.unwrap()).await.0, ReferralState::Reversed);
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_code_waits_with_a_purchase_for_whoever_claims_it() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    let held =
        |number: &str, code: &str| purchase(number, 1_000, json!({"customer": null, "referral_code": code}));
    let bought = shop.bought(held("1", code.as_str())).await;
    assert!(bought.warnings.is_empty());
    let wrong = shop.bought(held("2", "nonsense")).await;
    assert_eq!(wrong.warnings[0].code, "unknown_referral_code");
    let claim = async |bought: &perennial_engine::purchase_record::PurchaseRecord, email: &str| {
        let customer = perennial_domain::customer::CustomerRef::Email(email.parse().unwrap());
        let code = bought.claim_code.clone().unwrap();
        shop.engine.claim(&shop.cx, &code, &customer).await.unwrap().claim.customer_id
    };
    let ben = claim(&bought, "ben@example.com").await;
    settle(&shop).await;
    let view = referral(&shop, ben).await;
    assert_eq!((view.state, view.advocate_id), (ReferralState::Qualified, maya));
    assert_eq!(view.first_purchase_id, Some(bought.id));
    // Who has bought before is nobody's friend any more.
    shop.bought(purchase("3", 100, by("tim@example.com"))).await;
    let late = shop.bought(held("4", code.as_str())).await;
    claim(&late, "tim@example.com").await;
    settle(&shop).await;
    assert_eq!(shop.count("referrals").await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_banned_advocate_brings_nobody_and_is_paid_for_nobody() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    let (ben, _) = come(&shop, "1", "ben@example.com", &code).await;
    settle(&shop).await;
    assert!(shop.engine.referral_ban(&shop.cx, maya).await.unwrap().disabled_at.is_some());
    assert!(shop.engine.referral_ban(&shop.cx, maya).await.is_ok(), "again changes nothing");
    assert_eq!(state(&shop, ben).await, (ReferralState::Rejected, Review::Rejected));
    let (_, warnings) = come(&shop, "2", "tim@example.com", &code).await;
    assert_eq!(warnings, ["referral_not_applicable"]);
    assert_eq!(code_of(shop.engine.referral_visit(&code, None).await), "no referral code");
    shop.engine.referral_unban(&shop.cx, maya).await.unwrap();
    let (eva, warnings) = come(&shop, "3", "eva@example.com", &code).await;
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(state(&shop, ben).await.0, ReferralState::Rejected, "what was rejected stays so");
    settle(&shop).await;
    assert_eq!(state(&shop, eva).await.0, ReferralState::Qualified);
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn the_advocate_of_a_customer_never_changes() {
    let shop = shop().await;
    let (_, code) = advocate(&shop, "maya@example.com").await;
    let (zoe, _) = advocate(&shop, "zoe@example.com").await;
    come(&shop, "1", "ben@example.com", &code).await;
    let error = sqlx::query("UPDATE referrals SET advocate_id = $1")
        .bind(zoe.uuid())
        .execute(&shop.db.pool)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("never changes"), "{error}");
    shop.close().await;
}

/// Who signed up with one code and buys with another was brought by the first.
#[tokio::test]
async fn the_code_of_the_first_purchase_comes_too_late_for_who_signed_up_with_another() {
    let shop = shop().await;
    let (maya, code) = advocate(&shop, "maya@example.com").await;
    let (_, other) = advocate(&shop, "zoe@example.com").await;
    let ben = sign_up(&shop, "ben@example.com", &BroughtBy::Code(code)).await;
    let (bought, warnings) = come(&shop, "1", "ben@example.com", &other).await;
    assert_eq!((bought, warnings), (ben, vec!["referral_not_applicable".to_owned()]));
    settle(&shop).await;
    let view = referral(&shop, ben).await;
    assert_eq!((view.advocate_id, view.state), (maya, ReferralState::Qualified));
    assert_clean(&shop).await;
    shop.close().await;
}

/// Clicks are a number a day; a caller who tries codes is stopped.
#[tokio::test]
async fn whoever_tries_codes_is_throttled() {
    let shop = shop().await;
    let address = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
    let mut answers = Vec::new();
    for number in 0..61_u64 {
        let code = ReferralCode::from_random(number.to_be_bytes());
        answers.push(shop.engine.referral_visit(&code, address).await);
    }
    assert!(matches!(answers.pop(), Some(Err(Error::Throttled { .. }))));
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::NotFound(_)))));
    assert_eq!(shop.count("referral_visits").await, 0);
    shop.close().await;
}
