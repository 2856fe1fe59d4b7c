//! All pages, forms, server functions and files in one router.

use crate::shell::{App, render};
use crate::state::AppState;
use crate::{dashboard, files, landing, mailbox, portal, security, theme, unsubscribe};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::Request;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context};
use tower_http::compression::CompressionLayer;

/// The largest form of those that nobody has to be signed in for: whoever wants to could send many at once.
pub(crate) const FORM_MAX: usize = 128 * 1024;
/// The largest question of a page: a promotion with as many products as it may name.
const QUESTION_MAX: usize = 1024 * 1024;

/// The router of everything that people look at. What is not a page is a built file, else the page that says so.
pub fn router(state: AppState) -> Router {
    let functions = post(server_function).get(server_function).layer(DefaultBodyLimit::max(QUESTION_MAX));
    let mut pages = Router::new()
        .route("/", get(landing::page))
        .route("/theme", post(theme::choose))
        .route("/rpc/{*function}", functions)
        .merge(portal::links())
        .merge(unsubscribe::routes())
        .merge(portal_pages(&state))
        .merge(dashboard_pages());
    if state.config.dev_mailbox {
        pages = pages.merge(mailbox::routes());
    }
    pages
        .fallback(files::serve)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(from_fn(security::refuse_cross_site))
        .layer(from_fn(security::headers))
        .layer(CompressionLayer::new())
        .with_state(state)
}

fn portal_pages(state: &AppState) -> Router<AppState> {
    let render = |State(state): State<AppState>, request: Request<Body>| async move {
        render(&state, App::Portal, request).await
    };
    Router::new()
        .leptos_routes_with_handler(generate_route_list(portal::PortalApp), render)
        .merge(portal::routes())
        .layer(axum::middleware::from_fn_with_state(state.clone(), portal::gate::gate))
}

fn dashboard_pages() -> Router<AppState> {
    let render = |State(state): State<AppState>, request: Request<Body>| async move {
        render(&state, App::Dashboard, request).await
    };
    Router::new()
        .leptos_routes_with_handler(generate_route_list(dashboard::DashboardApp), render)
        .merge(dashboard::routes())
}

/// The addresses of all pages of the dashboard, as the router has them: `/dashboard/customers/{id}`.
#[must_use]
pub fn dashboard_paths() -> Vec<String> {
    generate_route_list(dashboard::DashboardApp).iter().map(|page| page.path().to_owned()).collect()
}

async fn server_function(State(state): State<AppState>, request: Request<Body>) -> impl IntoResponse {
    handle_server_fns_with_context(move || provide_context(state.clone()), request).await
}
