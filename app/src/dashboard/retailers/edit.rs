//! The form of a retailer: a new one, or one to change or archive.

use super::super::edit::{Archiving, EditForm, EditPage, Fixed, Step};
use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::LIST;
use super::api::{blank_retailer, read_retailer};
use super::dto::{RetailerForm, RetailerRow};
use crate::form::use_form;
use crate::ui::{OfferField, TextField};
use leptos::prelude::*;

/// A new retailer.
#[component]
pub fn RetailerNewPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| blank_retailer());
    loaded(data, page)
}

/// One retailer.
#[component]
pub fn RetailerEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_retailer);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: RetailerForm) -> impl IntoView {
    let name = data.retailer.as_ref().map(|retailer| retailer.name.clone());
    let badge = data.retailer.as_ref().map(|retailer| super::status(retailer.archived).into_any());
    let end = data.retailer.clone().filter(|_| data.may_edit).map(end);
    view! { <EditPage list=LIST name=name badge=badge>{fields(data)} {end}</EditPage> }
}

fn fields(data: RetailerForm) -> impl IntoView {
    let RetailerForm { retailer, time_zone, regions, zones, may_edit } = data;
    let id = retailer.as_ref().map(|retailer| retailer.id.clone());
    let known = retailer.unwrap_or_else(|| RetailerRow {
        time_zone,
        business_day_start: "00:00".to_owned(),
        ..RetailerRow::default()
    });
    let code = match id {
        Some(_) => view! {
            <Fixed label="Code" value=known.code help="Cannot be changed: tills and promotions refer to it." />
        }
        .into_any(),
        None => view! {
            <TextField
                name="code"
                label="Code"
                help="What tills send as the retailer of a purchase, such as riverside. It can never be changed."
                maxlength=64
                required=true
            />
        }
        .into_any(),
    };
    view! {
        <EditForm list=LIST id=id may_edit=may_edit>
            <TextField name="name" label="Name" value=known.name maxlength=200 required=true />
            {code}
            <OfferField
                name="region"
                label="Region"
                help="Promotions can be limited to regions. Optional."
                value=known.region
                offers=regions
            />
            <OfferField
                name="time_zone"
                label="Time zone"
                help="Decides weekdays and hours of promotions here."
                value=known.time_zone
                offers=zones
            />
            <TextField
                name="business_day_start"
                label="Business day begins at"
                help="For a bar that closes at 3 am, 04:00: what is bought at 1 am belongs to the evening before."
                value=known.business_day_start
                kind="time"
                required=true
            />
        </EditForm>
    }
}

/// Taking a retailer out of the program, or back.
fn end(retailer: RetailerRow) -> impl IntoView {
    let archive = Step {
        title: "Archive",
        text: "New purchases are refused from then on. Past ones keep their points and can still be looked up. You can open it again.",
        button: "Archive retailer",
    };
    let open = Step {
        title: "Open again",
        text: "It takes purchases again from the moment you open it.",
        button: "Open retailer",
    };
    view! { <Archiving action=LIST.row(&retailer.id) archived=retailer.archived archive=archive open=open /> }
}
