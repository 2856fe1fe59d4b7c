//! How much one request may ask for, and how it is told.

use http::Method;
use serde_json::{Value, json};

use crate::support::TestServer;

#[tokio::test]
async fn what_asks_for_too_much_is_refused_before_it_is_read() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let code = async |query: String| {
        let reply = api.graph(&query, Value::Null).await;
        assert_eq!(reply.status, 200);
        assert!(reply.body["data"].is_null(), "{}", reply.body);
        reply.codes()[0].to_owned()
    };
    let explained = "explanation { lines { applied { name } } promotions { missing { text } } }";
    // A list costs its rows: two hundred customers with two hundred purchases each are forty thousand.
    let product = "{ customers(first: 200) { nodes { purchases(first: 200) { nodes { id } } } } }";
    assert_eq!(code(product.to_owned()).await, "query_too_complex");
    assert_eq!(
        code(format!("{{ purchases(first: 200) {{ nodes {{ {explained} }} }} }}")).await,
        "query_too_complex"
    );
    let page = format!("{{ purchases(first: 20) {{ nodes {{ {explained} }} }} }}");
    api.graph(&page, Value::Null).await.data();
    let by_variable = json!({"query": "query($n: Int) { customers(first: $n) { nodes { purchases(first: $n) { nodes { id } } } } }", "variables": {"n": 200}});
    assert_eq!(api.post("/graphql", by_variable).await.codes(), ["query_too_complex"]);

    let mutations: String = (0..21)
        .map(|n| format!("m{n}: purchase(input: {{transactionId: \"{n}\", retailer: \"main\", currency: \"USD\", amount: 1}}) {{ __typename }} "))
        .collect();
    assert_eq!(code(format!("mutation {{ {mutations} }}")).await, "too_many_root_fields");
    assert_eq!(api.get("/purchases").await.body["data"], json!([]), "none of them was posted");
    let aliases: String = (0..51).map(|n| format!("a{n}: name ")).collect();
    assert_eq!(code(format!("{{ promotions {{ nodes {{ {aliases} }} }} }}")).await, "too_many_aliases");
    let deep = format!(
        "{{ customers {{ nodes {{ {}id{} }} }} }}",
        "purchases { nodes { customer { ".repeat(4),
        "} } } ".repeat(4)
    );
    assert_eq!(code(deep).await, "query_too_deep");
    assert_eq!(
        code(format!("{{ promotions {{ nodes {{ id }} }} }} # {}", "x".repeat(33_000))).await,
        "query_too_long"
    );
    assert_eq!(code("{".repeat(30_000)).await, "query_too_deep");
    assert_eq!(code("{ nothing }".to_owned()).await, "malformed_request");
    assert_eq!(code("{ promotions( }".to_owned()).await, "malformed_request");
    assert_eq!(
        api.graph("{ customers(first: 201) { nodes { id } } }", Value::Null).await.codes(),
        ["invalid"]
    );
    assert_eq!(
        api.graph("{ customers(after: \"x\") { nodes { id } } }", Value::Null).await.codes(),
        ["invalid"]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_the_status_gets_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ask = async |query: &str| {
        let body = json!({"query": query}).to_string().into_bytes();
        let accept = [("accept", "application/graphql-response+json, application/json;q=0.9")];
        let reply = api.raw(Method::POST, "/graphql", Some(body), &accept).await;
        assert_eq!(reply.header("content-type"), "application/graphql-response+json");
        assert_eq!(reply.header("cache-control"), "no-store");
        reply
    };
    assert_eq!(ask("{ promotions { nodes { id } } }").await.status, 200);
    assert_eq!(ask("{ nothing }").await.status, 400);
    assert_eq!(
        ask("{ customers(first: 200) { nodes { purchases(first: 200) { nodes { id } } } } }").await.status,
        422
    );
    server.stop().await;
}
