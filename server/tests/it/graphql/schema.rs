//! The schema: committed, described, and as wide as the REST API.

use perennial_server::{api::openapi, graphql};
use serde_json::{Value, json};

use crate::{openapi::assert_generated, support::TestServer};

#[test]
fn the_committed_schema_is_that_of_the_code() {
    assert_generated("schema.graphql", &graphql::sdl());
}

#[test]
fn everything_in_it_is_described() {
    let sdl = graphql::sdl();
    let lines: Vec<_> = sdl.lines().collect();
    // What the library brings with it says what it is by its name.
    let theirs = ["Connection", "Edge", "PageInfo"];
    let mut described = 0;
    for (index, line) in lines.iter().enumerate() {
        let words: Vec<_> = line.split_whitespace().collect();
        let [kind, name, ..] = words.as_slice() else { continue };
        if !matches!(*kind, "type" | "input" | "enum" | "union" | "scalar") {
            continue;
        }
        let is_ours = !theirs.iter().any(|end| name.ends_with(end))
            && !name.starts_with("Date")
            && !name.starts_with("NaiveDate");
        if is_ours {
            let before = index.checked_sub(1).map_or("", |before| lines[before]);
            assert!(before.ends_with('"'), "{name} says nothing of itself: {before}");
            described += 1;
        }
    }
    assert!(described >= 40, "only {described} types were looked at");
}

/// What a till can send by one door it can send by the other.
#[tokio::test]
async fn its_inputs_have_the_fields_of_the_rest_api() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let document = openapi::document();
    for (input, schema, only_here) in [
        ("PurchaseInput", "PurchaseInput", &[][..]),
        ("LineInput", "LineInput", &[]),
        ("CustomerInput", "CustomerInput", &[]),
        ("QuoteInput", "QuoteInput", &[]),
        ("ReturnInput", "TransactionReturnInput", &["dryRun"]),
        ("ReturnLineInput", "ReturnLineInput", &[]),
        ("MergeInput", "MergeInput", &["into", "dryRun"]),
    ] {
        let query = "query($name: String!) { __type(name: $name) { inputFields { name } } }";
        let reply = server.api(&merchant).graph(query, json!({"name": input})).await;
        let mut here: Vec<String> = reply.data()["__type"]["inputFields"]
            .as_array()
            .unwrap_or_else(|| panic!("there is no {input}"))
            .iter()
            .map(|field| field["name"].as_str().unwrap().to_owned())
            .filter(|name| !only_here.contains(&name.as_str()))
            .collect();
        let properties = document["components"]["schemas"][schema]["properties"].as_object();
        let properties = properties.unwrap_or_else(|| panic!("the description has no {schema}"));
        let mut there: Vec<String> = properties.keys().map(|name| camel(name)).collect();
        here.sort();
        there.sort();
        assert_eq!(here, there, "{input}");
    }
    server.stop().await;
}

/// And what it is told of a return by the one it is told by the other.
#[tokio::test]
async fn a_return_tells_what_the_rest_api_tells() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let query = "{ __type(name: \"Returned\") { fields { name } } }";
    let reply = server.api(&merchant).graph(query, Value::Null).await;
    let fields = reply.data()["__type"]["fields"].as_array().unwrap();
    let mut here: Vec<_> = fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect();
    here.retain(|name| !["replayed", "dryRun"].contains(&name.as_str()));
    let document = openapi::document();
    let properties = document["components"]["schemas"]["Return"]["properties"].as_object().unwrap();
    let mut there: Vec<String> = properties.keys().map(|name| camel(name)).collect();
    here.sort();
    there.sort();
    assert_eq!(here, there);
    server.stop().await;
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| camel + &word[..1].to_uppercase() + &word[1..])
}

#[tokio::test]
async fn graphiql_is_there_in_development_only() {
    const SCHEMA: &str = "{ __schema { queryType { name } } }";
    let server = TestServer::start_with(&[("PERENNIAL_DEV_MAILBOX", "true")]).await;
    let page = server.get("/graphql").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let html = String::from_utf8(page.bytes.to_vec()).unwrap();
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe-eval"), "{policy}");
    for path in html.split('"').filter(|text| text.starts_with("/graphql/")) {
        let file = server.get(path).await;
        assert_eq!(file.status, 200, "{path}");
        assert!(file.bytes.len() > 500, "{path}");
    }
    assert!(!html.contains("https://"), "nothing comes from elsewhere");
    let stranger = server.api_with(None);
    assert_eq!(stranger.graph(SCHEMA, Value::Null).await.data()["__schema"]["queryType"]["name"], "Query");
    let curious = stranger.graph("{ promotions { nodes { name } } }", Value::Null).await;
    assert_eq!(curious.codes(), ["unauthorized"]);
    server.stop().await;

    let server = TestServer::start_with(&[("PERENNIAL_DEV_MAILBOX", "false")]).await;
    server.get("/graphql").await.problem(405, "method_not_allowed");
    server.get("/graphql/start.js").await.problem(404, "not_found");
    server.api_with(None).graph(SCHEMA, Value::Null).await.problem(401, "unauthorized");
    let merchant = server.merchant("shop").await;
    server.api(&merchant).graph(SCHEMA, Value::Null).await.data();
    server.stop().await;
}
