//! Signing in to the dashboard, and choosing a merchant when there are several.
//!
//! The forms have no address of their own: they are posted to the one that is open, with its `?next=`.

pub mod api;
#[cfg(feature = "ssr")]
pub mod form;

use super::page::loaded;
use super::parts::Refusal;
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, Logo, TextField, ThemeSwitch};
use api::{MerchantChoice, list_merchants};
use leptos::prelude::*;
use leptos_meta::Title;

/// E-mail and password.
#[component]
pub fn SignInPage() -> impl IntoView {
    let _form = use_form();
    view! {
        <Title text="Sign in" />
        <Entrance title="Sign in">
            <Refusal title="That did not work." />
            <form class="stack" method="post">
                <TextField name="email" label="E-mail" kind="email" autocomplete="username" required=true />
                <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true />
                <Button variant=ButtonVariant::Primary block=true>"Sign in"</Button>
                <p class="small muted">"Lost your password? An owner of your team can set a new one."</p>
            </form>
        </Entrance>
    }
}

/// Which merchant to work for.
#[component]
pub fn MerchantPage() -> impl IntoView {
    let _form = use_form();
    let choices = Resource::new(|| (), |()| list_merchants());
    view! {
        <Title text="Choose a merchant" />
        <Entrance title="Choose a merchant">
            <Refusal title="That did not work." />
            {loaded(choices, choose)}
        </Entrance>
    }
}

fn choose(choices: Vec<MerchantChoice>) -> impl IntoView {
    let buttons = choices
        .into_iter()
        .map(|choice| {
            view! {
                <li>
                    <button class="btn btn--block entrance__choice" type="submit" name="merchant" value=choice.id>
                        <b>{choice.name}</b>
                        <span class="muted small">{choice.role}</span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <form method="post">
            <ul class="stack" style="--gap:var(--s-2)">{buttons}</ul>
        </form>
    }
}

/// The frame of the pages before the dashboard.
#[component]
fn Entrance(
    /// The one `h1`.
    title: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="entrance" id="main">
            <Logo href="/" />
            <div class="card">
                <div class="card__body stack">
                    <h1>{title}</h1>
                    {children()}
                </div>
            </div>
            <ThemeSwitch />
        </main>
    }
}
