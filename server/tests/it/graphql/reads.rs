//! What is read: a customer with everything below, pages, explanations, and as many statements as for one row.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use http::StatusCode;
use serde_json::{Value, json};
use tracing_subscriber::{Layer, layer::SubscriberExt as _};

use super::{PURCHASE, purchase};
use crate::support::{Api, TestServer};

async fn buy(api: &Api<'_>, transaction: &str, email: &str, amount: i64) -> Value {
    api.graph(PURCHASE, purchase(transaction, email, amount)).await.data()["purchase"].clone()
}

#[tokio::test]
async fn a_customer_shows_where_she_stands_and_what_led_there() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let tier = api.create("/tiers", json!({"name": "Member", "threshold": 0})).await;
    let customer = api
        .create("/customers", json!({"external_id": "crm-7", "email": "ada@example.com", "name": "Ada"}))
        .await;
    for number in 1..=5 {
        buy(&api, &format!("t-{number}"), "ada@example.com", 1000 * number).await;
    }
    let ask = r#"query($after: String) { customer(id: "ext:crm-7") {
        id name externalId email points tier { id name } cashback { currency available }
        balance { points pending reserved debt lifetime expiring { expiresOn points } }
        entries(first: 2, after: $after) {
            edges { cursor node { kind account amount sequence purchase { transactionId amount } } }
            pageInfo { hasNextPage endCursor }
        }
        purchases(first: 2) { nodes { transactionId pointsEarned retailer { code } customer { name } } }
    } }"#;
    // The tier follows by a queue.
    let patience = std::time::Instant::now();
    let mut reply = api.graph(ask, Value::Null).await;
    while reply.data()["customer"]["tier"].is_null() && patience.elapsed().as_secs() < 60 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        reply = api.graph(ask, Value::Null).await;
    }
    let found = &reply.data()["customer"];
    assert_eq!(
        (&found["id"], &found["name"], &found["points"]),
        (&json!(customer), &json!("Ada"), &json!(1500))
    );
    assert_eq!(found["tier"], json!({"id": tier, "name": "Member"}));
    assert_eq!((&found["balance"]["lifetime"], &found["cashback"]), (&json!(1500), &json!([])));
    assert_eq!(
        found["purchases"]["nodes"],
        json!([
            {"transactionId": "t-5", "pointsEarned": 500, "retailer": {"code": "main"}, "customer": {"name": "Ada"}},
            {"transactionId": "t-4", "pointsEarned": 400, "retailer": {"code": "main"}, "customer": {"name": "Ada"}},
        ])
    );
    // All entries, a page at a time; any cursor is a place to go on from, not only the last.
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = api.graph(ask, json!({"after": after})).await.data()["customer"]["entries"].clone();
        let edges = page["edges"].as_array().unwrap().clone();
        seen.push(edges[0]["node"]["purchase"]["transactionId"].as_str().unwrap().to_owned());
        if edges.len() == 1 && page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = edges[0]["cursor"].clone();
    }
    assert_eq!(seen, ["t-5", "t-4", "t-3", "t-2", "t-1"]);

    // The birthday is there as it was told, with the year or without.
    let birthday = "{ customer(id: \"ext:crm-7\") { birthday } }";
    let mut told = vec![api.graph(birthday, Value::Null).await.data()["customer"]["birthday"].clone()];
    for day in ["05-17", "1990-05-17"] {
        let changed = api.patch("/customers/ext:crm-7", json!({"birthday": day})).await;
        changed.ok(StatusCode::OK);
        told.push(api.graph(birthday, Value::Null).await.data()["customer"]["birthday"].clone());
    }
    assert_eq!(told, [Value::Null, json!("05-17"), json!("1990-05-17")]);

    for nobody in ["ext:nobody", "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c03", "no id at all"] {
        let reply = api.graph("query($id: ID!) { customer(id: $id) { id } }", json!({"id": nobody})).await;
        assert_eq!(*reply.data(), json!({"customer": null}), "{nobody}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_purchase_explains_itself_also_after_a_claim() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let mut input = purchase("t-1", "x", 1000);
    input["input"]["customer"] = Value::Null;
    let posted = api.graph(PURCHASE, input).await;
    let posted = &posted.data()["purchase"]["purchase"];
    let claim = json!({"claim_code": posted["claimCode"], "customer": {"email": "ada@example.com"}});
    api.post("/claims", claim).await.ok(StatusCode::CREATED);
    let ask = "query($id: ID!) { purchase(id: $id) { status pointsEarned pointsClaimable claimCode customer { email }
        explanation { points rounding lines { product paid exact points text applied { name } }
            promotions { name version summary applied points missing { code } } } } }";
    let reply = api.graph(ask, json!({"id": posted["id"]})).await;
    let found = &reply.data()["purchase"];
    assert_eq!((&found["status"], &found["pointsEarned"]), (&json!("CREDITED"), &json!(100)), "{found}");
    assert_eq!((&found["claimCode"], &found["pointsClaimable"]), (&Value::Null, &Value::Null));
    assert_eq!(found["customer"]["email"], "ada@example.com");
    let why = &found["explanation"];
    assert_eq!(
        (&why["points"], &why["rounding"], &why["lines"][0]["points"]),
        (&json!(100), &json!("floor"), &json!(100))
    );
    assert_eq!(why["promotions"][0]["name"], "Ten points a dollar");
    assert_eq!(
        (&why["promotions"][0]["applied"], &why["promotions"][0]["missing"]),
        (&json!(true), &json!([]))
    );
    server.stop().await;
}

