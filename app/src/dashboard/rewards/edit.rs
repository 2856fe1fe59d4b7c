//! The form of a reward: a new one, whose kind is chosen first, or one to change or archive.

use super::super::edit::{EditForm, EditPage, Ending, Step};
use super::super::flash::FlashBanner;
use super::super::format::plural;
use super::super::page::{loaded, param, query_param};
use super::super::typed::follow;
use super::LIST;
use super::api::{blank_reward, read_reward};
use super::dto::{Known, RewardForm, State};
use super::fields::{TIER, Values};
use super::kind::{KINDS, Kind, kind};
use super::preview::Preview;
use crate::address::address;
use crate::form::{FormState, use_form};
use crate::ui::icon::{self, Icon};
use crate::ui::{KeyValue, LinkButton, TextArea, TextField, grouped};
use leptos::prelude::*;

/// A new reward: first its kind, then the fields of that kind.
#[component]
pub fn RewardNewPage() -> impl IntoView {
    // A refused form comes back without the kind in its address.
    let sent = use_form().value("kind").map(str::to_owned);
    let asked = query_param("kind");
    let key = move || {
        Some(asked.get()).filter(|kind| !kind.is_empty()).or_else(|| sent.clone()).unwrap_or_default()
    };
    let data = Resource::new(key, blank_reward);
    loaded(data, |data| match kind(&data.kind) {
        Some(kind) => page(data, kind).into_any(),
        None => choice().into_any(),
    })
}

/// One reward.
#[component]
pub fn RewardEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_reward);
    view! {
        <FlashBanner />
        {loaded(data, |data| kind(&data.kind).map(|kind| page(data, kind)))}
    }
}

