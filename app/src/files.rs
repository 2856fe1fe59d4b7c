//! Built files, compressed beforehand where the build did so.

use crate::shell::plain;
use crate::state::AppState;
use crate::ui::{LinkButton, Rings};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, VARY};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use leptos::prelude::*;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Serves a file of the build, else the page that says that there is nothing here.
pub(crate) async fn serve(State(state): State<AppState>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    let cache = cache_policy(request.uri().path());
    let files = ServeDir::new(state.assets.directory())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let Ok(response) = files.oneshot(request).await;
    match response.status() {
        StatusCode::NOT_FOUND => not_found(&state, &headers),
        _ => {
            let mut response = response.map(Body::new).into_response();
            // A refusal, such as of a range beyond the end, is that of one request: a cache must not give it to everybody.
            if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
                let headers = response.headers_mut();
                headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
                // One address in three encodings: a cache gives each browser one that it can read.
                headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
            }
            response
        }
    }
}

/// Names with a hash never change their content; the rest is asked about again within a day.
fn cache_policy(path: &str) -> &'static str {
    let hashed = path.starts_with("/pkg/") || (path.starts_with("/app-") && path.ends_with(".css"));
    if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=86400" }
}

/// The page for an address that leads nowhere.
pub(crate) fn not_found(state: &AppState, headers: &HeaderMap) -> Response {
    plain(state, headers, StatusCode::NOT_FOUND, "Not found", || {
        view! {
            <main class="plain">
                <div class="empty">
                    <Rings/>
                    <h1>"Nothing grows here"</h1>
                    <p>"This address leads nowhere. It may have been mistyped, or what was here is gone."</p>
                    <LinkButton href="/">"Go to the front page"</LinkButton>
                </div>
            </main>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::cache_policy;

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(cache_policy("/pkg/portal-1a2b.wasm").contains("immutable"));
        assert!(cache_policy("/app-1a2b.css").contains("immutable"));
        assert!(!cache_policy("/fonts/besley-latin.woff2").contains("immutable"));
        assert!(!cache_policy("/app-store.png").contains("immutable"));
    }
}
