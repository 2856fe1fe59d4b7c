//! The description of the API: committed, complete, and true.

use http::Method;
use perennial_server::api::openapi::{self, Credential};
use serde_json::{Value, json};

use crate::support::TestServer;

/// Compares generated text with the committed file; `UPDATE_DOCS=1` writes it.
pub fn assert_generated(file: &str, generated: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/generated").join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "docs/generated/{file} is not what the code says; run the tests of the server with UPDATE_DOCS=1 and review the change"
    );
}

#[test]
fn the_committed_description_is_that_of_the_code() {
    let mut text = serde_json::to_string_pretty(&openapi::document()).unwrap();
    text.push('\n');
    assert_generated("openapi.json", &text);
}

#[test]
fn the_committed_list_of_settings_is_that_of_the_code() {
    assert_generated("configuration.md", &perennial_server::config::setting::markdown());
}

#[tokio::test]
async fn it_is_served_without_a_key_and_so_is_the_reference() {
    let server = TestServer::start().await;
    let served = server.get("/api/openapi.json").await;
    assert_eq!(served.body, openapi::document());
    assert!(served.body["openapi"].as_str().unwrap().starts_with("3.1"));
    let reference = server.get("/api/docs").await;
    assert_eq!((reference.status, reference.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(reference.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(server.get("/api/docs.css").await.status, 200);
    for code in perennial_server::api::problem::Code::ALL {
        assert_eq!(server.get(&format!("/api/problems/{}", code.code())).await.status, 200);
    }
    server.get("/api/problems/unheard_of").await.problem(404, "not_found");
    server.stop().await;
}

/// Every `$ref` below a value.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn it_is_complete_in_itself() {
    let document = openapi::document();
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            for field in ["summary", "operationId"] {
                assert!(operation[field].is_string(), "{name} has no {field}");
            }
            assert!(operation["tags"].is_array(), "{name} has no tag");
            let responses = operation["responses"].as_object().unwrap();
            let is_open = Credential::of(path) == Credential::Nothing;
            assert!(responses.contains_key("401") != is_open && responses.contains_key("429"), "{name}");
            let has = |status: &str| responses.contains_key(status);
            let parameters = operation["parameters"].as_array();
            let has_query = parameters.is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
            assert!(!has_query || has("400"), "{name} has a query that may be malformed");
            let can_be_tried = parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "dry_run"));
            assert!(!can_be_tried || has("200"), "{name} answers a dry run");
            assert!(method != "post" || ["400", "413", "415"].into_iter().all(has), "{name} reads a body");
            if operation.get("requestBody").is_some() {
                let content = operation["requestBody"]["content"].as_object().unwrap();
                assert!(content.values().all(|kind| !kind["example"].is_null()), "{name} has no example");
            }
        }
    }
}

/// Sends every example to a server on which the things that they name exist.
#[tokio::test]
async fn its_examples_work() {
    let server = TestServer::start().await;
    let merchant = server.empty_merchant("shop").await;
    let api = server.api(&merchant);
    let example = |operation: &str| openapi::example_request(operation).unwrap_or_else(|| json!({}));
    let retailer = api.create("/retailers", example("create_retailer")).await;
    let product = api.create("/products", example("create_product")).await;
    let customer = api.create("/customers", example("create_customer")).await;
    let promotion = api.create("/promotions", example("create_promotion")).await;
    let purchase = api.create("/purchases", example("create_purchase")).await;
    let batch = api.post("/purchases/batch", example("create_purchases")).await;
    assert!(
        batch.body["results"].as_array().unwrap().iter().all(|result| result["status"] == 201),
        "{batch:?}"
    );
    let code = batch.body["results"][1]["purchase"]["claim_code"].clone();
    let mut claim = example("create_claim");
    claim["claim_code"] = code;
    let reward = api.create("/rewards", example("create_reward")).await;
    let points = json!({"points": 1000, "reason": "To spend"});
    api.create(&format!("/customers/{customer}/adjustments"), points).await;
    let mut redeeming = example("create_redemption");
    redeeming["reward"] = json!(reward);
    let key = api.create("/api-keys", json!({"name": "Till 6", "scopes": ["purchases:write"]})).await;
    let steps: Vec<(Method, String, Value, u16)> = vec![
        (Method::POST, "/redemptions".into(), redeeming, 201),
        (Method::PATCH, format!("/rewards/{reward}"), example("change_reward"), 200),
        (Method::POST, "/claims".into(), claim, 201),
        (Method::POST, "/api-keys".into(), example("create_api_key"), 201),
        (Method::PATCH, format!("/api-keys/{key}"), example("change_api_key"), 200),
        (Method::PATCH, "/merchant".into(), example("change_merchant"), 200),
        (Method::PATCH, format!("/retailers/{retailer}"), example("change_retailer"), 200),
        (Method::PATCH, format!("/products/{product}"), example("change_product"), 200),
        (Method::PATCH, format!("/customers/{customer}"), example("change_customer"), 200),
        (Method::POST, "/customers".into(), json!(example("merge_customer")["from"]), 201),
        (Method::POST, format!("/customers/{customer}/merge"), example("merge_customer"), 200),
        (Method::PATCH, format!("/promotions/{promotion}"), example("change_promotion"), 200),
        (Method::POST, format!("/promotions/{promotion}/publish"), example("publish_promotion"), 200),
        (Method::POST, format!("/promotions/{promotion}/replay"), example("replay_promotion"), 200),
    ];
    for (method, path, body, status) in steps {
        let reply = api.call(method.clone(), &path, Some(&body), &[]).await;
        assert_eq!(reply.status, status, "{method} {path} {body}: {reply:?}");
    }
    // What is answered has exactly the fields that the description shows.
    for (operation, path) in [
        ("read_retailer", format!("/retailers/{retailer}")),
        ("read_product", format!("/products/{product}")),
        ("read_points", format!("/points/{customer}")),
        ("create_purchase", format!("/purchases/{purchase}")),
    ] {
        let answered = api.get(&path).await.body;
        let shown = openapi::example_response(operation).unwrap();
        for field in shown.as_object().unwrap().keys() {
            assert!(answered.get(field).is_some(), "{operation} shows `{field}`, which {answered} lacks");
        }
    }
    server.stop().await;
}

/// A field that a type knows and the description does not, or the other way round, is a lie.
#[tokio::test]
async fn its_request_fields_are_those_that_are_understood() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let token = server.token(&merchant, "ada@example.com").await;
    let customer = server.api_with(Some(&token));
    let document = openapi::document();
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("post") else { continue };
        let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") else {
            continue;
        };
        let schema = match schema["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => continue,
        };
        let mut described: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        described.sort();
        let nobody = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c01";
        let with = if Credential::of(path) == Credential::CustomerToken { &customer } else { &api };
        let path = path.replace("{id}", nobody).replace("{customer}", nobody).replace("{merchant}", "shop");
        let path = path.replace("{kind}", "welcome");
        let reply = with.post(&path, json!({"surely unknown": 1})).await;
        let detail = reply.body["errors"][0]["detail"].as_str().unwrap_or_else(|| panic!("{path} {reply:?}"));
        // serde names the fields that it expects, between backticks.
        let mut understood: Vec<_> = detail.split('`').skip(3).step_by(2).map(str::to_owned).collect();
        understood.sort();
        assert_eq!(described, understood, "{path}");
        checked += 1;
    }
    assert!(checked >= 7, "only {checked} request bodies were compared");
    server.stop().await;
}
