//! API keys: what a till needs to speak for the merchant, and a purchase to try one with.

pub mod api;
mod create;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
mod submit;
mod test;

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, ListCard, ListHead, Listed, Order, asked};
use super::page::loaded;
use super::parts::{Refusal, behind_button};
use crate::form::{FormState, use_form};
use crate::ui::{Badge, CodeBlock, Dot, Tone};
use api::read_keys;
use dto::{KeyPage, KeyRow};
use leptos::prelude::*;

const PATH: &str = "/dashboard/keys";

const LIST: List = List {
    path: PATH,
    title: "API keys",
    about: "A key lets a till or another program act for you. Give each its own, with no more rights than it needs.",
    nouns: ("key", "keys"),
    search: "Name, retailer or beginning",
    order: Order::NewestFirst,
    no_match: (
        "Nothing matches",
        "No key in this state has this in its name, its retailer or its beginning.",
    ),
    nothing: ("No keys yet", "Tills need one to post purchases. The first takes half a minute."),
    has_csv: true,
};

/// The keys, a form for a new one, and the test purchase.
#[component]
pub fn KeysPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["q", "state"]);
    let data = Resource::new(
        move || asked.get(),
        |asked| read_keys(asked.q(), asked.get("state").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        <ListHead list=LIST />
        <Refusal title="That did not work." />
        {loaded(data, move |data| page(data, asked.get_untracked()))}
    }
}

fn page(data: KeyPage, asked: Asked) -> impl IntoView {
    let fresh = create::fresh();
    let curl = fresh.is_none().then(|| view! { <Command text=data.curl.clone() /> });
    let test = data.may_test.then(|| view! { <test::TestPurchase data=data.clone() /> });
    let has_some = !data.list.rows.is_empty() || asked.is_narrowed();
    let is_refused = use_context::<FormState>().is_some_and(|form| form.is_refused("create"));
    let make = data.list.may_edit.then(|| view! { <create::NewKeyForm data=data.clone() /> }.into_any());
    let (above, below) = match has_some {
        true => (make.map(|form| behind_button("New key", is_refused, form)), None),
        false => (None, make),
    };
    view! {
        {fresh.map(|fresh| view! { <create::FreshKey fresh=fresh /> })}
        {above}
        {card(data.list, asked)}
        {below}
        <div class="cols" style="--main:1fr;--aside:1fr">{test} {curl}</div>
    }
}

/// The command to try a key with, before there is one on the page.
#[component]
fn Command(text: String) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="curl">
            <div class="card__head"><h2 id="curl">"By hand"</h2></div>
            <div class="card__body stack" style="--gap:var(--s-3)">
                <CodeBlock text=text copy_label="Copy the command" />
                <p class="small muted">"Replace YOUR_KEY with the key. Right after you make a key, the command here contains it."</p>
            </div>
        </section>
    }
}

fn card(list: Listed<KeyRow>, asked: Asked) -> impl IntoView {
    let Listed { rows, next, may_edit } = list;
    let chips = Chips::states("All", [("active", "Active"), ("revoked", "Revoked")]);
    view! {
        <ListCard list=LIST asked=asked count=rows.len() next=next chips=chips>
            <div class="table-wrap">
                <table class="table table--fold" role="table">
                    <caption class="visually-hidden">"API keys, newest first"</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Name"</th>
                            <th scope="col" role="columnheader">"May do"</th>
                            <th scope="col" role="columnheader">"Retailer"</th>
                            <th scope="col" role="columnheader">"Made"</th>
                            <th scope="col" role="columnheader">"Last used"</th>
                            <th scope="col" role="columnheader">"Status"</th>
                            {may_edit.then(|| view! { <th scope="col" role="columnheader"><span class="visually-hidden">"Actions"</span></th> })}
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows.into_iter().map(|key| row(key, may_edit)).collect_view()}</tbody>
                </table>
            </div>
        </ListCard>
    }
}

fn row(key: KeyRow, may_edit: bool) -> impl IntoView {
    let status = match &key.revoked {
        Some(_) => view! { <Badge tone=Tone::Plain dot=Dot::Square>"Revoked"</Badge> },
        None => view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Active"</Badge> },
    };
    let revoke = (may_edit && key.revoked.is_none()).then(|| revoke(&key));
    view! {
        <tr role="row">
            <td role="cell">
                <b>{key.name}</b>
                <small class="mono">{format!("{}…", key.prefix)}</small>
            </td>
            <td role="cell" data-th="May do"><span>{key.may}</span></td>
            <td role="cell" data-th="Retailer"><span>{key.retailer.unwrap_or_else(|| "All".to_owned())}</span></td>
            <td role="cell" data-th="Made"><span>{key.created}</span></td>
            <td role="cell" data-th="Last used"><span>{key.last_used.unwrap_or_else(|| "Never".to_owned())}</span></td>
            <td role="cell" data-th="Status">{status}</td>
            {may_edit.then(|| view! { <td role="cell" class="n" data-th="">{revoke}</td> })}
        </tr>
    }
}

/// Two steps without a script: the second is inside the first.
fn revoke(key: &KeyRow) -> impl IntoView + use<> {
    let label = format!("Revoke {}", key.name);
    let id = key.id.clone();
    view! {
        <details class="menu">
            <summary class="btn btn--sm btn--danger" aria-label=label>"Revoke"</summary>
            <form class="menu__list menu__panel" method="post" action=PATH>
                <p class="small">"Whatever uses this key is refused within two seconds. This cannot be undone."</p>
                <input type="hidden" name="id" value=id />
                <button class="is-danger" type="submit" name="do" value="revoke">"Revoke the key"</button>
            </form>
        </details>
    }
}
