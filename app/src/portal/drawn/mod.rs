//! Pages that the server draws: the browser carries no code of them.
//!
//! Most pages of the portal are read, and what can be done on them are links and forms. Their markup comes with the
//! document, [`Drawn`] leaves it as it is, and fetches it anew by [`page`] when the address changes or the live stream
//! says that something moved. So a page costs what it shows when it is looked at, and nothing before.
//!
//! A page is a function in [`pages`]: it gets an [`Ask`] and gives a [`Sheet`].

#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "ssr")]
mod draw;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "hydrate")]
mod passing;
#[cfg(feature = "ssr")]
mod sheet;

#[cfg(feature = "ssr")]
pub(super) use ask::Ask;
#[cfg(feature = "ssr")]
pub(crate) use draw::Drawing;
#[cfg(feature = "ssr")]
pub(super) use sheet::Sheet;

use super::live::Live;
use super::merchant::{PortalMerchant, use_merchant};
use super::parts::{Refused, Waiting};
use crate::error::PageError;
use leptos::html::Div;
use leptos::prelude::*;
use leptos_meta::Title;

/// The markup of a page for the customer who is signed in, by its address below the portal and its query.
#[server(prefix = "/rpc/portal", endpoint = "page", output = crate::rpc::TextJson)]
pub async fn page(slug: String, tail: String, query: String) -> Result<String, PageError> {
    draw::again(&slug, &tail, &query).await
}

/// The id of the element with the page inside.
const SHEET: &str = "sheet";

/// What stands in the place of a page.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "on the server the page stands there at once")
)]
enum State {
    /// The page.
    There,
    /// Nothing yet.
    Awaited,
    /// Why it cannot be shown.
    Refused(PageError),
}

/// What [`Drawn`] begins with.
struct Start {
    html: String,
    title: String,
    state: State,
}

/// Where a page stands, and what is known about it.
#[derive(Clone)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only in a browser a page is exchanged"))]
struct Place {
    sheet: NodeRef<Div>,
    /// The title of the document, which is asked for outside of any owner.
    title: ArcRwSignal<String>,
    state: RwSignal<State>,
    /// What is read out.
    said: RwSignal<String>,
    /// What the page says about itself, to be read out when it changes.
    told: StoredValue<Option<String>>,
    /// Something was typed or sent.
    touched: StoredValue<bool>,
    merchant: PortalMerchant,
    live: Live,
}

/// Any page that the server draws.
#[component]
pub(super) fn Drawn() -> impl IntoView {
    let Start { html, title, state } = start();
    let place = Place {
        sheet: NodeRef::new(),
        title: ArcRwSignal::new(title),
        state: RwSignal::new(state),
        said: RwSignal::new(String::new()),
        told: StoredValue::new(None),
        touched: StoredValue::new(false),
        merchant: use_merchant(),
        live: Live::of_page(),
    };
    let Place { sheet, state, said, touched, .. } = place;
    let title = place.title.clone();
    #[cfg(feature = "hydrate")]
    browser::follow(place, leptos_router::hooks::use_location());
    view! {
        <Title text=move || title.get()/>
        <p class="visually-hidden" role="status">{said}</p>
        // Hydration leaves what is inside alone.
        <div
            id=SHEET
            node_ref=sheet
            inner_html=html
            on:input=move |_| touched.set_value(true)
            on:submit=move |_| touched.set_value(true)
            on:click=move |event| pass_on(&event, said)
        ></div>
        {move || match state.get() {
            State::There => ().into_any(),
            State::Awaited => view! { <Waiting/> }.into_any(),
            State::Refused(error) => view! { <Refused error=error/> }.into_any(),
        }}
    }
}

/// On the server: what the handler has drawn, else what stands there when there is no such page.
#[cfg(feature = "ssr")]
fn start() -> Start {
    let name = use_merchant().name;
    let drawn = use_context::<Drawing>().map_or(Err(PageError::NotFound), |drawing| drawing.0);
    match drawn {
        Ok(sheet) => Start { title: sheet.title(&name), html: sheet.markup(&name), state: State::There },
        // Inside the markup, so that the browser finds the same around it whatever has happened.
        Err(error) => {
            Start { html: view! { <Refused error=error/> }.to_html(), title: name, state: State::There }
        }
    }
}

/// In the browser: the page of the document, or nothing yet.
#[cfg(not(feature = "ssr"))]
fn start() -> Start {
    let state = if document().get_element_by_id(SHEET).is_some() { State::There } else { State::Awaited };
    Start { html: String::new(), title: document().title(), state }
}

/// A button with `data-copy` or `data-share` was pressed: there its text goes.
#[cfg(feature = "hydrate")]
fn pass_on(event: &leptos::ev::MouseEvent, said: RwSignal<String>) {
    passing::pass_on(event, said);
}

#[cfg(not(feature = "hydrate"))]
fn pass_on(_event: &leptos::ev::MouseEvent, _said: RwSignal<String>) {}
