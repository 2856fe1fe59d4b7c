//! The database of the document: ten retailers with a token each, products with no promotion, a current, an expired, an
//! upcoming one, and ones that were superseded (boosted, terminated), hundreds of customers.

use chrono::{Duration, Utc};
use http::StatusCode;
use perennial_domain::access::Scope;
use perennial_engine::{customers::NewCustomer, reconcile::Reconciliation};
use serde_json::{Value, json};

use crate::support::{Api, Merchant, TestServer};

/// Stores.
pub const RETAILERS: usize = 10;
/// Consumers who are known before the first purchase.
pub const CUSTOMERS: usize = 300;

/// What a till asks for.
pub const PURCHASE: &str = "mutation Purchase($input: PurchaseInput!) {
    purchase(input: $input) {
        __typename
        ... on Credited { pointsEarned balance { points } purchase { id } }
        ... on Replayed { pointsEarned balance { points } purchase { id } }
        ... on TransactionConflict { differences { pointer stored received } }
        ... on NotEligible { purchase { id } reasons { promotion missing { code text } } }
        ... on CustomerNotFound { detail }
        ... on Rejected { code detail errors { pointer code } }
    }
}";

/// The brewery, with everything that belongs to it.
pub struct Brewery {
    server: TestServer,
    merchant: Merchant,
    tokens: Vec<String>,
}

/// The region of a store, by its number.
pub fn region(store: usize) -> &'static str {
    match store {
        0..=3 => "East",
        4..=6 => "Central",
        _ => "West",
    }
}

fn zone(store: usize) -> &'static str {
    match region(store) {
        "East" => "America/New_York",
        "Central" => "America/Chicago",
        _ => "America/Los_Angeles",
    }
}

