//! Health, metrics, the drain, and what survives an outage of Postgres.

use std::time::{Duration, Instant};

use http::StatusCode;
use perennial_postgres::{Durability, Options, PrivatePostgres};
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

/// Waits until the server answers `/readyz` with a status.
async fn wait_for_readiness(server: &TestServer, status: u16) {
    for _ in 0..150 {
        if server.get("/readyz").await.status == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("/readyz never answered {status}");
}

#[tokio::test]
async fn an_outage_of_postgres_is_told_and_survived() {
    let folder = tempfile::TempDir::new().unwrap();
    // Postgres runs as another user when the tests run as root, and must reach its folder.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let options = Options::new(folder.path()).durability(Durability::ProcessOnly);
    let postgres = PrivatePostgres::start(options).await.unwrap();
    let server = TestServer::start_on(postgres.url(), &[]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.post("/purchases", purchase("before", "ada@example.com", 1000)).await.ok(StatusCode::CREATED);

    // The supervisor starts it again within a second; so it is killed again and again, for four seconds.
    let began = Instant::now();
    let outage = async {
        while began.elapsed() < Duration::from_secs(4) {
            if let Some(pid) = postgres.pid() {
                std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    let till = async {
        while began.elapsed() < Duration::from_secs(12) {
            let transaction = format!("t-{}", began.elapsed().as_millis());
            let reply = api.post("/purchases", purchase(&transaction, "ada@example.com", 1000)).await;
            match reply.status {
                201 => acknowledged.push(transaction),
                503 => {
                    reply.problem(503, "busy");
                    assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
                    refused += 1;
                    assert_eq!(server.get("/livez").await.status, 200, "the server itself lives");
                }
                _ => panic!("neither stored nor told to come back: {reply:?}"),
            }
        }
    };
    tokio::join!(outage, till);
    assert!(refused > 0, "the outage was too short to prove anything");
    assert!(!acknowledged.is_empty(), "it did not come back within eight seconds");
    wait_for_readiness(&server, 200).await;
    for transaction in &acknowledged {
        let again = api.post("/purchases", purchase(transaction, "ada@example.com", 1000)).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"), "{transaction}");
    }
    let report = server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    server.server.stop().await;
    postgres.stop().await.unwrap();
}
