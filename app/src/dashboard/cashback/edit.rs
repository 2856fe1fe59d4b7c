//! The form of an offer: a new one, or one to change, switch off or archive.

use super::super::edit::{EditForm, EditPage, Ending, Step, Switch};
use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::typed::follow;
use super::LIST;
use super::api::{blank_offer, read_offer};
use super::dto::{Known, OfferForm, State};
use super::fields::{self, Values};
use super::preview::Preview;
use crate::form::{FormState, use_form};
use crate::ui::TextField;
use crate::ui::icon::{self, Icon};
use leptos::prelude::*;

/// A new offer.
#[component]
pub fn OfferNewPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| blank_offer());
    loaded(data, page)
}

/// One offer.
#[component]
pub fn OfferEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_offer);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: OfferForm) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    // A refused form comes back as it was sent; the small forms send no name.
    let values = if form.value("name").is_some() { form.values } else { data.values.clone() };
    let typed = RwSignal::new(values.clone());
    let name = data.known.as_ref().map(|known| known.name.clone());
    let badge = data.known.as_ref().map(|known| super::status(known.state).into_any());
    let steps = data.known.clone().filter(|_| data.may_edit).map(steps);
    let version = data.known.as_ref().map(|known| {
        view! { <p class="small muted">{known.version.clone()}" Purchases keep what they were promised when they happened."</p> }
    });
    let (currency, best_only) = (data.currency, data.best_only);
    view! {
        <EditPage list=LIST name=name badge=badge>
            <div on:input=follow(typed)>{form_fields(data, values)}</div>
            <div class="stack" style="--gap:var(--s-5)">
                <Preview typed=typed currency=currency />
                {steps}
                <div class="stack" style="--gap:var(--s-2)">
                    {version} <p class="small muted">{super::meeting(best_only)}</p>
                </div>
            </div>
        </EditPage>
    }
}

fn form_fields(data: OfferForm, values: Values) -> impl IntoView {
    let OfferForm { known, things, currency, time_zone, may_edit, once, .. } = data;
    let (active, products) = (values.contains_key("active"), products(&values, things));
    let value = move |name: &str| values.get(name).cloned().unwrap_or_default();
    let (id, seen) = known.map(|known| (known.id, known.seen)).unzip();
    let is_new = id.is_none();
    view! {
        <EditForm list=LIST id=id may_edit=may_edit seen=seen>
            {is_new.then(|| view! { <input type="hidden" name="once" value=once /> })}
            <TextField
                name="name"
                label="Name"
                help="Customers see it in their wallet and on receipts."
                value=value("name")
                maxlength=200
                required=true
            />
            <div class="fields">
                <TextField
                    name="percentage"
                    label="Percent that comes back"
                    help="Of what is paid, such as 5 or 2.5. Rounded down on each line."
                    value=value("percentage")
                    inputmode="decimal"
                    required=true
                />
            </div>
            {products}
            <label class="check">
                <input type="checkbox" name="active" value="on" checked=active />
                <span>"Switched on: purchases get it while it runs"</span>
            </label>
            <div class="fields">
                <TextField
                    name="starts_at"
                    label="Begins"
                    help=format!("By the clocks of {time_zone}. Empty: at once.")
                    value=value("starts_at")
                    kind="datetime-local"
                />
                <TextField
                    name="expires_at"
                    label="Ends"
                    help="The offer ends then; what customers already have stays."
                    value=value("expires_at")
                    kind="datetime-local"
                />
                <TextField
                    name="cap_per_purchase"
                    label="At most, per purchase"
                    help=format!("In {currency}. Empty: any amount.")
                    value=value("cap_per_purchase")
                    inputmode="decimal"
                />
                <TextField
                    name="cap_per_month"
                    label="At most, per customer and month"
                    help=format!("In {currency}. A return makes room again.")
                    value=value("cap_per_month")
                    inputmode="decimal"
                />
                <TextField
                    name="pending_days"
                    label="Days before it can be spent"
                    help="For example as long as things can be returned. Empty: none."
                    value=value("pending_days")
                    inputmode="numeric"
                />
                <TextField
                    name="valid_days"
                    label="Days it can then be spent"
                    help="To the end of the last day. Empty: for ever."
                    value=value("valid_days")
                    inputmode="numeric"
                />
            </div>
        </EditForm>
    }
}

/// Fields beside each other; there are as many empty ones as complete the row, and at least one.
const ROW: usize = 3;

/// What the offer is about: a field for each thing, and some more.
fn products(values: &Values, things: Vec<(String, String)>) -> impl IntoView + use<> {
    let form = use_context::<FormState>().unwrap_or_default();
    let filled = fields::products(values);
    let free = filled.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
    let spare = (free..free + ROW - filled.len() % ROW).map(|number| (number, String::new()));
    let errors: Vec<String> = form
        .errors
        .iter()
        .filter(|(field, _)| field.starts_with("products."))
        .map(|(_, text)| text.clone())
        .collect();
    let inputs = filled
        .into_iter()
        .chain(spare)
        .map(|(number, value)| {
            let name = format!("products.{number}");
            let invalid = form.error(&name).is_some().then_some("true");
            view! {
                <input
                    class="input"
                    name=name
                    value=value
                    list="things"
                    aria-label="Product, category or tag"
                    aria-invalid=invalid
                    aria-describedby="things-note"
                    autocomplete="off"
                />
            }
        })
        .collect_view();
    let note = if errors.is_empty() {
        view! {
            <p class="field__help" id="things-note">
                "A SKU, category:Beer or tag:draft, suggested while you type. Leave all empty for everything. Saving adds more fields."
            </p>
        }
        .into_any()
    } else {
        view! {
            <div id="things-note">
                {errors
                    .into_iter()
                    .map(|text| view! { <p class="field__error"><Icon glyph=icon::WARNING /><span>{text}</span></p> })
                    .collect_view()}
            </div>
        }
        .into_any()
    };
    view! {
        <fieldset class="bare">
            <legend class="field__label">"Eligible products"</legend>
            <div class="words-grid">{inputs}</div>
            {note}
            <datalist id="things">
                {things.into_iter().map(|(value, label)| view! { <option value=value>{label}</option> }).collect_view()}
            </datalist>
        </fieldset>
    }
}

const PAUSE: Switch = Switch {
    verb: "pause",
    text: "New purchases get nothing from it until you resume it. What was given stays.",
    button: "Pause offer",
};

const RESUME: Switch = Switch {
    verb: "resume",
    text: "Purchases from now on get it again. Those made meanwhile do not.",
    button: "Resume offer",
};

/// Switching it off or on, and archiving it.
fn steps(known: Known) -> impl IntoView {
    let (title, switch) = match known.state {
        State::Active | State::Scheduled => ("Pause or archive", Some(PAUSE)),
        State::Paused => ("Resume or archive", Some(RESUME)),
        State::Over | State::Archived => ("Archive", None),
    };
    let archive = Step {
        title,
        text: "An archived offer leaves the list for good, and new purchases get nothing from it. What was given stays and can be spent.",
        button: "Archive offer",
    };
    view! { <Ending action=LIST.row(&known.id) switch=switch archive=archive /> }
}