/// What a new reward may be.
fn choice() -> impl IntoView {
    let kinds = KINDS
        .into_iter()
        .map(|kind| {
            let href = address(&LIST.new_row(), &[("kind", kind.word)], None);
            view! {
                <li>
                    <a class="listrow" href=href>
                        <span class="listrow__icon"><Icon glyph=kind.glyph /></span>
                        <span>
                            <b>{kind.label}</b>
                            <small>{kind.about}</small>
                        </span>
                        <Icon glyph=icon::RIGHT />
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <EditPage list=LIST name=None badge=None>
            <section class="card" aria-labelledby="kinds">
                <div class="card__head"><h2 id="kinds">"What does it give?"</h2></div>
                <ul class="card__choices">{kinds}</ul>
            </section>
        </EditPage>
    }
}

fn page(data: RewardForm, kind: Kind) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    // A refused form comes back as it was sent; the small form of archiving sends no name.
    let mut values = if form.value("name").is_some() { form.values } else { data.values.clone() };
    values.insert("kind".to_owned(), kind.word.to_owned());
    let typed = RwSignal::new(values.clone());
    let name = data.known.as_ref().map(|known| known.name.clone());
    let badge = data.known.as_ref().map(|known| super::status(known.state).into_any());
    let beside = data.known.clone().map(|known| beside(known, kind, data.may_edit));
    let currency = data.currency;
    view! {
        <EditPage list=LIST name=name badge=badge>
            <div on:input=follow(typed)>{form_fields(data, kind, values)}</div>
            <div class="stack" style="--gap:var(--s-5)">
                <Preview typed=typed currency=currency />
                {beside}
            </div>
        </EditPage>
    }
}

fn form_fields(data: RewardForm, kind: Kind, values: Values) -> impl IntoView {
    let RewardForm { known, products, tiers, currency, points_name, time_zone, may_edit, once, .. } = data;
    let left = known.as_ref().and_then(|known| known.left);
    let (id, seen) = known.map(|known| (known.id, known.seen)).unzip();
    let is_new = id.is_none();
    let worth = worth(kind, &values, currency.to_string(), products);
    let (cost, tiers) = (cost(kind, &values, &points_name), tiers_field(tiers, &values));
    let value = move |name: &str| values.get(name).cloned().unwrap_or_default();
    let stock = (kind.word != "voucher_pool").then(|| {
        view! {
            <TextField
                name="stock"
                label="How many are left"
                help="Empty: any number. What is redeemed meanwhile is counted."
                value=value("stock")
                inputmode="numeric"
                maxlength=13
            />
        }
    });
    let days = (kind.word != "external").then(|| {
        view! {
            <TextField
                name="valid_days"
                label="Days the voucher can be used"
                help="To the end of the last day. Empty: for ever."
                value=value("valid_days")
                inputmode="numeric"
                maxlength=5
            />
        }
    });
    view! {
        <EditForm list=LIST id=id may_edit=may_edit seen=seen>
            <input type="hidden" name="kind" value=kind.word />
            {is_new.then(|| view! { <input type="hidden" name="once" value=once /> })}
            {left.map(|left| view! { <input type="hidden" name="seen_left" value=left.to_string() /> })}
            <p class="row muted" style="--gap:var(--s-2)">
                <Icon glyph=kind.glyph />
                {kind.label}
            </p>
            <TextField
                name="name"
                label="Name"
                help="Customers read it: $5 off, A pint of the season."
                value=value("name")
                maxlength=200
                required=true
            />
            <TextArea
                name="description"
                label="Description"
                help="What it is and how to get it, in a sentence or two. Optional."
                value=value("description")
            />
            {worth}
            {cost}
            <div class="fields">
                {stock}
                <TextField
                    name="limit_per_customer"
                    label="At most for one customer, ever"
                    help="Empty: any number. What was cancelled does not count."
                    value=value("limit_per_customer")
                    inputmode="numeric"
                    maxlength=13
                />
                <TextField
                    name="valid_from"
                    label="Available from"
                    help=format!("By the clocks of {time_zone}. Empty: at once.")
                    value=value("valid_from")
                    kind="datetime-local"
                />
                <TextField
                    name="valid_until"
                    label="Available until"
                    help="What was redeemed stays valid."
                    value=value("valid_until")
                    kind="datetime-local"
                />
                {days}
            </div>
            {tiers}
        </EditForm>
    }
}

/// What it gives, where that is one field.
fn worth(kind: Kind, values: &Values, currency: String, products: Vec<(String, String)>) -> AnyView {
    let value = values.get("value").cloned().unwrap_or_default();
    match kind.word {
        "money_off" => view! {
            <TextField
                name="value"
                label="What it takes off"
                help=format!("In {currency}, such as 5. Where the customer chooses: for each step.")
                value=value
                inputmode="decimal"
                maxlength=20
                required=true
            />
        }
        .into_any(),
        "percent" => view! {
            <TextField
                name="value"
                label="Percent that it takes off"
                help="Of the whole purchase, such as 10 or 2.5."
                value=value
                inputmode="decimal"
                maxlength=10
                required=true
            />
        }
        .into_any(),
        "free_product" => product(value, products).into_any(),
        _ => ().into_any(),
    }
}

fn product(value: String, products: Vec<(String, String)>) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let invalid = form.error("value").is_some().then_some("true");
    view! {
        <crate::ui::Field name="value" label="Product" help="One of it is free. Type its SKU; products are offered while you do.">
            <input
                class="input"
                id="value"
                name="value"
                value=value
                list="skus"
                maxlength=64
                required=true
                aria-invalid=invalid
                aria-describedby="value-note"
                autocomplete="off"
            />
            <datalist id="skus">
                {products.into_iter().map(|(sku, name)| view! { <option value=sku>{name}</option> }).collect_view()}
            </datalist>
        </crate::ui::Field>
    }
}