/// A local date and time, so many hours from now.
pub fn local(zone: &str, hours: i64) -> String {
    let zone = perennial_domain::codes::Zone::new(zone).unwrap();
    perennial_domain::calendar::local(Utc::now() + Duration::hours(hours), zone)
        .format("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

/// A date so many days from now, at noon anywhere.
fn day(days: i64) -> String {
    (Utc::now() + Duration::days(days)).format("%Y-%m-%dT12:00:00").to_string()
}

/// The variables of a purchase of one beer.
pub fn variables(transaction: &str, consumer: &str, beer: &str, cents: i64) -> Value {
    json!({"input": {"transactionId": transaction, "currency": "USD", "customer": {"externalId": consumer},
        "lines": [{"product": beer, "quantity": 1, "amount": cents}]}})
}

/// Posts a purchase of one beer with a store's own token, which says which store it is.
pub async fn buy(till: &Api<'_>, transaction: &str, consumer: &str, beer: &str, cents: i64) -> Value {
    till.graph(PURCHASE, variables(transaction, consumer, beer, cents)).await.data()["purchase"].clone()
}

/// What an answer says was earned.
pub fn earned(answer: &Value) -> i64 {
    answer["pointsEarned"].as_i64().unwrap_or(0)
}

impl Brewery {
    /// The brewery of the document.
    pub async fn open() -> Self {
        let server = TestServer::start().await;
        let merchant = server.empty_merchant("brewery").await;
        let api = server.api(&merchant);
        let mut tokens = Vec::new();
        for store in 0..RETAILERS {
            let retailer = json!({"code": format!("store-{store}"), "name": format!("Store {store}"),
                "region": region(store), "time_zone": zone(store)});
            let id = api.create("/retailers", retailer).await;
            tokens.push(server.key(&merchant, &[Scope::PurchasesWrite], Some(&id)).await);
        }
        for beer in ["LAGER", "PILSNER", "STOUT", "PORTER", "ALE", "WHEAT", "CIDER"] {
            api.create("/products", json!({"sku": beer, "name": beer, "category": "beer"})).await;
        }
        promote(&api).await;
        let customers: Vec<NewCustomer> = (0..CUSTOMERS)
            .map(|number| {
                let id = format!("consumer-{number}");
                serde_json::from_value(json!({"external_id": id, "email": format!("{id}@example.com")}))
                    .unwrap()
            })
            .collect();
        server.server.engine.customer_upsert(&merchant.cx, customers).await.unwrap();
        Self { server, merchant, tokens }
    }

    /// The server itself.
    pub fn server(&self) -> &TestServer {
        &self.server
    }

    /// The API with the brewery's own key, which may do everything.
    pub fn owner(&self) -> Api<'_> {
        self.server.api(&self.merchant)
    }

    /// The API with the token of a store.
    pub fn till(&self, store: usize) -> Api<'_> {
        self.server.api_with(Some(&self.tokens[store]))
    }

    /// Posts a purchase of one beer.
    pub async fn buy(
        &self,
        till: &Api<'_>,
        transaction: &str,
        consumer: usize,
        beer: &str,
        cents: i64,
    ) -> Value {
        buy(till, transaction, &format!("consumer-{consumer}"), beer, cents).await
    }

    /// The balance of a consumer, as the API tells it.
    pub async fn points(&self, consumer: usize) -> i64 {
        let ask = "query($id: ID!) { customer(id: $id) { points } }";
        let reply = self.owner().graph(ask, json!({"id": format!("ext:consumer-{consumer}")})).await;
        reply.data()["customer"]["points"].as_i64().unwrap()
    }

    /// The balances of all consumers together.
    pub async fn all_points(&self) -> i64 {
        let (mut sum, mut after) = (0, Value::Null);
        loop {
            let ask = "query($after: String) { customers(first: 200, after: $after) {
                nodes { points } pageInfo { hasNextPage endCursor } } }";
            let page = self.owner().graph(ask, json!({"after": after})).await.data()["customers"].clone();
            let nodes = page["nodes"].as_array().unwrap();
            sum += nodes.iter().map(|node| node["points"].as_i64().unwrap()).sum::<i64>();
            if page["pageInfo"]["hasNextPage"] == false {
                return sum;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// An independent look at the books.
    pub async fn reconcile(&self) -> Reconciliation {
        self.server.server.engine.reconcile(&self.merchant.cx, |_| {}).await.unwrap()
    }

    /// Stops the server.
    pub async fn close(self) {
        self.server.stop().await;
    }
}

/// The rows of the document's table of promotions.
async fn promote(api: &Api<'_>) {
    // Current, one for each store, each with a rate of its own.
    for store in 0..RETAILERS {
        let terms = json!({"name": "LAGER", "award_rate": (100 + 10 * store).to_string(),
            "products": {"include": ["LAGER"]}, "retailers": [format!("store-{store}")],
            "starts_at": day(-30), "ends_at": day(30)});
        publish(api, terms).await;
    }
    let beer = |beer: &str, rate: &str, starts: i64, ends: i64| json!({"name": beer, "award_rate": rate, "products": {"include": [beer]}, "starts_at": day(starts), "ends_at": day(ends)});
    publish(api, beer("STOUT", "100", -60, -2)).await;
    publish(api, beer("PORTER", "100", 5, 60)).await;
    // Superseded: the later row of one product counts, whether it gives more or ends what was.
    let boosted = publish(api, beer("ALE", "50", -30, 30)).await;
    supersede(api, &boosted, beer("ALE", "150", -30, 30)).await;
    let terminated = publish(api, beer("WHEAT", "80", -30, 30)).await;
    supersede(api, &terminated, beer("WHEAT", "80", -30, -2)).await;
    let stopped = publish(api, beer("CIDER", "80", -30, 30)).await;
    api.post(&format!("/promotions/{stopped}/end"), json!({})).await.ok(StatusCode::OK);
}

async fn publish(api: &Api<'_>, terms: Value) -> String {
    let id = api.create("/promotions", terms).await;
    api.post(&format!("/promotions/{id}/publish"), json!({})).await.ok(StatusCode::OK);
    id
}

async fn supersede(api: &Api<'_>, id: &str, terms: Value) {
    api.patch(&format!("/promotions/{id}"), terms).await.ok(StatusCode::OK);
    api.post(&format!("/promotions/{id}/publish"), json!({})).await.ok(StatusCode::OK);
}
