//! The merchant's dashboard: one folder a feature, each with its pages, its data (`api`, `dto`) and its forms.
//!
//! A page reads through server functions, which begin with [`session::staff`] and end in a DTO that is ready
//! to read. A form is posted to the address of its page and handled by an ordinary route; so everything here
//! works without scripts, and scripts add the live preview of the editor and copy buttons.

mod account;
mod cashback;
mod chart;
mod customers;
mod edit;
mod entrance;
mod events;
mod fields;
mod flash;
mod format;
mod frame;
mod home;
mod keys;
mod leaderboard;
mod ledger;
mod list;
mod menu;
mod messages;
mod money;
mod page;
mod parts;
mod password;
mod policies;
mod products;
mod promotions;
mod purchases;
mod queues;
mod receipt;
mod redemptions;
mod referrals;
mod requests;
mod retailers;
mod returns;
mod rewards;
mod search;
pub mod session;
mod settings;
mod sign_in;
mod team;
mod tiers;
mod till;
mod typed;

#[cfg(feature = "ssr")]
mod clock;
#[cfg(feature = "ssr")]
mod csv;
#[cfg(feature = "ssr")]
mod join;
#[cfg(feature = "ssr")]
mod load;
#[cfg(feature = "ssr")]
mod look;
#[cfg(feature = "ssr")]
mod posted;
#[cfg(feature = "ssr")]
mod reading;
#[cfg(feature = "ssr")]
mod slot;
#[cfg(feature = "ssr")]
mod upload;
mod webhooks;

use crate::address::Settled;
use crate::form::share_form;
use crate::ui::share_theme;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The front page; everything of the dashboard but the [`till`] is below it.
const HOME: &str = "/dashboard";

#[cfg(feature = "ssr")]
pub(crate) use till::is_till;

