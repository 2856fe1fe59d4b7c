//! Health, metrics, the drain, and what survives an outage of Postgres.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{TestServer, purchase};

#[tokio::test]
async fn health_and_metrics_answer() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    assert_eq!(server.get("/livez").await.bytes, "ok\n");
    assert_eq!(server.get("/readyz").await.ok(StatusCode::OK), &json!({"status": "ready", "postgres": "ok"}));
    server
        .api(&merchant)
        .post("/purchases", purchase("t-1", "ada@example.com", 100))
        .await
        .ok(StatusCode::CREATED);
    let metrics = server.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let text = String::from_utf8(metrics.bytes.to_vec()).unwrap();
    assert!(text.contains("http_requests_total{area=\"purchases\",status=\"2xx\"}"), "{text}");
    assert!(text.contains("http_request_seconds_bucket{area=\"purchases\""), "{text}");
    let request = http::Request::get(format!("{}/metrics", server.server.base_url));
    let forwarded = request.header("x-forwarded-for", "203.0.113.9").body(Default::default()).unwrap();
    assert_eq!(server.send(forwarded).await.status, 404, "not for callers behind a proxy");
    let request = http::Request::post(format!("{}/livez", server.server.base_url));
    assert_eq!(server.send(request.body(Default::default()).unwrap()).await.status, 405);
    server.stop().await;
}

#[tokio::test]
async fn metrics_can_have_an_address_of_their_own() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addr = free.to_string();
    let server = TestServer::start_with(&[("PERENNIAL_METRICS_ADDR", &addr)]).await;
    assert_eq!(server.get("/metrics").await.status, 404);
    let request = http::Request::get(format!("http://{addr}/metrics")).body(Default::default()).unwrap();
    assert_eq!(server.send(request).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_drain_answers_what_is_in_flight_and_takes_nothing_new() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let addr = server.server.addr;
    // A request whose body is still on its way when the drain begins.
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let body = purchase("t-1", "ada@example.com", 100).to_string();
    let head = format!(
        "POST /api/v1/purchases HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        merchant.key,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut idle = TcpStream::connect(addr).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    idle.read_exact(&mut some).await.unwrap();

    let began = Instant::now();
    let stopping = tokio::spawn(server.stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody new is let in");
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.ok();
    assert!(!stopping.is_finished(), "the request in flight is waited for");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let db = stopping.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM purchases").fetch_one(&db.pool).await.unwrap();
    assert_eq!(stored, 1);
}

#[tokio::test]
async fn pages_are_served_beside_the_api() {
    let server = TestServer::start().await;
    let landing = server.get("/").await;
    assert_eq!(landing.status, 200, "{landing:?}");
    assert!(landing.header("content-type").starts_with("text/html"));
    assert!(!landing.header("x-request-id").is_empty());
    assert_eq!(server.get("/nowhere").await.status, 404);
    server.stop().await;
}
