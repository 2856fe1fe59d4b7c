//! Cashback on both sides, as a browser without scripts sees it: the offer in the dashboard, the wallet in the portal.

use crate::support::desk::{self, colleague, signed_in};
use crate::support::{Browser, House, STUCK};
use axum::body::Body;
use futures::StreamExt;
use http::{Request, StatusCode};
use perennial_domain::access::Role;
use perennial_domain::returns::ReturnInput;
use perennial_engine::{Cx, PageRequest};
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt;

/// A shop that gives four points a dollar and sells draft beer, with its owner signed in.
async fn opened() -> (House, Cx, Browser) {
    let (house, cx, owner) = desk::opened("sola").await;
    house.open_shop(&cx).await;
    let product = json!({"sku": "Draft", "name": "Draft beer", "category": "beer"});
    house.engine.product_create(&cx, serde_json::from_value(product).unwrap()).await.unwrap();
    (house, cx, owner)
}

/// Enters an offer with the form and tells where it is.
async fn offer(browser: &mut Browser, form: &str) -> String {
    let answer = browser.post("/dashboard/cashback/new", form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.location(), "/dashboard/cashback?done=offer-added");
    let list = browser.get(answer.location()).await;
    assert!(list.text.contains("Offer added"));
    let at = list.text.find("href=\"/dashboard/cashback/0").expect("the new offer is in the list");
    list.text.get(at + 6..).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_entered_changed_paused_and_archived() {
    let (house, cx, mut owner) = opened().await;
    let empty = owner.get("/dashboard/cashback").await;
    assert!(
        empty.text.contains("No offer yet") && empty.text.contains("all of them count"),
        "{}",
        empty.text
    );

    let path = offer(
        &mut owner,
        "once=1&name=Beer+days&percentage=2%2C5+%25&products.0=category%3Abeer&active=on&cap_per_purchase=1.50&valid_days=30&do=save",
    )
    .await;
    let page = owner.get(&path).await;
    let sentence = "2.5% cashback on category “beer”, at most $1.50 a purchase, valid for 30 days.";
    assert!(page.text.contains(sentence), "{}", page.text);
    assert!(page.text.contains("For $40.00 a customer gets $1.00 back."));
    assert!(page.text.contains("value=\"2.5\"") && page.text.contains("value=\"category:beer\""));
    assert!(page.text.contains("Version 1, since"));

    let changed =
        owner.post(&path, "name=Beer+days&percentage=10&products.0=category%3Abeer&active=on&do=save").await;
    assert_eq!(changed.location(), format!("{path}?done=offer-saved"));
    assert!(owner.get(&path).await.text.contains("10% cashback on category “beer”."));

    assert_eq!(owner.post(&path, "do=pause").await.location(), format!("{path}?done=offer-paused"));
    let paused = owner.get(&path).await;
    assert!(
        paused.text.contains("It is switched off and gives nothing.") && paused.text.contains("Resume offer")
    );
    assert!(paused.text.contains("10% cashback"), "everything else of it stays");
    let only = owner.get("/dashboard/cashback?state=paused").await;
    assert!(only.text.contains("Beer days"));
    assert!(owner.get("/dashboard/cashback?state=active").await.text.contains("Nothing matches"));
    assert_eq!(owner.post(&path, "do=resume").await.location(), format!("{path}?done=resumed"));

    let csv = owner.get("/dashboard/cashback.csv?q=beer").await;
    assert!(csv.text.contains(",Beer days,active,4,0.1,category:beer,"), "{}", csv.text);
    assert_eq!(owner.post(&path, "do=archive").await.location(), format!("{path}?done=archived"));
    let archived = owner.get(&path).await;
    assert!(archived.text.contains("disabled") && !archived.text.contains("Archive offer"));
    assert!(!owner.get("/dashboard/cashback").await.text.contains("Beer days"));
    assert!(owner.get("/dashboard/cashback?state=archived").await.text.contains("Beer days"));
    let late = owner.post(&path, "name=Beer+days&percentage=10&active=on&do=save").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("The offer is archived"), "{}", late.text);
    drop((house, cx));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_offer_comes_back_as_it_was_typed() {
    let (house, cx, mut owner) = opened().await;
    let refused = owner
        .post(
            "/dashboard/cashback/new",
            "name=&percentage=100&products.4=category%3A&cap_per_month=1.234&do=save",
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "4 fields need another look",
        "Give the offer a name",
        "More than 0 and less than 100 percent",
        "value=\"1.234\"",
    ] {
        assert!(refused.text.contains(text), "{text}: {}", refused.text);
    }
    assert!(!refused.text.contains("name=\"active\" value=\"on\" checked"), "the box stays as it was left");
    let offers = house.engine.cashback_offer_list(&cx, &Default::default(), &PageRequest::default()).await;
    assert!(offers.unwrap().data.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_makes_one_offer() {
    let (house, cx, mut owner) = opened().await;
    let form = "once=abc&name=Tenth&percentage=10&active=on&do=save";
    offer(&mut owner, form).await;
    offer(&mut owner, form).await;
    let offers = house.engine.cashback_offer_list(&cx, &Default::default(), &PageRequest::default()).await;
    assert_eq!(offers.unwrap().data.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_looks_and_changes_nothing() {
    let (house, cx, mut owner) = opened().await;
    let path = offer(&mut owner, "once=1&name=Tenth&percentage=10&active=on&do=save").await;
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let list = analyst.get("/dashboard/cashback").await;
    assert!(list.text.contains("Tenth") && !list.text.contains("New offer"));
    let page = analyst.get(&path).await;
    assert!(page.text.contains("10% cashback") && !page.text.contains("Archive offer"));
    assert_eq!(analyst.get("/dashboard/cashback/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(analyst.post(&path, "do=archive").await.status, StatusCode::FORBIDDEN);

    let stranger = house.merchant("hops").await;
    drop(stranger);
    let mut other = signed_in(&house, "owner@hops.example").await;
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post(&path, "do=archive").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_is_chosen_in_the_settings() {
    let (_house, _cx, mut owner) = opened().await;
    let settings = owner.get("/dashboard/settings").await;
    assert!(settings.text.contains("Several cashback offers match a purchase"));
    let form = "name=Sola&points_name=points&currency=USD&time_zone=UTC&rounding=floor&unknown_customer=create\
                &claim_days=30&accepted_lateness_days=7&cashback_mode=best";
    let saved = owner.post("/dashboard/settings", form).await;
    assert_eq!(saved.location(), "/dashboard/settings?done=settings-saved", "{}", saved.text);
    assert!(owner.get("/dashboard/cashback").await.text.contains("only the one that gives most counts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_moves_with_purchase_and_return() {
    let (house, cx, mut owner) = opened().await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    assert!(!maya.get("/p/sola").await.text.contains("/p/sola/cashback"), "nothing to say, nothing said");
    assert!(maya.get("/p/sola/cashback").await.text.contains("No offer runs now"));

    offer(&mut owner, "once=1&name=Beer+days&percentage=10&products.0=category%3Abeer&active=on&do=save")
        .await;
    offer(&mut owner, "once=2&name=Wine+days&percentage=50&products.0=category%3Awine&active=on&do=save")
        .await;
    let home = maya.get("/p/sola").await;
    assert!(home.text.contains("/p/sola/cashback") && home.text.contains("Offers that give you money back"));
    let wallet = maya.get("/p/sola/cashback").await;
    assert!(
        wallet.text.contains("$0.00") && wallet.text.contains("10% of what you pay for “beer” comes back.")
    );

    let workers = house.engine.workers();
    let cookies: Vec<String> = maya.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request =
        Request::get("/p/sola/events").header("cookie", cookies.join("; ")).body(Body::empty()).unwrap();
    let mut events = house.pages.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    let mut heard = String::new();
    let mut until = async |wanted: &str| {
        while !heard.contains(wanted) {
            let next = tokio::time::timeout(STUCK, events.next()).await;
            heard.push_str(std::str::from_utf8(&next.expect("in time").unwrap().unwrap()).unwrap());
        }
    };
    let purchase = house.buy(&cx, "T-1", Some("maya@example.com")).await;
    // The open page hears of it when the module has credited.
    until("data: USD 180").await;
    let wallet = maya.get("/p/sola/cashback").await;
    assert!(wallet.text.contains("$1.80") && wallet.text.contains("+$1.80"), "{}", wallet.text);
    assert!(wallet.text.contains("receipt T-1") && wallet.text.contains("Riverside"));
    assert!(maya.get("/p/sola").await.text.contains("$1.80 cashback"));

    let receipt = maya.get(&format!("/p/sola/activity/{}", purchase.id)).await;
    assert!(receipt.text.contains("Why $1.80 cashback?"), "{}", receipt.text);
    assert!(receipt.text.contains("Beer days: 10% of $18.00 = $1.80"));
    assert!(receipt.text.contains("Wine days") && receipt.text.contains("No line matches"));

    let input: ReturnInput = serde_json::from_value(json!({"return_id": "R-1", "amount": 600})).unwrap();
    house.engine.return_purchase(&cx, purchase.id, &input.check().unwrap(), false).await.unwrap();
    until("data: USD 120").await;
    let wallet = maya.get("/p/sola/cashback").await;
    assert!(
        wallet.text.contains("$1.20") && wallet.text.contains("−$0.60") && wallet.text.contains("Return")
    );
    for (browser, page) in [
        (&mut maya, format!("/p/sola/activity/{}", purchase.id)),
        (&mut owner, format!("/dashboard/purchases/{}", purchase.id)),
    ] {
        let shown = browser.get(&page).await;
        assert!(shown.text.contains("Cashback that is left"), "{page}: {}", shown.text);
        assert!(shown.text.contains("−$0.60") && shown.text.contains("$1.20"), "{page}");
    }
    let customer = owner.get(&format!("/dashboard/customers/{}", purchase.customer_id.unwrap())).await;
    assert!(customer.text.contains("Cashback") && customer.text.contains("$1.20"), "{}", customer.text);
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_is_nobody_elses() {
    let (house, cx, mut owner) = opened().await;
    offer(&mut owner, "once=1&name=Tenth&percentage=10&active=on&do=save").await;
    let workers = house.engine.workers();
    let purchase = house.buy(&cx, "T-1", Some("maya@example.com")).await;
    let customer = purchase.customer_id.unwrap();
    while house.engine.customer_cashback(&cx, customer).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    workers.stop().await;
    let mut omar = house.browser();
    omar.sign_in(&house, "sola", "omar@example.com").await;
    let wallet = omar.get("/p/sola/cashback").await;
    assert!(wallet.text.contains("$0.00") && !wallet.text.contains("T-1"));
    let mut nobody = house.browser();
    assert!(nobody.get("/p/sola/cashback").await.location().starts_with("/p/sola/sign-in"));
}