/// What it costs. Only of money off can customers choose how much they spend; what does not belong to the choice hides
/// by the style sheet, which needs no script.
fn cost(kind: Kind, values: &Values, points_name: &str) -> impl IntoView + use<> {
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let fixed = view! {
        <TextField
            name="points"
            label=format!("Cost in {points_name}")
            value=value("points")
            inputmode="numeric"
            maxlength=20
        />
    };
    if kind.word != "money_off" {
        return view! { <div>{fixed}</div> }.into_any();
    }
    let variable = value("cost") == "variable";
    let number = |name: &'static str, label: &'static str, help: &'static str| {
        view! { <TextField name=name label=label help=help value=value(name) inputmode="numeric" maxlength=20 /> }
    };
    view! {
        <fieldset class="bare stack either" style="--gap:var(--s-3)">
            <legend class="field__label">"What it costs"</legend>
            <div>
                <div class="segmented">
                    <label>
                        <input type="radio" name="cost" value="fixed" checked=!variable />
                        <span>"A fixed number"</span>
                    </label>
                    <label>
                        <input type="radio" name="cost" value="variable" checked=variable />
                        <span>"Customers choose"</span>
                    </label>
                </div>
            </div>
            <div class="either__first">{fixed}</div>
            <div class="either__second words-grid">
                {number("step", "In steps of", "Each takes the amount above off.")}
                {number("min", "At least", "Empty: one step.")}
                {number("max", "At most", "Empty: any number.")}
            </div>
        </fieldset>
    }
    .into_any()
}

/// For whom it is; nothing while the merchant has no tiers.
fn tiers_field(tiers: Vec<(String, String)>, values: &Values) -> Option<impl IntoView + use<>> {
    if tiers.is_empty() {
        return None;
    }
    let error = use_context::<FormState>().and_then(|form| form.error("tiers").map(str::to_owned));
    let boxes = tiers
        .into_iter()
        .map(|(id, name)| {
            let field = format!("{TIER}{id}");
            let checked = values.contains_key(&field);
            view! {
                <label class="check">
                    <input type="checkbox" name=field value="on" checked=checked />
                    <span>{name}</span>
                </label>
            }
        })
        .collect_view();
    let note = match error {
        Some(error) => {
            view! { <p class="field__error"><Icon glyph=icon::WARNING /><span>{error}</span></p> }.into_any()
        }
        None => view! { <p class="field__help">"None ticked: for everybody."</p> }.into_any(),
    };
    Some(view! {
        <fieldset class="bare">
            <legend class="field__label">"Only for these tiers"</legend>
            <div class="words-grid">{boxes}</div>
            {note}
        </fieldset>
    })
}

/// What else there is to know and to do about a reward that is there.
fn beside(known: Known, kind: Kind, may_edit: bool) -> impl IntoView {
    let action = LIST.row(&known.id);
    let redemptions = address(super::super::redemptions::LIST.path, &[("reward", &known.id)], None);
    let codes = (kind.word == "voucher_pool").then(|| {
        let left = plural(known.left.unwrap_or(0), "code is left", "codes are left");
        view! {
            <section class="card" aria-labelledby="codes">
                <div class="card__head"><h2 id="codes">"Codes"</h2></div>
                <div class="card__body stack">
                    <p>{format!("{left}.")}</p>
                    <div>
                        <LinkButton href=format!("{action}/codes")>
                            {if may_edit { "See and add codes" } else { "See the codes" }}
                        </LinkButton>
                    </div>
                </div>
            </section>
        }
    });
    let archive = Step {
        title: "Archive",
        text: "It leaves the catalogue for good. What was redeemed stays valid.",
        button: "Archive reward",
    };
    let archive = may_edit.then(|| view! { <Ending action=action archive=archive /> });
    let note = match known.state {
        State::Archived => Some("It was archived; what it says cannot be changed any more."),
        State::SoldOut => Some("None are left, so nobody can get it."),
        _ => None,
    };
    let mut counts = vec![
        ("Claimed".to_owned(), grouped(known.claimed)),
        ("Redeemed".to_owned(), grouped(known.redeemed)),
    ];
    counts.extend(known.left.map(|left| ("Left".to_owned(), grouped(left))));
    view! {
        <section class="card" aria-labelledby="use">
            <div class="card__head"><h2 id="use">"Use"</h2></div>
            <div class="card__body stack">
                <KeyValue pairs=counts />
                <p class="small muted">
                    "Claimed: taken and kept by customers. Redeemed: used or handed over."
                </p>
                <p class="small"><a href=redemptions>"Redemptions of it"</a></p>
            </div>
        </section>
        {codes}
        {archive}
        <div class="stack" style="--gap:var(--s-2)">
            {note.map(|note| view! { <p class="small muted">{note}</p> })}
            <p class="small muted">{known.version}" Whoever has redeemed it keeps what it said then."</p>
        </div>
    }
}
