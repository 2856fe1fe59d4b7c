//! The mutation that merges two customers.

use http::StatusCode;
use serde_json::{Value, json};

use super::{PURCHASE, purchase};
use crate::support::{Api, TestServer};

const MERGE: &str = "mutation Merge($input: MergeInput!) {
    mergeCustomers(input: $input) {
        __typename
        ... on Merged {
            customerId fromId dryRun by note moved { points debt purchases identities cashback { currency amount } }
            tier { before other after } balance { points pending } customer { id name points }
        }
        ... on CustomerNotFound { code detail }
        ... on Rejected { code status errors { pointer code } }
    }
}";

async fn merge(api: &Api<'_>, input: Value) -> Value {
    api.graph(MERGE, json!({"input": input})).await.data()["mergeCustomers"].clone()
}

#[tokio::test]
async fn two_accounts_become_one_after_a_dry_run_that_changes_nothing() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let ada = api.create("/customers", json!({"email": "ada@example.com", "external_id": "crm-1"})).await;
    let ben = api.create("/customers", json!({"email": "ben@example.com", "name": "Ada"})).await;
    api.graph(PURCHASE, purchase("a-1", "ada@example.com", 1_000)).await.data();
    api.graph(PURCHASE, purchase("b-1", "ben@example.com", 2_000)).await.data();
    let mut input =
        json!({"into": "ext:crm-1", "from": {"email": "ben@example.com"}, "note": "Twice", "dryRun": true});

    let shown = merge(&api, input.clone()).await;
    assert_eq!((&shown["__typename"], &shown["dryRun"]), (&json!("Merged"), &json!(true)), "{shown}");
    assert_eq!(shown["balance"], json!({"points": 300, "pending": 0}));
    assert_eq!(shown["customer"], json!({"id": ada, "name": null, "points": 100}), "as of now");
    assert_eq!(api.get(&format!("/customers/{ben}")).await.body["points"], 200, "nothing has happened");

    input["dryRun"] = json!(false);
    let merged = merge(&api, input.clone()).await;
    assert_eq!((&merged["customerId"], &merged["fromId"]), (&json!(ada), &json!(ben)), "{merged}");
    let moved = json!({"points": 200, "debt": 0, "purchases": 1, "identities": 1, "cashback": []});
    assert_eq!((&merged["moved"], &merged["note"]), (&moved, &json!("Twice")));
    assert_eq!(merged["tier"], json!({"before": null, "other": null, "after": null}));
    assert_eq!(merged["customer"], json!({"id": ada, "name": "Ada", "points": 300}));
    assert_eq!(merge(&api, input).await, merged, "again it is the first answer");
    // The other door knows of it.
    let list = api.get(&format!("/customers/{ada}/merges")).await;
    assert_eq!(list.ok(StatusCode::OK)["data"][0]["from_id"], json!(ben));
    let found = api.graph(&format!("{{ customer(id: \"{ben}\") {{ id }} }}"), Value::Null).await;
    assert_eq!(found.data()["customer"]["id"], json!(ada));
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_merged_is_a_member_of_the_union() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com"})).await;
    let ben = api.create("/customers", json!({"email": "ben@example.com"})).await;
    let nobody = merge(&api, json!({"into": ada, "from": {"email": "eve@example.com"}})).await;
    assert_eq!(
        (&nobody["__typename"], &nobody["code"]),
        (&json!("CustomerNotFound"), &json!("customer_not_found")),
        "{nobody}"
    );
    let long = "x".repeat(501);
    for (input, status, code, pointer) in [
        (json!({"into": ada, "from": {"id": ada}}), 409, "same_customer", None),
        (json!({"into": "ext:nobody", "from": {"id": ben}}), 404, "not_found", None),
        (json!({"into": "nonsense", "from": {"id": ben}}), 404, "not_found", None),
        (json!({"into": ada, "from": {}}), 422, "invalid", Some("/from")),
        (json!({"into": ada, "from": {"externalId": ""}}), 422, "invalid", Some("/from/externalId")),
        (json!({"into": ada, "from": {"id": ben}, "note": long}), 422, "invalid", Some("/note")),
    ] {
        let refused = merge(&api, input.clone()).await;
        assert_eq!(refused["__typename"], "Rejected", "{input}: {refused}");
        assert_eq!((&refused["status"], &refused["code"]), (&json!(status), &json!(code)), "{input}");
        assert_eq!(refused["errors"][0]["pointer"].as_str(), pointer, "{input}: {refused}");
    }
    // Of another merchant there is nobody.
    let neighbour = server.merchant("neighbour").await;
    let neighbour = server.api(&neighbour);
    let nia = neighbour.create("/customers", json!({"email": "nia@example.com"})).await;
    let foreign = merge(&neighbour, json!({"into": ada, "from": {"id": nia}})).await;
    assert_eq!((&foreign["__typename"], &foreign["code"]), (&json!("Rejected"), &json!("not_found")));
    let foreign = merge(&neighbour, json!({"into": nia, "from": {"id": ben}})).await;
    assert_eq!(foreign["__typename"], "CustomerNotFound");
    assert_eq!(api.get(&format!("/customers/{ada}/merges")).await.body["data"], json!([]));
    server.stop().await;
}
