//! Posting, replaying, conflicting, batching, listing, reading and explaining purchases.

use http::StatusCode;
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::support::{Reply, TestServer, purchase};

#[tokio::test]
async fn a_purchase_is_credited_before_it_is_answered() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.create("/products", json!({"sku": "APPLE", "name": "Apple", "category": "fruit"})).await;
    let promotion = api.ten_points_a_dollar().await;

    let mut input = purchase("t-1", "ada@example.com", 1999);
    input["lines"] = json!([
        {"product": "APPLE", "quantity": 2, "unit_price": 450},
        {"product": "MYSTERY", "amount": 1199, "discount": 100},
        {"amount": 0},
    ]);
    let posted = api.post("/purchases", input).await;
    let body = posted.ok(StatusCode::CREATED);
    assert_eq!(posted.header("idempotent-replayed"), "");
    assert_eq!(body["status"], "credited");
    assert_eq!(body["amount"], 900 + 1099);
    assert_eq!(body["points_earned"], 90 + 109, "floor per line: {body}");
    assert_eq!(body["points_pending"], 0);
    assert_eq!(body["balance"], json!({"points": 199, "pending": 0}));
    assert_eq!(body["lines"][0]["points"], 90);
    assert_eq!(body["lines"][0]["applied"][0]["promotion_id"], json!(promotion));
    assert_eq!(body["lines"][0]["applied"][0]["version"], 1);
    assert!(body["lines"][0]["product_id"].is_string());
    assert_eq!(body["lines"][1]["product"], "MYSTERY");
    assert!(body["lines"][1].get("product_id").is_none(), "an unknown product stays a text");
    assert_eq!(body["lines"][2]["points"], 0);
    assert_eq!(body["warnings"], json!([]));

    let customer = posted.text("customer_id");
    for path in [format!("/customers/{customer}/points"), format!("/points/{customer}")] {
        let points = api.get(&path).await;
        assert_eq!(points.ok(StatusCode::OK)["points"], 199);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_repeated_purchase_gets_the_same_bytes() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let first = api.post("/purchases", purchase("t-1", "ada@example.com", 1000)).await;
    first.ok(StatusCode::CREATED);
    api.post("/purchases", purchase("t-2", "ada@example.com", 1000)).await.ok(StatusCode::CREATED);
    // Whatever changes meanwhile: a replay is decided before time, settings, catalogue and state.
    let promotion = api.create("/promotions", json!({"name": "Five times", "multiplier": "5"})).await;
    api.post(&format!("/promotions/{promotion}/publish"), json!({})).await.ok(StatusCode::OK);
    api.patch("/merchant", json!({"rounding": "ceil", "unknown_customer": "reject"}))
        .await
        .ok(StatusCode::OK);
    let retailer = first.text("retailer_id");
    api.delete(&format!("/retailers/{retailer}")).await.ok(StatusCode::OK);

    let again = api.post("/purchases", purchase("t-1", "ada@example.com", 1000)).await;
    again.ok(StatusCode::OK);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.bytes, first.bytes);
    let new = api.post("/purchases", purchase("t-3", "ada@example.com", 1000)).await;
    new.problem(422, "unknown_retailer");
    let points = api.get(&format!("/points/{}", first.text("customer_id"))).await;
    assert_eq!(points.body["points"], 200);
    server.stop().await;
}

#[tokio::test]
async fn a_conflict_names_each_field_that_differs() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let input = |amount: i64, email: &str, product: &str| {
        let mut input = purchase("t-1", email, amount);
        input["lines"][0]["product"] = json!(product);
        input
    };
    let first = api.post("/purchases", input(1000, "ada@example.com", "APPLE")).await;
    first.ok(StatusCode::CREATED);
    let conflict = api.post("/purchases", input(1200, "bob@example.com", "PEAR")).await;
    let errors = conflict.problem(409, "transaction_conflict");
    let mut pointers: Vec<_> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/customer", "/lines/0/amount", "/lines/0/product"]);
    let values = |pointer: &str| {
        let errors = conflict.body["errors"].as_array().unwrap();
        let error = errors.iter().find(|error| error["pointer"] == pointer).unwrap();
        (error.get("stored").cloned(), error.get("received").cloned())
    };
    assert_eq!(values("/lines/0/amount"), (Some(json!(1000)), Some(json!(1200))));
    assert_eq!(values("/lines/0/product"), (Some(json!("APPLE")), Some(json!("PEAR"))));
    assert_eq!(values("/customer"), (None, None), "who the customer is stays between the till and us");
    let bob = api.get("/customers?search=bob").await;
    assert_eq!(bob.body["data"], json!([]), "a refused purchase creates nobody");
    api.post("/purchases", input(1000, "ada@example.com", "APPLE")).await.ok(StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn the_same_number_at_another_retailer_is_another_purchase() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let other = api.create("/retailers", json!({"code": "other", "name": "Other"})).await;
    let first = api.post("/purchases", purchase("t-1", "ada@example.com", 1000)).await;
    let mut input = purchase("t-1", "ada@example.com", 700);
    input["retailer"] = json!(other);
    let second = api.post("/purchases", input).await;
    second.ok(StatusCode::CREATED);
    assert_ne!(first.text("id"), second.text("id"));
    server.stop().await;
}

