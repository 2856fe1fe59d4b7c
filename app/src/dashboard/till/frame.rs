//! The frame of the till: one bar, with the store and who stands there.

use super::api::read_bar;
use super::dto::Bar;
use super::{REFUND, SHIFT, STORE, TILL};
use crate::dashboard::menu::AccountMenu;
use crate::error::PageError;
use crate::ui::icon::{self, Icon};
use crate::ui::{LinkButton, initials};
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// Every page of the till, below its bar.
#[component]
pub fn TillFrame() -> impl IntoView {
    let bar = Resource::new_blocking(|| (), |()| read_bar());
    view! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <div class="tillpage">
            <Suspense>
                {move || Suspend::new(async move {
                    match bar.await {
                        Ok(bar) => view! { <TopBar bar=bar /> }.into_any(),
                        Err(error) => bare(&error).into_any(),
                    }
                })}
            </Suspense>
            <main class="tillpage__body" id="main" tabindex="-1">
                <Outlet />
            </main>
        </div>
    }
}

#[component]
fn TopBar(bar: Bar) -> impl IntoView {
    let Bar { merchant, brand, person, store, several, only_till } = bar;
    let brand = brand.map(|color| format!("--_c:{color}"));
    let mark = initials(&merchant);
    let chosen = store.is_some();
    let store = store.unwrap_or(merchant);
    view! {
        <header class="tillpage__bar">
            <a class="tillpage__store" href=TILL rel="external">
                <span class="merchant-mark" style=brand aria-hidden="true">
                    {mark}
                </span>
                <b>{store}</b>
            </a>
            {several
                .then(|| {
                    view! {
                        <a class="small" href=STORE rel="external">
                            {if chosen { "Another store" } else { "Choose the store" }}
                        </a>
                    }
                })}
            <nav class="push row tillpage__ways" aria-label="Till">
                {chosen
                    .then(|| {
                        view! {
                            <a class="btn btn--quiet" href=REFUND rel="external">
                                <Icon glyph=icon::UNDO />
                                "Refund"
                            </a>
                            <a class="btn" href=SHIFT rel="external">
                                <Icon glyph=icon::HISTORY />
                                "Shift"
                            </a>
                        }
                    })}
                <AccountMenu name=person label="Who stands here">
                    {(!only_till)
                        .then(|| {
                            view! {
                                <a href="/dashboard" rel="external">
                                    <Icon glyph=icon::HOME />
                                    "Dashboard"
                                </a>
                            }
                        })}
                </AccountMenu>
            </nav>
        </header>
    }
}

/// The bar for somebody who may not stand here: the page below says why.
fn bare(error: &PageError) -> impl IntoView + use<> {
    let (href, words) = match error {
        PageError::SignedOut => ("/dashboard/sign-in?next=%2Ftill", "Sign in"),
        _ => ("/dashboard", "Dashboard"),
    };
    view! {
        <header class="tillpage__bar">
            <b>"Till"</b>
            <span class="push">
                <LinkButton href=href external=true>{words}</LinkButton>
            </span>
        </header>
    }
}

/// The way to the choice of a store, where the browser has not gone there by itself.
pub fn no_store() -> impl IntoView {
    view! {
        <p>
            <LinkButton href=STORE external=true>"Choose the store"</LinkButton>
        </p>
    }
}
