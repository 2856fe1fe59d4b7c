//! Cashback: the offers that give a part of what is paid back, in money.

pub mod api;
pub mod dto;
mod edit;
mod fields;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;
mod preview;

pub use edit::{OfferEditPage, OfferNewPage};
pub(super) use fields::fraction;
#[cfg(feature = "ssr")]
pub(super) use fields::percents;

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, ListCard, ListHead, Order, asked};
use super::page::loaded;
use crate::ui::{Badge, Column, Dot, Table, Tone};
use api::list_offers;
use dto::{OfferList, OfferRow, State};
use leptos::prelude::*;

const LIST: List = List {
    path: "/dashboard/cashback",
    title: "Cashback",
    about: "A part of what was paid, back as money in a wallet that customers spend with you. Every change is a new version; purchases keep what they were promised.",
    nouns: ("offer", "offers"),
    search: "Name",
    order: Order::NewestFirst,
    no_match: ("Nothing matches", "No offer fits the search and the state."),
    nothing: (
        "No offer yet",
        "Begin with a small part of everything, or a larger part of what you want to sell. A cap limits the cost.",
    ),
    has_csv: true,
};

/// The list with search, states and its CSV.
#[component]
pub fn OffersPage() -> impl IntoView {
    let asked = asked(&["q", "state"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| list_offers(asked.q(), asked.get("state").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: OfferList, asked: Asked) -> impl IntoView {
    let chips = Chips::states("All but archived", State::ALL.map(|state| (state.as_str(), state.label())));
    let first_step = list.may_edit.then(|| (LIST.new_row(), "Write the first offer"));
    let columns =
        vec![Column::text("Offer"), Column::text("Status"), Column::number("Back"), Column::text("When")];
    view! {
        <ListHead list=LIST may_add=list.may_edit />
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next chips=chips first_step=first_step>
            <Table caption=LIST.title columns=columns>{list.rows.into_iter().map(row).collect_view()}</Table>
        </ListCard>
        <p class="small muted">
            {meeting(list.best_only)} " "
            <a href="/dashboard/settings#cashback">{if list.may_edit { "Change it in the settings" } else { "See the settings" }}</a>
            "."
        </p>
    }
}

/// How offers meet on one purchase, in a sentence.
fn meeting(best_only: bool) -> &'static str {
    if best_only {
        "Where several offers match a purchase, only the one that gives most counts."
    } else {
        "Where several offers match a purchase, all of them count; none hides another."
    }
}

fn row(offer: OfferRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">
                <a href=LIST.row(&offer.id)>{offer.name}</a>
                <small>{offer.summary}</small>
            </td>
            <td role="cell" data-th="Status">{status(offer.state)}</td>
            <td role="cell" class="n" data-th="Back"><span>{offer.percentage}</span></td>
            <td role="cell" data-th="When"><span>{offer.dates}</span></td>
        </tr>
    }
}

/// The state as a pill: shape, word and colour.
fn status(state: State) -> impl IntoView {
    let (tone, dot) = match state {
        State::Scheduled => (Tone::Sky, Dot::Ring),
        State::Active => (Tone::Leaf, Dot::Full),
        State::Paused => (Tone::Petal, Dot::Pause),
        State::Over | State::Archived => (Tone::Plain, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{state.label()}</Badge> }
}
