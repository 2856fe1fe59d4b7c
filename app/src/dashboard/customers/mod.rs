//! Customers: the list with search, and the page of one.

mod adjust;
#[cfg(feature = "ssr")]
pub mod adjust_form;
pub mod api;
mod detail;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod edit_form;
mod entries;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
mod load_lots;
mod lots;
pub mod merge;
pub mod privacy;
pub mod rewards;
mod who;

pub use adjust::AdjustPage;
pub use detail::CustomerPage;
pub use edit::CustomerEditPage;
#[cfg(feature = "ssr")]
pub(super) use load::name;
pub use merge::MergePage;
pub use privacy::PrivacyPage;
pub use rewards::RedeemPage;

use super::list::{Asked, Chips, List, ListCard, ListHead, Order, asked};
use super::page::{capitalised, loaded};
use crate::ui::{Column, Table, grouped};
use api::list_customers;
use dto::{CustomerList, CustomerRow};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/customers",
    title: "Customers",
    about: "Everybody in the program. Search by name, e-mail, phone, card or id.",
    nouns: ("customer", "customers"),
    search: "Name, e-mail, phone, card or id",
    order: Order::Unsaid,
    no_match: ("Nobody matches", "Try the beginning of a name, or a whole e-mail, phone or card number."),
    nothing: (
        "No customers yet",
        "They join in the portal, or with the first purchase that a till posts for them.",
    ),
    has_csv: true,
};

/// The word in the address for those who owe points after a return.
const OWING: &str = "owing";

/// Where they are listed.
#[cfg(feature = "ssr")]
pub const OWING_LIST: &str = "/dashboard/customers?state=owing";

/// The list with search and its CSV.
#[component]
pub fn CustomersPage() -> impl IntoView {
    let asked = asked(&["q", "state"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| list_customers(asked.q(), asked.get("state").to_owned(), asked.after),
    );
    view! {
        <ListHead list=LIST />
        {loaded(list, move |list| card(list, asked.get_untracked()))}
    }
}

fn card(list: CustomerList, asked: Asked) -> impl IntoView {
    let word = capitalised(&list.points_name);
    let columns = vec![
        Column::text("Customer"),
        Column::number(word.clone()),
        Column::number("Purchases"),
        Column::number("Spent"),
        Column::text("Last purchase"),
        Column::text("Joined"),
    ];
    let chips = Chips::states("All", [(OWING, "In debt")]);
    view! {
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next chips=chips>
            <Table caption=LIST.title columns=columns>{list.rows.into_iter().map(|customer| row(customer, word.clone())).collect_view()}</Table>
        </ListCard>
    }
}

fn row(customer: CustomerRow, word: String) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">
                <a href=LIST.row(&customer.id)>{customer.name}</a>
                <small>{customer.detail}</small>
            </td>
            <td role="cell" class="n" data-th=word><span>{grouped(customer.points)}</span></td>
            <td role="cell" class="n" data-th="Purchases"><span>{grouped(customer.purchases)}</span></td>
            <td role="cell" class="n" data-th="Spent"><span>{customer.spent}</span></td>
            <td role="cell" data-th="Last purchase"><span>{customer.last_purchase.unwrap_or_else(|| "None yet".to_owned())}</span></td>
            <td role="cell" data-th="Joined"><span>{customer.joined}</span></td>
        </tr>
    }
}
