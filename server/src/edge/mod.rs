//! What every request passes, in one plain function instead of a stack of layers.
//!
//! Names the request, limits callers without a key, sends it to the API, the health checks or the pages, turns a
//! panic into an answer, renders problems and counts. The API path carries nothing that it does not need: no
//! session, no compression of small answers, no boxed layer.

mod answers;
pub mod client;
mod cors;
mod journal;
pub mod measure;
pub mod request_id;
mod span;
pub mod throttle;

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Instant,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use ipnet::IpNet;
use perennial_app::{AppState, Visitor, apology};
use perennial_engine::Engine;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_http::compression::{
    Compression, CompressionLevel,
    predicate::{And, NotForContentType, Predicate as _, SizeAbove},
};
use tracing::Instrument as _;

use crate::{
    api::{
        auth::{Caller, bearer},
        problem::{Code, Problem},
        trace::Trace,
    },
    health::Health,
    http::{
        body::{DISCARD, MAX_BODY, MAX_BODY_WITHOUT_KEY, RequestBody, ResponseBody},
        progress::{Phase, Progress},
    },
};
use cors::FromPage;
use journal::{Ended, nameless};
use measure::Measures;
use request_id::RequestIds;
use throttle::{Throttle, Wait};

/// Answers below this size are sent as they are: compressing them costs more than sending them.
const COMPRESS_ABOVE: u64 = 4 * 1024;

/// Which answers of the API are compressed.
type Compressible = And<SizeAbove, NotForContentType>;

/// What the edge is made of.
pub struct Parts {
    /// The engine, for the request log.
    pub engine: Engine,
    /// Routes below `/api`.
    pub api: Router,
    /// Everything else.
    pub pages: Router,
    /// What the pages are made of, for the one that stands in the place of another.
    pub web: AppState,
    /// `/livez`, `/readyz`, `/metrics`.
    pub health: Health,
    /// Requests a second for one address without an API key; 0 for no limit.
    pub rate_per_ip: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Cancelled when the server drains; ends event streams.
    pub stop: CancellationToken,
}

/// The outermost layer of the server.
pub struct Edge {
    engine: Engine,
    api: Router,
    compressed_api: Compression<Router, Compressible>,
    pages: Router,
    web: AppState,
    health: Health,
    strangers: Option<Throttle>,
    trusted_proxies: Vec<IpNet>,
    stop: CancellationToken,
    ids: RequestIds,
    measures: Measures,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Api,
    Health,
    Pages,
}

