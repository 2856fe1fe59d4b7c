//! Referrals in the dashboard, as a browser without scripts sees them: the funnel, what is decided, the settings.

use crate::support::desk::{colleague, opened};
use crate::support::{House, PATIENT};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::ids::CustomerId;
use perennial_domain::purchase::PurchaseInput;
use perennial_engine::Cx;
use serde_json::json;

const PATH: &str = "/dashboard/referrals";

/// A friend who comes with a code and a first purchase at the retailer `bar`.
async fn come(house: &House, cx: &Cx, number: &str, email: &str, code: &str) -> CustomerId {
    let purchase: PurchaseInput = serde_json::from_value(json!({
        "transaction_id": number, "retailer": "bar", "customer": {"email": email}, "amount": 900,
        "currency": "USD", "referral_code": code,
    }))
    .unwrap();
    let purchase = purchase.check(None).unwrap();
    let outcome = house.engine.purchases_submit(cx, vec![purchase], PATIENT).await.pop();
    outcome.unwrap().unwrap().record.customer_id.unwrap()
}

/// Somebody decides about those who look like one person, bans who brought them, and changes how friends come.
#[tokio::test]
async fn a_referral_is_decided_about() {
    let (house, cx, mut browser) = opened("friends").await;
    let bar = serde_json::from_value(json!({"code": "bar", "name": "Bar"})).unwrap();
    house.engine.retailer_create(&cx, bar).await.unwrap();
    let maya = serde_json::from_value(json!({"email": "maya@example.com", "name": "Maya"})).unwrap();
    let maya = house.engine.customer_create(&cx, maya).await.unwrap().customer.id;
    let code = house.engine.referral_code_of(&cx, maya).await.unwrap().code;
    let empty = browser.get(PATH).await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.text.contains("No referral yet") && empty.text.contains("Nothing to decide"));

    let second = come(&house, &cx, "1", "maya+2@example.com", code.as_str()).await;
    come(&house, &cx, "2", "maya+3@example.com", code.as_str()).await;
    come(&house, &cx, "3", "ben@example.com", code.as_str()).await;
    let page = browser.get(PATH).await;
    for text in ["Both e-mail addresses lead to one mailbox", "Risk 80 of 100", "From click to reward"] {
        assert!(page.text.contains(text), "no {text} in {}", page.text);
    }
    let home = browser.get("/dashboard").await;
    assert!(home.text.contains("referrals wait for review"), "{}", home.text);
    let friends = browser.get(&format!("/dashboard/customers/{maya}?tab=friends")).await;
    assert!(friends.text.contains("Waits for you"), "{}", friends.text);
    let came = browser.get(&format!("/dashboard/customers/{second}?tab=friends")).await;
    assert!(came.text.contains("Invited by"), "{}", came.text);

    let decide = |what: &str, customer: CustomerId| format!("do={what}&customer={customer}");
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert!(!analyst.get(PATH).await.text.contains("value=\"approve\""));
    assert_eq!(analyst.post(PATH, &decide("approve", second)).await.status, StatusCode::FORBIDDEN);

    let approved = browser.post(PATH, &decide("approve", second)).await;
    assert_eq!(approved.location(), "/dashboard/referrals?done=referral-approved");
    let again = browser.post(PATH, &decide("approve", second)).await;
    assert!(again.text.contains("Nobody has to decide about this referral"), "{}", again.text);
    let banned = browser.post(PATH, &decide("ban", maya)).await;
    assert_eq!(banned.location(), "/dashboard/referrals?done=advocate-banned");
    let page = browser.get(PATH).await;
    assert!(page.text.contains("Nothing to decide"), "{}", page.text);
    assert_eq!(browser.get("/dashboard/referrals?state=rejected").await.status, StatusCode::OK);

    // The settings, with what is wrong beside its field.
    let settings = |target: &str| {
        format!(
            "do=policy&enabled=on&attribution_days=45&touch=first&hold_days=7&same_person=refuse&max_per_hour=5\
             &max_per_day=20&allowed_origins=https%3A%2F%2Fshop.example&targets=Plan+7+%7C+{target}"
        )
    };
    let wrong = browser.post(PATH, &settings("https%3A%2F%2Fevil.example%2F")).await;
    assert!(wrong.text.contains("Must be on one of the sites that links may lead to"), "{}", wrong.text);
    let saved = browser.post(PATH, &settings("https%3A%2F%2Fshop.example%2Fplans%2F7")).await;
    assert_eq!(saved.location(), "/dashboard/referrals?done=settings-saved");
    let policy = house.engine.merchant_settings(&cx).await.unwrap().referrals;
    assert_eq!((policy.attribution_days, policy.hold_days, policy.targets.len()), (45, 7, 1));
}
