//! The basket to try: where, when, by whom, and up to three lines.

use super::super::preview::LINES;
use super::Editor;
use leptos::prelude::*;

/// The inputs of the basket. They belong to the same form, so that they work without scripts, too.
#[component]
pub fn Basket(editor: Editor) -> impl IntoView {
    let chosen = editor.initial("try.store");
    let stores = editor
        .data
        .context
        .retailers
        .iter()
        .map(|store| view! { <option value=store.code.clone() selected=store.code == chosen>{store.name.clone()}</option> })
        .collect_view();
    let first = editor.initial("try.customer") == "first";
    let tier = tier(&editor);
    let when = editor.initial("try.when");
    let lines = (0..LINES).map(|index| line(&editor, index)).collect_view();
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    view! {
        <div class="basket">
            <label class="basket__cell">
                <span class="field__label">"Retailer"</span>
                <select class="select" name="try.store">{stores}</select>
            </label>
            <label class="basket__cell">
                <span class="field__label">"By"</span>
                <select class="select" name="try.customer">
                    <option value="known">"A known customer"</option>
                    <option value="first" selected=first>"A new customer"</option>
                </select>
            </label>
            {tier}
            <label class="basket__cell basket__cell--wide">
                <span class="field__label">"When, by its clocks"</span>
                <input class="input" type="datetime-local" name="try.when" value=when />
            </label>
        </div>
        <div class="basket__lines" role="group" aria-label="Lines">{lines}</div>
        // Where scripts run, the answer follows every change by itself.
        <div hidden=move || alive.get()>
            <button class="btn btn--sm" type="submit" name="do" value="try">"Try this basket"</button>
        </div>
    }
}

/// The tier of whoever buys, where the merchant has tiers.
fn tier(editor: &Editor) -> Option<impl IntoView + use<>> {
    let chosen = editor.initial("try.tier");
    let tiers = &editor.data.context.tiers;
    let options = tiers
        .iter()
        .map(|tier| {
            let id = tier.id.to_string();
            let selected = id == chosen;
            view! { <option value=id selected=selected>{tier.name.to_string()}</option> }
        })
        .collect_view();
    (!tiers.is_empty()).then(|| {
        view! {
            <label class="basket__cell basket__cell--wide">
                <span class="field__label">"Of the tier"</span>
                <select class="select" name="try.tier">
                    <option value="">"None"</option>
                    {options}
                </select>
            </label>
        }
    })
}

fn line(editor: &Editor, index: usize) -> impl IntoView + use<> {
    let (product, amount) = (format!("try.product.{index}"), format!("try.amount.{index}"));
    let (product_value, amount_value) = (editor.initial(&product), editor.initial(&amount));
    let number = index + 1;
    view! {
        <input
            class="input"
            name=product
            value=product_value
            list="offers-basket"
            placeholder="Any product"
            aria-label=format!("Product {number}, a SKU")
            autocomplete="off"
        />
        <input
            class="input input--num"
            name=amount
            value=amount_value
            inputmode="decimal"
            placeholder="Amount"
            aria-label=format!("Amount paid for product {number}")
            autocomplete="off"
        />
    }
}
