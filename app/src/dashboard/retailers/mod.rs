//! Retailers: the stores of the program.

pub mod api;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

pub use edit::{RetailerEditPage, RetailerNewPage};

use super::flash::FlashBanner;
use super::list::{Asked, List, ListCard, ListHead, Order, asked};
use super::page::{dash, loaded};
use crate::ui::{Badge, Column, Dot, Table, Tone};
use api::list_retailers;
use dto::{RetailerList, RetailerRow};
use leptos::prelude::*;

const LIST: List = List {
    path: "/dashboard/retailers",
    title: "Retailers",
    about: "The stores that take part. Each has its own time zone and the hour at which its business day begins.",
    nouns: ("retailer", "retailers"),
    search: "Code or name",
    order: Order::By("code"),
    no_match: ("Nothing matches", "No retailer has this in its code or name."),
    nothing: ("No retailers yet", "A purchase names the retailer it was made at. Begin with one store."),
    has_csv: true,
};

/// The list with search and its CSV.
#[component]
pub fn RetailersPage() -> impl IntoView {
    let asked = asked(&["q"]);
    let list = Resource::new(move || asked.get(), |asked| list_retailers(asked.q(), asked.after));
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: RetailerList, asked: Asked) -> impl IntoView {
    let first_step = list.may_edit.then(|| (LIST.new_row(), "Add the first retailer"));
    let columns = ["Name", "Code", "Region", "Time zone", "Day begins", "Status"].map(Column::text).to_vec();
    view! {
        <ListHead list=LIST may_add=list.may_edit />
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next first_step=first_step>
            <Table caption=LIST.title columns=columns>{list.rows.into_iter().map(row).collect_view()}</Table>
        </ListCard>
    }
}

fn row(retailer: RetailerRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell"><a href=LIST.row(&retailer.id)>{retailer.name}</a></td>
            <td role="cell" data-th="Code"><span class="mono">{retailer.code}</span></td>
            <td role="cell" data-th="Region"><span>{dash(retailer.region)}</span></td>
            <td role="cell" data-th="Time zone"><span>{retailer.time_zone}</span></td>
            <td role="cell" data-th="Day begins"><span class="num">{retailer.business_day_start}</span></td>
            <td role="cell" data-th="Status">{status(retailer.archived)}</td>
        </tr>
    }
}

fn status(archived: bool) -> impl IntoView {
    if archived {
        view! { <Badge tone=Tone::Plain dot=Dot::Square>"Archived"</Badge> }
    } else {
        view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Open"</Badge> }
    }
}
