//! The door of the portal: sign-in, sessions, what a stranger sees.

use crate::support::desk;
use crate::support::{House, STUCK};
use axum::body::Body;
use futures::StreamExt;
use http::{Method, Request, StatusCode};
use perennial_app::address::sign_in;
use perennial_engine::PageRequest;
use perennial_engine::customers::CustomerFilter;
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_opens_the_portal_and_signing_out_closes_it() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let mut browser = house.browser();

    let closed = browser.get("/p/sola").await;
    assert_eq!((closed.status, closed.location()), (StatusCode::SEE_OTHER, "/p/sola/sign-in"));
    browser.sign_in(&house, "sola", "maya@example.com").await;

    let home = browser.get("/p/sola").await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.text);
    assert!(home.text.contains("Shop sola") && home.text.contains("It starts with your first purchase"));
    assert_eq!(home.header("cache-control"), "no-store");

    let stale = browser.cookies.clone();
    let out = browser.post("/p/sola/sign-out", "").await;
    assert_eq!(out.location(), "/p/sola/sign-in");
    assert!(browser.cookies.is_empty());
    browser.cookies = stale;
    assert_eq!(
        browser.get("/p/sola").await.status,
        StatusCode::SEE_OTHER,
        "the session is gone, not only its cookie"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_signs_out_everywhere_else_and_nobody_else_does() {
    let house = House::open("http://shop.test").await;
    let sola = house.merchant("sola").await;
    house.merchant("hops").await;
    let (mut here, mut phone) = (house.browser(), house.browser());
    for browser in [&mut here, &mut phone] {
        browser.sign_in(&house, "sola", "maya@example.com").await;
    }
    phone.sign_in(&house, "hops", "maya@example.com").await;
    let mut ben = house.browser();
    ben.sign_in(&house, "sola", "ben@example.com").await;
    let filter = CustomerFilter { search: Some("maya@example.com".to_owned()), owing: false };
    let known = house.engine.customer_list(&sola, &filter, &PageRequest::default()).await.unwrap();
    let maya = known.data[0].id;
    let (_, token) = house.engine.customer_token_create(&sola, maya, None).await.unwrap();

    assert!(here.get("/p/sola/you").await.text.contains("Sign out everywhere else"));
    let out = here.post("/p/sola/you", "do=sign-out-elsewhere").await;
    assert_eq!(out.location(), "/p/sola/you?done=signed-out");
    let page = here.get("/p/sola/you?done=signed-out").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("You are signed in here and nowhere else"));
    assert_eq!(phone.get("/p/sola").await.location(), "/p/sola/sign-in");
    assert!(house.engine.authenticate_customer(token.expose()).await.is_err(), "apps included");
    assert_eq!(phone.get("/p/hops").await.status, StatusCode::OK, "another shop is another account");
    assert_eq!(ben.get("/p/sola").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_hears_nothing_more_once_its_session_is_over() {
    let (house, cx, _owner) = desk::opened("sola").await;
    house.open_shop(&cx).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let stale = maya.cookies.clone();
    let cookies: Vec<String> = stale.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request =
        Request::get("/p/sola/events").header("cookie", cookies.join("; ")).body(Body::empty()).unwrap();
    let mut events = house.pages.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    let first = tokio::time::timeout(STUCK, events.next()).await.unwrap().unwrap().unwrap();
    assert!(std::str::from_utf8(&first).unwrap().contains("event: moved"));

    let workers = house.engine.workers();
    assert_eq!(maya.post("/p/sola/sign-out", "").await.location(), "/p/sola/sign-in");
    house.buy(&cx, "T-1", Some("maya@example.com")).await;
    let rest = async {
        let mut heard = String::new();
        while let Some(part) = events.next().await {
            heard.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
        }
        heard
    };
    let heard = tokio::time::timeout(STUCK, rest).await.expect("the stream ends");
    assert!(!heard.contains("moved"), "{heard}");
    // The browser comes back, and is told not to ask again.
    maya.cookies = stale;
    assert_eq!(maya.get("/p/sola/events").await.status, StatusCode::NO_CONTENT);
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_does_not_tell_who_is_known() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    house.browser().sign_in(&house, "sola", "known@example.com").await;

    let mut pages = Vec::new();
    for email in ["known@example.com", "other@example.com"] {
        let mut browser = house.browser();
        let sent = browser.post("/p/sola/sign-in", &format!("email={email}")).await;
        let page = browser.get("/p/sola/sign-in").await;
        let wrong = browser.post("/p/sola/sign-in", "code=000000").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let same = |text: &str| without_nonces(&text.replace(email, "E-MAIL"));
        pages.push((sent.status, sent.location().to_owned(), same(&page.text), same(&wrong.text)));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_comes_back_with_what_was_typed() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let page = house.browser().post("/p/sola/sign-in", "email=not%20an%20address").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("not an address"), "{}", page.text);
    assert!(
        page.text.contains("aria-invalid=\"true\"") && page.text.contains("does not look like an e-mail")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_only_in_the_browser_that_asked() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let (mut asked, mut other) = (house.browser(), house.browser());
    asked.post("/p/sola/sign-in", "email=maya@example.com").await;
    let code = house.code_for("maya@example.com").await;
    other.post("/p/sola/sign-in", "email=else@example.com").await;
    let stolen = other.post("/p/sola/sign-in", &format!("code={code}")).await;
    assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY);
    let opened = asked.post("/p/sola/sign-in", &format!("code={code}")).await;
    assert_eq!(opened.location(), "/p/sola");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_comes_back_to_the_page_that_asked_for_it() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let mut browser = house.browser();
    let asked = browser.get("/p/sola/claim?code=7").await;
    let door = asked.location().to_owned();
    assert_eq!(door, "/p/sola/sign-in?next=%2Fp%2Fsola%2Fclaim%3Fcode%3D7");
    assert_eq!(browser.post(&door, "email=maya@example.com").await.location(), door);
    assert!(!browser.get(&door).await.text.contains("action="), "its forms are posted to where they are");
    let code = house.code_for("maya@example.com").await;
    assert_eq!(browser.post(&door, &format!("code={code}")).await.location(), "/p/sola/claim?code=7");
    assert_eq!(browser.get(&door).await.location(), "/p/sola/claim?code=7", "no second sign-in");

    let elsewhere = [
        "%2F%2Fevil.test",
        "%2F%5Cevil.test",
        "%252F%252Fevil.test",
        "%2Fp%2Fhops",
        "%2Fp%2Fsola%2F..%2Fhops",
        "%2Fdashboard",
    ];
    for (number, elsewhere) in elsewhere.into_iter().enumerate() {
        let door = format!("/p/sola/sign-in?next={elsewhere}");
        assert_eq!(browser.get(&door).await.location(), "/p/sola", "{elsewhere}");
        let mut stranger = house.browser();
        let sent = stranger.post(&door, &format!("email=guest-{number}@example.com")).await;
        assert_eq!(sent.location(), "/p/sola/sign-in", "{elsewhere}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_one_portal_only() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    house.merchant("hops").await;
    let mut browser = house.browser();
    browser.sign_in(&house, "sola", "maya@example.com").await;
    let id = browser.cookies["perennial-portal-sola"].clone();
    browser.cookies.insert("perennial-portal-hops".to_owned(), id);
    for path in ["/p/hops", "/p/hops/activity", "/p/hops/card", "/p/hops/claim"] {
        assert_eq!(browser.get(path).await.location(), sign_in("/p/hops", Some(path)), "{path}");
    }
    assert_eq!(browser.get("/p/hops/events").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_functions_ask_who_calls() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    for name in ["home", "page"] {
        let asked = "slug=sola&tail=card&query=";
        let answer = house.browser().post(&format!("/rpc/portal/{name}"), asked).await;
        assert!(!answer.status.is_success(), "{name}");
        assert!(answer.text.contains("SignedOut"), "{name}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_send_our_forms() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let request =
        Request::builder().method(Method::POST).uri("/p/sola/sign-in").header("origin", "https://evil.test");
    let refused = house.browser().send(request, Body::from("email=maya@example.com")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_need_the_nonce_of_their_page() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let page = house.browser().get("/p/sola/sign-in").await;
    assert!(page.text.ends_with("</body></html>"), "nothing stands behind the document");
    let policy = page.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    assert!(!policy.contains("script-src 'unsafe-inline'"), "{policy}");
    for script in page.text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn https_pins_the_cookies() {
    let house = House::open("https://shop.test").await;
    house.merchant("sola").await;
    let sent = house.browser().post("/p/sola/sign-in", "email=maya@example.com").await;
    let cookie = sent.header("set-cookie");
    assert!(cookie.starts_with("__Host-perennial-portal-sola=") && cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_lead_nowhere_say_so() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    for path in ["/p/nobody", "/p/nobody/sign-in", "/p/no%20slug", "/nowhere", "/p/", "/p/nobody/events"] {
        assert_eq!(house.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let front = house.browser().get("/").await;
    assert_eq!(front.status, StatusCode::OK);
    assert!(!front.text.contains("<script"), "the front page needs no script");
}

/// A page without what differs from answer to answer by design.
fn without_nonces(text: &str) -> String {
    let mut parts = text.split("nonce=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('"').map_or(part, |(_, rest)| rest));
    }
    out
}
