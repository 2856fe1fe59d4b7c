//! Health checks and metrics: `/livez`, `/readyz`, `/metrics`.
//!
//! Liveness says only that the process answers, so that an outage of Postgres never makes an orchestrator restart
//! servers in a circle. Readiness asks Postgres whether it can be written to, at most once a second however many
//! probes come.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use perennial_engine::Engine;
use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::api::json;

/// How long an answer of Postgres is good for.
const FRESH: Duration = Duration::from_secs(1);
/// How long Postgres may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers health checks.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    engine: Engine,
    metrics: PrometheusHandle,
    /// Whether `/metrics` is served on an address of its own, and therefore not here.
    metrics_apart: bool,
    stop: CancellationToken,
    last: Mutex<Option<(Instant, bool)>>,
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    postgres: &'static str,
}

impl Health {
    /// Health of a server on `engine` that stops when `stop` is cancelled.
    #[must_use]
    pub fn new(
        engine: Engine,
        metrics: PrometheusHandle,
        metrics_apart: bool,
        stop: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner { engine, metrics, metrics_apart, stop, last: Mutex::new(None) }))
    }

    /// Answers `/livez`, `/readyz` or `/metrics`.
    pub async fn answer<B>(&self, request: &Request<B>, peer: IpAddr) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let mut response = match request.uri().path() {
            "/livez" => "ok\n".into_response(),
            "/readyz" => self.readiness().await,
            _ if !self.0.metrics_apart && is_local(peer, request.headers()) => self.metrics(),
            _ => StatusCode::NOT_FOUND.into_response(),
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// All metrics in the text format of Prometheus.
    #[must_use]
    pub fn metrics(&self) -> Response {
        let mut response = Response::new(Body::from(self.0.metrics.render()));
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }

    async fn readiness(&self) -> Response {
        if self.0.stop.is_cancelled() {
            let body = Readiness { status: "stopping", postgres: "not asked" };
            return json::answer(StatusCode::SERVICE_UNAVAILABLE, &body);
        }
        if self.postgres_takes_writes().await {
            json::answer(StatusCode::OK, &Readiness { status: "ready", postgres: "ok" })
        } else {
            let body = Readiness { status: "not ready", postgres: "does not take writes" };
            json::answer(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
    }

    async fn postgres_takes_writes(&self) -> bool {
        // Probes that come while one is asking wait for its answer instead of asking again.
        let mut last = self.0.last.lock().await;
        if let Some((asked, answer)) = *last
            && asked.elapsed() < FRESH
        {
            return answer;
        }
        let question =
            "SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::boolean";
        let question = Statement::from_string(DatabaseBackend::Postgres, question);
        let answer = match tokio::time::timeout(PATIENCE, self.0.engine.db().query_one_raw(question)).await {
            Ok(Ok(Some(row))) => row.try_get_by_index::<bool>(0).unwrap_or(false),
            Ok(Ok(None) | Err(_)) | Err(_) => false,
        };
        *last = Some((Instant::now(), answer));
        answer
    }
}

/// Whether a caller sits on this machine and was not brought here by a proxy.
fn is_local(peer: IpAddr, headers: &HeaderMap) -> bool {
    peer.to_canonical().is_loopback()
        && !headers.contains_key("x-forwarded-for")
        && !headers.contains_key(header::FORWARDED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_on_the_same_machine_does_not_make_the_world_local() {
        let loopback: IpAddr = [127, 0, 0, 1].into();
        let mut headers = HeaderMap::new();
        assert!(is_local(loopback, &headers));
        assert!(!is_local([10, 0, 0, 1].into(), &headers));
        headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
        assert!(!is_local(loopback, &headers));
    }
}