/// The dashboard: every page below `/dashboard`, and the till, which has its session and its bundle.
#[component]
pub fn DashboardApp() -> impl IntoView {
    provide_meta_context();
    share_theme();
    share_form();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Perennial".to_owned() } else { format!("{title} · Perennial") } />
        <Router><Settled>
            <Routes fallback=page::Missing>
                <Route path=path!("/dashboard/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async />
                <Route path=path!("/dashboard/sign-in/merchant") view=sign_in::MerchantPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/dashboard") view=frame::Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=home::HomePage ssr=SsrMode::Async />
                    <Route path=path!("customers") view=customers::CustomersPage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id") view=customers::CustomerPage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id/edit") view=customers::CustomerEditPage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id/adjust") view=customers::AdjustPage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id/merge") view=customers::MergePage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id/privacy") view=customers::PrivacyPage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id/tier") view=tiers::CustomerTierPage ssr=SsrMode::Async />
                    <Route path=path!("customers/:id/redeem") view=customers::RedeemPage ssr=SsrMode::Async />
                    <Route path=path!("purchases") view=purchases::PurchasesPage ssr=SsrMode::Async />
                    <Route path=path!("purchases/returns") view=returns::WaitingReturnsPage ssr=SsrMode::Async />
                    <Route path=path!("purchases/:id/return") view=purchases::ReturnPage ssr=SsrMode::Async />
                    <Route path=path!("purchases/:id") view=purchases::PurchasePage ssr=SsrMode::Async />
                    <Route path=path!("promotions") view=promotions::PromotionsPage ssr=SsrMode::Async />
                    <Route path=path!("promotions/new") view=promotions::NewPromotionPage ssr=SsrMode::Async />
                    <Route path=path!("promotions/:id") view=promotions::PromotionPage ssr=SsrMode::Async />
                    <Route path=path!("cashback") view=cashback::OffersPage ssr=SsrMode::Async />
                    <Route path=path!("cashback/new") view=cashback::OfferNewPage ssr=SsrMode::Async />
                    <Route path=path!("cashback/:id") view=cashback::OfferEditPage ssr=SsrMode::Async />
                    <Route path=path!("policies") view=policies::PoliciesPage ssr=SsrMode::Async />
                    <Route path=path!("policies/new") view=policies::PolicyNewPage ssr=SsrMode::Async />
                    <Route path=path!("policies/:id") view=policies::PolicyEditPage ssr=SsrMode::Async />
                    <Route path=path!("tiers") view=tiers::TiersPage ssr=SsrMode::Async />
                    <Route path=path!("tiers/new") view=tiers::TierNewPage ssr=SsrMode::Async />
                    <Route path=path!("tiers/:id") view=tiers::TierEditPage ssr=SsrMode::Async />
                    <Route path=path!("rewards") view=rewards::RewardsPage ssr=SsrMode::Async />
                    <Route path=path!("rewards/new") view=rewards::RewardNewPage ssr=SsrMode::Async />
                    <Route path=path!("rewards/:id") view=rewards::RewardEditPage ssr=SsrMode::Async />
                    <Route path=path!("rewards/:id/codes") view=rewards::CodesPage ssr=SsrMode::Async />
                    <Route path=path!("redemptions") view=redemptions::RedemptionsPage ssr=SsrMode::Async />
                    <Route path=path!("redemptions/voucher") view=redemptions::VoucherPage ssr=SsrMode::Async />
                    <Route path=path!("redemptions/:id") view=redemptions::RedemptionPage ssr=SsrMode::Async />
                    <Route path=path!("referrals") view=referrals::ReferralsPage ssr=SsrMode::Async />
                    <Route path=path!("leaderboard") view=leaderboard::LeaderboardPage ssr=SsrMode::Async />
                    <Route path=path!("products") view=products::ProductsPage ssr=SsrMode::Async />
                    <Route path=path!("products/new") view=products::ProductNewPage ssr=SsrMode::Async />
                    <Route path=path!("products/:id") view=products::ProductEditPage ssr=SsrMode::Async />
                    <Route path=path!("retailers") view=retailers::RetailersPage ssr=SsrMode::Async />
                    <Route path=path!("retailers/new") view=retailers::RetailerNewPage ssr=SsrMode::Async />
                    <Route path=path!("retailers/:id") view=retailers::RetailerEditPage ssr=SsrMode::Async />
                    <Route path=path!("keys") view=keys::KeysPage ssr=SsrMode::Async />
                    <Route path=path!("webhooks") view=webhooks::WebhooksPage ssr=SsrMode::Async />
                    <Route path=path!("webhooks/:id") view=webhooks::WebhookPage ssr=SsrMode::Async />
                    <Route path=path!("webhooks/deliveries/:id") view=webhooks::DeliveryPage ssr=SsrMode::Async />
                    <Route path=path!("messages") view=messages::MessagesPage ssr=SsrMode::Async />
                    <Route path=path!("messages/:kind") view=messages::MessagePage ssr=SsrMode::Async />
                    <Route path=path!("events") view=events::EventsPage ssr=SsrMode::Async />
                    <Route path=path!("events/:id") view=events::EventPage ssr=SsrMode::Async />
                    <Route path=path!("requests") view=requests::RequestsPage ssr=SsrMode::Async />
                    <Route path=path!("requests/:id") view=requests::RequestPage ssr=SsrMode::Async />
                    <Route path=path!("ledger") view=ledger::LedgerPage ssr=SsrMode::Async />
                    <Route path=path!("queues") view=queues::QueuesPage ssr=SsrMode::Async />
                    <Route path=path!("settings") view=settings::SettingsPage ssr=SsrMode::Async />
                    <Route path=path!("team") view=team::TeamPage ssr=SsrMode::Async />
                    <Route path=path!("account") view=account::AccountPage ssr=SsrMode::Async />
                    <Route path=path!("search") view=search::SearchPage ssr=SsrMode::Async />
                    <Route path=path!("more") view=frame::MorePage ssr=SsrMode::Async />
                </ParentRoute>
                <ParentRoute path=path!("/till") view=till::TillFrame ssr=SsrMode::Async>
                    <Route path=path!("") view=till::SalePage ssr=SsrMode::Async />
                    <Route path=path!("store") view=till::StorePage ssr=SsrMode::Async />
                    <Route path=path!("join") view=till::JoinPage ssr=SsrMode::Async />
                    <Route path=path!("receipt/:id") view=till::ReceiptPage ssr=SsrMode::Async />
                    <Route path=path!("refund") view=till::RefundPage ssr=SsrMode::Async />
                    <Route path=path!("refund/:id") view=till::RefundedPage ssr=SsrMode::Async />
                    <Route path=path!("shift") view=till::ShiftPage ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Settled></Router>
    }
}

