//! Who may ask for what: the same keys, scopes and walls between merchants as everywhere.

use http::Method;
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use super::{PURCHASE, purchase};
use crate::support::TestServer;

#[tokio::test]
async fn nobody_gets_in_without_a_key() {
    let server = TestServer::start_with(&[("PERENNIAL_DEV_MAILBOX", "false")]).await;
    let merchant = server.merchant("shop").await;
    let ask = "{ promotions { nodes { id } } }";
    server.api_with(None).graph(ask, Value::Null).await.problem(401, "unauthorized");
    server.api_with(Some("prn_wrong")).graph(ask, Value::Null).await.problem(401, "unauthorized");
    let api = server.api(&merchant);
    api.raw(Method::GET, "/graphql", None, &[]).await.problem(405, "method_not_allowed");
    let text =
        api.raw(Method::POST, "/graphql", Some(ask.into()), &[("content-type", "application/graphql")]).await;
    text.problem(415, "unsupported_media_type");
    api.raw(Method::POST, "/graphql", Some(b"{".to_vec()), &[]).await.problem(400, "malformed_json");
    api.post("/graphql", json!([{"query": ask}])).await.problem(422, "invalid");
    api.post("/graphql", json!({"variables": {}})).await.problem(422, "invalid");
    server.stop().await;
}

