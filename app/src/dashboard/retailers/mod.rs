//! Retailers: the stores of the program.

pub mod api;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

pub use edit::{RetailerEditPage, RetailerNewPage};

use super::page::{address, loaded, query_param};
use super::parts::PageHead;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Dot, Empty, LinkButton, Pagination, Tone};
use api::list_retailers;
use dto::{RetailerList, RetailerRow};
use leptos::prelude::*;

const PATH: &str = "/dashboard/retailers";

/// The list with search and its CSV.
#[component]
pub fn RetailersPage() -> impl IntoView {
    let (q, after) = (query_param("q"), query_param("after"));
    let list = Resource::new(move || (q.get(), after.get()), |(q, after)| list_retailers(q, after));
    view! {
        <super::flash::FlashBanner />
        {loaded(list, move |list| page(list, &q.get_untracked(), &after.get_untracked()))}
    }
}

fn page(list: RetailerList, q: &str, after: &str) -> impl IntoView + use<> {
    let chosen = [("q", q)];
    let first = (!after.is_empty()).then(|| address(PATH, &chosen, None));
    let next = list.next.as_deref().map(|after| address(PATH, &chosen, Some(after)));
    let csv = address("/dashboard/retailers.csv", &chosen, None);
    let shown = format!(
        "{} on this page, by code",
        super::format::plural(list.rows.len() as i64, "retailer", "retailers")
    );
    let turns = first.is_some() || next.is_some();
    let searched = !q.is_empty();
    let q = q.to_owned();
    let new = list.may_edit.then(|| view! { <a class="btn btn--primary" href="/dashboard/retailers/new"><Icon glyph=icon::PLUS />"New retailer"</a> });
    view! {
        <PageHead
            title="Retailers"
            about="The stores that take part. Each has its own time zone and the hour at which its business day begins."
        >
            {new}
        </PageHead>
        <section class="card card--flush" aria-label="Retailers">
            <form class="filterbar" method="get" action=PATH role="search" aria-label="Retailers">
                <label class="input-group input-group--search">
                    <Icon glyph=icon::SEARCH />
                    <span class="visually-hidden">"Code or name"</span>
                    <input class="input" type="search" name="q" value=q placeholder="Code or name" autocomplete="off" />
                </label>
                <button class="btn" type="submit">"Search"</button>
                {searched.then(|| view! { <a class="btn btn--quiet" href=PATH>"Clear"</a> })}
                <a class="btn btn--quiet push" href=csv rel="external" download="">
                    <Icon glyph=icon::DOWNLOAD />
                    "CSV"
                </a>
            </form>
            {if list.rows.is_empty() {
                nothing(searched, list.may_edit).into_any()
            } else {
                rows(list.rows).into_any()
            }}
            {turns
                .then(|| {
                    view! { <Pagination shown=shown first=first next=next first_label="First page" next_label="Next page" /> }
                })}
        </section>
    }
}

fn nothing(searched: bool, may_edit: bool) -> impl IntoView {
    if searched {
        view! {
            <Empty title="Nothing matches" text="No retailer has this in its code or name.">
                <LinkButton href=PATH>"Show all retailers"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty title="No retailers yet" text="A purchase names the retailer it was made at. Begin with one store.">
                {may_edit.then(|| view! { <LinkButton href="/dashboard/retailers/new">"Add the first retailer"</LinkButton> })}
            </Empty>
        }
        .into_any()
    }
}

fn rows(rows: Vec<RetailerRow>) -> impl IntoView {
    view! {
        <div class="table-wrap">
            <table class="table table--fold">
                <caption class="visually-hidden">"Retailers"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Code"</th>
                        <th scope="col">"Region"</th>
                        <th scope="col">"Time zone"</th>
                        <th scope="col">"Day begins"</th>
                        <th scope="col">"Status"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(retailer: RetailerRow) -> impl IntoView {
    view! {
        <tr>
            <td><a href=format!("{PATH}/{}", retailer.id)>{retailer.name}</a></td>
            <td data-th="Code"><span class="mono">{retailer.code}</span></td>
            <td data-th="Region"><span>{if retailer.region.is_empty() { "–".to_owned() } else { retailer.region }}</span></td>
            <td data-th="Time zone"><span>{retailer.time_zone}</span></td>
            <td data-th="Day begins"><span class="num">{retailer.business_day_start}</span></td>
            <td data-th="Status">{status(retailer.archived)}</td>
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