/// What is not a page: forms and downloads.
#[cfg(feature = "ssr")]
pub(crate) fn routes() -> axum::Router<crate::AppState> {
    use axum::extract::DefaultBodyLimit;
    use axum::routing::{get, post};
    // Staff may send more than strangers: a promotion names up to five thousand products.
    let of_staff = DefaultBodyLimit::max(2 * 1024 * 1024);
    let of_strangers = DefaultBodyLimit::max(crate::router::FORM_MAX);
    let codes = post(rewards::codes_form::add).layer(DefaultBodyLimit::max(rewards::codes_form::BODY_MAX));
    axum::Router::new()
        .route("/dashboard/sign-in", post(sign_in::form::sign_in).layer(of_strangers))
        .route("/dashboard/sign-in/merchant", post(sign_in::form::choose).layer(of_strangers))
        .route("/dashboard/join/{merchant}/{secret}", post(join::accept).get(join::look).layer(of_strangers))
        .route("/dashboard/sign-out", post(sign_in::form::sign_out))
        .route("/dashboard/customers.csv", get(customers::load::csv))
        .route("/dashboard/customers/{id}/edit", post(customers::edit_form::save))
        .route("/dashboard/customers/{id}/adjust", post(customers::adjust_form::adjust))
        .route("/dashboard/customers/{id}/merge", post(customers::merge::form::merge))
        .route("/dashboard/customers/{id}/privacy", post(customers::privacy::form::erase))
        .route("/dashboard/customers/{id}/export.json", get(customers::privacy::load::export))
        .route("/dashboard/customers/{id}/tier", post(tiers::customer_form::assign))
        .route("/dashboard/customers/{id}/redeem", post(customers::rewards::form::redeem))
        .route("/dashboard/purchases/{id}/return", post(purchases::returning_form::submit))
        .route("/dashboard/purchases/returns", post(returns::form::discard))
        .route("/dashboard/purchases.csv", get(purchases::load::csv))
        .route("/dashboard/promotions.csv", get(promotions::load::csv))
        .route("/dashboard/promotions/new", post(promotions::form::create))
        .route("/dashboard/promotions/{id}", post(promotions::form::change))
        .route("/dashboard/cashback.csv", get(cashback::load::csv))
        .route("/dashboard/cashback/new", post(cashback::form::create))
        .route("/dashboard/cashback/{id}", post(cashback::form::change))
        .route("/dashboard/policies.csv", get(policies::load::csv))
        .route("/dashboard/policies/new", post(policies::form::create))
        .route("/dashboard/policies/{id}", post(policies::form::change))
        .route("/dashboard/tiers", post(tiers::policy_form::policy))
        .route("/dashboard/tiers/new", post(tiers::form::create))
        .route("/dashboard/tiers/{id}", post(tiers::form::change))
        .route("/dashboard/rewards.csv", get(rewards::load::csv))
        .route("/dashboard/rewards/new", post(rewards::form::create))
        .route("/dashboard/rewards/{id}", post(rewards::form::change))
        .route("/dashboard/rewards/{id}/codes", codes)
        .route("/dashboard/redemptions.csv", get(redemptions::load::csv))
        .route("/dashboard/redemptions/voucher", post(redemptions::form::use_voucher))
        .route("/dashboard/redemptions/{id}", post(redemptions::form::change))
        .route("/dashboard/referrals", post(referrals::form::submit))
        .route("/dashboard/leaderboard", post(leaderboard::form::switch))
        .route("/dashboard/products.csv", get(products::load::csv))
        .route("/dashboard/products/new", post(products::form::create))
        .route("/dashboard/products/{id}", post(products::form::change))
        .route("/dashboard/retailers.csv", get(retailers::load::csv))
        .route("/dashboard/retailers/new", post(retailers::form::create))
        .route("/dashboard/retailers/{id}", post(retailers::form::change))
        .route("/dashboard/keys.csv", get(keys::load::csv))
        .route("/dashboard/keys", post(keys::form::submit))
        .route("/dashboard/webhooks.csv", get(webhooks::load::csv))
        .route("/dashboard/webhooks", post(webhooks::form::create))
        .route("/dashboard/webhooks/{id}", post(webhooks::form::change))
        .route("/dashboard/webhooks/deliveries/{id}", post(webhooks::form::resend))
        .route("/dashboard/messages/{kind}", post(messages::form::submit))
        .route("/dashboard/events/{id}", post(events::form::settle))
        .route("/dashboard/ledger", post(ledger::form::ask))
        .route("/dashboard/queues", post(queues::form::settle))
        .route("/dashboard/settings", post(settings::form::save))
        .route("/dashboard/team.csv", get(team::load::csv))
        .route("/dashboard/team", post(team::form::submit))
        .route("/dashboard/account", post(account::form::change))
        .route("/till", post(till::confirm::confirm))
        .route("/till/store", post(till::forms::choose))
        .route("/till/join", post(till::forms::join))
        .route("/till/receipt/{id}", post(till::forms::undo))
        .route("/till/refund/{id}", post(till::forms::refund))
        .layer(of_staff)
}