impl Edge {
    /// Puts the edge together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let compressed_api = Compression::new(parts.api.clone())
            // A stream is sent as it comes: a compressor would keep events until it has enough of them.
            .compress_when(SizeAbove::new(COMPRESS_ABOVE).and(NotForContentType::SSE))
            .quality(CompressionLevel::Fastest);
        Self {
            engine: parts.engine,
            api: parts.api,
            compressed_api,
            pages: parts.pages,
            web: parts.web,
            health: parts.health,
            // A page brings a dozen files with it, hence four seconds' worth at once.
            strangers: Throttle::new(f64::from(parts.rate_per_ip), 4.0),
            trusted_proxies: parts.trusted_proxies,
            stop: parts.stop,
            ids: RequestIds::default(),
            measures: Measures::default(),
        }
    }

    /// Whether a peer is one of our own proxies.
    #[must_use]
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        client::is_trusted(peer.to_canonical(), &self.trusted_proxies)
    }

    /// Answers one request, whatever happens.
    pub async fn call(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        progress: Arc<Progress>,
    ) -> Response<ResponseBody> {
        progress.enter(Phase::Busy);
        let began = Instant::now();
        let id = self.ids.name(request.headers());
        let method = request.method().clone();
        let uri = request.uri().clone();
        let target = target(uri.path());
        let caller = client::address(peer.ip(), request.headers(), &self.trusted_proxies);
        let trace = (target == Target::Api).then(Trace::default);
        let visitor = (target == Target::Pages).then(|| Visitor::of(request.headers()));
        let idempotency_key = trace.as_ref().and_then(|_| request.headers().get("idempotency-key").cloned());
        let span = span::begin(&method, &uri, request.headers(), &id);

        let answer = AssertUnwindSafe(self.dispatch(target, request, peer, caller, trace.clone()));
        let answer = answer.catch_unwind().instrument(span.clone()).await;
        let mut response = answer.unwrap_or_else(|_panic| {
            // The panic hook has printed where and why.
            Problem::new(Code::Internal).into_response()
        });
        if let Some(trace) = &trace {
            let problem = crate::api::problem::finish(&mut response, &id);
            let ended = Ended {
                trace,
                method: &method,
                uri: &uri,
                idempotency_key: idempotency_key.as_ref(),
                id: &id,
                status: response.status().as_u16(),
                problem: problem.as_ref(),
                took: began.elapsed(),
            };
            journal::note(&self.engine, &ended);
            // What a key may see is nobody else's business, a shared cache's least of all.
            let headers = response.headers_mut();
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        }
        if let Some(visitor) = visitor {
            self.apologise(&visitor, &mut response);
        }
        answers::complete(&mut response, self.web.config.secure_cookies);
        let status = response.status();
        let took = began.elapsed();
        self.measures.record(uri.path(), status, took);
        span::end(&span, &method, &uri, trace.as_ref(), status);
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            tracing::error!(request.id = ?id, %method, path = %nameless(uri.path()), status = status.as_u16(), "request failed");
        } else {
            tracing::debug!(
                request.id = ?id, %method, path = %nameless(uri.path()), status = status.as_u16(),
                duration_ms = took.as_secs_f64() * 1e3, "request"
            );
        }
        let streams = is_event_stream(response.headers());
        response.headers_mut().insert(request_id::HEADER, id);
        let cut_off = streams.then(|| self.stop.clone().cancelled_owned());
        response.map(|body| ResponseBody::new(body, progress, cut_off))
    }

    async fn dispatch(
        &self,
        target: Target,
        request: Request<Incoming>,
        peer: SocketAddr,
        caller: IpAddr,
        trace: Option<Trace>,
    ) -> Response {
        match target {
            Target::Health => self.health.answer(&request, peer.ip()).await,
            Target::Api => {
                // Callers with a key are limited by their key, once it is known; all others by address.
                let by_its_key = takes_key(request.uri().path()) && bearer(request.headers()).is_some();
                if !by_its_key && let Err(wait) = self.admit(caller) {
                    return too_many(wait);
                }
                if let Some(answer) = cors::preflight(&request) {
                    return answer;
                }
                let most = longest_body(request.uri().path());
                if request.body().size_hint().lower() > most {
                    return refuse_body(request).await;
                }
                let from_page = FromPage::of(&request).zip(trace.clone());
                let worth_compressing = request.method() == Method::GET;
                let mut request = request.map(|body| Body::new(RequestBody::new(body, most)));
                request.extensions_mut().insert(Caller(caller));
                if let Some(trace) = trace {
                    request.extensions_mut().insert(trace);
                }
                let compressed = worth_compressing && request.headers().contains_key(header::ACCEPT_ENCODING);
                let mut response = if compressed {
                    match self.compressed_api.clone().oneshot(request).await {
                        Ok(response) => response.map(Body::new),
                        Err(never) => match never {},
                    }
                } else {
                    match self.api.clone().oneshot(request).await {
                        Ok(response) => response,
                        Err(never) => match never {},
                    }
                };
                if let Some((page, trace)) = from_page {
                    // Tills are programs: the way of browsers is not to make theirs larger.
                    Box::pin(page.permit(&self.engine, &trace, &mut response)).await;
                }
                response
            }
            Target::Pages => {
                if let Err(wait) = self.admit(caller) {
                    return too_many(wait);
                }
                let mut request = request.map(|body| Body::new(RequestBody::new(body, MAX_BODY)));
                request.extensions_mut().insert(ConnectInfo(SocketAddr::new(caller, peer.port())));
                match self.pages.clone().oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            }
        }
    }

    /// Puts a page that says so in the place of one that was refused or went wrong, and would be blank.
    fn apologise(&self, visitor: &Visitor, response: &mut Response) {
        let problem = response.extensions_mut().remove::<Problem>();
        let is_blank = response.status().is_server_error() && response.body().size_hint().exact() == Some(0);
        if problem.is_some() || is_blank {
            let seconds = problem.and_then(|problem| problem.seconds());
            *response = apology(&self.web, visitor, response.status(), seconds);
        }
    }

    fn admit(&self, caller: IpAddr) -> Result<(), Wait> {
        self.strangers.as_ref().map_or(Ok(()), |strangers| strangers.take(caller, Instant::now()))
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Edge").finish_non_exhaustive()
    }
}

fn target(path: &str) -> Target {
    match path {
        "/livez" | "/readyz" | "/metrics" => Target::Health,
        "/api" | "/graphql" => Target::Api,
        _ if path.starts_with("/api/") || path.starts_with("/graphql/") => Target::Api,
        _ => Target::Pages,
    }
}

/// Whether a key or token is looked up at an address of the API. Where none is, a header with one says nothing.
fn takes_key(path: &str) -> bool {
    path == "/graphql" || path.strip_prefix("/api/v1/").is_some_and(|rest| !rest.starts_with("auth/"))
}

/// How many bytes a body may have at an address of the API. Everybody can become a customer.
fn longest_body(path: &str) -> u64 {
    let is_for_everybody = |rest: &str| rest.starts_with("me/") || rest.starts_with("auth/");
    match path.strip_prefix("/api/v1/") {
        Some(rest) if is_for_everybody(rest) => MAX_BODY_WITHOUT_KEY,
        _ => MAX_BODY,
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn too_many(Wait(wait): Wait) -> Response {
    Problem::new(Code::TooManyRequests).retry_after(wait).into_response()
}

/// Refuses a body that says it is too long.
///
/// Many clients look for an answer only after they have sent everything, and lose it when the connection is reset
/// meanwhile; so what they send is taken and thrown away, within limits. The connection is not used again.
async fn refuse_body(request: Request<Incoming>) -> Response {
    let waits_for_leave = request.headers().contains_key(header::EXPECT);
    let mut body = request.into_body();
    let (most, patience) = DISCARD;
    if !waits_for_leave && body.size_hint().lower() <= most {
        let discard = async { while let Some(Ok(_)) = body.frame().await {} };
        // Whoever is slower than this gets the answer all the same, if it still arrives.
        tokio::time::timeout(patience, discard).await.ok();
    }
    let mut response = Problem::new(Code::BodyTooLarge).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
