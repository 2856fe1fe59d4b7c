//! The form of a product: a new one, or one to change or archive.

use super::super::edit::{Archiving, EditForm, EditPage, Fixed, Step};
use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::LIST;
use super::api::{blank_product, read_product};
use super::dto::{ProductForm, ProductRow};
use crate::form::use_form;
use crate::ui::{OfferField, TextField};
use leptos::prelude::*;

/// A new product.
#[component]
pub fn ProductNewPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| blank_product());
    loaded(data, page)
}

/// One product.
#[component]
pub fn ProductEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_product);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: ProductForm) -> impl IntoView {
    let name = data.product.as_ref().map(|product| product.name.clone());
    let badge = data.product.as_ref().map(|product| super::status(product.archived).into_any());
    let end = data.product.clone().filter(|_| data.may_edit).map(end);
    view! { <EditPage list=LIST name=name badge=badge>{fields(data)} {end}</EditPage> }
}

fn fields(data: ProductForm) -> impl IntoView {
    let ProductForm { product, categories, may_edit } = data;
    let id = product.as_ref().map(|product| product.id.clone());
    let known = product.unwrap_or_default();
    let sku = match id {
        Some(_) => {
            view! { <Fixed label="SKU" value=known.sku help="Cannot be changed: purchases refer to it." /> }.into_any()
        }
        None => {
            view! {
                <TextField name="sku" label="SKU" help="As tills send it. It can never be changed." maxlength=64 required=true />
            }
            .into_any()
        }
    };
    view! {
        <EditForm list=LIST id=id may_edit=may_edit>
            <TextField name="name" label="Name" value=known.name maxlength=200 required=true />
            {sku}
            <OfferField name="category" label="Category" help="One, or none." value=known.category offers=categories />
            <TextField
                name="tags"
                label="Tags"
                help="Separated by commas, such as draft, local."
                value=known.tags.join(", ")
            />
        </EditForm>
    }
}

/// Taking a product out of the catalogue, or back.
fn end(product: ProductRow) -> impl IntoView {
    let archive = Step {
        title: "Archive",
        text: "From then on, lines with this SKU count as an unknown product. Past purchases keep their points. You can sell it again.",
        button: "Archive product",
    };
    let open = Step {
        title: "Sell again",
        text: "Lines with this SKU count as this product again.",
        button: "Sell product again",
    };
    view! { <Archiving action=LIST.row(&product.id) archived=product.archived archive=archive open=open /> }
}
