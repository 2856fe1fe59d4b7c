//! A server, merchants and a client, in as few words as possible.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use perennial_domain::{
    access::Scope,
    codes::{Email, Label, Slug, Zone},
};
use perennial_engine::{Cx, api_keys::NewApiKey, merchants::NewMerchant};
use perennial_server::{config::Config, database::Database, start::Server};
use perennial_testkit::TestDb;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take here before it counts as stuck: the machine may be small, and busy with other tests.
pub const STUCK: Duration = Duration::from_secs(60);

/// A started server with its database.
pub struct TestServer {
    pub server: Server,
    db: Option<TestDb>,
    http: Client<HttpConnector, Full<Bytes>>,
    // Dropped last: the server reads its built files from there.
    _site: TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

/// A merchant with a key for everything.
pub struct Merchant {
    pub cx: Cx,
    pub key: String,
}

/// A port for a program that is told its port, or that leaves it for a while. It is below those which the system gives to
/// whoever asks for any, so that nobody else gets it between this look and the use of it.
pub fn free_port() -> u16 {
    loop {
        let below = u16::try_from(RandomState::new().hash_one(()) % 20_000).unwrap();
        let port = 10_000 + below;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Writes what the pages expect of a build.
pub fn site(folder: &Path) {
    let names = json!({
        "app.css": "/app-0.css", "portal.css": "/portal-0.css", "portal.js": "/pkg/portal-0.js", "portal.wasm": "/pkg/portal-0.wasm",
        "dashboard.js": "/pkg/dashboard-0.js", "dashboard.wasm": "/pkg/dashboard-0.wasm",
    });
    std::fs::write(folder.join("assets.json"), names.to_string()).unwrap();
}

impl TestServer {
    /// A server with workers and default settings.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with some settings of its own.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let db = TestDb::new().await;
        let mut server = Self::start_on(&db.url, settings).await;
        server.db = Some(db);
        server
    }

    /// A server on a database that may still be without a schema, and that the caller looks after.
    pub async fn start_on(database_url: &str, settings: &[(&str, &str)]) -> Self {
        Self::begin(database_url, settings, true).await
    }

    /// A server that only answers: nothing happens on its database by itself.
    pub async fn start_without_workers(database_url: &str) -> Self {
        Self::begin(database_url, &[], false).await
    }

    async fn begin(database_url: &str, settings: &[(&str, &str)], workers: bool) -> Self {
        let folder = TempDir::new().unwrap();
        site(folder.path());
        let mut all = vec![
            ("PERENNIAL_ADDR".to_owned(), "127.0.0.1:0".to_owned()),
            ("PERENNIAL_SITE_DIR".to_owned(), folder.path().display().to_string()),
            ("PERENNIAL_LANES".to_owned(), "2".to_owned()),
            ("PERENNIAL_CONNECTIONS".to_owned(), "8".to_owned()),
        ];
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let environment =
            |name: &str| all.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let config = Config::from_sources(&environment, None).unwrap();
        Database::migrate_at(database_url).await.unwrap();
        let server = Server::start(&config, database_url, workers).await.unwrap();
        // The server hangs up on whoever is connected for five seconds and says nothing: a connection is not used when it
        // might do so just now.
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(2))
            .build_http();
        Self { server, db: None, http, _site: folder }
    }

    /// Stops the server, so that a test also proves that it can be stopped, and gives the database back.
    pub async fn stop(self) -> TestDb {
        tokio::time::timeout(STUCK, self.server.stop()).await.expect("the server stops");
        self.db.expect("the test has a database of its own")
    }

    /// Waits until everything that follows from what has happened is done: nothing is left in any queue, but for what waits for
    /// a person.
    pub async fn drained(&self) {
        let drained = async {
            while !self.server.engine.queues_are_drained().await.unwrap() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(STUCK, drained).await.expect("nothing waits any more");
    }

    /// A look at what is stored.
    pub fn pool(&self) -> &sqlx::PgPool {
        self.server.engine.pool()
    }

    /// A merchant in US dollars with one retailer, `main`, in New York.
    pub async fn merchant(&self, slug: &str) -> Merchant {
        let merchant = self.empty_merchant(slug).await;
        let created = self
            .api(&merchant)
            .post(
                "/retailers",
                json!({"code": "main", "name": "Main Street", "time_zone": "America/New_York"}),
            )
            .await;
        assert_eq!(created.status, 201, "{created:?}");
        merchant
    }

    /// A merchant without anything.
    pub async fn empty_merchant(&self, slug: &str) -> Merchant {
        let created = self
            .server
            .engine
            .merchant_create(NewMerchant {
                name: Label::new(&format!("Merchant {slug}")).unwrap(),
                slug: Slug::new(slug).unwrap(),
                currency: "USD".parse().unwrap(),
                time_zone: Zone::new("America/New_York").unwrap(),
                owner_email: Email::new(&format!("owner@{slug}.example.com")).unwrap(),
                owner_name: None,
                owner_password: "correct horse battery staple".to_owned(),
            })
            .await
            .unwrap();
        Merchant { cx: Cx::system(created.merchant_id), key: created.api_key_secret.expose().to_owned() }
    }

    /// Another key of a merchant.
    pub async fn key(&self, merchant: &Merchant, scopes: &[Scope], retailer: Option<&str>) -> String {
        let input = NewApiKey {
            name: Label::new("Another").unwrap(),
            scopes: scopes.to_vec(),
            retailer: retailer.map(str::to_owned),
        };
        let (_, secret) = self.server.engine.api_key_create(&merchant.cx, input).await.unwrap();
        secret.expose().to_owned()
    }

    /// A token of the customer who has this e-mail, who is created when nobody has it.
    pub async fn token(&self, merchant: &Merchant, email: &str) -> String {
        let api = self.api(merchant);
        let customer = api.post("/customers", json!({"email": email})).await.text("id");
        let created = api.post(&format!("/customers/{customer}/tokens"), json!({})).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.text("token")
    }

    /// The API with a merchant's own key.
    pub fn api(&self, merchant: &Merchant) -> Api<'_> {
        self.api_with(Some(&merchant.key))
    }

    /// The API with some key, or none.
    pub fn api_with(&self, key: Option<&str>) -> Api<'_> {
        Api { server: self, key: key.map(str::to_owned) }
    }

