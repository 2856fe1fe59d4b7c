//! The form of a product.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Problem};
use super::api::{blank_product, read_product};
use super::dto::{ProductForm, ProductRow};
use crate::form::{FormState, use_form};
use crate::ui::{Button, ButtonVariant, Field, LinkButton, TextField};
use leptos::prelude::*;
use leptos_meta::Title;

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
    let title =
        data.product.as_ref().map_or_else(|| "New product".to_owned(), |product| product.name.clone());
    let badge = data.product.as_ref().map(|product| super::status(product.archived));
    let end = data.product.clone().filter(|_| data.may_edit).map(end);
    view! {
        <Title text=title.clone() />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/products" up="Products" here=title.clone() />
                <h1 class="row" style="--gap:var(--s-3)">{title} {badge}</h1>
            </div>
        </div>
        <div class="cols" style="--main:1.6fr;--aside:1fr">{fields(data)} {end}</div>
    }
}

fn fields(data: ProductForm) -> impl IntoView {
    let ProductForm { product, categories, may_edit } = data;
    let new = product.is_none();
    let action = product
        .as_ref()
        .map_or_else(|| format!("{}/new", super::PATH), |row| format!("{}/{}", super::PATH, row.id));
    let known = product.unwrap_or_else(|| ProductRow {
        id: String::new(),
        sku: String::new(),
        name: String::new(),
        category: String::new(),
        tags: Vec::new(),
        archived: false,
    });
    let sku_help = if new {
        "As tills send it. It stays as it is for ever."
    } else {
        "It stays as it is: purchases name it."
    };
    view! {
        <form class="card" method="post" action=action>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_edit>
                <TextField name="name" label="Name" value=known.name maxlength=200 required=true />
                {if new {
                    view! { <TextField name="sku" label="SKU" help=sku_help value=known.sku maxlength=64 required=true /> }
                        .into_any()
                } else {
                    view! {
                        <div>
                            <p class="field__label">"SKU"</p>
                            <p class="mono">{known.sku}</p>
                            <p class="field__help">{sku_help}</p>
                        </div>
                    }
                        .into_any()
                }}
                {category(known.category, categories)}
                <TextField
                    name="tags"
                    label="Tags"
                    help="Separated by commas, such as draft, local."
                    value=known.tags.join(", ")
                />
            </fieldset>
            {may_edit
                .then(|| {
                    view! {
                        <div class="card__foot">
                            <Button variant=ButtonVariant::Primary name="do" value="save">
                                {if new { "Add product" } else { "Save product" }}
                            </Button>
                            <LinkButton href="/dashboard/products" variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
                        </div>
                    }
                })}
        </form>
    }
}

fn category(value: String, offers: Vec<String>) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let value = form.value("category").map(str::to_owned).unwrap_or(value);
    let invalid = form.error("category").is_some().then_some("true");
    view! {
        <Field name="category" label="Category" help="One, or none.">
            <input
                class="input"
                id="category"
                name="category"
                value=value
                list="category-offers"
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby="category-note"
            />
            <datalist id="category-offers">
                {offers.into_iter().map(|offer| view! { <option value=offer></option> }).collect_view()}
            </datalist>
        </Field>
    }
}

/// Taking a product out of the catalogue, or back.
fn end(product: ProductRow) -> impl IntoView {
    let action = format!("{}/{}", super::PATH, product.id);
    let (title, text, verb, button, variant) = if product.archived {
        (
            "Sell again",
            "Lines with this SKU count as this product again.",
            "open",
            "Sell product again",
            ButtonVariant::Default,
        )
    } else {
        (
            "Archive",
            "From then on a line with this SKU counts as an unknown product. What was bought keeps its points. You can sell it again.",
            "archive",
            "Archive product",
            ButtonVariant::Danger,
        )
    };
    view! {
        <section class="card" aria-labelledby="end">
            <div class="card__head"><h2 id="end">{title}</h2></div>
            <form class="card__body stack" method="post" action=action>
                <p class="small muted">{text}</p>
                <div>
                    <Button variant=variant name="do" value=verb>{button}</Button>
                </div>
            </form>
        </section>
    }
}
