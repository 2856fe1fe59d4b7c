//! Events over HTTP, in each form in which they come, and over the bus.

use std::time::{Duration, Instant};

use http::Method;
use perennial_testkit::TestDb;
use serde_json::{Value, json};

use crate::support::{Api, Merchant, STUCK, TestServer, purchase};

const STRUCTURED: &str = "application/cloudevents+json";

fn event(id: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/shop/orders", "type": "order.completed", "data": data})
}

/// Waits until an event has come to its end.
async fn settled(api: &Api<'_>, path: &str) -> Value {
    let began = Instant::now();
    while began.elapsed() < STUCK {
        let read = api.get(path).await;
        if read.status == 200 && read.body["state"] != "received" {
            return read.body;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{path} has not come to an end");
}

async fn send(api: &Api<'_>, kind: &str, body: &Value, headers: &[(&str, &str)]) -> crate::support::Reply {
    let mut all = vec![("content-type", kind)];
    all.extend(headers);
    api.raw(Method::POST, "/events", Some(body.to_string().into_bytes()), &all).await
}

async fn points(api: &Api<'_>, customer: &Value) -> i64 {
    let customer = customer.as_str().unwrap();
    api.get(&format!("/points/{customer}")).await.body["points"].as_i64().unwrap()
}

async fn shop(server: &TestServer) -> Merchant {
    let merchant = server.merchant("shop").await;
    server.api(&merchant).ten_points_a_dollar().await;
    merchant
}

#[tokio::test]
async fn an_event_in_each_form_is_a_purchase() {
    let server = TestServer::start().await;
    let merchant = shop(&server).await;
    let api = server.api(&merchant);

    let first = event("1", purchase("1", "ada@example.com", 1_000));
    let accepted = send(&api, STRUCTURED, &first, &[]).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let again = send(&api, STRUCTURED, &first, &[]).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    let other = event("1", purchase("1", "ada@example.com", 2_000));
    send(&api, STRUCTURED, &other, &[]).await.problem(409, "event_conflict");

    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-id", "caf%C3%A9"),
        ("ce-source", "/shop/orders"),
        ("ce-type", "order.completed"),
        ("ce-sequence", "7"),
    ];
    let binary = send(&api, "application/json", &purchase("2", "ada@example.com", 1_000), &headers).await;
    assert_eq!((binary.status, &binary.body["id"]), (202, &json!("café")));

    let batch = json!([event("3", purchase("3", "ada@example.com", 1_000)), {"id": "4"}, first]);
    let batch = send(&api, "application/cloudevents-batch+json", &batch, &[]).await;
    assert_eq!(batch.status, 202, "{batch:?}");
    let told: Vec<_> = batch.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["status"].clone(), result["replayed"].clone()))
        .collect();
    assert_eq!(told, [(json!(202), json!(false)), (json!(422), json!(false)), (json!(202), json!(true))]);

    // Seed 002: the shop's “order completed” comes by way of EventBridge.
    let bridged = json!({
        "version": "0", "id": "6a7e8feb", "detail-type": "order completed", "source": "shop.orders",
        "account": "111122223333", "time": "2026-11-21T18:43:48Z", "region": "eu-west-1", "resources": [],
        "detail": purchase("5", "ada@example.com", 1_000),
    });
    assert_eq!(send(&api, "application/json; charset=utf-8", &bridged, &[]).await.status, 202);

    let done = settled(&api, "/events/%2Fshop%2Forders/1").await;
    assert_eq!(done["state"], "done", "{done}");
    settled(&api, "/events/%2Fshop%2Forders/caf%C3%A9").await;
    settled(&api, "/events/%2Fshop%2Forders/3").await;
    settled(&api, "/events/shop.orders/6a7e8feb").await;
    assert_eq!(points(&api, &done["outcome"]["customer_id"]).await, 400);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_event_is_refused_at_once_and_what_no_door_takes_is_kept() {
    let server = TestServer::start().await;
    let merchant = shop(&server).await;
    let api = server.api(&merchant);
    send(&api, "text/plain", &json!({}), &[]).await.problem(415, "unsupported_media_type");
    let raw = api.raw(Method::POST, "/events", Some(b"{".to_vec()), &[("content-type", STRUCTURED)]).await;
    raw.problem(400, "malformed_json");
    let wrong = send(&api, STRUCTURED, &json!({"specversion": "1.0"}), &[]).await.problem(422, "invalid");
    assert!(wrong.contains(&("/id".to_owned(), "required".to_owned())), "{wrong:?}");
    let headers = [("ce-specversion", "1.0"), ("ce-id", "100%")];
    let wrong = send(&api, "application/json", &json!({}), &headers).await.problem(422, "invalid");
    assert_eq!(wrong, [("/ce-id".to_owned(), "malformed".to_owned())]);

    let mut unknown = purchase("1", "ada@example.com", 1_000);
    unknown["retailer"] = json!("east");
    assert_eq!(send(&api, STRUCTURED, &event("1", unknown), &[]).await.status, 202);
    let path = "/events/%2Fshop%2Forders/1";
    let refused = settled(&api, path).await;
    assert_eq!(
        (&refused["state"], &refused["problem"]["code"]),
        (&json!("refused"), &json!("unknown_retailer"))
    );
    assert_eq!(refused["problem"]["errors"][0]["pointer"], "/data/retailer");
    let listed = api.get("/events?state=refused").await;
    assert_eq!(listed.data().as_array().unwrap().len(), 1);
    assert_eq!(api.get("/dead-letters").await.data()[0]["module"], "inbox");
    api.create("/retailers", json!({"code": "east", "name": "East"})).await;
    assert_eq!(api.post(&format!("{path}/retry"), json!({})).await.status, 200);
    assert_eq!(settled(&api, path).await["state"], "done");
    api.post(&format!("{path}/discard"), json!({})).await.problem(409, "event_not_refused");
    api.get("/events/nobody/1").await.problem(404, "not_found");

    let mut large = purchase("2", "ada@example.com", 1);
    large["lines"] = json!(vec![json!({"amount": 1}); 10_001]);
    assert_eq!(send(&api, STRUCTURED, &event("2", large), &[]).await.status, 202);
    let refused = settled(&api, "/events/%2Fshop%2Forders/2").await;
    let problem = &refused["problem"];
    assert_eq!((&problem["code"], &problem["status"]), (&json!("too_many_lines"), &json!(413)), "{refused}");
    assert_eq!(problem["errors"][0]["pointer"], "/data/lines");
    server.stop().await;
}

