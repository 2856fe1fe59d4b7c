//! Purchases: the list, and one purchase with its receipt and the till's request.

pub mod api;
#[cfg(feature = "ssr")]
mod changes;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
mod request;
pub mod returning;
#[cfg(feature = "ssr")]
pub mod returning_form;
#[cfg(feature = "ssr")]
pub mod returning_load;

pub use detail::PurchasePage;
pub use returning::ReturnPage;

use super::list::{Asked, List, ListCard, Order, asked, choice};
use super::page::{capitalised, loaded};
use super::parts::PageHead;
use crate::ui::{Badge, Column, Dot, LinkButton, Table, Tone, grouped};
use api::list_purchases;
use dto::{PurchaseList, PurchaseQuery, PurchaseRow};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/purchases",
    title: "Purchases",
    about: "Everything the tills posted, newest first. Each can say why it earned what it did.",
    nouns: ("purchase", "purchases"),
    search: "Transaction id",
    order: Order::NewestFirst,
    no_match: ("Nothing matches", "No purchase fits the search and the filters."),
    nothing: (
        "No purchases yet",
        "They appear here as soon as a till posts them. A new API key comes with a command to try it.",
    ),
    has_csv: true,
};

/// The word by which the list is narrowed to purchases of which a part came back.
const PARTLY_RETURNED: &str = "partly_returned";
/// The same of those of which nothing is left.
const RETURNED: &str = "returned";

/// The list with search, filters and its CSV.
#[component]
pub fn PurchasesPage() -> impl IntoView {
    let asked = asked(&["q", "retailer", "status", "from", "to"]);
    let list = Resource::new(move || asked.get(), |asked| list_purchases(query(asked)));
    view! {
        <PageHead title=LIST.title about=LIST.about>
            <LinkButton href=super::returns::LIST.path>"Waiting returns"</LinkButton>
        </PageHead>
        {loaded(list, move |list| card(list, asked.get_untracked()))}
    }
}

fn query(asked: Asked) -> PurchaseQuery {
    let field = |name| asked.get(name).to_owned();
    PurchaseQuery {
        q: asked.q(),
        retailer: field("retailer"),
        status: field("status"),
        from: field("from"),
        to: field("to"),
        after: asked.after,
    }
}

fn card(list: PurchaseList, asked: Asked) -> impl IntoView {
    let choices = choices(&asked, list.retailers).into_any();
    let first_step = Some(("/dashboard/keys".to_owned(), "Connect a till"));
    view! {
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next choices=choices first_step=first_step>
            {rows(list.rows, &list.points_name, true)}
        </ListCard>
    }
}

/// A table of purchases; without the column of the customer where all are of one.
pub fn rows(rows: Vec<PurchaseRow>, points_name: &str, with_customer: bool) -> impl IntoView + use<> {
    let word = capitalised(points_name);
    let mut columns = ["Transaction", "When", "Retailer"].map(Column::text).to_vec();
    columns.extend(with_customer.then(|| Column::text("Customer")));
    columns.extend([Column::text("Status"), Column::number("Amount"), Column::number(word.clone())]);
    view! {
        <Table caption="Purchases, newest first" columns=columns>
            {rows.into_iter().map(|purchase| row(purchase, word.clone(), with_customer)).collect_view()}
        </Table>
    }
}

fn row(purchase: PurchaseRow, word: String, with_customer: bool) -> impl IntoView {
    let href = LIST.row(&purchase.id);
    let customer = match purchase.customer {
        Some((id, name)) => view! { <a href=format!("/dashboard/customers/{id}")>{name}</a> }.into_any(),
        None => view! { <span class="muted">"Nobody yet"</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell">
                <a class="mono" href=href>{purchase.transaction_id}</a>
            </td>
            <td role="cell" data-th="When"><span>{purchase.when}</span></td>
            <td role="cell" data-th="Retailer"><span>{purchase.retailer}</span></td>
            {with_customer.then(|| view! { <td role="cell" data-th="Customer">{customer}</td> })}
            <td role="cell" data-th="Status">{status(purchase.unclaimed, purchase.returned)}</td>
            <td role="cell" class="n" data-th="Amount"><span>{purchase.amount}</span></td>
            <td role="cell" class="n" data-th=word><span>{grouped(purchase.points)}</span></td>
        </tr>
    }
}

/// How much came back, and else whether the points have reached somebody; of an unclaimed one both are told.
pub fn status(unclaimed: bool, returned: Option<bool>) -> impl IntoView {
    let back = returned.map(|complete| {
        if complete {
            view! { <Badge tone=Tone::Plain dot=Dot::Ring>"Returned"</Badge> }
        } else {
            view! { <Badge tone=Tone::Plain dot=Dot::Half>"Partly returned"</Badge> }
        }
    });
    let reached = match (unclaimed, returned) {
        (true, _) => Some(view! { <Badge tone=Tone::Petal dot=Dot::Ring>"Unclaimed"</Badge> }),
        (false, None) => Some(view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Credited"</Badge> }),
        (false, Some(_)) => None,
    };
    view! {
        {reached}
        {back}
    }
}

/// Retailer, status and days.
fn choices(asked: &Asked, retailers: Vec<(String, String)>) -> impl IntoView + use<> {
    let statuses = [
        ("credited", "Credited"),
        ("unclaimed", "Unclaimed"),
        (PARTLY_RETURNED, "Partly returned"),
        (RETURNED, "Returned"),
    ];
    let (from, to) = (asked.get("from").to_owned(), asked.get("to").to_owned());
    view! {
        {choice("retailer", "Retailer", "Every retailer", retailers, asked.get("retailer"))}
        {choice("status", "Status", "Any status", statuses, asked.get("status"))}
        <span class="row nowrap-row filterbar__dates">
            <input class="input" type="date" name="from" value=from aria-label="From" />
            <span class="muted" aria-hidden="true">"–"</span>
            <input class="input" type="date" name="to" value=to aria-label="To" />
        </span>
    }
}
