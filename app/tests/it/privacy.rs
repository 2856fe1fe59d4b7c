//! Taking one's data along and leaving, as a browser without scripts does it: in the portal, and in the dashboard.

use crate::support::House;
use crate::support::desk::{colleague, signed_in};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::ids::CustomerId;
use perennial_engine::{Cx, Error};
use serde_json::{Value, json};

const EMAIL: &str = "zera@markdom.example";

/// Zera, who has bought for $18.00, at four points a dollar.
async fn zera(house: &House, cx: &Cx) -> CustomerId {
    let id = house.buy(cx, "t-1", Some(EMAIL)).await.customer_id.unwrap();
    let name = serde_json::from_value(json!({"name": "Zera Quill"})).unwrap();
    house.engine.customer_update(cx, id, name).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_takes_everything_along_and_leaves_with_a_fresh_code() {
    let house = House::open("http://shop.test").await;
    let cx = house.merchant("sola").await;
    house.open_shop(&cx).await;
    let id = zera(&house, &cx).await;
    let mut browser = house.browser();
    browser.sign_in(&house, "sola", EMAIL).await;

    let page = browser.get("/p/sola/your-data").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("/p/sola/your-data/download") && page.text.contains("/p/sola/leave"));
    let file = browser.get("/p/sola/your-data/download").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"your-data.json\"");
    let document: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(
        (&document["customer"]["name"], &document["customer"]["email"]),
        (&json!("Zera Quill"), &json!(EMAIL))
    );
    assert_eq!(document["purchases"].as_array().unwrap().len(), 1);
    let stranger = house.browser().get("/p/sola/your-data/download").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER, "nobody else's");

    let leave = browser.get("/p/sola/leave").await;
    assert!(leave.text.contains("72 points that you can spend"), "{}", leave.text);
    assert!(leave.text.contains("Send me a code") && !leave.text.contains("name=\"code\""));
    // Somebody who found the session open has no code: not an old one, not a guess, not one of another browser.
    let old = house.code_for(EMAIL).await;
    let refused = browser.post("/p/sola/leave", &format!("code={old}")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut other = house.browser();
    other.post("/p/sola/sign-in", &format!("email={EMAIL}")).await;
    let stolen = house.code_for(EMAIL).await;
    let refused = browser.post("/p/sola/leave", &format!("code={stolen}")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("This code is not right"), "{}", refused.text);

    let sent = browser.post("/p/sola/leave", "send=code").await;
    assert_eq!(sent.location(), "/p/sola/leave?sent=yes");
    assert!(browser.get("/p/sola/leave?sent=yes").await.text.contains("Delete my data and leave"));
    let code = house.code_for(EMAIL).await;
    let mut elsewhere = house.browser();
    elsewhere.sign_in(&house, "sola", EMAIL).await;
    let left = browser.post("/p/sola/leave", &format!("code={code}")).await;
    assert_eq!((left.status, left.location()), (StatusCode::SEE_OTHER, "/p/sola"));

    // Every browser that was signed in is told, once and for all; and nobody is there any more.
    for browser in [&mut browser, &mut elsewhere] {
        let gone = browser.get("/p/sola").await;
        assert_eq!(gone.status, StatusCode::GONE);
        assert!(gone.text.contains("Your account is closed"), "{}", gone.text);
        assert_eq!(browser.get("/p/sola/events").await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(browser.post("/p/sola/sign-out", "").await.location(), "/p/sola/sign-in");
    assert_eq!(browser.get("/p/sola/sign-in").await.status, StatusCode::OK);
    let erased = house.engine.customer_get(&cx, id).await.unwrap();
    assert_eq!((erased.name, erased.email, erased.points), (None, None, 72));
    let record = house.engine.customer_erasure(&cx, id).await.unwrap().unwrap();
    assert_eq!((record.by.as_str(), record.reason.as_str()), ("customer", "left"));
    // Whoever comes back begins anew.
    browser.sign_in(&house, "sola", EMAIL).await;
    assert!(browser.get("/p/sola").await.text.contains("It starts with your first purchase"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_sees_what_goes_types_the_word_and_erases() {
    let house = House::open("http://shop.test").await;
    let cx = house.merchant("sola").await;
    house.open_shop(&cx).await;
    let id = zera(&house, &cx).await;
    let path = format!("/dashboard/customers/{id}/privacy");
    let export = format!("/dashboard/customers/{id}/export.json");
    let mut browser = signed_in(&house, "owner@sola.example").await;
    assert!(browser.get(&format!("/dashboard/customers/{id}")).await.text.contains(&path));
    let page = browser.get(&path).await;
    for text in [
        "Deleted",
        "Identities",
        "Stays in the books",
        "Entries",
        "The customer loses",
        "72",
        export.as_str(),
    ] {
        assert!(page.text.contains(text), "no {text} in {}", page.text);
    }
    let file: Value = serde_json::from_str(&browser.get(&export).await.text).unwrap();
    assert_eq!(file["customer"]["email"], EMAIL);

    // Support may hand out and not erase, analysts neither.
    let mut support = colleague(&house, &cx, Role::Support).await;
    assert_eq!(support.get(&export).await.status, StatusCode::OK);
    assert!(!support.get(&path).await.text.contains("Erase this customer</button>"));
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert_eq!(analyst.get(&export).await.status, StatusCode::FORBIDDEN);
    for browser in [&mut support, &mut analyst] {
        let refused = browser.post(&path, "reason=requested&confirm=erase").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    for (form, text) in [
        ("reason=requested&confirm=yes", "Type the word erase"),
        ("reason=because&confirm=erase", "Choose one of these"),
    ] {
        let refused = browser.post(&path, form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(text), "{}", refused.text);
    }
    assert!(house.engine.customer_get(&cx, id).await.unwrap().erased_at.is_none());

    let erased = browser.post(&path, "reason=inactive&confirm=Erase").await;
    assert_eq!(erased.location(), format!("{path}?done=customer-erased"));
    let record = browser.get(&path).await;
    for text in ["Erased on", "Nobody had heard of the customer for long", "Nothing personal is left"] {
        assert!(record.text.contains(text), "no {text} in {}", record.text);
    }
    let customer = browser.get(&format!("/dashboard/customers/{id}")).await;
    assert!(customer.text.contains("Erased customer") && customer.text.contains("Erased on"));
    assert!(browser.get("/dashboard/purchases").await.text.contains(">Erased customer<"));
    for page in [&record, &customer, &browser.get("/dashboard/customers").await] {
        assert!(!page.text.to_lowercase().contains("zera"), "{}", page.text);
    }
    let adjusted =
        browser.post(&format!("/dashboard/customers/{id}/adjust"), "points=1&reason=r&do=adjust").await;
    assert!(adjusted.text.contains("was closed and its data erased"), "{}", adjusted.text);
    let again = house.engine.customer_export(&cx, CustomerId::new(1, [1; 10])).await.map(drop);
    assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
}
