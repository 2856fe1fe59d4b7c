//! The REST API below `/api`.
//!
//! [`v1`] has the routes, a file a noun. A handler's arguments say everything it needs: [`auth::ApiCx`] (a valid
//! key), [`json::Json`] (a body), [`params`] (path and query), [`auth::Once`] (the idempotency key). It answers with
//! [`json::answer`] or a [`problem::Problem`]; nothing else leaves the API.

pub mod auth;
mod docs;
mod error;
pub mod json;
pub mod openapi;
pub mod params;
pub mod problem;
mod schema;
mod v1;

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse as _, Response},
};
use futures::future::BoxFuture;
use http::{HeaderValue, StatusCode};
use perennial_engine::{Cx, Engine, Error, Remember};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use serde_json::{Value, json};

use crate::edge::throttle::Throttle;
use problem::{Code, Problem};

/// The header that tells a repeated answer from a first one.
pub const REPLAYED: http::HeaderName = http::HeaderName::from_static("idempotent-replayed");

/// Wrong claim codes a second from one key, after a burst of a minute's worth: enough for typing errors, hopeless
/// for guessing eighty bits.
const CLAIM_FAILURES_PER_SECOND: f64 = 0.5;
/// Invalid keys a second from one address, after a burst of half a minute's worth.
const KEY_FAILURES_PER_SECOND: f64 = 10.0;

/// What every handler can reach.
#[derive(Debug, Clone)]
pub struct ApiState(Arc<Inner>);

struct Inner {
    engine: Engine,
    keys: Option<Throttle>,
    key_failures: Option<Throttle>,
    known_keys: auth::KnownKeys,
    claim_failures: Option<Throttle>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ApiState").finish_non_exhaustive()
    }
}

impl ApiState {
    /// State over an engine, with so many requests a second for each key; 0 for no limit.
    #[must_use]
    pub fn new(engine: Engine, rate_per_key: u32) -> Self {
        Self(Arc::new(Inner {
            engine,
            // Two seconds' worth at once: a till that was offline catches up in a burst.
            keys: Throttle::new(f64::from(rate_per_key), 2.0),
            key_failures: Throttle::new(KEY_FAILURES_PER_SECOND, 30.0),
            known_keys: auth::KnownKeys::default(),
            claim_failures: Throttle::new(CLAIM_FAILURES_PER_SECOND, 60.0),
        }))
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn claim_throttle(&self) -> Option<&Throttle> {
        self.0.claim_failures.as_ref()
    }

    /// Runs an operation that changes something, in one transaction with remembering its answer.
    ///
    /// A dry run answers 200 with the body that would have come and `dry_run: true`.
    async fn write<T, F>(&self, cx: &Cx, mode: Mode, work: F) -> Result<Response, Problem>
    where
        T: Serialize + Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<(StatusCode, T), Error>>
            + Send
            + 'static,
    {
        let dry_run = mode.dry_run;
        let answer = self
            .engine()
            .write(cx, mode.remember, dry_run, |txn| {
                let work = work(txn);
                Box::pin(async move {
                    let (status, body) = work.await?;
                    let body = serde_json::to_value(body)
                        .map_err(|error| Error::Inconsistent(format!("an answer is not JSON: {error}")))?;
                    Ok((status.as_u16(), body))
                })
            })
            .await?;
        let mut body = answer.body;
        let mut status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        if dry_run && let Value::Object(fields) = &mut body {
            fields.insert("dry_run".to_owned(), json!(true));
            status = StatusCode::OK;
        }
        let mut response = json::answer(status, &body);
        if answer.replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// How a change is made.
#[derive(Debug, Default)]
struct Mode {
    remember: Option<Remember>,
    dry_run: bool,
}

impl From<Option<Remember>> for Mode {
    fn from(remember: Option<Remember>) -> Self {
        Self { remember, dry_run: false }
    }
}

/// The router of everything below `/api`.
pub fn router(state: ApiState) -> Router {
    let (router, document) = openapi::routes().split_for_parts();
    let document = Arc::new(docs::Documents::new(&openapi::finish(document)));
    router
        .fallback(async || Problem::new(Code::NotFound).into_response())
        .with_state(state)
        .merge(docs::router(document))
}
