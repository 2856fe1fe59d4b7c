//! Customers: the list with search, and the page of one.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod load;

pub use detail::CustomerPage;

use super::format;
use super::page::{address, capitalised, loaded, query_param};
use super::parts::PageHead;
use crate::ui::icon::{self, Icon};
use crate::ui::{Empty, LinkButton, Pagination, grouped};
use api::list_customers;
use dto::{CustomerList, CustomerRow};
use leptos::prelude::*;

const PATH: &str = "/dashboard/customers";

/// The list with search and its CSV.
#[component]
pub fn CustomersPage() -> impl IntoView {
    let (q, after) = (query_param("q"), query_param("after"));
    let list = Resource::new(move || (q.get(), after.get()), |(q, after)| list_customers(q, after));
    view! {
        <PageHead title="Customers" about="Everybody in the program. The search looks at names, e-mails, phones, cards and ids." />
        {loaded(list, move |list| table(list, &q.get_untracked(), &after.get_untracked()))}
    }
}

fn table(list: CustomerList, q: &str, after: &str) -> impl IntoView + use<> {
    let chosen = [("q", q)];
    let first = (!after.is_empty()).then(|| address(PATH, &chosen, None));
    let next = list.next.as_deref().map(|after| address(PATH, &chosen, Some(after)));
    let shown = format::plural(i64::try_from(list.rows.len()).unwrap_or(i64::MAX), "customer", "customers");
    let shown = format!("{shown} on this page");
    let csv = address("/dashboard/customers.csv", &chosen, None);
    let turns = first.is_some() || next.is_some();
    let searched = !q.is_empty();
    let q = q.to_owned();
    view! {
        <section class="card card--flush" aria-label="Customers">
            <form class="filterbar" method="get" action=PATH role="search" aria-label="Customers">
                <label class="input-group input-group--search">
                    <Icon glyph=icon::SEARCH />
                    <span class="visually-hidden">"Name, e-mail, phone, card or id"</span>
                    <input
                        class="input"
                        type="search"
                        name="q"
                        value=q
                        placeholder="Name, e-mail, phone, card or id"
                        autocomplete="off"
                    />
                </label>
                <button class="btn" type="submit">"Search"</button>
                {searched.then(|| view! { <a class="btn btn--quiet" href=PATH>"Clear"</a> })}
                <a class="btn btn--quiet push" href=csv rel="external" download="">
                    <Icon glyph=icon::DOWNLOAD />
                    "CSV"
                </a>
            </form>
            {if list.rows.is_empty() {
                nothing(searched).into_any()
            } else {
                rows(list.rows, &list.points_name).into_any()
            }}
            {turns
                .then(|| {
                    view! { <Pagination shown=shown first=first next=next first_label="First page" next_label="Next page" /> }
                })}
        </section>
    }
}

fn nothing(searched: bool) -> impl IntoView {
    if searched {
        view! {
            <Empty title="Nobody matches" text="Try the beginning of a name, or a whole e-mail, phone or card number.">
                <LinkButton href=PATH>"Show all customers"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty
                title="No customers yet"
                text="They join in the portal, or with the first purchase that a till posts for them."
            />
        }
        .into_any()
    }
}

fn rows(rows: Vec<CustomerRow>, points_name: &str) -> impl IntoView + use<> {
    view! {
        <div class="table-wrap">
            <table class="table table--fold">
                <caption class="visually-hidden">"Customers"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Customer"</th>
                        <th scope="col" class="n">{capitalised(points_name)}</th>
                        <th scope="col" class="n">"Purchases"</th>
                        <th scope="col" class="n">"Spent"</th>
                        <th scope="col">"Last purchase"</th>
                        <th scope="col">"Joined"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(customer: CustomerRow) -> impl IntoView {
    view! {
        <tr>
            <td>
                <a href=format!("{PATH}/{}", customer.id)>{customer.name}</a>
                <small>{customer.detail}</small>
            </td>
            <td class="n" data-th="Balance"><span>{grouped(customer.points)}</span></td>
            <td class="n" data-th="Purchases"><span>{grouped(customer.purchases)}</span></td>
            <td class="n" data-th="Spent"><span>{customer.spent}</span></td>
            <td data-th="Last purchase"><span>{customer.last_purchase.unwrap_or_else(|| "None yet".to_owned())}</span></td>
            <td data-th="Joined"><span>{customer.joined}</span></td>
        </tr>
    }
}
