//! What a customer sees: the balance, why it is so, and nothing of anybody else.

use crate::support::{House, STUCK};
use axum::body::Body;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use perennial_app::{Visitor, apology};
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_shows_at_once_and_says_why() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let purchase = house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;

    let home = maya.get("/p/sola").await;
    assert!(home.text.contains(">72<") && home.text.contains("Riverside"), "{}", home.text);
    let list = maya.get("/p/sola/activity").await;
    let explanation = format!("/p/sola/activity/{}", purchase.id);
    assert!(list.text.contains(&explanation) && list.text.contains("receipt T-1"), "{}", list.text);
    let why = maya.get(&explanation).await;
    assert!(
        why.text.contains("Why 72 points?") && why.text.contains("4 points for each $1 = 72"),
        "{}",
        why.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_of_somebody_else_is_not_there() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let purchase = house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let mut omar = house.browser();
    omar.sign_in(&house, "sola", "omar@example.com").await;
    for id in
        [purchase.id.to_string(), "00000000-0000-7000-8000-000000000000".to_owned(), "nonsense".to_owned()]
    {
        let page = omar.get(&format!("/p/sola/activity/{id}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{id}");
        assert!(!page.text.contains("72 points"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_claimed_once() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let purchase = house.buy(&shop, "T-1", None).await;
    let code = purchase.claim_code.as_ref().unwrap().grouped().to_lowercase();
    let (mut maya, mut omar) = (house.browser(), house.browser());
    maya.sign_in(&house, "sola", "maya@example.com").await;
    omar.sign_in(&house, "sola", "omar@example.com").await;

    let wrong = maya.post("/p/sola/claim", "code=0000-0000-0000-0000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("There is no receipt with this code"), "{}", wrong.text);

    let claimed = maya.post("/p/sola/claim", &format!("code={code}")).await;
    assert_eq!(claimed.location(), format!("/p/sola/activity/{}?done=claimed", purchase.id));
    assert!(maya.get(claimed.location()).await.text.contains("72 points are yours."));
    let again = maya.post("/p/sola/claim", &format!("code={code}")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "who has it is told the same again");
    assert_eq!(
        omar.post("/p/sola/claim", &format!("code={code}")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(maya.get("/p/sola").await.text.contains(">72<"), "credited once");
    assert!(omar.get("/p/sola").await.text.contains("It starts with your first purchase"));
}

/// The link on a receipt: through the sign-in and back, with the code filled in and nothing claimed by looking.
#[tokio::test(flavor = "multi_thread")]
async fn the_link_on_a_receipt_brings_its_code_through_the_sign_in() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let code = house.buy(&shop, "T-1", None).await.claim_code.clone().unwrap();
    let link = format!("/p/sola/claim?code={code}");
    let mut maya = house.browser();
    let door = maya.get(&link).await.location().to_owned();
    assert_eq!(door, format!("/p/sola/sign-in?next=%2Fp%2Fsola%2Fclaim%3Fcode%3D{code}"));
    let sent = maya.post(&door, "email=maya@example.com").await;
    assert_eq!(sent.location(), door, "the way back is kept while the code is on its way");
    let secret = house.code_for("maya@example.com").await;
    assert_eq!(maya.post(sent.location(), &format!("code={secret}")).await.location(), link);

    let form = maya.get(&link).await;
    assert!(form.text.contains(&format!("value=\"{code}\"")), "{}", form.text);
    assert!(
        maya.get("/p/sola").await.text.contains("It starts with your first purchase"),
        "a look claims nothing"
    );
    let strange = maya.get("/p/sola/claim?code=%22%3E%3Cscript%3E").await;
    assert!(strange.text.contains("value=\"&quot;&gt;&lt;script&gt;\""), "{}", strange.text);
    // A code that was typed stays, also when another one came with the address.
    let refused = maya.post(&link, "code=7F3A").await;
    assert!(refused.text.contains("value=\"7F3A\""), "{}", refused.text);
    let claimed = maya.post("/p/sola/claim", &format!("code={code}")).await;
    assert!(claimed.location().ends_with("?done=claimed"), "{}", claimed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_page_hears_of_a_purchase() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let workers = house.engine.workers();
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;

    let cookies: Vec<String> = maya.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request =
        Request::get("/p/sola/events").header("cookie", cookies.join("; ")).body(Body::empty()).unwrap();
    let response = house.pages.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert!(
        response.headers().get("content-encoding").is_none(),
        "a compressed stream would wait for its buffer"
    );
    let mut events = response.into_body().into_data_stream();
    let mut heard = String::new();
    let mut until = async |wanted: &str| {
        while !heard.contains(wanted) {
            let next = tokio::time::timeout(STUCK, events.next()).await;
            heard.push_str(std::str::from_utf8(&next.expect("in time").unwrap().unwrap()).unwrap());
        }
    };
    until("data: 0").await;
    house.buy(&shop, "T-1", Some("maya@example.com")).await;
    until("data: 72").await;
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_page_is_drawn_again_as_it_was() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let (mut maya, mut omar) = (house.browser(), house.browser());
    maya.sign_in(&house, "sola", "maya@example.com").await;
    omar.sign_in(&house, "sola", "omar@example.com").await;
    let purchase = house.buy(&shop, "T-1", Some("maya@example.com")).await;

    for tail in ["activity", "card", "cashback", "claim", "earn", "rewards", "tiers", "vouchers"] {
        let page = maya.get(&format!("/p/sola/{tail}")).await;
        assert_eq!(page.status, StatusCode::OK, "{tail}");
        let drawn = maya.post("/rpc/portal/page", &format!("slug=sola&tail={tail}&query=")).await;
        let markup: String =
            serde_json::from_str(&drawn.text).unwrap_or_else(|_| panic!("{tail}: {}", drawn.text));
        assert!(markup.starts_with("<template data-title="), "{tail}: {markup}");
        assert!(page.text.contains(&markup), "{tail}: what the browser fetches is what the document had");
    }
    let tail = format!("activity/{}", purchase.id);
    let asked = format!("slug=sola&tail={tail}&query=%3Fdone%3Dclaimed");
    assert!(maya.post("/rpc/portal/page", &asked).await.text.contains("72 points are yours."));
    let refused = omar.post("/rpc/portal/page", &asked).await;
    assert!(!refused.status.is_success() && refused.text.contains("NotFound"), "{}", refused.text);
}

/// The edge asks for it in the place of a page that would be blank.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_went_wrong_says_so() {
    let house = House::open("http://shop.test").await;
    let mut headers = HeaderMap::new();
    for (accept, is_page) in [("text/html,*/*;q=0.8", true), ("application/json", false)] {
        headers.insert("accept", HeaderValue::from_static(accept));
        let visitor = Visitor::of(&headers);
        for (status, wait, text) in [
            (StatusCode::INTERNAL_SERVER_ERROR, None, "This page could not be shown."),
            (StatusCode::SERVICE_UNAVAILABLE, Some(7), "Please try again in 7 seconds."),
        ] {
            let answer = apology(&house.state, &visitor, status, wait);
            assert_eq!(
                (answer.status(), answer.headers().contains_key("retry-after")),
                (status, wait.is_some())
            );
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains(text), "{body}");
            assert_eq!(body.contains("<h1>") && body.contains("/app-1.css"), is_page, "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_says_so() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    for path in ["/p/sola/nowhere", "/p/sola/tiers/7", "/p/sola/rewards/x/redeem", "/p/sola/rewards/x/y/z"] {
        let page = maya.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("We could not find this"), "{path}");
    }
}

/// A cache in front may keep what is given to everybody, and gives it to everybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_cache_keeps_built_files_and_no_refusal_of_them() {
    let house = House::open("http://shop.test").await;
    let mut browser = house.browser();
    let file = browser.get("/app-1.css").await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header("cache-control").contains("immutable"));
    assert_eq!(
        file.header("vary"),
        "accept-encoding",
        "a browser without brotli gets no brotli from a cache"
    );
    let beyond = Request::builder().uri("/app-1.css").header("range", "bytes=1000000-");
    let refused = browser.send(beyond, Body::empty()).await;
    assert_eq!(refused.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(refused.header("cache-control"), "no-store");
    let sent = browser.post("/app-1.css", "a=b").await;
    assert!(!sent.status.is_success());
    assert_eq!(sent.header("cache-control"), "no-store");
}
