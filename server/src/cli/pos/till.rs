//! One till, or any number of them: posts a purchase until it is answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde::{Deserialize, de::DeserializeOwned};

/// Posts purchases. Cheap to clone.
#[derive(Clone)]
pub(super) struct Till {
    client: Client,
    servers: Arc<[String]>,
    /// Counts requests, so that each goes to another server than the one before.
    turn: Arc<AtomicUsize>,
    key: String,
    patience: Duration,
}

/// A purchase that the server has acknowledged.
#[derive(Clone)]
pub(super) struct Acknowledged {
    request: String,
    answer: String,
    /// Points of the answer.
    pub points: i64,
    /// From the instant at which it was due to the answer, waiting for a free place included.
    pub took: Duration,
}

/// How it went with a purchase.
pub(super) enum Outcome {
    Acknowledged(Acknowledged),
    /// Patience ran out; whether it is stored is not known.
    Unanswered,
    /// The server said that it is wrong.
    Refused(String),
}

/// Between two attempts when the server does not say.
const PAUSE: Duration = Duration::from_millis(250);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Earned {
    points_earned: i64,
}

impl Till {
    pub fn new(servers: &[String], key: &str, patience: Duration) -> anyhow::Result<Self> {
        // Refused only when another part of the program was first, with the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(ATTEMPT).build().context("the HTTP client cannot be made")?;
        Ok(Self {
            client,
            servers: servers.iter().map(|server| server.trim_end_matches('/').to_owned()).collect(),
            turn: Arc::default(),
            key: key.to_owned(),
            patience,
        })
    }

    /// The address of `path` at the server whose turn it is.
    fn address(&self, path: &str) -> String {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let server = self.servers.iter().cycle().nth(turn % self.servers.len().max(1));
        format!("{}{path}", server.map(String::as_str).unwrap_or_default())
    }

    /// Reads something of the API.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let url = self.address(path);
        let response =
            self.client.get(&url).bearer_auth(&self.key).send().await.with_context(|| url.clone())?;
        let status = response.status();
        let body = response.bytes().await?;
        if !status.is_success() {
            anyhow::bail!("{url} answered {status}: {}", String::from_utf8_lossy(&body));
        }
        serde_json::from_slice(&body).with_context(|| format!("{url} answered something unexpected"))
    }

    /// Posts a purchase that was due at `scheduled` until it is acknowledged or refused, or patience runs out.
    pub async fn post(&self, request: String, scheduled: Instant, retries: &AtomicU64) -> Outcome {
        let start = Instant::now();
        loop {
            let pause = match self.attempt(&request).await {
                Ok((status, _, answer)) if status.is_success() => {
                    let points =
                        serde_json::from_str::<Earned>(&answer).map_or(0, |earned| earned.points_earned);
                    return Outcome::Acknowledged(Acknowledged {
                        request,
                        answer,
                        points,
                        took: scheduled.elapsed(),
                    });
                }
                Ok((status, pause, answer))
                    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() =>
                {
                    tracing::debug!(%status, answer, "trying again");
                    pause
                }
                Ok((status, _, answer)) => return Outcome::Refused(format!("{status} {answer}")),
                Err(error) => {
                    tracing::debug!(%error, "trying again");
                    PAUSE
                }
            };
            if start.elapsed() + pause > self.patience {
                return Outcome::Unanswered;
            }
            retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
        }
    }

    /// Posts an acknowledged purchase again: whether the answer is marked as a replay and is the same to the letter.
    pub async fn is_replayed(&self, purchase: &Acknowledged) -> bool {
        let start = Instant::now();
        while start.elapsed() < self.patience {
            match self.send(&purchase.request).await {
                Ok(response) if response.status() == StatusCode::OK => {
                    let marked =
                        response.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
                    match response.text().await {
                        Ok(answer) => return marked && answer == purchase.answer,
                        Err(_) => tokio::time::sleep(PAUSE).await,
                    }
                }
                Ok(response)
                    if response.status() == StatusCode::TOO_MANY_REQUESTS
                        || response.status().is_server_error() =>
                {
                    tokio::time::sleep(pause(&response)).await;
                }
                Ok(_) => return false,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        false
    }

    async fn attempt(&self, request: &str) -> reqwest::Result<(StatusCode, Duration, String)> {
        let response = self.send(request).await?;
        let (status, pause) = (response.status(), pause(&response));
        Ok((status, pause, response.text().await?))
    }

    async fn send(&self, request: &str) -> reqwest::Result<reqwest::Response> {
        self.client
            .post(self.address("/api/v1/purchases"))
            .bearer_auth(&self.key)
            .header(CONTENT_TYPE, "application/json")
            .body(request.to_owned())
            .send()
            .await
    }
}

fn pause(response: &reqwest::Response) -> Duration {
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(PAUSE, Duration::from_secs)
}
