//! Every class of error: a clear 4xx problem that changes nothing.

use chrono::{SecondsFormat, TimeDelta, Utc};
use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::support::{Api, TestServer, purchase};

const AMOUNT_MAX: i64 = (1 << 53) - 1;

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut input = purchase("t-1", "ada@example.com", 1000);
    change(&mut input);
    input
}

async fn nothing_was_stored(api: &Api<'_>) {
    assert_eq!(api.get("/purchases").await.body["data"], json!([]));
    assert_eq!(api.get("/customers").await.body["data"], json!([]));
}

#[tokio::test]
async fn wrong_content_is_refused_with_a_pointer() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let scopes: Vec<_> = Scope::ALL.into_iter().filter(|scope| *scope != Scope::Backdate).collect();
    let key = server.key(&merchant, &scopes, None).await;
    let api = server.api_with(Some(&key));
    // More than the five minutes by which a till's clock may be ahead, however long it takes until this is sent.
    let soon = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let late = (Utc::now() - TimeDelta::days(8)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let cases: Vec<(Value, &str)> = vec![
        (with(|input| input["transaction_id"] = json!(7)), "/transaction_id"),
        (with(|input| input["transaction_id"] = json!("")), "/transaction_id"),
        (with(|input| input["transaction_id"] = json!("a\u{0}b")), "/transaction_id"),
        (with(|input| input["transaction_id"] = json!("x".repeat(129))), "/transaction_id"),
        (with(|input| input["amuont"] = json!(1)), "/amuont"),
        (with(|input| input["lines"][0]["colour"] = json!("red")), "/lines/0/colour"),
        (with(|input| input["lines"][0]["amount"] = json!("1000")), "/lines/0/amount"),
        (with(|input| input["lines"][0]["amount"] = json!(19.99)), "/lines/0/amount"),
        (with(|input| input["lines"][0]["amount"] = json!(-1)), "/lines/0/amount"),
        (with(|input| input["lines"][0]["amount"] = json!(AMOUNT_MAX + 1)), "/lines/0/amount"),
        (with(|input| input["lines"][0]["amount"] = json!(u64::MAX)), "/lines/0/amount"),
        (with(|input| input["lines"][0]["quantity"] = json!(-1)), "/lines/0/quantity"),
        (with(|input| input["lines"][0]["discount"] = json!(1001)), "/lines/0/discount"),
        (with(|input| input["lines"] = json!([])), "/lines"),
        (with(|input| input["lines"] = json!({})), "/lines"),
        (with(|input| input["lines"] = json!([["APPLE", 1, null, 1000]])), "/lines/0"),
        (with(|input| input["customer"] = json!([null, null, "ada@example.com"])), "/customer"),
        (with(|input| input["amount"] = json!(1000)), "/amount"),
        (with(|input| input["currency"] = json!("XXA")), "/currency"),
        (with(|input| input["currency"] = json!("EUR")), "/currency"),
        (with(|input| input["customer"] = json!({"email": "a@b.example", "phone": "+436601"})), "/customer"),
        (with(|input| input["customer"] = json!({"email": "nobody"})), "/customer/email"),
        (with(|input| input["customer"] = json!({"name": "Ada"})), "/customer/name"),
        (with(|input| input["occurred_at"] = json!("yesterday")), "/occurred_at"),
        (with(|input| input["occurred_at"] = json!(soon)), "/occurred_at"),
        (with(|input| input["occurred_at"] = json!(late)), "/occurred_at"),
        (with(|input| input["retailer"] = json!("nowhere")), "/retailer"),
        (with(|input| input["referral_code"] = json!(7)), "/referral_code"),
    ];
    for (input, pointer) in cases {
        let reply = api.post("/purchases", input.clone()).await;
        let code = if pointer == "/retailer" { "unknown_retailer" } else { "invalid" };
        let errors = reply.problem(422, code);
        assert!(errors.iter().any(|(found, _)| found == pointer), "{input}\n{errors:?}");
    }
    // Nor is a purchase read from a list, by the positions of what stands in it.
    let listed = json!([["t-1", "main", {"email": "ada@example.com"}, null, 1000, "USD"]]);
    let batch = api.post("/purchases/batch", listed).await;
    assert_eq!(batch.ok(StatusCode::OK)["results"][0]["status"], 422, "{batch:?}");
    let reply = api.post("/purchases", with(|input| input["occurred_at"] = json!(soon))).await;
    assert_eq!(reply.problem(422, "invalid")[0].1, "in_future");
    let reply = api.post("/purchases", with(|input| input["occurred_at"] = json!(late))).await;
    assert_eq!(reply.problem(422, "invalid")[0].1, "too_late");
    let reply = api.post("/purchases", with(|input| input["currency"] = json!("EUR"))).await;
    assert_eq!(reply.problem(422, "invalid")[0].1, "currency_mismatch");
    nothing_was_stored(&api).await;

    let backdating = server.key(&merchant, &[Scope::PurchasesWrite, Scope::Backdate], None).await;
    let backdated = with(|input| input["occurred_at"] = json!(late));
    server.api_with(Some(&backdating)).post("/purchases", backdated).await.ok(StatusCode::CREATED);
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let post = async |body: &str, kind: &str| {
        api.raw(Method::POST, "/purchases", Some(body.as_bytes().to_vec()), &[("content-type", kind)]).await
    };
    let json = "application/json";
    for body in ["", "{", "nonsense", "{\"transaction_id\": \"t-1\"} {}", "\u{feff}{}", &"[".repeat(100_000)]
    {
        post(body, json).await.problem(400, "malformed_json");
    }
    let lone_surrogate = r#"{"transaction_id": "\ud800", "currency": "USD", "amount": 1}"#;
    post(lone_surrogate, json).await.problem(400, "malformed_json");
    let invalid_utf8 = [b"{\"transaction_id\": \"".as_slice(), &[0xff], b"\"}"].concat();
    api.raw(Method::POST, "/purchases", Some(invalid_utf8), &[]).await.problem(400, "malformed_json");
    let twice = r#"{"transaction_id": "a", "transaction_id": "b", "currency": "USD", "amount": 1}"#;
    assert_eq!(post(twice, json).await.problem(422, "invalid"), [pair("/transaction_id", "duplicate_field")]);
    let huge = r#"{"transaction_id": "a", "currency": "USD", "amount": 1e400}"#;
    assert_eq!(post(huge, json).await.problem(422, "invalid"), [pair("/amount", "out_of_range")]);
    assert_eq!(post("[]", json).await.problem(422, "invalid"), [pair("", "wrong_type")]);
    // A name or a text as long as a body is not said back, three times in one answer.
    let long = "x".repeat(1 << 20);
    for body in [format!(r#"{{"{long}": 1}}"#), format!(r#"{{"amount": "{long}"}}"#)] {
        let refused = post(&body, json).await;
        refused.problem(422, "invalid");
        assert!(refused.bytes.len() < 32 * 1024, "{} bytes", refused.bytes.len());
    }
    let fine = purchase("t-1", "ada@example.com", 1).to_string();
    for kind in ["application/x-www-form-urlencoded", "text/plain", "application/xml"] {
        post(&fine, kind).await.problem(415, "unsupported_media_type");
    }
    let zipped = [("content-encoding", "gzip")];
    api.raw(Method::POST, "/purchases", Some(fine.into_bytes()), &zipped)
        .await
        .problem(415, "unsupported_media_type");
    nothing_was_stored(&api).await;
    server.stop().await;
}

fn pair(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

#[tokio::test]
async fn large_baskets_work_and_larger_ones_are_refused() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let lines = |count: usize| -> Vec<Value> {
        (0..count).map(|n| json!({"product": format!("P-{n}"), "quantity": 1, "amount": 100})).collect()
    };
    let large = with(|input| input["lines"] = json!(lines(10_000)));
    let posted = api.post("/purchases", large.clone()).await;
    assert_eq!(posted.ok(StatusCode::CREATED)["points_earned"], 100_000);
    assert_eq!(posted.body["lines"].as_array().unwrap().len(), 10_000);
    let again = api.post("/purchases", large).await;
    again.ok(StatusCode::OK);
    assert_eq!(again.bytes, posted.bytes);

    let larger = with(|input| {
        input["transaction_id"] = json!("t-2");
        input["lines"] = json!(lines(10_001));
    });
    api.post("/purchases", larger).await.problem(413, "too_many_lines");
    let lines = "{},".repeat(1_000_000);
    let empty = format!(r#"{{"transaction_id": "t-2", "currency": "USD", "lines": [{lines}{{}}]}}"#);
    let refused = api.raw(Method::POST, "/purchases", Some(empty.clone().into_bytes()), &[]).await;
    assert_eq!(refused.problem(413, "too_many_lines"), [pair("/lines", "too_many_lines")]);
    let batch = api.raw(Method::POST, "/purchases/batch", Some(format!("[{empty}]").into_bytes()), &[]).await;
    assert_eq!(batch.ok(StatusCode::OK)["results"][0]["status"], 413);
    let overflow = with(|input| {
        input["transaction_id"] = json!("t-3");
        input["lines"] = json!([{"amount": AMOUNT_MAX}, {"amount": 1}]);
    });
    assert_eq!(api.post("/purchases", overflow).await.problem(422, "invalid"), [pair("/lines", "overflow")]);
    let mut padded = purchase("t-4", "ada@example.com", 1).to_string().into_bytes();
    padded.resize(8 * 1024 * 1024 + 1, b' ');
    api.raw(Method::POST, "/purchases", Some(padded.clone()), &[]).await.problem(413, "body_too_large");
    // What is thrown away has a few seconds to arrive.
    let far_too_long = vec![b' '; 12 * 1024 * 1024];
    api.raw(Method::POST, "/purchases", Some(far_too_long), &[]).await.problem(413, "body_too_large");
    padded.truncate(8 * 1024 * 1024);
    api.raw(Method::POST, "/purchases", Some(padded), &[]).await.ok(StatusCode::CREATED);
    server.stop().await;
}

#[tokio::test]
async fn more_points_than_can_be_counted_are_refused() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let promotion = api.create("/promotions", json!({"name": "Generous", "award_rate": "1000000"})).await;
    api.post(&format!("/promotions/{promotion}/publish"), json!({})).await.ok(StatusCode::OK);
    let reply = api.post("/purchases", purchase("t-1", "ada@example.com", AMOUNT_MAX)).await;
    assert!((400..500).contains(&reply.status), "{reply:?}");
    nothing_was_stored(&api).await;
    server.stop().await;
}

#[tokio::test]
async fn unknown_customers_are_created_held_or_rejected() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let unknown_id = with(|input| input["customer"] = json!({"id": "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c03"}));
    api.post("/purchases", unknown_id.clone()).await.problem(404, "customer_not_found");
    nothing_was_stored(&api).await;

    api.patch("/merchant", json!({"unknown_customer": "reject"})).await.ok(StatusCode::OK);
    api.post("/purchases", purchase("t-1", "ada@example.com", 1)).await.problem(404, "customer_not_found");
    nothing_was_stored(&api).await;
    let nobody = json!({"transaction_id": "t-2", "retailer": "main", "currency": "USD", "amount": 1});
    let posted = api.post("/purchases", nobody).await;
    assert_eq!(posted.ok(StatusCode::CREATED)["status"], "unclaimed", "nobody is no unknown customer");

    api.patch("/merchant", json!({"unknown_customer": "hold"})).await.ok(StatusCode::OK);
    api.post("/purchases", unknown_id).await.problem(404, "customer_not_found");
    let held = api.post("/purchases", purchase("t-3", "ada@example.com", 1)).await;
    let body = held.ok(StatusCode::CREATED);
    assert_eq!((body["status"].as_str(), body["points_earned"].as_i64()), (Some("unclaimed"), Some(0)));
    assert!(body["claim_code"].is_string() && body["customer_id"].is_null() && body.get("balance").is_none());
    assert_eq!(api.get("/customers").await.body["data"], json!([]));

    api.patch("/merchant", json!({"unknown_customer": "create"})).await.ok(StatusCode::OK);
    for (n, customer) in [
        json!({"email": "Ada@Example.com "}),
        json!({"phone": "+43 660 1234567"}),
        json!({"card": "2900123456785"}),
        json!({"external_id": "crm-1"}),
    ]
    .into_iter()
    .enumerate()
    {
        let input = with(|input| {
            input["transaction_id"] = json!(format!("c-{n}"));
            input["customer"] = customer;
        });
        assert_eq!(api.post("/purchases", input).await.ok(StatusCode::CREATED)["status"], "credited");
    }
    assert_eq!(api.get("/customers").await.body["data"].as_array().unwrap().len(), 4);
    server.stop().await;
}

#[tokio::test]
async fn wrong_addresses_and_methods_are_problems_too() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    for path in ["/nothing", "/purchases/batch/more", "/customers//points"] {
        api.get(path).await.problem(404, "not_found");
    }
    server.get("/api").await.problem(404, "not_found");
    server.get("/api/v2/purchases").await.problem(404, "not_found");
    let reply = api.call(Method::PUT, "/purchases", Some(&json!({})), &[]).await;
    reply.problem(405, "method_not_allowed");
    assert!(reply.header("allow").contains("POST"), "{reply:?}");
    let reply = server.api_with(None).get("/purchases").await;
    reply.problem(401, "unauthorized");
    assert!(reply.header("www-authenticate").starts_with("Bearer"));
    let named = api.call(Method::GET, "/nothing", None, &[("x-request-id", "till-7-42")]).await;
    named.problem(404, "not_found");
    assert_eq!(named.header("x-request-id"), "till-7-42");
    server.stop().await;
}