    /// The API as an app of a customer asks it.
    pub async fn app(&self, merchant: &Merchant, customer: &str) -> Api<'_> {
        let token = self.api(merchant).post(&format!("/customers/{customer}/tokens"), json!({})).await;
        token.ok(StatusCode::CREATED);
        self.api_with(Some(&token.text("token")))
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let answer = self.http.request(request).await.expect("the server answers");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("the answer is complete").to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status.as_u16(), headers: parts.headers, bytes, body }
    }

    /// Opens `/me/events`.
    pub async fn listen(&self, token: &str, last_event_id: Option<i64>) -> Listening {
        let mut request = Request::get(format!("{}/api/v1/me/events", self.server.base_url))
            .header("authorization", format!("Bearer {token}"))
            .header("accept-encoding", "gzip");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id.to_string());
        }
        let answer =
            self.http.request(request.body(Full::default()).unwrap()).await.expect("the server answers");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert!(!answer.headers().contains_key("content-encoding"), "a compressor would keep events back");
        Listening { body: answer.into_body(), text: String::new() }
    }

    /// `GET` of a page or a document, without a key.
    pub async fn get(&self, path: &str) -> Reply {
        let uri = format!("{}{path}", self.server.base_url);
        self.send(Request::get(uri).body(Full::default()).unwrap()).await
    }
}

/// An open event stream.
pub struct Listening {
    body: hyper::body::Incoming,
    /// What has come and was not read.
    text: String,
}

impl Listening {
    /// The next event: its id and its data. Nothing when the stream has ended.
    pub async fn next(&mut self) -> Option<(i64, Value)> {
        loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    frame
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let event = field("event:").map(|event| {
                    assert_eq!(event, "balance");
                    let data = serde_json::from_str(&field("data:").unwrap()).unwrap();
                    (field("id:").unwrap().parse().unwrap(), data)
                });
                self.text = rest.to_owned();
                match event {
                    Some(event) => return Some(event),
                    // A comment that keeps the connection open.
                    None => continue,
                }
            }
            let frame = tokio::time::timeout(STUCK, self.body.frame()).await;
            let bytes = frame.expect("something comes in time")?.ok()?.into_data().unwrap_or_default();
            self.text.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Whether nothing comes for a moment.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(700), self.next()).await.is_err()
    }
}

/// A client of the API with a key.
pub struct Api<'s> {
    server: &'s TestServer,
    key: Option<String>,
}

