//! Health, metrics, the drain, and what survives an outage of Postgres.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use perennial_postgres::{Durability, Options, PrivatePostgres};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Reply, STUCK, TestServer, free_port, purchase};

/// How long the server waits for what does not end.
const DRAIN: Duration = Duration::from_secs(20);
/// What it says before it reads the body of a request that waits to be asked for it.
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[tokio::test]
async fn health_and_metrics_answer() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    assert_eq!(server.get("/livez").await.bytes, "ok\n");
    // Postgres has two seconds to answer, which may be too few when it has just been asked for much.
    let ready = wait_for_readiness(&server, 200).await;
    assert_eq!(ready.ok(StatusCode::OK), &json!({"status": "ready", "postgres": "ok"}));
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
    let addr = format!("127.0.0.1:{}", free_port());
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
    let mut idle = TcpStream::connect(addr).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    idle.read_exact(&mut some).await.unwrap();
    // A request whose body is still on its way when the drain begins: the server has asked for it.
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let body = purchase("t-1", "ada@example.com", 100).to_string();
    let head = format!(
        "POST /api/v1/purchases HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        merchant.key,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; GO_ON.len()];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(asked.as_slice(), GO_ON);

    let began = Instant::now();
    let stopping = tokio::spawn(server.stop());
    while TcpStream::connect(addr).await.is_ok() {
        assert!(began.elapsed() < STUCK, "somebody new is let in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.ok();
    assert!(!stopping.is_finished(), "the request in flight is waited for");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let db = stopping.await.unwrap();
    assert!(began.elapsed() < DRAIN, "nothing was left to wait for, and yet {:?}", began.elapsed());
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

/// Waits until the server answers `/readyz` with a status, and gives that answer.
async fn wait_for_readiness(server: &TestServer, status: u16) -> Reply {
    let began = Instant::now();
    loop {
        let reply = server.get("/readyz").await;
        if reply.status == status {
            return reply;
        }
        assert!(began.elapsed() < STUCK, "/readyz never answered {status}: {reply:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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

    // The supervisor starts it again within a second; so it is killed again and again, until the till has noticed, and for
    // four seconds at the least.
    let began = Instant::now();
    let refused = Cell::new(0);
    let is_over = Cell::new(false);
    let outage = async {
        while began.elapsed() < Duration::from_secs(4) || (refused.get() == 0 && began.elapsed() < STUCK) {
            if let Some(pid) = postgres.pid() {
                std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        is_over.set(true);
    };
    let mut acknowledged = Vec::new();
    let till = async {
        let mut since = 0;
        for number in 0.. {
            assert!(began.elapsed() < 2 * STUCK, "it does not come back");
            let transaction = format!("t-{number}");
            let bought = purchase(&transaction, "ada@example.com", 1000);
            let is_over = is_over.get();
            let reply = api.call(Method::POST, "/purchases", Some(&bought), &[]).await;
            match reply.status {
                201 => {
                    acknowledged.push(transaction);
                    since += u32::from(is_over);
                }
                503 => {
                    reply.problem(503, "busy");
                    assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
                    refused.set(refused.get() + 1);
                    assert_eq!(server.get("/livez").await.status, 200, "the server itself lives");
                }
                _ => panic!("neither stored nor told to come back: {reply:?}"),
            }
            if since == 5 {
                return;
            }
        }
    };
    tokio::join!(outage, till);
    assert!(refused.get() > 0, "the outage was too short to prove anything");
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