#[tokio::test]
async fn a_batch_answers_each_purchase_by_itself() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let batch = json!([
        purchase("b-1", "ada@example.com", 1000),
        purchase("b-2", "ada@example.com", 500),
        {"transaction_id": "b-3", "retailer": "main", "currency": "USD", "amount": 100, "colour": "red"},
        purchase("b-1", "ada@example.com", 1000),
        purchase("b-1", "ada@example.com", 999),
        {"transaction_id": "b-4", "retailer": "nowhere", "currency": "USD", "amount": 100},
        7,
    ]);
    let posted = api.post("/purchases/batch", batch.clone()).await;
    let results = posted.ok(StatusCode::OK)["results"].as_array().unwrap().clone();
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 201, 422, 200, 409, 422, 422]);
    let replayed: Vec<_> = results.iter().map(|result| result["replayed"].as_bool().unwrap()).collect();
    assert_eq!(replayed, [false, false, false, true, false, false, false]);
    assert_eq!(results[0]["purchase"]["balance"]["points"], 100, "in order of arrival");
    assert_eq!(results[1]["purchase"]["balance"]["points"], 150);
    assert_eq!(results[3]["purchase"], results[0]["purchase"]);
    assert_eq!(results[2]["problem"]["errors"][0]["pointer"], "/colour");
    assert_eq!(results[4]["problem"]["code"], "transaction_conflict");
    assert_eq!(results[5]["problem"]["code"], "unknown_retailer");
    assert!(results[0].get("problem").is_none() && results[2].get("purchase").is_none());

    let again = api.post("/purchases/batch", batch).await;
    let again = again.ok(StatusCode::OK)["results"].as_array().unwrap().clone();
    assert_eq!(again[0]["status"], 200);
    assert_eq!(again[0]["purchase"], results[0]["purchase"]);
    assert_eq!(api.post("/purchases/batch", json!([])).await.body, json!({"results": []}));

    let thousand: Vec<Value> =
        (0..1000).map(|n| purchase(&format!("m-{n}"), "mia@example.com", 100)).collect();
    let posted = api.batch(&json!(thousand)).await;
    let results = posted.ok(StatusCode::OK)["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["status"] == 201 || result["replayed"] == true));
    assert_eq!(results[999]["purchase"]["balance"]["points"], 10_000);
    let mut too_many = thousand;
    too_many.push(purchase("m-1000", "mia@example.com", 100));
    api.post("/purchases/batch", json!(too_many)).await.problem(413, "too_many_items");
    api.post("/purchases/batch", json!({"purchases": []})).await.problem(422, "invalid");
    server.stop().await;
}

#[tokio::test]
async fn a_hundred_copies_at_once_are_one_purchase() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    server.api(&merchant).ten_points_a_dollar().await;
    let input = purchase("t-1", "ada@example.com", 1000);
    let calls = (0..100).map(|_| {
        let (api, input) = (server.api(&merchant), input.clone());
        async move { api.post("/purchases", input).await }
    });
    let replies: Vec<Reply> = futures::future::join_all(calls).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 99);
    assert!(replies.iter().all(|reply| reply.bytes == replies[0].bytes), "all bodies are equal");
    let points = server.api(&merchant).get(&format!("/points/{}", replies[0].text("customer_id"))).await;
    assert_eq!(points.body["points"], 100);
    server.stop().await;
}

