//! The customer portal of a merchant, in the merchant's colour and under its name.

mod activity;
mod card;
mod cashback;
pub mod claim;
mod home;
mod layout;
pub(crate) mod live;
pub mod merchant;
mod parts;
mod purchase;
mod rewards;
pub mod sign_in;
mod tiers;
mod vouchers;

#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
pub(crate) mod gate;
#[cfg(feature = "ssr")]
mod mark;
#[cfg(feature = "ssr")]
mod words;

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
        <Router>
            <Routes fallback=parts::Missing>
                <Route path=path!("/p/:slug/sign-in") view=sign_in::SignIn ssr=SsrMode::Async/>
                <ParentRoute path=path!("/p/:slug") view=layout::Layout ssr=SsrMode::Async>
                    <Route path=path!("") view=home::Home ssr=SsrMode::Async/>
                    <Route path=path!("activity") view=activity::ActivityList ssr=SsrMode::Async/>
                    <Route path=path!("activity/:purchase") view=purchase::Purchase ssr=SsrMode::Async/>
                    <Route path=path!("cashback") view=cashback::Wallet ssr=SsrMode::Async/>
                    <Route path=path!("card") view=card::MemberCard ssr=SsrMode::Async/>
                    <Route path=path!("claim") view=claim::Claim ssr=SsrMode::Async/>
                    <Route path=path!("rewards") view=rewards::RewardList ssr=SsrMode::Async/>
                    <Route path=path!("rewards/:reward") view=rewards::detail::Reward ssr=SsrMode::Async/>
                    <Route path=path!("rewards/:reward/redeem") view=rewards::redeem::Redeem ssr=SsrMode::Async/>
                    <Route path=path!("tiers") view=tiers::Tiers ssr=SsrMode::Async/>
                    <Route path=path!("vouchers") view=vouchers::VoucherList ssr=SsrMode::Async/>
                    <Route path=path!("vouchers/:voucher") view=vouchers::voucher::Voucher ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// What is not a page: forms, the live stream, the icon.
#[cfg(feature = "ssr")]
pub(crate) fn routes() -> axum::Router<crate::AppState> {
    use axum::routing::{get, post};
    axum::Router::new()
        .route("/p/{slug}/sign-in", post(sign_in::form::submit))
        .route("/p/{slug}/sign-out", post(sign_in::form::sign_out))
        .route("/p/{slug}/claim", post(claim::form::submit))
        .route("/p/{slug}/rewards/{reward}/redeem", post(rewards::form::submit))
        .route("/p/{slug}/vouchers/{voucher}", post(vouchers::form::give_back))
        .route("/p/{slug}/events", get(events::stream))
        .route("/p/{slug}/icon.svg", get(mark::icon))
}
