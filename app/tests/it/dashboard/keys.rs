//! API keys: shown once, and tried with a purchase that is real.

use crate::support::desk::{base_earn, opened, retailer};
use crate::support::form::{between, form, once};
use http::StatusCode;
use perennial_domain::access::Scope;
use perennial_domain::codes::Label;
use perennial_engine::PageRequest;
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::retailers::RetailerFilter;

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
    assert!(later.text.contains("<details class=\"newform\"><summary"), "behind its button: {}", later.text);
    assert!(later.text.contains("Riverside tills") && !later.text.contains(&secret));
    let again = browser.post("/dashboard/keys", &form(&fields)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("This form was sent before"));
    assert!(again.text.contains("<details open class=\"newform\""), "what was sent stays: {}", again.text);

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

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_paged_searched_narrowed_and_downloaded() {
    let (house, cx, mut browser) = opened("sola").await;
    retailer(&mut browser, "riverside").await;
    let (every, first) = (RetailerFilter::default(), PageRequest::default());
    let store = house.engine.retailer_list(&cx, &every, &first).await.unwrap().data[0].id.to_string();
    // With the one that every merchant begins with there are 61.
    for number in 0..60 {
        let key = NewApiKey {
            name: Label::new(&format!("Till {number:02}")).unwrap(),
            scopes: vec![Scope::PurchasesWrite],
            retailer: (number == 7).then(|| store.clone()),
        };
        let (key, _) = house.engine.api_key_create(&cx, key).await.unwrap();
        if number % 2 == 0 {
            house.engine.api_key_revoke(&cx, key.id).await.unwrap();
        }
    }
    let rows = async |browser: &mut crate::support::Browser, query: &str| {
        let page = browser.get(&format!("/dashboard/keys{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        (page.text.matches("data-th=\"May do\"").count(), page)
    };
    let (count, first) = rows(&mut browser, "").await;
    assert_eq!(count, 50);
    assert!(first.text.contains("50 keys on this page, newest first"));
    let after = between(&first, "href=\"/dashboard/keys?after=", "\"").to_owned();
    assert_eq!(rows(&mut browser, &format!("?after={after}")).await.0, 11, "all of them can be reached");

    for by in ["Till+07", "riverside"] {
        let (count, found) = rows(&mut browser, &format!("?q={by}")).await;
        assert!(count == 1 && found.text.contains("Till 07"), "{by}");
        assert!(found.text.contains(">riverside<"), "with the name of its retailer");
    }
    assert_eq!(rows(&mut browser, "?state=revoked").await.0, 30);
    assert_eq!(rows(&mut browser, "?state=active").await.0, 31);
    let (none, page) = rows(&mut browser, "?q=Till+07&state=revoked").await;
    assert!(none == 0 && page.text.contains("Nothing matches") && page.text.contains("Show all keys"));

    let file = browser.get("/dashboard/keys.csv?state=revoked").await;
    assert!(file.header("content-disposition").contains("api-keys.csv"));
    assert_eq!(file.text.lines().count(), 31, "a line for the columns, and every key");
    assert!(file.text.contains("Till 58") && !file.text.contains("Till 59"));
    let bound = browser.get("/dashboard/keys.csv?q=riverside").await;
    assert!(bound.text.contains(",riverside,purchases:write,"), "{}", bound.text);
}
