//! One [span](perennial_engine::spans) for each request. Nothing in it says who the caller is.

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use opentelemetry::{propagation::TextMapPropagator as _, trace::TraceContextExt as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use perennial_engine::spans::TARGET;
use tracing::{Span, field::Empty, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::{journal::nameless, measure};
use crate::api::trace::Trace;

/// The span of a request; part of the trace of a program that calls the API, if it says so by `traceparent` (W3C Trace Context).
pub(super) fn begin(method: &Method, uri: &Uri, headers: &HeaderMap, id: &HeaderValue) -> Span {
    let span = info_span!(
        target: TARGET, "request",
        otel.kind = "server", otel.status_code = Empty, http.request.method = %method, http.route = Empty,
        url.path = %nameless(uri.path()), http.response.status_code = Empty, perennial.request = ?id,
        perennial.merchant = Empty
    );
    // Strangers decide nothing about our traces. Keys and tokens can be made up: a proxy is what keeps others from it.
    let may_name_one = uri.path().starts_with("/api/") && headers.contains_key(http::header::AUTHORIZATION);
    if may_name_one && !span.is_disabled() {
        let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        if context.has_active_span() {
            // Refused only when the span has begun before.
            span.set_parent(context).ok();
        }
    }
    span
}

/// What became of the request.
pub(super) fn end(span: &Span, method: &Method, uri: &Uri, trace: Option<&Trace>, status: StatusCode) {
    if span.is_disabled() {
        return;
    }
    let known = trace.and_then(Trace::caller);
    if let Some(known) = known {
        span.record("perennial.merchant", tracing::field::display(known.cx.merchant()));
    }
    // Names are few, so that they can be counted: the route, or the area where none is known.
    let route = known.and_then(|known| known.route.as_ref()).map(|route| route.as_str());
    let name = match route {
        Some(route) => {
            span.record("http.route", route);
            format!("{method} {route}")
        }
        None => format!("{method} {}", measure::area(uri.path())),
    };
    span.context().span().update_name(name);
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
