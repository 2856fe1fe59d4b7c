//! The search over everything: what it finds, what it opens at once, and who sees what.

use crate::support::desk::{colleague, opened, signed_in};
use crate::support::form::form;
use crate::support::{Browser, House, Page};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_engine::Cx;
use perennial_engine::rewards::NewRedemption;
use serde_json::{Value, json};

async fn search(browser: &mut Browser, q: &str) -> Page {
    browser.get(&format!("/dashboard/search?{}", form(&[("q", q)]))).await
}

/// The address that a search opens at once.
async fn leads(browser: &mut Browser, q: &str) -> String {
    let answer = search(browser, q).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{q}: {}", answer.text);
    answer.location().to_owned()
}

/// The page of what a search finds.
async fn shown(browser: &mut Browser, q: &str) -> String {
    let answer = search(browser, q).await;
    assert_eq!(answer.status, StatusCode::OK, "{q}: {}", answer.text);
    answer.text
}

async fn customer(house: &House, cx: &Cx, of: Value) -> CustomerId {
    let new = serde_json::from_value(of).unwrap();
    house.engine.customer_create(cx, new).await.unwrap().customer.id
}

/// The code of a voucher that somebody has.
async fn voucher(house: &House, cx: &Cx, of: CustomerId) -> String {
    let terms = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 50});
    let reward = house.engine.reward_create(cx, serde_json::from_value(terms).unwrap()).await.unwrap();
    let points = serde_json::from_value(json!({"points": 500, "reason": "a test"})).unwrap();
    house.engine.adjustment_create(cx, of, points).await.unwrap();
    let new = NewRedemption { reward: reward.id, points: None, hold_seconds: None };
    let redeemed = house.engine.redeem(cx, &CustomerRef::Id(of), new).await.unwrap();
    redeemed.redemption.voucher.unwrap().code.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_a_receipt_and_a_code_lead_there_at_once() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let bought = house.buy(&cx, "T-1", Some("maya@example.com")).await;
    house.buy(&cx, "T-10", Some("maya@example.com")).await;
    let maya = bought.customer_id.unwrap();
    let purchase = format!("/dashboard/purchases/{}", bought.id);
    assert_eq!(leads(&mut owner, "T-1").await, purchase, "and not what only begins so");
    assert_eq!(leads(&mut owner, &format!(" {} ", bought.id)).await, purchase);
    assert_eq!(leads(&mut owner, &maya.to_string()).await, format!("/dashboard/customers/{maya}"));
    let code = voucher(&house, &cx, maya).await;
    let page = leads(&mut owner, &code.to_lowercase()).await;
    assert_eq!(page, format!("/dashboard/redemptions/voucher?code={code}"));
    assert!(owner.get(&page).await.text.contains("Use it now"));

    // A name never leads away by itself, and neither does a number that is also the beginning of a card.
    let by_name = shown(&mut owner, "maya@").await;
    assert!(by_name.contains(&format!("href=\"/dashboard/customers/{maya}\"")), "{by_name}");
    let card = customer(&house, &cx, json!({"name": "Bo Berg", "card": "70017001"})).await;
    let receipt = house.buy(&cx, "7001", None).await;
    let both = shown(&mut owner, "7001").await;
    for href in [format!("/dashboard/customers/{card}"), format!("/dashboard/purchases/{}", receipt.id)] {
        assert!(both.contains(&format!("href=\"{href}\"")), "{href} in {both}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_find_ten_of_each_sort_and_the_way_to_the_rest() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    for number in 0..12 {
        customer(
            &house,
            &cx,
            json!({"name": format!("Berg {number}"), "external_id": format!("b-{number}")}),
        )
        .await;
    }
    let terms = json!({"name": "Berg tour", "kind": "external", "points_cost": 50});
    house.engine.reward_create(&cx, serde_json::from_value(terms).unwrap()).await.unwrap();
    let found = shown(&mut owner, "berg").await;
    assert_eq!(found.matches("href=\"/dashboard/customers/").count(), 10, "{found}");
    assert!(found.contains("href=\"/dashboard/customers?q=berg\""), "{found}");
    assert_eq!(found.matches("href=\"/dashboard/rewards/").count(), 1, "{found}");
    assert!(!found.contains("href=\"/dashboard/rewards?q=berg\""), "these are all: {found}");
    assert!(
        found.contains("Berg tour") && found.contains("id=\"found-1\"") && !found.contains("id=\"found-2\"")
    );
    let promotion = shown(&mut owner, "four a").await;
    assert!(promotion.contains("Four a dollar") && promotion.contains("Running"), "{promotion}");

    // Nothing is looked for without a word, and nothing can be asked that the database does not take.
    assert!(!shown(&mut owner, " ").await.contains("Nothing found"));
    for q in ["nobody\0", "%", "nobody at all"] {
        let nothing = shown(&mut owner, q).await;
        assert!(nothing.contains("Nothing found") && !nothing.contains("id=\"found-0\""), "{q}: {nothing}");
    }
    let begins = shown(&mut owner, "T&").await;
    assert!(begins.contains("href=\"/dashboard/purchases?q=T%26\""), "{begins}");
    // Every page has the search in its bar; only there is it filled in.
    let list = owner.get("/dashboard/customers?q=berg").await;
    assert!(list.text.contains("action=\"/dashboard/search\""), "{}", list.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_finds_what_their_role_shows_and_nobody_what_is_anothers() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let bought = house.buy(&cx, "T-1", Some("maya@example.com")).await;
    let code = voucher(&house, &cx, bought.customer_id.unwrap()).await;
    let mut support = colleague(&house, &cx, Role::Support).await;
    let page = format!("/dashboard/redemptions/voucher?code={code}");
    assert_eq!(leads(&mut support, &code).await, page);
    // Who may not look at vouchers does not learn that there is one.
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let refused = shown(&mut analyst, &code).await;
    assert!(refused.contains("Nothing found") && !refused.contains("found-0"), "{refused}");
    assert_eq!(leads(&mut analyst, "T-1").await, format!("/dashboard/purchases/{}", bought.id));

    house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    let ids = [bought.id.to_string(), bought.customer_id.unwrap().to_string()];
    for q in ["T-1", "maya", "Four a dollar", "Five off", &code, &ids[0], &ids[1]] {
        assert!(shown(&mut other, q).await.contains("Nothing found"), "{q}");
    }
    assert!(shown(&mut owner, "Five off").await.contains("found-0"));
}

/// Who tries codes is slowed down here as everywhere, and finds the rest all the same.
#[tokio::test(flavor = "multi_thread")]
async fn codes_that_nobody_has_are_not_tried_for_ever() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let bought = house.buy(&cx, "T-1", Some("maya@example.com")).await;
    let mut waits = false;
    for number in 0..100 {
        waits = shown(&mut owner, &format!("guess {number}")).await.contains("were not looked up");
        if waits {
            break;
        }
    }
    assert!(waits, "a hundred codes were tried");
    assert_eq!(leads(&mut owner, "T-1").await, format!("/dashboard/purchases/{}", bought.id));
}
