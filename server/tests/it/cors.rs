//! Pages of other sites: which of them may read what the API answers.

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::support::{Api, Merchant, Reply, TestServer, purchase};

const APP: &str = "https://app.shop.example";
const ALLOWED: &str = "access-control-allow-origin";

/// A merchant whose own app is at [`APP`].
async fn with_app(server: &TestServer, slug: &str, origins: Value) -> Merchant {
    let merchant = server.merchant(slug).await;
    let changed = server.api(&merchant).patch("/merchant", json!({"allowed_origins": origins})).await;
    changed.ok(StatusCode::OK);
    merchant
}

/// A request as a page of a site sends it.
async fn from(api: &Api<'_>, origin: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
    let reply = api.patiently(method, path, body, &[("origin", origin)]).await;
    // No answer lets a page act by what its visitor's browser has kept.
    assert!(!reply.headers.contains_key("access-control-allow-credentials"), "{reply:?}");
    assert!(reply.header(ALLOWED) != "*", "{reply:?}");
    reply
}

fn varies_by_origin(reply: &Reply) -> bool {
    reply.headers.get_all("vary").iter().any(|value| value == "origin")
}

#[tokio::test]
async fn a_preflight_is_answered_alike_for_everybody() {
    let server = TestServer::start().await;
    with_app(&server, "shop", json!([APP])).await;
    let page = server.api_with(None);
    let mut answers = Vec::new();
    for (origin, path) in [
        (APP, "/me"),
        (APP, "/me/redemptions"),
        (APP, "/auth/shop/codes"),
        (APP, "/auth/nobody/codes"),
        (APP, "/purchases"),
        (APP, "/graphql"),
        ("https://evil.example", "/me"),
        ("https://evil.example", "/auth/shop/codes"),
    ] {
        let asks = [("origin", origin), ("access-control-request-method", "POST")];
        let reply = page.call(Method::OPTIONS, path, None, &asks).await;
        assert_eq!((reply.status, reply.bytes.len()), (204, 0), "{path}");
        let header = |name: &str| reply.header(&format!("access-control-{name}")).to_owned();
        answers.push(["allow-origin", "allow-methods", "allow-headers", "max-age"].map(header));
        assert!(!reply.headers.contains_key("access-control-allow-credentials"), "{path}");
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let [origin, methods, headers, seconds] = &answers[0];
    assert_eq!(origin, "*");
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
    for header in ["authorization", "content-type", "idempotency-key", "last-event-id"] {
        assert!(headers.contains(header), "{headers}");
    }
    assert!(seconds.parse::<u32>().unwrap() > 0);
    // What is no preflight is answered as before, and pages are not open to pages of other sites.
    let bare = page.call(Method::OPTIONS, "/me", None, &[("origin", APP)]).await;
    bare.problem(405, "method_not_allowed");
    let request = http::Request::builder().method(Method::OPTIONS);
    let request = request.uri(format!("{}/p/shop", server.server.base_url));
    let request = request.header("origin", APP).header("access-control-request-method", "POST");
    let pages = server.send(request.body(Default::default()).unwrap()).await;
    assert!(!pages.headers.contains_key(ALLOWED), "{pages:?}");
    server.stop().await;
}

#[tokio::test]
async fn the_app_of_a_merchant_may_read_what_its_customers_may() {
    let server = TestServer::start().await;
    let shop = with_app(&server, "shop", json!([APP, "http://localhost:3000"])).await;
    let token = server.token(&shop, "ada@example.com").await;
    let app = server.api_with(Some(&token));
    for origin in [APP, "http://localhost:3000"] {
        let me = from(&app, origin, Method::GET, "/me", None).await;
        assert_eq!(me.ok(StatusCode::OK)["email"], "ada@example.com");
        assert_eq!(me.header(ALLOWED), origin);
        assert!(varies_by_origin(&me), "{me:?}");
        assert!(me.header("access-control-expose-headers").contains("idempotent-replayed"), "{me:?}");
    }
    // What is refused can be read as well, so that the app can say why.
    let wrong = from(&app, APP, Method::POST, "/me/redemptions", Some(&json!({}))).await;
    wrong.problem(422, "invalid");
    assert_eq!(wrong.header(ALLOWED), APP);
    // Not by other sites, nor by what only looks like one that is allowed.
    for origin in [
        "https://evil.example",
        "https://app.shop.example.evil.example",
        "http://app.shop.example",
        "https://app.shop.example:8443",
        "http://localhost",
        "null",
    ] {
        let me = from(&app, origin, Method::GET, "/me", None).await;
        assert_eq!((me.status, me.header(ALLOWED)), (200, ""), "{origin}");
        assert!(varies_by_origin(&me), "{origin}");
    }
    // Whoever is no page is told nothing of it.
    let me = app.get("/me").await;
    assert!(!varies_by_origin(&me) && !me.headers.contains_key(ALLOWED), "{me:?}");
    // A token that opens nothing belongs to no merchant.
    let ended = server.api_with(Some(&token.replace("prc_", "prc_0")[..token.len()]));
    let refused = from(&ended, APP, Method::GET, "/me", None).await;
    refused.problem(401, "unauthorized");
    assert_eq!(refused.header(ALLOWED), "");
    // What was taken off the list is off at once.
    server.api(&shop).patch("/merchant", json!({"allowed_origins": []})).await.ok(StatusCode::OK);
    assert_eq!(from(&app, APP, Method::GET, "/me", None).await.header(ALLOWED), "");
    server.stop().await;
}

#[tokio::test]
async fn the_list_of_one_merchant_opens_nothing_of_another() {
    let server = TestServer::start().await;
    with_app(&server, "shop", json!([APP])).await;
    let other = with_app(&server, "other", json!(["https://app.other.example"])).await;
    let token = server.token(&other, "ada@example.com").await;
    let app = server.api_with(Some(&token));
    assert_eq!(from(&app, APP, Method::GET, "/me", None).await.header(ALLOWED), "");
    let own = from(&app, "https://app.other.example", Method::GET, "/me", None).await;
    assert_eq!(own.header(ALLOWED), "https://app.other.example");

    // Where there is no token yet, the address names the merchant.
    let stranger = server.api_with(None);
    let body = json!({"email": "new@example.com"});
    for (slug, status, allowed) in [("shop", 202, APP), ("other", 202, ""), ("nobody", 404, "")] {
        let path = format!("/auth/{slug}/codes");
        let reply = from(&stranger, APP, Method::POST, &path, Some(&body)).await;
        assert_eq!((reply.status, reply.header(ALLOWED)), (status, allowed), "{slug}");
    }
    // Also when what was sent cannot be read.
    let wrong = from(&stranger, APP, Method::POST, "/auth/shop/tokens", Some(&json!({}))).await;
    wrong.problem(422, "invalid");
    assert_eq!(wrong.header(ALLOWED), APP);
    server.stop().await;
}

#[tokio::test]
async fn of_keys_only_those_of_tills_are_for_browsers() {
    let server = TestServer::start().await;
    let shop = with_app(&server, "shop", json!([APP])).await;
    let till = server.key(&shop, &[Scope::PurchasesWrite, Scope::Till], None).await;
    let till = server.api_with(Some(&till));
    let sale = purchase("t-1", "ada@example.com", 1_000);
    let sold = from(&till, APP, Method::POST, "/purchases", Some(&sale)).await;
    sold.ok(StatusCode::CREATED);
    assert_eq!(sold.header(ALLOWED), APP);
    let again = from(&till, APP, Method::POST, "/purchases", Some(&sale)).await;
    assert_eq!((again.header("idempotent-replayed"), again.header(ALLOWED)), ("true", APP));
    let elsewhere = from(&till, "https://evil.example", Method::POST, "/purchases", Some(&sale)).await;
    assert_eq!(elsewhere.header(ALLOWED), "");
    // What it may not do it may at least be told.
    let refused = from(&till, APP, Method::GET, "/customers", None).await;
    refused.problem(403, "forbidden");
    assert_eq!(refused.header(ALLOWED), APP);
    let graph = json!({"query": "{ __typename }"});
    assert_eq!(from(&till, APP, Method::POST, "/graphql", Some(&graph)).await.header(ALLOWED), APP);

    let server_key = server.key(&shop, &[Scope::PurchasesWrite, Scope::CustomersRead], None).await;
    let program = server.api_with(Some(&server_key));
    let sale = purchase("t-2", "ada@example.com", 1_000);
    let sold = from(&program, APP, Method::POST, "/purchases", Some(&sale)).await;
    assert_eq!((sold.status, sold.header(ALLOWED)), (201, ""), "a program may say where it comes from");
    assert_eq!(from(&program, APP, Method::GET, "/customers", None).await.header(ALLOWED), "");
    server.stop().await;
}

#[tokio::test]
async fn a_cookie_is_no_way_in() {
    let server = TestServer::start().await;
    with_app(&server, "shop", json!([APP])).await;
    let stranger = server.api_with(None);
    let cookies = [("origin", APP), ("cookie", "session=abc; prn_portal=abc")];
    let refused = stranger.call(Method::GET, "/me", None, &cookies).await;
    refused.problem(401, "unauthorized");
    assert!(!refused.headers.contains_key(ALLOWED), "{refused:?}");
    for path in ["/p/shop", "/dashboard", "/p/shop/sign-in"] {
        let request = http::Request::get(format!("{}{path}", server.server.base_url));
        let request = request.header("origin", APP).header("cookie", "session=abc");
        let page = server.send(request.body(Default::default()).unwrap()).await;
        assert!(!page.headers.contains_key(ALLOWED), "{path}: {page:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_list_of_sites_is_read_before_it_is_kept() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    assert_eq!(api.get("/merchant").await.ok(StatusCode::OK)["allowed_origins"], json!([]));
    let sent = json!(["HTTPS://App.Shop.example:443/", "http://localhost:3000"]);
    let kept = api.patch("/merchant", json!({"allowed_origins": sent})).await;
    assert_eq!(kept.ok(StatusCode::OK)["allowed_origins"], json!([APP, "http://localhost:3000"]));
    let many: Vec<_> = (0..21).map(|number| format!("https://app{number}.example")).collect();
    for (wrong, pointer, code) in [
        (json!([APP, "https://app.shop.example/path"]), "/allowed_origins/1", "invalid"),
        (json!(["http://app.shop.example"]), "/allowed_origins/0", "invalid"),
        (json!(["*"]), "/allowed_origins/0", "invalid"),
        (json!([APP, "https://APP.shop.example"]), "/allowed_origins/1", "duplicate"),
        (json!(many), "/allowed_origins", "too_many"),
        (json!(APP), "/allowed_origins", "wrong_type"),
    ] {
        let refused = api.patch("/merchant", json!({"allowed_origins": wrong})).await;
        assert_eq!(refused.problem(422, "invalid"), [(pointer.to_owned(), code.to_owned())], "{wrong}");
    }
    let read = api.get("/merchant").await;
    assert_eq!(read.body["allowed_origins"], json!([APP, "http://localhost:3000"]), "nothing has changed");
    server.stop().await;
}