#[tokio::test]
async fn a_key_of_a_retailer_posts_for_that_retailer_only() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let other = api.create("/retailers", json!({"code": "other", "name": "Other"})).await;
    let scopes = [Scope::PurchasesWrite, Scope::PurchasesRead];
    let bound = server.key(&merchant, &scopes, Some(&other)).await;
    let till = server.api_with(Some(&bound));

    let mut implied = purchase("t-1", "ada@example.com", 1000);
    implied.as_object_mut().unwrap().remove("retailer");
    let posted = till.post("/purchases", implied.clone()).await;
    posted.ok(StatusCode::CREATED);
    assert_eq!(posted.text("retailer_id"), other);
    till.post("/purchases", purchase("t-2", "ada@example.com", 1000)).await.problem(403, "forbidden");
    let elsewhere = api.post("/purchases", purchase("t-3", "ada@example.com", 1000)).await.text("id");
    till.get(&format!("/purchases/{elsewhere}")).await.problem(404, "not_found");
    let seen = till.get("/purchases").await;
    assert_eq!(seen.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 1);
    let errors = api.post("/purchases", implied).await;
    assert_eq!(errors.status, 422, "a key for all retailers has to name one");
    server.stop().await;
}

#[tokio::test]
async fn purchases_are_listed_filtered_paged_and_read() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.create("/retailers", json!({"code": "other", "name": "Other"})).await;
    for n in 0..5 {
        api.post("/purchases", purchase(&format!("a-{n}"), "ada@example.com", 100))
            .await
            .ok(StatusCode::CREATED);
    }
    let mut elsewhere = purchase("b-1", "bob@example.com", 100);
    elsewhere["retailer"] = json!("other");
    let bob = api.post("/purchases", elsewhere).await;
    let unclaimed = json!({"transaction_id": "u-1", "retailer": "main", "currency": "USD", "amount": 100});
    api.post("/purchases", unclaimed).await.ok(StatusCode::CREATED);

    let count = async |query: &str| {
        let page = api.get(&format!("/purchases{query}")).await;
        page.ok(StatusCode::OK)["data"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 7);
    assert_eq!(count("?retailer=other").await, 1);
    assert_eq!(count(&format!("?retailer={}", bob.text("retailer_id"))).await, 1);
    assert_eq!(count(&format!("?customer={}", bob.text("customer_id"))).await, 1);
    assert_eq!(count("?status=unclaimed").await, 1);
    assert_eq!(count("?status=credited&transaction_id=a-").await, 5);
    assert_eq!(count("?from=2000-01-01T00:00:00Z&until=2000-01-02T00:00:00Z").await, 0);
    api.get("/purchases?retailer=nowhere").await.problem(422, "unknown_retailer");
    let unknown = api.get("/purchases?colour=red").await.problem(422, "invalid");
    assert_eq!(unknown, [("/colour".to_owned(), "unknown_parameter".to_owned())]);
    api.get("/purchases?status=lost").await.problem(400, "malformed_query");
    assert_eq!(api.get("/purchases?limit=0").await.problem(422, "invalid")[0].0, "/limit");
    assert_eq!(api.get("/purchases?after=nonsense").await.problem(422, "invalid")[0].0, "/after");

    let mut seen = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = api.get(&format!("/purchases{query}")).await;
        let rows = page.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
        seen.extend(rows.iter().map(|row| row["transaction_id"].as_str().unwrap().to_owned()));
        match page.body["next"].as_str() {
            Some(next) => query = format!("?limit=3&after={next}"),
            None => break,
        }
    }
    assert_eq!(
        seen,
        ["u-1", "b-1", "a-4", "a-3", "a-2", "a-1", "a-0"],
        "newest first, none twice, none missing"
    );

    let read = api.get(&format!("/purchases/{}", bob.text("id"))).await;
    assert_eq!(read.ok(StatusCode::OK)["retailer"]["code"], "other");
    assert_eq!(read.body["id"], bob.body["id"]);
    assert_eq!(read.body["source"], "api");
    for id in ["0", "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c05"] {
        api.get(&format!("/purchases/{id}")).await.problem(404, "not_found");
        api.get(&format!("/purchases/{id}/explanation")).await.problem(404, "not_found");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_explanation_says_what_applied_and_what_was_missing() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let applied = api.ten_points_a_dollar().await;
    let missed = api
        .create("/promotions", json!({"name": "Big basket", "flat_points": 500, "minimum_amount": 10_000}))
        .await;
    api.post(&format!("/promotions/{missed}/publish"), json!({})).await.ok(StatusCode::OK);
    let posted = api.post("/purchases", purchase("t-1", "ada@example.com", 1999)).await;
    let explained = api.get(&format!("/purchases/{}/explanation", posted.text("id"))).await;
    let body = explained.ok(StatusCode::OK);
    assert_eq!(body["purchase_id"], posted.body["id"]);
    assert_eq!(body["points"], 199, "{body}");
    let text = body.to_string();
    assert!(text.contains(&applied) && text.contains(&missed), "both promotions are told: {body}");
    assert!(text.contains("below_minimum"), "with the reason: {body}");
    server.stop().await;
}