impl Api<'_> {
    /// Any request; `path` is below `/api/v1`, unless it begins with `/api` or is `/graphql`.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let body = body.map(|body| body.to_string().into_bytes());
        self.raw(method, path, body, headers).await
    }

    /// Any request with a body as it is.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let base = &self.server.server.base_url;
        let is_whole = path.starts_with("/api/") || path == "/graphql";
        let uri = if is_whole { format!("{base}{path}") } else { format!("{base}/api/v1{path}") };
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(Bytes::from).unwrap_or_default();
        self.server.send(request.body(Full::new(body)).unwrap()).await
    }

    /// Any request, which comes back when it is told to, as programs do: the machine may be behind.
    pub async fn patiently(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let began = Instant::now();
        loop {
            let reply = self.call(method.clone(), path, body, headers).await;
            if !reply.is_busy() || began.elapsed() > STUCK {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A document of GraphQL with its variables; it comes back when it is told to.
    pub async fn graph(&self, query: &str, variables: Value) -> Reply {
        let document = json!({"query": query, "variables": variables});
        self.patiently(Method::POST, "/graphql", Some(&document), &[]).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None, &[]).await
    }

    /// Sends something. With a purchase it comes back when it is told to, as a till does: the machine may be behind.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        match path {
            "/purchases" => self.patiently(Method::POST, path, Some(&body), &[]).await,
            _ => self.call(Method::POST, path, Some(&body), &[]).await,
        }
    }

    /// Sends purchases together, and all of them once more as long as there was no time for some.
    pub async fn batch(&self, purchases: &Value) -> Reply {
        let began = Instant::now();
        loop {
            let reply = self.call(Method::POST, "/purchases/batch", Some(purchases), &[]).await;
            let results = reply.ok(StatusCode::OK)["results"].as_array().unwrap();
            if results.iter().all(|result| result["status"] != 503) || began.elapsed() > STUCK {
                return reply;
            }
        }
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(&body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, None, &[]).await
    }

    /// Creates something and gives its id.
    pub async fn create(&self, path: &str, body: Value) -> String {
        let reply = self.post(path, body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("id")
    }

    /// Waits until the modules have come to everything: nothing is left in any queue, nor on its way to one. Nothing may fail
    /// meanwhile.
    pub async fn settle(&self) {
        let began = Instant::now();
        loop {
            // Both in one look: between two, something could go over from the one to the other.
            let is_drained = self.server.server.engine.queues_are_drained().await.unwrap();
            let queues = self.get("/queues").await;
            let queues = queues.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
            assert!(queues.iter().all(|queue| queue["failing"] == 0 && queue["dead"] == 0), "{queues:?}");
            if is_drained {
                return;
            }
            assert!(began.elapsed() < STUCK, "the queues are never empty: {queues:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends an event in the structured form, and waits until it has had its effect.
    pub async fn event(&self, event: Value) -> Value {
        let structured = [("content-type", "application/cloudevents+json")];
        let sent = self.call(Method::POST, "/events", Some(&event), &structured).await;
        assert_eq!(sent.status, 202, "{sent:?}");
        let (source, id) = (event["source"].as_str().unwrap(), event["id"].as_str().unwrap());
        self.event_done(source, id).await
    }

    /// Waits until an event that was accepted has had its effect.
    pub async fn event_done(&self, source: &str, id: &str) -> Value {
        let path = format!("/events/{}/{id}", source.replace('/', "%2F"));
        let began = Instant::now();
        while began.elapsed() < STUCK {
            let read = self.get(&path).await;
            if read.status == 200 && read.body["state"] != "received" {
                assert_eq!(read.body["state"], "done", "{}", read.body);
                return read.body;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} has not come to an end");
    }

    /// The newest request of the log that is called so, as soon as it is there.
    pub async fn logged(&self, search: &str) -> Value {
        let began = Instant::now();
        while began.elapsed() < STUCK {
            let found = self.get(&format!("/requests?q={search}")).await;
            if let Some(newest) = found.ok(StatusCode::OK)["data"].get(0) {
                return newest.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{search} has not come into the log");
    }

    /// A published promotion of ten points a dollar, floor per line.
    pub async fn ten_points_a_dollar(&self) -> String {
        self.published("/promotions", json!({"name": "Ten points a dollar", "award_rate": "10"})).await
    }

    /// A promotion or policy that counts from now on.
    pub async fn published(&self, path: &str, terms: Value) -> String {
        let id = self.create(path, terms).await;
        self.post(&format!("{path}/{id}/publish"), json!({})).await.ok(StatusCode::OK);
        id
    }
}

impl Reply {
    /// Whether it says to come back, as a whole or, in GraphQL, in a part of it.
    fn is_busy(&self) -> bool {
        let errors = self.body["errors"].as_array();
        let is_one = |error: &Value| error["extensions"]["code"] == "busy";
        self.status == 503 || errors.is_some_and(|errors| errors.iter().any(is_one))
    }

    /// A text of the body.
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {}", self.body)).to_owned()
    }

    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Asserts a problem in the form that every problem has, and gives its errors as (pointer, code).
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Vec<(String, String)> {
        assert_eq!(self.status, status, "{:?}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = &self.body;
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status, "{body}");
        assert!(body["type"].as_str().is_some_and(|kind| kind.starts_with("/api/problems/")), "{body}");
        assert!(!body["title"].as_str().unwrap().is_empty(), "{body}");
        assert!(!body["detail"].as_str().unwrap().is_empty(), "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id"), "{body}");
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                let text = |field: &str| error[field].as_str().unwrap().to_owned();
                assert!(!text("detail").is_empty(), "{error}");
                (text("pointer"), text("code"))
            })
            .collect()
    }

    /// Asserts an answer of GraphQL without errors and gives its data.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "{}", self.body);
        &self.ok(StatusCode::OK)["data"]
    }

    /// The codes of the errors in an answer of GraphQL.
    #[track_caller]
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("no errors in {}", self.body));
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap()).collect()
    }

    /// Asserts success and gives the body.
    #[track_caller]
    pub fn ok(&self, status: StatusCode) -> &Value {
        assert_eq!(self.status, status.as_u16(), "{:?}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.header("content-type"), "application/json");
        &self.body
    }
}

/// A purchase of one line at the retailer `main`.
pub fn purchase(transaction: &str, email: &str, amount: i64) -> Value {
    json!({
        "transaction_id": transaction, "retailer": "main", "customer": {"email": email}, "currency": "USD",
        "lines": [{"product": "APPLE", "quantity": 1, "amount": amount}],
    })
}
