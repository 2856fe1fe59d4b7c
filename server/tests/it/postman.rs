//! The Postman collection: committed, complete, and accepted by a real server.

use std::collections::BTreeSet;

use http::Method;
use perennial_server::api::{docs::postman, openapi};
use serde_json::Value;

use crate::{access::operations, openapi::assert_generated, support::TestServer};

/// All requests of a collection.
fn requests(collection: &Value) -> Vec<&Value> {
    let folders = collection["item"].as_array().unwrap();
    folders
        .iter()
        .flat_map(|folder| folder["item"].as_array().unwrap())
        .map(|item| &item["request"])
        .collect()
}

#[test]
fn the_committed_collection_is_that_of_the_code() {
    let mut text = serde_json::to_string_pretty(&postman::collection(&openapi::document())).unwrap();
    text.push('\n');
    assert_generated("postman.json", &text);
}

#[test]
fn it_has_every_operation_once() {
    let collection = postman::collection(&openapi::document());
    let named = |method: &str, path: &str| format!("{method} {path}");
    let there: Vec<String> = requests(&collection)
        .iter()
        .map(|request| {
            let raw = request["url"]["raw"].as_str().unwrap().strip_prefix("{{base_url}}").unwrap();
            let path: Vec<String> = raw
                .split('/')
                .map(|segment| {
                    segment.strip_prefix(':').map_or(segment.to_owned(), |name| format!("{{{name}}}"))
                })
                .collect();
            named(request["method"].as_str().unwrap(), &path.join("/"))
        })
        .collect();
    let unique: BTreeSet<_> = there.iter().cloned().collect();
    let described: BTreeSet<_> =
        operations().iter().map(|operation| named(operation.method.as_str(), &operation.path)).collect();
    assert_eq!(unique, described);
    assert_eq!(there.len(), unique.len(), "none is there twice");
    for request in requests(&collection) {
        let parts = request["url"]["path"].as_array().unwrap().iter();
        let variables = parts.filter(|part| part.as_str().unwrap().starts_with(':'));
        assert_eq!(variables.count(), request["url"]["variable"].as_array().map_or(0, Vec::len), "{request}");
    }
}

/// Sends every request as Postman would, with only the two variables and the ids filled in: whatever is answered, it is
/// about the thing and not about the form of the request.
#[tokio::test]
async fn a_server_understands_every_request_of_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let served = server.get("/api/postman.json").await;
    assert_eq!(served.status, 200);
    assert!(served.header("content-disposition").contains("perennial.postman_collection.json"));
    assert_eq!(served.body, postman::collection(&openapi::document()));
    let mut sent = 0;
    for request in requests(&served.body) {
        // A fresh one each time, because some requests end theirs.
        let token = match request["auth"]["bearer"][0]["value"].as_str() {
            Some("{{customer_token}}") => Some(server.token(&merchant, "ada@example.com").await),
            _ => None,
        };
        let is_open = request["auth"]["type"] == "noauth";
        let with = match &token {
            Some(token) => server.api_with(Some(token)),
            None if is_open => server.api_with(None),
            None => server.api(&merchant),
        };
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let raw = request["url"]["raw"].as_str().unwrap().strip_prefix("{{base_url}}").unwrap();
        let path: Vec<&str> = raw
            .split('/')
            .map(|segment| match segment {
                ":period" => "week",
                ":module" => "tiers",
                ":merchant" => "shop",
                variable if variable.starts_with(':') => "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c01",
                fixed => fixed,
            })
            .collect();
        let headers: Vec<(&str, &str)> = request["header"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|header| header["disabled"] != true)
            .map(|header| (header["key"].as_str().unwrap(), header["value"].as_str().unwrap()))
            .map(|(name, value)| (if name == "Content-Type" { "content-type" } else { name }, value))
            .collect();
        // A stream has no end that one could wait for; it has tests of its own.
        if raw.ends_with("/me/events") {
            continue;
        }
        let body = request["body"]["raw"].as_str().map(|raw| raw.as_bytes().to_vec());
        let reply = with.raw(method, &path.join("/"), body, &headers).await;
        assert!(!matches!(reply.status, 400 | 401 | 403 | 405 | 415 | 500..), "{raw}: {reply:?}");
        let is_of_form = |error: &Value| {
            matches!(
                error["code"].as_str(),
                Some("unknown_field" | "wrong_type" | "required" | "unknown_value")
            )
        };
        assert!(
            !reply.body["errors"].as_array().is_some_and(|errors| errors.iter().any(is_of_form)),
            "{raw}: {reply:?}"
        );
        sent += 1;
    }
    assert!(sent >= 30, "only {sent} requests were sent");
    server.stop().await;
}
