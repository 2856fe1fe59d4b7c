//! API keys: shown once, and tried with a purchase that is real.

use crate::support::desk::{base_earn, opened, retailer};
use crate::support::form::{between, form, once};
use http::StatusCode;
use perennial_domain::access::Scope;
use perennial_domain::codes::Label;
use perennial_engine::api_keys::NewApiKey;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_its_test_purchase_is_real() {
    let (house, cx, mut browser) = opened("sola").await;
    retailer(&mut browser, "riverside").await;
    let token = once(&browser.get("/dashboard/promotions/new").await);
    browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "publish"))).await;

    let keys = browser.get("/dashboard/keys").await;
    let token = once(&keys);
    let fields = [
        ("do", "create"),
        ("once", token.as_str()),
        ("name", "Riverside tills"),
        ("scope.purchases:write", "on"),
    ];
    let made = browser.post("/dashboard/keys", &form(&fields)).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.header("cache-control"), "no-store");
    let secret = format!("prn_{}", between(&made, "<pre tabindex=\"0\">prn_", "<"));
    assert!(made.text.contains(&format!("Authorization: Bearer {secret}")), "the command carries the key");
    assert!(made.text.contains("$(date +%s)") && !made.text.contains("try-1"), "each call is a new purchase");
    assert!(house.engine.authenticate(&secret).await.is_ok());

    let later = browser.get("/dashboard/keys").await;
    assert!(later.text.contains("Riverside tills") && !later.text.contains(&secret));
    let again = browser.post("/dashboard/keys", &form(&fields)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("This form was sent before"));

    let test = [
        ("do", "test"),
        ("fresh.name", "Riverside tills"),
        ("fresh.secret", secret.as_str()),
        ("fresh.curl", "curl"),
        ("transaction", "test-1"),
        ("test_retailer", "riverside"),
        ("test_amount", "39.50"),
        ("test_email", "maya@example.com"),
    ];
    let sent = browser.post("/dashboard/keys", &form(&test)).await;
    assert_eq!(sent.status, StatusCode::OK);
    assert!(sent.text.contains("201.") && sent.text.contains("158 points were credited"), "{}", sent.text);
    let replayed = browser.post("/dashboard/keys", &form(&test)).await;
    assert!(replayed.text.contains("200.") && replayed.text.contains("nothing was counted twice"));

    let list = browser.get("/dashboard/purchases?q=test-1").await;
    assert!(list.text.contains("maya@example.com") || list.text.contains("test-1"));
    // An id begins with the time, which begins with a zero for some centuries.
    let place = format!("/dashboard/purchases/0{}", between(&list, "href=\"/dashboard/purchases/0", "\""));
    let detail = browser.get(&place).await;
    for told in ["Why 158 points", "Base earn", "Riverside tills", "points_earned"] {
        assert!(detail.text.contains(told), "{told}");
    }
    let customers = browser.get("/dashboard/customers?q=maya").await;
    assert!(customers.text.contains("maya@example.com") && customers.text.contains("158"));

    let foreign = house.merchant("hops").await;
    let key = NewApiKey { name: Label::new("Theirs").unwrap(), scopes: Scope::ALL.to_vec(), retailer: None };
    let (_, theirs) = house.engine.api_key_create(&foreign, key).await.unwrap();
    let mut stolen = test.to_vec();
    stolen.retain(|(name, _)| !name.starts_with("fresh"));
    stolen.push(("key", theirs.expose()));
    let refused = browser.post("/dashboard/keys", &form(&stolen)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("This key is not known here"));
    assert!(!refused.text.contains(theirs.expose()), "a pasted key never comes back");
    let _ = cx;
}
