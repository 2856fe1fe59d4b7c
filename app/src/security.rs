//! What every page answer carries, and what every change must prove.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY};
use http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// The policy of answers that carry no script of ours: redirects, errors, plain pages. Nothing there connects to
/// anything, but tools that judge a page ask for `robots.txt` from within it.
const PLAIN_POLICY: &str = "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The policy of a page that runs WebAssembly: only scripts with this answer's nonce, or from our own files.
pub(crate) fn script_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Adds what is missing to every answer; see [`complete`].
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    complete(&mut response);
    response
}

/// Adds what is missing: no page of a person is kept by a cache, framed, or guessed at by its content.
pub(crate) fn complete(response: &mut Response) {
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(CONTENT_SECURITY_POLICY, PLAIN_POLICY);
    add(CACHE_CONTROL, "no-store");
    add(X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(REFERRER_POLICY, "same-origin");
    add(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    );
}

/// Refuses changes that another site asked this browser for.
pub async fn refuse_cross_site(request: Request, next: Next) -> Response {
    if is_safe(request.method()) || same_site(request.headers(), request.uri().host()) {
        return next.run(request).await;
    }
    let mut response = Response::new(Body::from(
        "This form was sent from another site, so nothing was changed. Open the page again and send it from there.\n",
    ));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.into_response()
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Browsers say where a request comes from; one that says nothing at all is no browser and carries no cookie
/// that somebody else could make it send.
fn same_site(headers: &HeaderMap, uri_host: Option<&str>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN) else { return true };
    let Some(host) = text(HOST).or(uri_host) else { return false };
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers_of(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn another_site_is_refused() {
        for pairs in [
            &[("sec-fetch-site", "cross-site"), ("host", "shop.test")][..],
            &[("sec-fetch-site", "same-site"), ("host", "shop.test"), ("origin", "https://shop.test")],
            &[("origin", "https://evil.test"), ("host", "shop.test")],
            &[("origin", "null"), ("host", "shop.test")],
        ] {
            assert!(!same_site(&headers_of(pairs), None), "{pairs:?}");
        }
    }

    #[test]
    fn our_own_pages_and_plain_clients_pass() {
        for pairs in [
            &[("sec-fetch-site", "same-origin"), ("host", "shop.test")][..],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://shop.test:8080"), ("host", "shop.test:8080")],
            &[("host", "shop.test")],
        ] {
            assert!(same_site(&headers_of(pairs), None), "{pairs:?}");
        }
    }
}
