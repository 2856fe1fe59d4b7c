//! The REST API below `/api`.
//!
//! [`v1`] has the routes, a file a noun. A handler's arguments say everything it needs: [`call::Call`] (a valid key
//! and the engine), [`json::Json`] (a body), [`params`] (path and query), [`auth::Once`] (the idempotency key). It
//! answers with [`call::found`], [`call::Call::create`] or a [`problem::Problem`]; nothing else leaves the API.

pub mod auth;
mod call;
mod csv;
pub mod docs;
mod error;
pub mod json;
pub mod openapi;
pub mod params;
pub mod problem;
mod query;
mod schema;
mod streams;
pub mod trace;
mod v1;

use std::sync::Arc;

use auth::ApiCx;
use axum::Router;
use perennial_engine::Engine;

use crate::edge::throttle::Throttle;
use problem::{Code, Problem};
pub(crate) use v1::submit;

/// The header that tells a repeated answer from a first one.
pub const REPLAYED: http::HeaderName = http::HeaderName::from_static("idempotent-replayed");

/// Wrong claim codes a second from one key, after a burst of a minute's worth: enough for typing errors, hopeless
/// for guessing eighty bits.
const CLAIM_FAILURES_PER_SECOND: f64 = 0.5;
/// Requests a second for one customer, after a burst of five seconds' worth: an app draws a page with a handful of them.
const REQUESTS_PER_CUSTOMER: f64 = 20.0;
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
    customers: Option<Throttle>,
    parameters: query::Parameters,
    streams: streams::Streams,
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
            customers: Throttle::new(REQUESTS_PER_CUSTOMER, 5.0),
            parameters: query::Parameters::of(&openapi::document()),
            streams: streams::Streams::default(),
        }))
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn streams(&self) -> &streams::Streams {
        &self.0.streams
    }

    fn claim_throttle(&self) -> Option<&Throttle> {
        self.0.claim_failures.as_ref()
    }
}

/// There is no such address. Who asks is looked up only so that the request log of the merchant knows of it.
async fn missing(_: Option<ApiCx>) -> Problem {
    Problem::new(Code::NotFound)
}

/// The address is there, and does not take this method.
async fn wrong_method(_: Option<ApiCx>) -> Problem {
    Problem::new(Code::MethodNotAllowed)
}

/// The router of everything below `/api`.
pub fn router(state: ApiState) -> Router {
    let (router, document) = openapi::routes().split_for_parts();
    let document = Arc::new(docs::Documents::new(&openapi::finish(document)));
    router
        .fallback(missing)
        .method_not_allowed_fallback(wrong_method)
        .with_state(state)
        .merge(docs::router(document))
}
