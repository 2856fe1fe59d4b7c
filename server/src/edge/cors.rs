//! Pages of other sites: which of them may read what the API answers.
//!
//! A browser asks twice. Before a request it asks by a preflight, without any credential, whether a page of another site may
//! send such a thing at all; that is answered alike for everybody, so that it tells nothing of any merchant. Then it sends
//! the request, and lets the page read the answer only when the answer names the site of the page. It does where the merchant
//! of the token or key has put that site on its list: for tokens of customers, for keys of the scope `till`, and below
//! `/auth`, where the address names the merchant. Cookies are never let through; the API reads none.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, Request, StatusCode, header};
use perennial_domain::{access::Action, ids::MerchantId};
use perennial_engine::Engine;

use crate::api::trace::{Known, Trace};

/// What a page may send.
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
/// What it may send along, beyond what every page may.
const HEADERS: &str = "authorization, content-type, idempotency-key, last-event-id, x-request-id";
/// What it may read of an answer, beyond the body and what every page may.
const READABLE: &str = "idempotent-replayed, retry-after, x-request-id";
/// For how many seconds a browser need not ask again: as long as all of them go by.
const ASK_AGAIN: &str = "7200";

/// The answer to a preflight; nothing when a request is none.
pub fn preflight<B>(request: &Request<B>) -> Option<Response> {
    let headers = request.headers();
    let is_preflight = request.method() == Method::OPTIONS
        && is_open(request.uri().path())
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    is_preflight.then(|| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, ASK_AGAIN),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    })
}

/// A request that a page may have sent.
pub struct FromPage {
    origin: HeaderValue,
    path: String,
}

impl FromPage {
    /// The request, if it says that a page has sent it and its address is open to pages at all.
    pub fn of<B>(request: &Request<B>) -> Option<Self> {
        let origin = request.headers().get(header::ORIGIN)?;
        let path = request.uri().path();
        is_open(path).then(|| Self { origin: origin.clone(), path: path.to_owned() })
    }

    /// Lets the page read the answer, if the merchant allows it.
    pub async fn permit(self, engine: &Engine, trace: &Trace, response: &mut Response) {
        // Whatever comes of it: for another site it might have been another answer.
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
        let Ok(origin) = self.origin.to_str() else { return };
        let Some(merchant) = self.merchant(engine, trace).await else { return };
        if engine.origin_is_allowed(merchant, origin).await {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(READABLE));
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.origin);
        }
    }

    /// The merchant whose list counts; nobody's for a key that is not for browsers, and for whoever is not known.
    async fn merchant(&self, engine: &Engine, trace: &Trace) -> Option<MerchantId> {
        if let Some(rest) = self.path.strip_prefix("/api/v1/auth/") {
            let slug = rest.split('/').next()?;
            return engine.merchant_by_slug(slug).await.ok().map(|merchant| merchant.id);
        }
        let Known { cx, .. } = trace.caller()?;
        (cx.customer().is_some() || cx.may(Action::Till)).then(|| cx.merchant())
    }
}

/// Whether an address is open to pages of other sites; pages of this server's own, with their cookies, are not.
fn is_open(path: &str) -> bool {
    path == "/graphql" || path.starts_with("/api/v1/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: Method, path: &str, headers: &[&'static str]) -> Option<Response> {
        let mut request = Request::builder().method(method).uri(path);
        for name in headers {
            request = request.header(*name, "POST");
        }
        preflight(&request.body(()).unwrap())
    }

    #[test]
    fn only_a_preflight_to_the_api_is_answered_as_one() {
        let both = ["origin", "access-control-request-method"];
        for path in ["/api/v1/me", "/api/v1/auth/shop/codes", "/api/v1/purchases", "/graphql"] {
            let answer = asked(Method::OPTIONS, path, &both).unwrap();
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
            assert!(!answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        }
        for path in ["/", "/dashboard", "/rpc/portal/home", "/graphql/", "/api/docs", "/p/shop"] {
            assert!(asked(Method::OPTIONS, path, &both).is_none(), "{path}");
        }
        assert!(asked(Method::POST, "/api/v1/me", &both).is_none());
        assert!(asked(Method::OPTIONS, "/api/v1/me", &["origin"]).is_none());
        assert!(asked(Method::OPTIONS, "/api/v1/me", &["access-control-request-method"]).is_none());
    }
}
