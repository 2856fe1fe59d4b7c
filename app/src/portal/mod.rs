//! The customer portal of a merchant, in the merchant's colour and under its name.
//!
//! The home page, the frame and signing in wake up in the browser; every other page is drawn by the server alone (`drawn`),
//! so that it costs no download. What moves arrives over one stream a browser (`events` here, `live` there).

mod drawn;
mod home;
mod layout;
pub(crate) mod live;
pub mod merchant;
mod parts;
pub mod sign_in;
mod tiers;

#[cfg(feature = "ssr")]
mod activity;
#[cfg(feature = "ssr")]
mod card;
#[cfg(feature = "ssr")]
mod cashback;
#[cfg(feature = "ssr")]
pub mod claim;
#[cfg(feature = "ssr")]
mod earn;
#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
pub(crate) mod gate;
#[cfg(feature = "ssr")]
mod invite;
#[cfg(feature = "ssr")]
mod join;
#[cfg(feature = "ssr")]
mod leaderboard;
#[cfg(feature = "ssr")]
mod mark;
#[cfg(feature = "ssr")]
mod messages;
#[cfg(feature = "ssr")]
mod notifications;
#[cfg(feature = "ssr")]
mod posted;
#[cfg(feature = "ssr")]
mod privacy;
#[cfg(feature = "ssr")]
mod promises;
#[cfg(feature = "ssr")]
mod purchase;
#[cfg(feature = "ssr")]
mod rewards;
#[cfg(feature = "ssr")]
mod vouchers;
#[cfg(feature = "ssr")]
mod words;
#[cfg(feature = "ssr")]
mod you;

#[cfg(feature = "ssr")]
pub(crate) use card::code::qr;
#[cfg(feature = "ssr")]
pub(crate) use drawn::Drawing;
#[cfg(feature = "ssr")]
pub(crate) use privacy::download::file as customer_file;

use crate::address::Settled;
use crate::form::share_form;
use crate::ui::share_theme;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The portal: every page below `/p/{slug}`.
#[component]
pub fn PortalApp() -> impl IntoView {
    provide_meta_context();
    share_theme();
    share_form();
    merchant::share_merchant();
    view! {
        <Router><Settled>
            <Routes fallback=parts::Missing>
                <Route path=path!("/p/:slug/sign-in") view=sign_in::SignIn ssr=SsrMode::Async/>
                <ParentRoute path=path!("/p/:slug") view=layout::Layout ssr=SsrMode::Async>
                    <Route path=path!("") view=home::Home ssr=SsrMode::Async/>
                    <Route path=path!("*page") view=drawn::Drawn ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Settled></Router>
    }
}

/// What lies outside of every portal: the links that customers share.
#[cfg(feature = "ssr")]
pub(crate) fn links() -> axum::Router<crate::AppState> {
    axum::Router::new().route("/r/{code}", axum::routing::get(join::follow))
}

/// What is not a page: forms, the live stream, the icon.
#[cfg(feature = "ssr")]
pub(crate) fn routes() -> axum::Router<crate::AppState> {
    use crate::shell::{App, render};
    use axum::extract::{Request, State};
    use axum::routing::{MethodRouter, get, post};

    // A form has the address of its page.
    let page: MethodRouter<crate::AppState> =
        get(|State(state): State<crate::AppState>, request: Request| async move {
            render(&state, App::Portal, request).await
        });
    axum::Router::new()
        .route("/p/{slug}/sign-in", post(sign_in::form::submit))
        .route("/p/{slug}/sign-out", post(sign_in::form::sign_out))
        .route("/p/{slug}/claim", page.clone().post(claim::form::submit))
        .route("/p/{slug}/leaderboard", page.clone().post(leaderboard::form::submit))
        .route("/p/{slug}/messages", page.clone().post(messages::form::submit))
        .route("/p/{slug}/leave", page.clone().post(privacy::form::submit))
        .route("/p/{slug}/your-data/download", get(privacy::download::download))
        .route("/p/{slug}/rewards/{reward}/redeem", page.clone().post(rewards::form::submit))
        .route("/p/{slug}/you", page.clone().post(you::form::submit))
        .route("/p/{slug}/vouchers/{voucher}", page.post(vouchers::form::give_back))
        .route("/p/{slug}/events", get(events::stream))
        .route("/p/{slug}/icon.svg", get(mark::icon))
}
