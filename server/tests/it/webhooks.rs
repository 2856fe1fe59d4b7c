//! Webhooks over real sockets: a receiver that takes, stalls, redirects, floods and is gone.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use perennial_engine::webhooks::{Answer, Deliver as _, Post};
use perennial_server::webhooks::Client;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;

use crate::support::{Api, STUCK, TestServer, free_port, purchase};

/// What arrived: the path, the headers, the body.
pub type Got = (String, HeaderMap, Bytes);

/// A receiver on this machine.
#[derive(Clone, Default)]
pub struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    arrived: Arc<Notify>,
}

impl Receiver {
    pub async fn open() -> (Self, String) {
        let receiver = Self::default();
        let router = Router::new()
            .route("/ok", post(async |State(it): State<Self>, headers, body| it.take("/ok", headers, body)))
            .route(
                "/trap",
                post(async |State(it): State<Self>, headers, body| it.take("/trap", headers, body)),
            )
            .route("/redirect", post(async || Redirect::temporary("/trap")))
            .route("/gone", post(async || StatusCode::GONE))
            .route(
                "/busy",
                post(async || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "120")], "later")),
            )
            .route("/flood", post(async || vec![b'x'; 10_000_000]))
            .route(
                "/stall",
                post(async |State(it): State<Self>, headers, body| {
                    it.take("/stall", headers, body);
                    std::future::pending::<Response>().await
                }),
            )
            .with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (receiver, base)
    }

    fn take(&self, path: &str, headers: HeaderMap, body: Bytes) -> Response {
        self.got.lock().unwrap().push((path.to_owned(), headers, body));
        self.arrived.notify_waiters();
        "thank you".into_response()
    }

    /// What has arrived at a path, in order.
    pub fn at(&self, path: &str) -> Vec<Got> {
        self.got.lock().unwrap().iter().filter(|got| got.0 == path).cloned().collect()
    }

    /// Waits until so many requests have arrived at a path.
    async fn wait(&self, path: &str, count: usize) -> Vec<Got> {
        let waiting = async {
            loop {
                let arrived = self.arrived.notified();
                let got = self.at(path);
                if got.len() >= count {
                    return got;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), arrived).await;
            }
        };
        tokio::time::timeout(STUCK, waiting).await.expect("it arrives")
    }
}

async fn sent(client: &Client, url: String) -> Answer {
    let post = Post {
        url,
        id: "019a".to_owned(),
        timestamp: 1_700_000_000,
        signature: "v1,abc".to_owned(),
        body: "{}".to_owned(),
    };
    client.deliver(&post).await
}

#[tokio::test]
async fn a_request_ends_whatever_the_receiver_does() {
    let (receiver, base) = Receiver::open().await;
    let client = Client::with_timeout(true, STUCK).unwrap();
    let at = async |path: &str| sent(&client, format!("{base}{path}")).await;

    let taken = at("/ok").await;
    assert!(taken.is_success(), "{taken:?}");
    assert_eq!(taken.body, "thank you");
    let (_, headers, body) = receiver.at("/ok").remove(0);
    for (name, value) in [
        ("webhook-id", "019a"),
        ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,abc"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(headers[name], value);
    }
    assert_eq!(body, "{}");

    let redirected = at("/redirect").await;
    assert_eq!((redirected.status, redirected.is_success()), (Some(307), false));
    assert!(receiver.at("/trap").is_empty(), "a redirect was followed");
    assert!(at("/gone").await.is_gone());
    let busy = at("/busy").await;
    assert_eq!((busy.status, busy.retry_after), (Some(503), Some(Duration::from_secs(120))));
    let flooded = at("/flood").await;
    assert_eq!((flooded.is_success(), flooded.body.len()), (true, 1_024));
    let hurried = Client::with_timeout(true, Duration::from_millis(500)).unwrap();
    let stalled = sent(&hurried, format!("{base}/stall")).await;
    assert_eq!((stalled.status, stalled.is_success()), (None, false));
    assert!(stalled.error.is_some());
    // An address inside is closed unless the installation opens it, and http beyond it always.
    let closed = Client::new(false).unwrap();
    assert!(sent(&closed, format!("{base}/ok")).await.error.is_some());
    assert_eq!(receiver.at("/ok").len(), 1);
    let nobody = sent(&client, format!("http://127.0.0.1:{}/", free_port())).await;
    assert_eq!(nobody.status, None);
    assert!(nobody.error.is_some());
}

async fn endpoint(api: &Api<'_>, url: String, events: &[&str]) -> Value {
    let made = api.post("/webhooks", json!({"url": url, "events": events})).await;
    made.ok(StatusCode::CREATED).clone()
}

