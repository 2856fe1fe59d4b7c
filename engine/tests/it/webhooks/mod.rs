//! Webhooks as the engine sends them, to a receiver that does what a test says.

mod endpoints;
mod erased;
mod order;
mod retries;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_engine::webhooks::{Answer, Deliver, NewWebhook, Post, Refusal, Webhook};
use perennial_engine::{Clock, Cx, Engine, EngineConfig};
use perennial_testkit::TestDb;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::support::{instant, merchant};

/// A receiver: remembers what it was sent, and answers as it was told.
#[derive(Default)]
pub struct Receiver {
    got: Mutex<Vec<Post>>,
    rule: Mutex<Option<Rule>>,
    meeting: Mutex<Option<Arc<Barrier>>>,
}

type Rule = Box<dyn Fn(&Post) -> Answer + Send>;

impl Receiver {
    /// Answers by a rule from now on.
    fn answers(&self, rule: impl Fn(&Post) -> Answer + Send + 'static) {
        *self.rule.lock().unwrap() = Some(Box::new(rule));
    }

    /// Answers with this status from now on.
    fn says(&self, status: u16) {
        self.answers(move |_| Answer { status: Some(status), body: "well".to_owned(), ..Answer::default() });
    }

    /// Answers only when so many requests are under way at the same time.
    fn answers_together(&self, requests: usize) {
        *self.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(requests)));
    }

    /// Does not answer from now on.
    fn is_away(&self) {
        self.answers(|_| Answer { error: Some("connection refused".to_owned()), ..Answer::default() });
    }

    /// What it was sent since it was last asked.
    fn taken(&self) -> Vec<Post> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

#[async_trait]
impl Deliver for Receiver {
    fn check(&self, url: &str) -> Result<(), Refusal> {
        if url.contains("inside") { Err(Refusal("It is inside".to_owned())) } else { Ok(()) }
    }

    async fn deliver(&self, post: &Post) -> Answer {
        self.got.lock().unwrap().push(post.clone());
        let meeting = self.meeting.lock().unwrap().clone();
        if let Some(meeting) = meeting {
            meeting.wait().await;
        }
        let mut answer = match &*self.rule.lock().unwrap() {
            Some(rule) => rule(post),
            None => Answer { status: Some(200), ..Answer::default() },
        };
        answer.duration = Duration::from_millis(7);
        answer
    }
}

/// A merchant whose events go to a receiver.
pub struct Shop {
    db: TestDb,
    engine: Engine,
    receiver: Arc<Receiver>,
    merchant: MerchantId,
    cx: Cx,
    told: Mutex<VecDeque<Uuid>>,
}

impl Shop {
    async fn open() -> Self {
        let (db, receiver) = (TestDb::new().await, Arc::new(Receiver::default()));
        let config = EngineConfig {
            connections: 6,
            lanes: 1,
            webhooks: Some(receiver.clone()),
            ..EngineConfig::new(&db.url)
        };
        let engine = Engine::connect_at(config, Clock::fixed(instant("2026-11-21T12:00:00Z"))).await.unwrap();
        let merchant = merchant(&engine, "corner").await.merchant_id;
        let told = Mutex::default();
        Self { db, engine, receiver, merchant, cx: Cx::system(merchant), told }
    }

    /// An endpoint that hears everything.
    async fn endpoint(&self) -> Webhook {
        self.hears(&[]).await
    }

    /// An endpoint that hears these kinds.
    async fn hears(&self, kinds: &[&str]) -> Webhook {
        let input: NewWebhook =
            serde_json::from_value(json!({"url": "https://shop.example/hooks", "events": kinds})).unwrap();
        self.engine.webhook_create(&self.cx, input).await.unwrap().0
    }

    /// An event as the engine writes it, with its message.
    async fn event(&self, customer: CustomerId, sequence: i64) -> Uuid {
        let event = self.event_alone(customer, sequence, "points.adjusted").await;
        self.message(&[event]).await;
        event
    }

    /// An event whose message is still under way.
    async fn event_alone(&self, customer: CustomerId, sequence: i64, kind: &str) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO events (merchant_id, id, customer_id, sequence, kind, data, happened_at)
             VALUES ($1, $2, $3, $4, $5, '{\"points\": 5}', '2026-11-21T11:59:58.25Z')",
        )
        .bind(self.merchant.uuid())
        .bind(id)
        .bind(customer.uuid())
        .bind(sequence)
        .bind(kind)
        .execute(&self.db.pool)
        .await
        .unwrap();
        self.told.lock().unwrap().push_back(id);
        id
    }

    async fn message(&self, events: &[Uuid]) {
        sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('webhooks', $1, $2)")
            .bind(self.merchant.uuid())
            .bind(json!({ "events": events }))
            .execute(&self.db.pool)
            .await
            .unwrap();
    }

    /// Time passes, and everything that is due is sent.
    async fn after(&self, time: TimeDelta) -> Vec<Post> {
        self.engine.clock().advance(time);
        self.round().await
    }

    /// Everything that is due is sent.
    async fn round(&self) -> Vec<Post> {
        self.engine.webhooks_round().await.unwrap();
        self.receiver.taken()
    }
}

fn customer(number: u8) -> CustomerId {
    CustomerId::new(u64::from(number), [number; 10])
}

/// Customer and counter of what was sent.
fn counters(posts: &[Post]) -> Vec<(String, i64)> {
    let data = |post: &Post| serde_json::from_str::<Value>(&post.body).unwrap()["data"].clone();
    posts
        .iter()
        .map(data)
        .map(|data| (data["customer_id"].as_str().unwrap().to_owned(), data["sequence"].as_i64().unwrap()))
        .collect()
}

/// The counters alone.
fn sequences(posts: &[Post]) -> Vec<i64> {
    counters(posts).into_iter().map(|(_, sequence)| sequence).collect()
}