/// Each field takes the scope that its call in the REST API takes.
#[tokio::test]
async fn each_field_asks_for_its_own_scope() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let posted =
        api.graph(PURCHASE, purchase("t-1", "ada@example.com", 1000)).await.data()["purchase"]["purchase"]
            .clone();
    let id = posted["id"].as_str().unwrap();
    let customer = api.get("/customers").await.body["data"][0]["id"].as_str().unwrap().to_owned();
    let all = [
        (format!("{{ customer(id: \"{customer}\") {{ points }} }}"), vec![Scope::CustomersRead]),
        ("{ customers { nodes { name } } }".to_owned(), vec![Scope::CustomersRead]),
        (format!("{{ purchase(id: \"{id}\") {{ amount }} }}"), vec![Scope::PurchasesRead]),
        (format!("{{ purchase(id: \"{id}\") {{ explanation {{ points }} }} }}"), vec![Scope::PurchasesRead]),
        (format!("{{ purchase(id: \"{id}\") {{ customer {{ id }} }} }}"), vec![Scope::PurchasesRead, Scope::CustomersRead]),
        (format!("{{ customer(id: \"{customer}\") {{ purchases {{ nodes {{ id }} }} }} }}"), vec![Scope::CustomersRead, Scope::PurchasesRead]),
        (format!("{{ customer(id: \"{customer}\") {{ vouchers {{ nodes {{ id }} }} }} }}"), vec![Scope::CustomersRead, Scope::RedemptionsWrite]),
        (format!("{{ customer(id: \"{customer}\") {{ entries {{ nodes {{ purchase {{ id }} }} }} }} }}"), vec![Scope::CustomersRead, Scope::PurchasesRead]),
        ("{ promotions { nodes { name } } }".to_owned(), vec![Scope::PromotionsRead]),
        ("{ quote(input: {retailer: \"main\", amount: 1}) { __typename } }".to_owned(), vec![Scope::Quotes]),
        ("mutation { purchase(input: {transactionId: \"x\", retailer: \"main\", currency: \"USD\", amount: 1}) { __typename } }".to_owned(), vec![Scope::PurchasesWrite]),
        ("mutation { return(input: {transactionId: \"t-1\", retailer: \"main\", returnId: \"r\"}) { __typename } }".to_owned(), vec![Scope::ReturnsWrite]),
        (format!("mutation {{ mergeCustomers(input: {{into: \"{customer}\", from: {{email: \"nobody@example.com\"}}}}) {{ __typename }} }}"), vec![Scope::CustomersRead, Scope::CustomersMerge]),
    ];
    for (query, needed) in all {
        let key = server.key(&merchant, &needed, None).await;
        server.api_with(Some(&key)).graph(&query, Value::Null).await.data();
        for missing in &needed {
            // A key that may submit purchases may also ask for quotes and return.
            let is_part = matches!(missing, Scope::Quotes | Scope::ReturnsWrite);
            let others: Vec<_> = Scope::ALL
                .into_iter()
                .filter(|scope| scope != missing && !(is_part && *scope == Scope::PurchasesWrite))
                .collect();
            let key = server.key(&merchant, &others, None).await;
            let refused = server.api_with(Some(&key)).graph(&query, Value::Null).await;
            assert_eq!(refused.codes()[0], "forbidden", "{query} without {missing:?}: {}", refused.body);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_of_one_merchant_is_visible_to_another() {
    let server = TestServer::start().await;
    let victim = server.merchant("victim").await;
    let api = server.api(&victim);
    api.ten_points_a_dollar().await;
    let posted = api.graph(PURCHASE, purchase("secret-1", "ada@example.com", 1000)).await;
    let stored = &posted.data()["purchase"]["purchase"];
    let (purchase_id, customer) = (stored["id"].as_str().unwrap(), stored["customerId"].as_str().unwrap());
    let thief = server.merchant("thief").await;
    let ask = format!(
        "{{ purchase(id: \"{purchase_id}\") {{ id explanation {{ points }} }} customer(id: \"{customer}\") {{ id }}
            customers {{ nodes {{ id email }} }} purchases {{ nodes {{ id }} }} promotions {{ nodes {{ name }} }}
            own: purchases(customer: \"{customer}\") {{ nodes {{ id }} }} }}"
    );
    let nothing = json!({"nodes": []});
    let seen = server.api(&thief).graph(&ask, Value::Null).await;
    assert_eq!(
        *seen.data(),
        json!({"purchase": null, "customer": null, "customers": nothing, "purchases": nothing, "promotions": nothing, "own": nothing})
    );
    let steal = "mutation { returnPurchase(input: {transactionId: \"secret-1\", retailer: \"main\", returnId: \"r\"}) { __typename } }";
    // A shop of the thief's own is called `main`, too, where nobody has sold anything of that number.
    assert_eq!(
        server.api(&thief).graph(steal, Value::Null).await.data()["returnPurchase"]["__typename"],
        "ReturnWaiting"
    );
    let still = api.graph(&format!("{{ customer(id: \"{customer}\") {{ points }} }}"), Value::Null).await;
    assert_eq!(still.data()["customer"]["points"], 100);
    server.stop().await;
}

#[tokio::test]
async fn a_key_of_one_retailer_keeps_to_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let north = api.create("/retailers", json!({"code": "north", "name": "North"})).await;
    let at_main = api.graph(PURCHASE, purchase("t-1", "ada@example.com", 1000)).await;
    let at_main = at_main.data()["purchase"]["purchase"]["id"].as_str().unwrap().to_owned();
    let key = server.key(&merchant, &[Scope::PurchasesWrite, Scope::PurchasesRead], Some(&north)).await;
    let till = server.api_with(Some(&key));
    let foreign = till.graph(PURCHASE, purchase("t-2", "ada@example.com", 1000)).await;
    assert!(
        foreign.body["errors"].is_array() || foreign.body["data"]["purchase"]["__typename"] == "Rejected",
        "{:?}",
        foreign.body
    );
    let mut own = purchase("t-2", "ada@example.com", 1000);
    own["input"].as_object_mut().unwrap().remove("retailer");
    let own =
        till.graph(PURCHASE, own).await.data()["purchase"]["purchase"]["id"].as_str().unwrap().to_owned();
    let ask = format!(
        "{{ a: purchase(id: \"{at_main}\") {{ id }} b: purchase(id: \"{own}\") {{ retailer {{ code }} }} purchases {{ nodes {{ id }} }} }}"
    );
    let seen = till.graph(&ask, Value::Null).await;
    assert_eq!(
        *seen.data(),
        json!({"a": null, "b": {"retailer": {"code": "north"}}, "purchases": {"nodes": [{"id": own}]}})
    );
    server.stop().await;
}
