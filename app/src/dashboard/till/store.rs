//! The choice of the store, once for each device.

use super::STORE;
use super::api::list_stores;
use super::dto::Stores;
use crate::dashboard::list::{Asked, Order, asked, pages};
use crate::dashboard::page::loaded;
use crate::form::use_form;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, Empty};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn StorePage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["q"]);
    let stores = Resource::new(move || asked.get(), |asked| list_stores(asked.q(), asked.after));
    view! {
        <Title text="Choose the store" />
        <div class="till__page stack">
            <h1>"In which store is this till?"</h1>
            <p class="muted">"This device remembers it."</p>
            {loaded(stores, move |stores| page(stores, &asked.get_untracked()))}
        </div>
    }
}

fn page(stores: Stores, asked: &Asked) -> impl IntoView + use<> {
    let Stores { rows, next } = stores;
    let turn = pages(STORE, asked, next.as_deref(), Order::By("code"), rows.len(), ("store", "stores"));
    let q = asked.q();
    let list = if rows.is_empty() {
        let (title, text) = if q.is_empty() {
            ("No stores yet", "A manager of the program adds them under Retailers.")
        } else {
            ("Nothing matches", "No store has this in its code or name.")
        };
        view! { <Empty title=title text=text /> }.into_any()
    } else {
        let rows = rows
            .into_iter()
            .map(|(id, name, code)| {
                view! {
                    <li>
                        <button class="listrow till__store" type="submit" name="store" value=id>
                            <span class="listrow__icon is-plain">
                                <Icon glyph=icon::STORE />
                            </span>
                            <span>
                                <b>{name}</b>
                                <small>{code}</small>
                            </span>
                            <Icon glyph=icon::RIGHT />
                        </button>
                    </li>
                }
            })
            .collect_view();
        view! {
            <form method="post" action=STORE>
                <ul class="card card--flush card__rows">{rows}</ul>
            </form>
        }
        .into_any()
    };
    view! {
        <form class="row" role="search" method="get" action=STORE>
            <label class="visually-hidden" for="q">"Code or name of the store"</label>
            <input class="input grow" id="q" type="search" name="q" value=q placeholder="Code or name" autocomplete="off" />
            <Button icon=icon::SEARCH>"Search"</Button>
        </form>
        {list}
        {turn}
    }
}
