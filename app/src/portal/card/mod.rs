//! The member card: a code to show at the till, who is signed in, and how the portal looks.

pub(super) mod api;
#[cfg(feature = "ssr")]
pub(super) mod code;

use super::merchant::use_merchant;
use super::parts::{PageTitle, Refused, Waiting};
use crate::ui::{Avatar, Button, Qr, ThemeSwitch};
use api::{CardView, card};
use leptos::prelude::*;

/// The card.
#[component]
pub(super) fn MemberCard() -> impl IntoView {
    let merchant = use_merchant();
    let slug = merchant.slug.clone();
    let view = Resource::new(|| (), move |()| card(slug.clone()));
    view! {
        <PageTitle title="Your card"/>
        <div class="portal__body">
            <Transition fallback=Waiting>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Loaded view=view/> }.into_any(),
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })}
            </Transition>
            <section class="portal__section" aria-labelledby="look">
                <h2 id="look">"Appearance"</h2>
                <ThemeSwitch/>
            </section>
            <form method="post" action=merchant.path("sign-out")><Button block=true>"Sign out"</Button></form>
        </div>
    }
}

#[component]
fn Loaded(view: CardView) -> impl IntoView {
    let merchant = use_merchant();
    let CardView { name, email, code } = view;
    let title = name.clone().or_else(|| email.clone()).unwrap_or_else(|| "Your card".to_owned());
    let detail = name.is_some().then_some(email).flatten();
    view! {
        <section class="card membercard" aria-label="Member card">
            <p class="membercard__merchant display">{merchant.name}</p>
            <Qr code=code label="QR code of your card"/>
            <div class="membercard__who">
                <Avatar name=title.clone()/>
                <span><b>{title}</b>{detail.map(|detail| view! { <small>{detail}</small> })}</span>
            </div>
        </section>
        <p class="muted">"Show it before you pay. The till reads the code, or somebody types what stands below it."</p>
    }
}
