//! What describes the API to people and programs: `/api/openapi.json`, `/api/postman.json`, `/api/docs`,
//! `/api/problems/{code}`.

mod page;
pub mod postman;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderValue, header};
use serde_json::Value;

use super::problem::{Code, Problem};

const STYLE: &str = include_str!("docs/style.css");

/// The documents, written out once.
pub struct Documents {
    openapi: Bytes,
    postman: Bytes,
    reference: Bytes,
}

impl Documents {
    /// Writes out the documents of an API description.
    pub fn new(document: &Value) -> Self {
        Self {
            // A value is always writable as JSON.
            openapi: serde_json::to_vec(document).unwrap_or_default().into(),
            postman: serde_json::to_vec(&postman::collection(document)).unwrap_or_default().into(),
            reference: page::reference(document).into(),
        }
    }
}

/// The routes of the documents; they need no key.
pub fn router(documents: Arc<Documents>) -> Router {
    let (openapi, postman) = (documents.clone(), documents.clone());
    Router::new()
        .route("/api/openapi.json", get(async move || document("application/json", openapi.openapi.clone())))
        .route("/api/postman.json", get(async move || download(postman.postman.clone())))
        .route(
            "/api/docs",
            get(async move || document("text/html; charset=utf-8", documents.reference.clone())),
        )
        .route("/api/docs.css", get(async || document("text/css; charset=utf-8", STYLE)))
        .route("/api/problems/{code}", get(problem))
}

async fn problem(Path(code): Path<String>) -> Response {
    match Code::ALL.iter().find(|known| known.code() == code) {
        Some(known) => document("text/html; charset=utf-8", page::problem(*known)),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// The collection as a file with a name that says what it is.
fn download(postman: Bytes) -> Response {
    let mut response = document("application/json", postman);
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"perennial.postman_collection.json\""),
    );
    response
}

fn document(kind: &'static str, body: impl Into<Body>) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