/// Half points are kept for the next purchase, which says so wherever somebody asks why.
#[tokio::test]
async fn what_rounding_leaves_is_carried_over_to_the_next_purchase() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let promotion = api.ten_points_a_dollar().await;
    api.patch("/merchant", json!({"carry_over": true})).await.ok(StatusCode::OK);
    let first = api.post("/purchases", purchase("t-1", "ada@example.com", 15)).await;
    assert_eq!(first.ok(StatusCode::CREATED)["points_earned"], 1);
    assert_eq!(first.body["lines"][0]["applied"][0]["carried"], "0.5");
    let basket = json!({"retailer": "main", "customer": {"email": "ada@example.com"}, "amount": 15});
    assert_eq!(api.post("/quotes", basket).await.ok(StatusCode::OK)["points"], 2);
    let second = api.post("/purchases", purchase("t-2", "ada@example.com", 15)).await;
    assert_eq!(second.ok(StatusCode::CREATED)["points_earned"], 2);
    assert_eq!(second.body["lines"][0]["applied"][0]["carried"], "-0.5");
    let again = api.post("/purchases", purchase("t-2", "ada@example.com", 15)).await;
    assert_eq!((again.status, &again.bytes), (200, &second.bytes));

    let id = second.text("id");
    let explained = api.get(&format!("/purchases/{id}/explanation")).await;
    let body = explained.ok(StatusCode::OK);
    let over = json!({"before": "0.5", "after": "0", "text": "0.5 carried from before"});
    assert_eq!((&body["carry_over"], &body["promotions"][0]["carried"]), (&json!(true), &over), "{body}");
    assert_eq!(body["lines"][0]["carried"][0]["promotion_id"], json!(promotion));
    let ask = "query($id: ID!) { purchase(id: $id) { explanation { carryOver
        promotions { carried { before after text } } } } }";
    let graph = api.graph(ask, json!({"id": id})).await;
    let why = &graph.data()["purchase"]["explanation"];
    assert_eq!((&why["carryOver"], &why["promotions"][0]["carried"]), (&json!(true), &over), "{why}");

    api.post(&format!("/purchases/{id}/returns"), json!({"return_id": "r"})).await.ok(StatusCode::CREATED);
    let exported = api.get(&format!("/customers/{}/export", second.text("customer_id"))).await;
    let carried = json!([{"promotion_id": promotion, "points": "0.5"}]);
    assert_eq!(exported.ok(StatusCode::OK)["carried_over"], carried, "{}", exported.body);
    server.stop().await;
}

/// What a number means that was sent without its country depends on a setting; what was stored does not.
#[tokio::test]
async fn a_local_number_is_the_same_customer_whatever_the_country_has_become() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.patch("/merchant", json!({"default_country": "AT"})).await.ok(StatusCode::OK);
    let bill = |transaction: &str, amount: i64| {
        let mut bill = purchase(transaction, "nobody@example.com", amount);
        bill["customer"] = json!({"phone": "0660 1234567"});
        bill
    };
    let first = api.post("/purchases", bill("t-1", 1_000)).await;
    first.ok(StatusCode::CREATED);
    for country in [json!("DE"), Value::Null] {
        api.patch("/merchant", json!({"default_country": country})).await.ok(StatusCode::OK);
        let again = api.post("/purchases", bill("t-1", 1_000)).await;
        assert_eq!((again.status, &again.bytes), (200, &first.bytes), "{country}: {again:?}");
        let together = api.batch(&json!([bill("t-1", 1_000)])).await;
        assert_eq!(together.body["results"][0]["status"], 200, "{country}: {together:?}");
        let other = api.post("/purchases", bill("t-1", 999)).await;
        let differs = other.problem(409, "transaction_conflict");
        assert!(differs.iter().all(|(pointer, _)| pointer != "/customer"), "{country}: {differs:?}");
    }
    // What is new is read by the setting of now, and there is none.
    assert_eq!(api.post("/purchases", bill("t-2", 1)).await.problem(422, "invalid")[0].0, "/customer/phone");
    server.stop().await;
}
