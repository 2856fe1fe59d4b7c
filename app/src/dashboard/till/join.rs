//! Joining at the till: a phone number is enough.

use super::JOIN;
use super::api::read_join;
use super::dto::SaleAsked;
use super::frame::no_store;
use crate::dashboard::page::{loaded, query_param};
use crate::dashboard::parts::Refusal;
use crate::form::use_form;
use crate::ui::icon;
use crate::ui::{Button, ButtonSize, ButtonVariant, LinkButton, TextField};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page. The amount that was typed goes along.
#[component]
pub fn JoinPage() -> impl IntoView {
    let sent = use_form().value("amount").map(str::to_owned);
    let query = query_param("amount");
    let amount = sent.unwrap_or_else(|| query.get_untracked());
    let open = Resource::new(|| (), |()| read_join());
    view! {
        <Title text="Join" />
        <div class="till__page stack">
            <h1>"Join"</h1>
            <p class="muted">
                "A phone number is enough. Somebody who is a member already is found by it, and what is new is added."
            </p>
            <Refusal title="Not joined." />
            {loaded(open, move |open| if open { form(amount.clone()).into_any() } else { no_store().into_any() })}
        </div>
    }
}

fn form(amount: String) -> impl IntoView {
    let back = SaleAsked::address(&amount, "");
    view! {
        <form class="card" method="post" action=JOIN>
            <div class="card__body stack">
                <input type="hidden" name="amount" value=amount />
                <TextField name="phone" label="Phone number" kind="tel" inputmode="tel" maxlength=40 required=true />
                <TextField name="name" label="Name" help="Optional." maxlength=200 />
                <TextField name="email" label="E-mail" kind="email" help="Optional. With it they can open the portal." maxlength=254 />
            </div>
            <div class="card__foot">
                <Button variant=ButtonVariant::Primary size=ButtonSize::Large icon=icon::USERPLUS>"Join and go on"</Button>
                <LinkButton href=back external=true variant=ButtonVariant::Quiet>
                    "Cancel"
                </LinkButton>
            </div>
        </form>
    }
}