#[tokio::test]
async fn a_sender_that_is_too_fast_is_told_when_to_come_back() {
    let db = TestDb::new().await;
    // Nobody takes away what waits.
    let server = TestServer::start_without_workers(&db.url).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let flood = "INSERT INTO inbox (merchant_id, source, id, key, type, received_at, sender, hash, data, changed_at)
        SELECT $1, 'flood', number::text, gen_random_uuid(), 'order.completed', now(), '{}'::jsonb, ''::bytea, '{}'::json, now()
        FROM generate_series(1, 100001) AS number";
    sqlx::query(flood).bind(merchant.cx.merchant().uuid()).execute(server.pool()).await.unwrap();

    let one = event("1", purchase("1", "ada@example.com", 1_000));
    let alone = send(&api, STRUCTURED, &one, &[]).await;
    alone.problem(503, "busy");
    let batch = send(&api, "application/cloudevents-batch+json", &json!([one, {"id": "2"}]), &[]).await;
    assert_eq!(batch.status, 202, "{batch:?}");
    let results = &batch.body["results"];
    assert_eq!((&results[0]["status"], &results[1]["status"]), (&json!(503), &json!(422)), "{batch:?}");
    for reply in [alone, batch] {
        assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1, "{reply:?}");
    }
    server.server.stop().await;
}