#[tokio::test]
async fn a_purchase_arrives_signed_and_its_log_can_be_read() {
    let (receiver, base) = Receiver::open().await;
    let server = TestServer::start_with(&[("PERENNIAL_WEBHOOKS_ALLOW_PRIVATE", "true")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let made = endpoint(&api, format!("{base}/ok"), &["points.credited"]).await;
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let bought = api.post("/purchases", purchase("t-1", "ada@example.com", 1_000)).await;
    bought.ok(StatusCode::CREATED);

    let (_, headers, body) = receiver.wait("/ok", 1).await.remove(0);
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["type"], "points.credited");
    assert_eq!(event["data"]["points"], 100);
    assert_eq!(event["data"]["customer_id"], bought.body["customer_id"]);
    assert!(event["data"]["sequence"].is_i64(), "{event}");
    assert!(!event.to_string().contains("ada@example.com"), "{event}");
    // What the documentation tells receivers to do, exactly as it stands there.
    assert!(verified(secret, &headers, &body).await);
    assert!(!verified("whsec_AAAA", &headers, &body).await);
    assert!(!verified(secret, &headers, b"{}").await);

    let log = loop {
        let log = api.get(&format!("/webhooks/{id}/deliveries")).await;
        if log.body["data"][0]["state"] == "delivered" {
            break log;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(log.body["data"].as_array().unwrap().len(), 1);
    let delivery = log.body["data"][0]["id"].as_str().unwrap();
    let read = api.get(&format!("/webhooks/deliveries/{delivery}")).await;
    assert_eq!(read.body["log"][0]["answer"], "thank you");
    assert_eq!(read.body["body"].as_str().unwrap().as_bytes(), body);
    assert!(!api.get(&format!("/webhooks/{id}")).await.body.to_string().contains("whsec_"));

    // Again by hand: the same id, whatever became of it.
    api.post(&format!("/webhooks/deliveries/{delivery}/resend"), json!({})).await.ok(StatusCode::OK);
    let again = receiver.wait("/ok", 2).await.remove(1);
    assert_eq!(again.1["webhook-id"], headers["webhook-id"]);
    let rotated = api.post(&format!("/webhooks/{id}/rotate"), json!({})).await;
    let fresh = rotated.ok(StatusCode::OK)["secret"].as_str().unwrap().to_owned();
    api.create(&format!("/webhooks/{id}/test"), json!({})).await;
    let (_, headers, body) = receiver.wait("/ok", 3).await.remove(2);
    assert!(body.windows(13).any(|part| part == b"endpoint.test"));
    assert!(verified(secret, &headers, &body).await && verified(&fresh, &headers, &body).await);
    server.stop().await;
}

#[tokio::test]
async fn one_that_stalls_keeps_nobody_else_waiting() {
    let (receiver, base) = Receiver::open().await;
    let server = TestServer::start_with(&[("PERENNIAL_WEBHOOKS_ALLOW_PRIVATE", "true")]).await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    endpoint(&api, format!("{base}/stall"), &[]).await;
    endpoint(&api, format!("{base}/ok"), &["points.credited"]).await;
    api.post("/purchases", purchase("t-0", "ada@example.com", 1_000)).await.ok(StatusCode::CREATED);
    receiver.wait("/stall", 1).await;
    for number in 1..=3 {
        let bought = purchase(&format!("t-{number}"), "ada@example.com", 1_000);
        api.post("/purchases", bought).await.ok(StatusCode::CREATED);
    }
    let got = receiver.wait("/ok", 4).await;
    let sequences: Vec<i64> = got
        .iter()
        .map(|(_, _, body)| {
            serde_json::from_slice::<Value>(body).unwrap()["data"]["sequence"].as_i64().unwrap()
        })
        .collect();
    assert!(sequences.is_sorted_by(|one, next| one < next), "{sequences:?}");
    server.stop().await;
}

#[tokio::test]
async fn an_address_inside_is_refused_where_the_installation_does_not_allow_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    for url in
        ["http://shop.example.com/", "https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/"]
    {
        let refused = api.post("/webhooks", json!({ "url": url })).await;
        assert_eq!(refused.problem(422, "invalid"), [("/url".to_owned(), "not_allowed".to_owned())], "{url}");
    }
    let unknown = json!({"url": "https://shop.example.com/", "events": ["points.lost"]});
    assert!((400..500).contains(&api.post("/webhooks", unknown).await.status));
    server.stop().await;
}

/// Runs the lines of the documentation on a request.
async fn verified(secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let page = include_str!("../../../docs/webhooks.md");
    let snippet = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let program = format!(
        "{snippet}\nimport json, sys\ngiven = json.load(sys.stdin)\n\
         print(verify(given['secret'], given['headers'], given['body'].encode()))\n"
    );
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: Value =
        names.iter().map(|name| ((*name).to_owned(), json!(headers[*name].to_str().unwrap()))).collect();
    let given = json!({"secret": secret, "headers": headers, "body": String::from_utf8_lossy(body)});
    let mut python = tokio::process::Command::new("python3")
        .args(["-c", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs the example");
    python.stdin.take().unwrap().write_all(given.to_string().as_bytes()).await.unwrap();
    let output = python.wait_with_output().await.unwrap();
    match String::from_utf8_lossy(&output.stdout).trim() {
        "True" => true,
        "False" => false,
        other => panic!("the example says {other:?}"),
    }
}
