//! Products: what is sold, with the categories and tags that promotions look at.

pub mod api;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

pub use edit::{ProductEditPage, ProductNewPage};

use super::page::{address, loaded, query_param};
use super::parts::PageHead;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Dot, Empty, LinkButton, Pagination, Tone};
use api::list_products;
use dto::{ProductList, ProductRow};
use leptos::prelude::*;

const PATH: &str = "/dashboard/products";

/// The list with search and its CSV.
#[component]
pub fn ProductsPage() -> impl IntoView {
    let (q, after) = (query_param("q"), query_param("after"));
    let list = Resource::new(move || (q.get(), after.get()), |(q, after)| list_products(q, after));
    view! {
        <super::flash::FlashBanner />
        {loaded(list, move |list| page(list, &q.get_untracked(), &after.get_untracked()))}
    }
}

fn page(list: ProductList, q: &str, after: &str) -> impl IntoView + use<> {
    let chosen = [("q", q)];
    let first = (!after.is_empty()).then(|| address(PATH, &chosen, None));
    let next = list.next.as_deref().map(|after| address(PATH, &chosen, Some(after)));
    let csv = address("/dashboard/products.csv", &chosen, None);
    let count = i64::try_from(list.rows.len()).unwrap_or(i64::MAX);
    let shown = format!("{} on this page, by SKU", super::format::plural(count, "product", "products"));
    let turns = first.is_some() || next.is_some();
    let searched = !q.is_empty();
    let q = q.to_owned();
    view! {
        <PageHead
            title="Products"
            about="What is sold, with the categories and tags that promotions look at. A line with an unknown product is taken all the same; it earns by promotions that need no product."
        >
            {list
                .may_edit
                .then(|| {
                    view! {
                        <a class="btn btn--primary" href="/dashboard/products/new">
                            <Icon glyph=icon::PLUS />
                            "New product"
                        </a>
                    }
                })}
        </PageHead>
        <section class="card card--flush" aria-label="Products">
            <form class="filterbar" method="get" action=PATH role="search" aria-label="Products">
                <label class="input-group input-group--search">
                    <Icon glyph=icon::SEARCH />
                    <span class="visually-hidden">"SKU or name"</span>
                    <input class="input" type="search" name="q" value=q placeholder="SKU or name" autocomplete="off" />
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
            <Empty title="Nothing matches" text="No product has this in its SKU or name.">
                <LinkButton href=PATH>"Show all products"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty
                title="No products yet"
                text="You need them only for promotions on some products. Import a CSV with perennial import, or add one here."
            >
                {may_edit.then(|| view! { <LinkButton href="/dashboard/products/new">"Add a product"</LinkButton> })}
            </Empty>
        }
        .into_any()
    }
}

fn rows(rows: Vec<ProductRow>) -> impl IntoView {
    view! {
        <div class="table-wrap">
            <table class="table table--fold">
                <caption class="visually-hidden">"Products"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"SKU"</th>
                        <th scope="col">"Category"</th>
                        <th scope="col">"Tags"</th>
                        <th scope="col">"Status"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(product: ProductRow) -> impl IntoView {
    let dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    view! {
        <tr>
            <td><a href=format!("{PATH}/{}", product.id)>{product.name}</a></td>
            <td data-th="SKU"><span class="mono">{product.sku}</span></td>
            <td data-th="Category"><span>{dash(product.category)}</span></td>
            <td data-th="Tags"><span>{dash(product.tags.join(", "))}</span></td>
            <td data-th="Status">{status(product.archived)}</td>
        </tr>
    }
}

fn status(archived: bool) -> impl IntoView {
    if archived {
        view! { <Badge tone=Tone::Plain dot=Dot::Square>"Archived"</Badge> }
    } else {
        view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Sold"</Badge> }
    }
}
