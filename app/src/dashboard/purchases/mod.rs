//! Purchases: the list, and one purchase with its receipt and what the till sent.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod load;

pub use detail::PurchasePage;

use super::format;
use super::page::{address, capitalised, loaded};
use super::parts::PageHead;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Dot, Empty, LinkButton, Pagination, Tone, grouped};
use api::list_purchases;
use dto::{PurchaseList, PurchaseQuery, PurchaseRow};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

const PATH: &str = "/dashboard/purchases";

/// The list with search, filters and its CSV.
#[component]
pub fn PurchasesPage() -> impl IntoView {
    let params = use_query_map();
    let asked = Memo::new(move |_| {
        params.with(|map| {
            let field = |name| map.get(name).unwrap_or_default();
            PurchaseQuery {
                q: field("q"),
                retailer: field("retailer"),
                status: field("status"),
                from: field("from"),
                to: field("to"),
                after: field("after"),
            }
        })
    });
    let list = Resource::new(move || asked.get(), list_purchases);
    view! {
        <PageHead
            title="Purchases"
            about="Everything the tills posted, newest first. Each one can say why it earned what it earned."
        />
        {loaded(list, move |list| table(list, &asked.get_untracked()))}
    }
}

fn table(list: PurchaseList, asked: &PurchaseQuery) -> impl IntoView + use<> {
    let chosen = [
        ("q", asked.q.as_str()),
        ("retailer", &asked.retailer),
        ("status", &asked.status),
        ("from", &asked.from),
        ("to", &asked.to),
    ];
    let narrowed = chosen.iter().any(|(_, value)| !value.is_empty());
    let csv = address("/dashboard/purchases.csv", &chosen, None);
    let first = (!asked.after.is_empty()).then(|| address(PATH, &chosen, None));
    let next = list.next.as_deref().map(|after| address(PATH, &chosen, Some(after)));
    let shown = format::plural(i64::try_from(list.rows.len()).unwrap_or(i64::MAX), "purchase", "purchases");
    let shown = format!("{shown} on this page, newest first");
    let filters = filters(asked, &list.retailers, narrowed, csv);
    let body = if list.rows.is_empty() {
        nothing(narrowed).into_any()
    } else {
        rows(list.rows, &list.points_name, true).into_any()
    };
    let turns = first.is_some() || next.is_some();
    view! {
        <section class="card card--flush" aria-label="Purchases">
            {filters} {body}
            {turns
                .then(|| {
                    view! { <Pagination shown=shown first=first next=next first_label="Newest" next_label="Older" /> }
                })}
        </section>
    }
}

fn nothing(narrowed: bool) -> impl IntoView {
    if narrowed {
        view! {
            <Empty title="Nothing matches" text="No purchase fits the search and the filters.">
                <LinkButton href=PATH>"Show all purchases"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty
                title="No purchases yet"
                text="They appear here as soon as a till posts them. A new API key comes with a command to try it."
            >
                <LinkButton href="/dashboard/keys">"Connect a till"</LinkButton>
            </Empty>
        }
        .into_any()
    }
}

/// A table of purchases; without the column of the customer where all are of one.
pub fn rows(rows: Vec<PurchaseRow>, points_name: &str, with_customer: bool) -> impl IntoView + use<> {
    view! {
        <div class="table-wrap">
            <table class="table table--fold">
                <caption class="visually-hidden">"Purchases, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Transaction"</th>
                        <th scope="col">"When"</th>
                        <th scope="col">"Retailer"</th>
                        {with_customer.then(|| view! { <th scope="col">"Customer"</th> })}
                        <th scope="col">"Status"</th>
                        <th scope="col" class="n">"Amount"</th>
                        <th scope="col" class="n">{capitalised(points_name)}</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|purchase| row(purchase, with_customer)).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(purchase: PurchaseRow, with_customer: bool) -> impl IntoView {
    let href = format!("{PATH}/{}", purchase.id);
    let customer = match purchase.customer {
        Some((id, name)) => view! { <a href=format!("/dashboard/customers/{id}")>{name}</a> }.into_any(),
        None => view! { <span class="muted">"Nobody yet"</span> }.into_any(),
    };
    view! {
        <tr>
            <td>
                <a class="mono" href=href>{purchase.transaction_id}</a>
            </td>
            <td data-th="When"><span>{purchase.when}</span></td>
            <td data-th="Retailer"><span>{purchase.retailer}</span></td>
            {with_customer.then(|| view! { <td data-th="Customer">{customer}</td> })}
            <td data-th="Status">{status(purchase.unclaimed)}</td>
            <td class="n" data-th="Amount"><span>{purchase.amount}</span></td>
            <td class="n" data-th="Earned"><span>{grouped(purchase.points)}</span></td>
        </tr>
    }
}

/// Whether the points have reached somebody.
pub fn status(unclaimed: bool) -> impl IntoView {
    if unclaimed {
        view! { <Badge tone=Tone::Petal dot=Dot::Ring>"Unclaimed"</Badge> }
    } else {
        view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Credited"</Badge> }
    }
}

fn filters(
    asked: &PurchaseQuery,
    retailers: &[(String, String)],
    narrowed: bool,
    csv: String,
) -> impl IntoView + use<> {
    let options = retailers
        .iter()
        .map(|(code, name)| {
            view! { <option value=code.clone() selected=*code == asked.retailer>{name.clone()}</option> }
        })
        .collect_view();
    let (q, from, to) = (asked.q.clone(), asked.from.clone(), asked.to.clone());
    let (credited, unclaimed) = (asked.status == "credited", asked.status == "unclaimed");
    view! {
        <form class="filterbar" method="get" action=PATH role="search" aria-label="Purchases">
            <label class="input-group input-group--search">
                <Icon glyph=icon::SEARCH />
                <span class="visually-hidden">"Transaction id"</span>
                <input class="input" type="search" name="q" value=q placeholder="Transaction id" autocomplete="off" />
            </label>
            <select class="select filterbar__select" name="retailer" aria-label="Retailer">
                <option value="">"Every retailer"</option>
                {options}
            </select>
            <select class="select filterbar__select" name="status" aria-label="Status">
                <option value="">"Any status"</option>
                <option value="credited" selected=credited>"Credited"</option>
                <option value="unclaimed" selected=unclaimed>"Unclaimed"</option>
            </select>
            <span class="row nowrap-row filterbar__dates">
                <input class="input" type="date" name="from" value=from aria-label="From" />
                <span class="muted" aria-hidden="true">"–"</span>
                <input class="input" type="date" name="to" value=to aria-label="To" />
            </span>
            <button class="btn" type="submit">"Apply"</button>
            {narrowed.then(|| view! { <a class="btn btn--quiet" href=PATH>"Clear"</a> })}
            <a class="btn btn--quiet push" href=csv rel="external" download="">
                <Icon glyph=icon::DOWNLOAD />
                "CSV"
            </a>
        </form>
    }
}
