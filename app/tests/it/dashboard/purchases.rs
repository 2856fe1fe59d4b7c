//! Purchases: whose they are, and what is kept of the till's request.

use crate::support::desk::opened;
use crate::support::form::between;
use crate::support::{Browser, House, PATIENT, Page};
use perennial_domain::purchase::PurchaseInput;
use perennial_domain::settings::MerchantPatch;
use perennial_engine::Cx;
use serde_json::{Value, json};

/// Posts a purchase as a till does, and tells its id.
async fn post(house: &House, cx: &Cx, transaction: &str, with: Value) -> String {
    let mut purchase = json!({"transaction_id": transaction, "retailer": "riverside", "currency": "USD"});
    purchase.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    let input: PurchaseInput = serde_json::from_value(purchase).unwrap();
    let posted = house.engine.purchases_submit(cx, vec![input.check(None).unwrap()], PATIENT).await;
    posted.into_iter().next().unwrap().unwrap().record.id.to_string()
}

/// The receipt says what came from before and what is kept for the next purchase, to the merchant and to the customer.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_tells_what_is_carried_over() {
    let (house, cx, mut owner) = opened("sola").await;
    let settings = MerchantPatch { carry_over: Some(true), ..MerchantPatch::default() };
    house.engine.merchant_update(&cx, settings).await.unwrap();
    house.open_shop(&cx).await;
    let maya = |cents: i64| json!({"customer": {"email": "maya@example.com"}, "amount": cents});
    let first = post(&house, &cx, "T-1", maya(35)).await;
    let second = post(&house, &cx, "T-2", maya(20)).await;
    let mut browser = house.browser();
    browser.sign_in(&house, "sola", "maya@example.com").await;
    for (id, told) in [(first, "0.4 carried on"), (second, "0.4 carried from before, 0.2 carried on")] {
        let desk = owner.get(&format!("/dashboard/purchases/{id}")).await;
        assert!(desk.text.contains(&format!("4 points per $1, {told}")), "{told}: {}", desk.text);
        let portal = browser.get(&format!("/p/sola/activity/{id}")).await;
        let sentence = format!("4 points for each $1 = 1, {told}");
        assert!(portal.text.contains(&sentence), "{sentence}: {}", portal.text);
        assert!(!portal.text.contains("rounded down"), "nothing is lost: {}", portal.text);
    }
}

/// A till rarely knows a name. Everywhere the best that is known stands in its place, as in the list of customers.
#[tokio::test(flavor = "multi_thread")]
async fn customers_without_a_name_are_called_by_what_they_are_known_by() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let known = [
        (json!({"email": "ada@example.com", "card": "99001122"}), "ada@example.com"),
        (json!({"phone": "+4930123456", "external_id": "crm-7"}), "+4930123456"),
        (json!({"external_id": "crm-8", "card": "99001133"}), "crm-8"),
        (json!({"card": "99001144"}), "99001144"),
        (json!({"name": "Bo Berg", "email": "bo@example.com"}), "Bo Berg"),
    ];
    let mut ids = Vec::new();
    for (number, (customer, _)) in known.iter().enumerate() {
        let new = serde_json::from_value(customer.clone()).unwrap();
        let id = house.engine.customer_create(&cx, new).await.unwrap().customer.id;
        let bought = json!({"customer": {"id": id}, "amount": 500});
        ids.push(post(&house, &cx, &format!("T-{number}"), bought).await);
    }
    let list = owner.get("/dashboard/purchases").await;
    let rows = between(&list, "<tbody role=\"rowgroup\">", "</tbody>");
    let home = owner.get("/dashboard").await;
    let file = owner.get("/dashboard/purchases.csv").await;
    for (id, (_, called)) in ids.iter().zip(&known) {
        let link = format!(">{called}<");
        assert!(rows.contains(&link), "{called} in {rows}");
        assert!(home.text.contains(&link), "{called} in {}", home.text);
        assert!(owner.get(&format!("/dashboard/purchases/{id}")).await.text.contains(&link), "{called}");
        assert!(file.text.contains(called), "{called} in {}", file.text);
    }
}

/// The request on the page of a purchase, as JSON.
async fn request(owner: &mut Browser, id: &str) -> Value {
    let page: Page = owner.get(&format!("/dashboard/purchases/{id}")).await;
    let (_, rest) = page.text.split_once("The request as it is kept").expect("the page has the request");
    let (_, rest) = rest.split_once("<pre").expect("it is a block of code");
    let (_, rest) = rest.split_once('{').unwrap();
    let (json, _) = rest.split_once("</pre>").unwrap();
    let (json, _) = json.rsplit_once('}').unwrap();
    let json = json.replace("&quot;", "\"").replace("&amp;", "&");
    serde_json::from_str(&format!("{{{json}}}")).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// A sum stays a sum; lines stay lines.
#[tokio::test(flavor = "multi_thread")]
async fn the_request_is_shown_in_the_form_in_which_it_came() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let sum = post(&house, &cx, "T-1", json!({"amount": 1_999})).await;
    let shown = request(&mut owner, &sum).await;
    assert_eq!((&shown["amount"], &shown["transaction_id"]), (&json!(1_999), &json!("T-1")));
    assert!(shown.get("lines").is_none(), "{shown}");

    let lines = json!([
        {"product": "Draft", "quantity": 2, "unit_price": 900, "discount": 100},
        {"quantity": 1, "amount": 250},
    ]);
    let basket = post(&house, &cx, "T-2", json!({"lines": lines})).await;
    let shown = request(&mut owner, &basket).await;
    assert_eq!(shown["lines"], lines);
    assert!(shown.get("amount").is_none(), "{shown}");
}