#[tokio::test]
async fn promotions_are_listed_by_their_state() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let draft = json!({"name": "Twice the points", "multiplier": "2", "products": {"include": ["tag:beer"]}});
    api.create("/promotions", draft).await;
    let ask = "query($state: PromotionState) { promotions(state: $state) { nodes {
        name state awardRate multiplier products versionInForce isDraft summary } } }";
    let names = async |state: Value| {
        let reply = api.graph(ask, json!({"state": state})).await;
        let nodes = reply.data()["promotions"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(Value::Null).await, ["Twice the points", "Ten points a dollar"]);
    assert_eq!(names(json!("RUNNING")).await, ["Ten points a dollar"]);
    assert_eq!(names(json!("DRAFT")).await, ["Twice the points"]);
    let reply = api.graph(ask, Value::Null).await;
    let twice = &reply.data()["promotions"]["nodes"][0];
    assert_eq!(
        (&twice["multiplier"], &twice["awardRate"], &twice["isDraft"]),
        (&json!("2"), &Value::Null, &json!(true))
    );
    assert_eq!(twice["products"], json!(["tag:beer"]));
    server.stop().await;
}

/// Statements about customers, purchases and what belongs to them, as sqlx reports them.
struct Statements;

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

struct Says(bool);

impl tracing::field::Visit for Says {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let tables = [
            "customers",
            "customer_identities",
            "purchases",
            "balances",
            "claims",
            "rule_sets",
            "cashback_lots",
            "retailers",
        ];
        if field.name() == "summary" || field.name() == "db.statement" {
            let text = format!("{value:?}");
            // The workers look for work of their own all the time; they ask for none of these by `SELECT`.
            self.0 |= tables.iter().any(|table| text.contains(table));
        }
    }
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut says = Says(false);
            event.record(&mut says);
            STATEMENTS.fetch_add(usize::from(says.0), Ordering::Relaxed);
        }
    }
}

/// A page of forty rows takes no more statements than one of two.
#[tokio::test]
async fn a_longer_page_takes_no_more_statements() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Statements)).unwrap()
    });
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let offer = json!({"name": "Back", "percentage": "0.1"});
    api.create("/cashback-offers", offer).await;
    for number in 0..40 {
        buy(&api, &format!("t-{number}"), &format!("c{number}@example.com"), 1000).await;
    }
    // Cashback follows by a queue: only when everybody has some is a page the same from now on.
    let wallets = async || {
        let all =
            api.graph("{ customers(first: 200) { nodes { cashback { available } } } }", Value::Null).await;
        let nodes = all.data()["customers"]["nodes"].as_array().unwrap().clone();
        nodes.iter().filter(|node| node["cashback"] == json!([{"available": 100}])).count()
    };
    let patience = std::time::Instant::now();
    while wallets().await < 40 {
        assert!(patience.elapsed().as_secs() < 60, "cashback comes in the end");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // And nobody else asks any more.
    api.settle().await;
    let ask = "query($n: Int) {
        customers(first: $n) { nodes { email points tier { name } cashback { available } } }
        purchases(first: $n) { nodes { retailer { name } customer { email points } explanation { points } } }
    }";
    let statements = async |n: i32| {
        let mut fewest = usize::MAX;
        // Whatever else may run meanwhile only adds.
        for _ in 0..5 {
            let before = STATEMENTS.load(Ordering::Relaxed);
            let reply = api.graph(ask, json!({"n": n})).await;
            let nodes = reply.data()["purchases"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), usize::try_from(n).unwrap());
            assert!(
                nodes
                    .iter()
                    .all(|node| node["explanation"]["points"] == 100 && node["customer"]["points"] == 100)
            );
            fewest = fewest.min(STATEMENTS.load(Ordering::Relaxed) - before);
        }
        fewest
    };
    let (few, many) = (statements(2).await, statements(40).await);
    assert!(few > 4, "the statements are not seen: {few}");
    // Two workers share what waits at the same instant, so that the same question may take one statement or two.
    assert!(many <= few + 2, "{few} statements for two rows, {many} for forty");
    server.stop().await;
}
