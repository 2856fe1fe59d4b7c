//! Products: what is sold, with the categories and tags that promotions look at.

pub mod api;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

pub use edit::{ProductEditPage, ProductNewPage};

use super::flash::FlashBanner;
use super::list::{Asked, List, ListCard, ListHead, Order, asked};
use super::page::{dash, loaded};
use crate::ui::{Badge, Column, Dot, Table, Tone};
use api::list_products;
use dto::{ProductList, ProductRow};
use leptos::prelude::*;

const LIST: List = List {
    path: "/dashboard/products",
    title: "Products",
    about: "What you sell, with the categories and tags that promotions use. Lines with unknown products are accepted, too; they earn by promotions that need no product.",
    nouns: ("product", "products"),
    search: "SKU or name",
    order: Order::By("SKU"),
    no_match: ("Nothing matches", "No product has this in its SKU or name."),
    nothing: (
        "No products yet",
        "You need them only for promotions on some products. Import a CSV with perennial import, or add one here.",
    ),
    has_csv: true,
};

/// The list with search and its CSV.
#[component]
pub fn ProductsPage() -> impl IntoView {
    let asked = asked(&["q"]);
    let list = Resource::new(move || asked.get(), |asked| list_products(asked.q(), asked.after));
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: ProductList, asked: Asked) -> impl IntoView {
    let first_step = list.may_edit.then(|| (LIST.new_row(), "Add a product"));
    let columns = ["Name", "SKU", "Category", "Tags", "Status"].map(Column::text).to_vec();
    view! {
        <ListHead list=LIST may_add=list.may_edit />
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next first_step=first_step>
            <Table caption=LIST.title columns=columns>{list.rows.into_iter().map(row).collect_view()}</Table>
        </ListCard>
    }
}

fn row(product: ProductRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell"><a href=LIST.row(&product.id)>{product.name}</a></td>
            <td role="cell" data-th="SKU"><span class="mono">{product.sku}</span></td>
            <td role="cell" data-th="Category"><span>{dash(product.category)}</span></td>
            <td role="cell" data-th="Tags"><span>{dash(product.tags.join(", "))}</span></td>
            <td role="cell" data-th="Status">{status(product.archived)}</td>
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
