//! Returns that came before their purchase: which still wait, and which need somebody.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

use super::flash::FlashBanner;
use super::list::{Asked, List, Listed, Order, asked, pages};
use super::page::loaded;
use super::parts::{Confirm, Crumbs, Refusal};
use crate::form::use_form;
use crate::ui::{Badge, Column, Dot, Empty, Table, Tone};
use api::read_waiting;
use dto::WaitingRow;
use leptos::prelude::*;
use leptos_meta::Title;

pub(super) const LIST: List = List {
    path: "/dashboard/purchases/returns",
    title: "Waiting returns",
    about: "A till that was offline may send a return before its purchase. It waits here for thirty days and is booked within a second of the purchase. What cannot be booked stays here, with the reason.",
    nouns: ("return", "returns"),
    search: "",
    order: Order::Unsaid,
    no_match: ("Nothing waits", "Every return has found its purchase."),
    nothing: ("Nothing waits", "Every return has found its purchase."),
    has_csv: false,
};

/// The list.
#[component]
pub fn WaitingReturnsPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&[]);
    let list = Resource::new(move || asked.get().after, read_waiting);
    view! {
        <Title text=LIST.title />
        <FlashBanner />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/purchases" up="Purchases" here=LIST.title.to_owned() />
                <h1>{LIST.title}</h1>
                <p>{LIST.about}</p>
            </div>
        </div>
        <Refusal title="Not done." />
        {loaded(list, move |list| card(list, &asked.get_untracked()))}
    }
}

fn card(list: Listed<WaitingRow>, asked: &Asked) -> impl IntoView + use<> {
    let body = if list.rows.is_empty() {
        view! { <Empty title=LIST.nothing.0 text=LIST.nothing.1 /> }.into_any()
    } else {
        let mut columns = ["Return", "Purchase", "Retailer", "Came", "State"].map(Column::text).to_vec();
        columns.extend(list.may_edit.then(|| Column::text("Action")));
        let count = list.rows.len();
        let turn = pages(LIST.path, asked, list.next.as_deref(), LIST.order, count, LIST.nouns);
        let rows = list.rows.into_iter().map(|waiting| row(waiting, list.may_edit)).collect_view();
        view! {
            <Table caption="Waiting returns, those that need you first" columns=columns>{rows}</Table>
            {turn}
        }
        .into_any()
    };
    view! {
        <section class="card card--flush" aria-label="Waiting returns">{body}</section>
    }
}

fn row(row: WaitingRow, may_discard: bool) -> impl IntoView {
    let purchase = match &row.purchase {
        Some(id) => {
            let href = format!("/dashboard/purchases/{id}");
            view! { <a class="mono" href=href>{row.transaction_id.clone()}</a> }.into_any()
        }
        None => view! { <span class="mono">{row.transaction_id.clone()}</span> }.into_any(),
    };
    let state = match row.refusal {
        Some(why) => view! {
            <Badge tone=Tone::Danger dot=Dot::Square>"Not booked"</Badge>
            <small>{why}</small>
        }
        .into_any(),
        None => view! {
            <Badge tone=Tone::Petal dot=Dot::Ring>"Waits"</Badge>
            <small>{format!("until {}", row.until)}</small>
        }
        .into_any(),
    };
    let discard = may_discard.then(|| {
        let label = format!("Discard {}", row.return_id);
        view! {
            <td role="cell" data-th="Action">
                <form method="post" action=LIST.path aria-label=label>
                    <input type="hidden" name="retailer" value=row.retailer_id />
                    <input type="hidden" name="transaction" value=row.transaction_id />
                    <input type="hidden" name="return" value=row.return_id.clone() />
                    <Confirm button="Discard" value="discard" text="It will not be booked, whatever comes." small=true />
                </form>
            </td>
        }
    });
    view! {
        <tr role="row">
            <td role="cell"><span class="mono">{row.return_id}</span></td>
            <td role="cell" data-th="Purchase">{purchase}</td>
            <td role="cell" data-th="Retailer"><span>{row.retailer}</span></td>
            <td role="cell" data-th="Came"><span>{row.came}</span></td>
            <td role="cell" data-th="State">{state}</td>
            {discard}
        </tr>
    }
}
