//! The fields of the form of a reward, as far as its kind has them.

use super::super::edit::EditForm;
use super::LIST;
use super::dto::RewardForm;
use super::fields::{TIER, Values};
use super::kind::Kind;
use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Field, TextArea, TextField};
use leptos::prelude::*;

/// All of them, with the buttons below.
pub fn form_fields(data: RewardForm, kind: Kind, values: Values) -> impl IntoView {
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
        <Field name="value" label="Product" help="One of it is free. Type its SKU; products are offered while you do.">
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
        </Field>
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
