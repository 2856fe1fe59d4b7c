//! The form of a retailer: a new one, or one to change or archive.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Problem};
use super::api::{blank_retailer, read_retailer};
use super::dto::{RetailerForm, RetailerRow};
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, Field, LinkButton, TextField};
use leptos::prelude::*;
use leptos_meta::Title;

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
    let title =
        data.retailer.as_ref().map_or_else(|| "New retailer".to_owned(), |retailer| retailer.name.clone());
    let end = data.retailer.clone().filter(|_| data.may_edit).map(end);
    let badge = data.retailer.as_ref().map(|retailer| super::status(retailer.archived));
    view! {
        <Title text=title.clone() />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/retailers" up="Retailers" here=title.clone() />
                <h1 class="row" style="--gap:var(--s-3)">{title} {badge}</h1>
            </div>
        </div>
        <div class="cols" style="--main:1.6fr;--aside:1fr">{fields(data)} {end}</div>
    }
}

fn fields(data: RetailerForm) -> impl IntoView {
    let RetailerForm { retailer, time_zone, regions, zones, may_edit } = data;
    let new = retailer.is_none();
    let action = retailer
        .as_ref()
        .map_or_else(|| format!("{}/new", super::PATH), |row| format!("{}/{}", super::PATH, row.id));
    let known = retailer.unwrap_or_else(|| RetailerRow {
        id: String::new(),
        code: String::new(),
        name: String::new(),
        region: String::new(),
        time_zone,
        business_day_start: "00:00".to_owned(),
        archived: false,
    });
    view! {
        <form class="card" method="post" action=action>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_edit>
                <TextField name="name" label="Name" value=known.name maxlength=200 required=true />
                {if new {
                    view! {
                        <TextField
                            name="code"
                            label="Code"
                            help="What tills send as the retailer of a purchase. It stays as it is for ever: riverside, not Riverside 2."
                            value=known.code
                            maxlength=64
                            required=true
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <div>
                            <p class="field__label">"Code"</p>
                            <p class="mono">{known.code}</p>
                            <p class="field__help">"It stays as it is: tills and promotions name it."</p>
                        </div>
                    }
                        .into_any()
                }}
                {listed("region", "Region", "Promotions can be limited to regions. Leave it empty if you have none.", known.region, regions)}
                {listed("time_zone", "Time zone", "Decides weekdays and hours of promotions here.", known.time_zone, zones)}
                <TextField
                    name="business_day_start"
                    label="Business day begins at"
                    help="A bar that closes at 3 am begins its day at 04:00: what is bought at 1 am belongs to the evening before."
                    value=known.business_day_start
                    kind="time"
                    required=true
                />
            </fieldset>
            {may_edit
                .then(|| {
                    view! {
                        <div class="card__foot">
                            <Button variant=ButtonVariant::Primary name="do" value="save">
                                {if new { "Add retailer" } else { "Save retailer" }}
                            </Button>
                            <LinkButton href="/dashboard/retailers" variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
                        </div>
                    }
                })}
        </form>
    }
}

/// A text field that offers what is known already.
fn listed(
    name: &'static str,
    label: &'static str,
    help: &'static str,
    value: String,
    offers: Vec<String>,
) -> impl IntoView {
    let form = use_context::<crate::form::FormState>().unwrap_or_default();
    let value = form.value(name).map(str::to_owned).unwrap_or(value);
    let invalid = form.error(name).is_some().then_some("true");
    let list = format!("{name}-offers");
    view! {
        <Field name=name label=label help=help>
            <input
                class="input"
                id=name
                name=name
                value=value
                list=list.clone()
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=format!("{name}-note")
            />
            <datalist id=list>{offers.into_iter().map(|offer| view! { <option value=offer></option> }).collect_view()}</datalist>
        </Field>
    }
}

/// Taking a retailer out of the program, or back.
fn end(retailer: RetailerRow) -> impl IntoView {
    let action = format!("{}/{}", super::PATH, retailer.id);
    let (title, text, verb, button) = if retailer.archived {
        ("Open again", "It takes purchases again from the moment you open it.", "open", "Open retailer")
    } else {
        (
            "Archive",
            "New purchases here are refused from then on. What was bought stays, keeps its points and can still be looked up. You can open it again.",
            "archive",
            "Archive retailer",
        )
    };
    let variant = if retailer.archived { ButtonVariant::Default } else { ButtonVariant::Danger };
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
