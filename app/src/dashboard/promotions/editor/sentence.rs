//! The sentence, clause by clause.

use super::super::fields::{DAYS, mode};
use super::Editor;
use super::slots::{Choice, ClauseProblems, Word, Words};
use leptos::prelude::*;
use perennial_domain::promotion::StackingMode;

/// All clauses. Every word that can be chosen is a control; an empty one is a clause that does not exist.
#[component]
pub fn Sentence(editor: Editor) -> impl IntoView {
    let one = editor.data.context.currency.one();
    view! {
        <section class="card" aria-label="The promotion as a sentence">
            <ol class="sentence">
                {who(&editor)} {place(&editor)} {what(&editor)} {time(&editor)} {then(&editor, &one)} {limits(&editor)}
                {waiting(&editor)} {stacking(&editor)}
            </ol>
            {offers(&editor)}
        </section>
    }
}

fn who(editor: &Editor) -> impl IntoView + use<> {
    let options =
        vec![("", "any customer".to_owned()), ("first", "a customer, on the first purchase".to_owned())];
    let tiers = tiers(editor);
    view! {
        <li>
            <span>"Who"</span>
            <div>
                <p>"A purchase by " <Choice editor=editor.clone() name="who" label="Whose purchase" options=options /></p>
                {tiers}
                <ClauseProblems editor=editor.clone() fields=&["tier"] />
            </div>
        </li>
    }
}

/// Boxes for the tiers, where the merchant has some. None ticked means whatever the tier. Chosen ones that are gone stay
/// in sight, to be taken out.
fn tiers(editor: &Editor) -> Option<impl IntoView + use<>> {
    let chosen: Vec<String> = editor.values.with_untracked(|values| {
        super::super::fields::words(values, "tier").into_iter().map(|(_, tier)| tier.to_owned()).collect()
    });
    let known = editor.data.context.tiers.iter().map(|tier| (tier.id.to_string(), tier.name.to_string()));
    let mut boxes: Vec<(String, String)> = known.collect();
    for id in &chosen {
        if boxes.iter().all(|(known, _)| known != id) {
            boxes.push((id.clone(), "A tier that is gone".to_owned()));
        }
    }
    if boxes.is_empty() {
        return None;
    }
    let boxes = boxes
        .into_iter()
        .enumerate()
        .map(|(number, (id, name))| {
            let ticked = chosen.contains(&id);
            view! {
                <label class="check">
                    <input type="checkbox" name=format!("tier.{number}") value=id checked=ticked />
                    <span>{name}</span>
                </label>
            }
        })
        .collect_view();
    Some(view! {
        <div class="row" style="--gap:var(--s-3)" role="group" aria-label="Tiers that it is for">
            <span class="small muted">"Only for"</span>
            {boxes}
            <span class="small muted">"None ticked: every tier."</span>
        </div>
    })
}

fn place(editor: &Editor) -> impl IntoView + use<> {
    view! {
        <li>
            <span>"Where"</span>
            <div>
                <p>
                    "at "
                    <Words editor=editor.clone() list="retailer" label="Code of a retailer" empty="every retailer" more="or at" offers="offers-retailer" />
                    ", in "
                    <Words editor=editor.clone() list="region" label="Region" empty="every region" more="or in" offers="offers-region" />
                </p>
                <ClauseProblems editor=editor.clone() fields=&["retailer", "region"] />
            </div>
        </li>
    }
}

fn what(editor: &Editor) -> impl IntoView + use<> {
    view! {
        <li>
            <span>"What"</span>
            <div>
                <p>
                    "for "
                    <Words editor=editor.clone() list="include" label="Product, category or tag" empty="everything" more="or for" offers="offers-product" />
                    ", but not "
                    <Words editor=editor.clone() list="exclude" label="Product, category or tag that is left out" empty="anything" more="nor" offers="offers-product" />
                    ", when at least "
                    <Word editor=editor.clone() name="minimum" label="Least amount" empty="any amount" inputmode="decimal" />
                    " is paid for it"
                </p>
                <p class="small muted">"A SKU, category:Beer or tag:draft, suggested while you type."</p>
                <ClauseProblems editor=editor.clone() fields=&["include", "exclude", "minimum"] />
            </div>
        </li>
    }
}

fn time(editor: &Editor) -> impl IntoView + use<> {
    let days = DAYS
        .into_iter()
        .map(|(day, name)| {
            let field = format!("weekday.{day}");
            let checked = !editor.initial(&field).is_empty();
            view! {
                <label class="slot slot--toggle">
                    <input type="checkbox" name=field checked=checked />
                    {name}
                </label>
                " "
            }
        })
        .collect_view();
    view! {
        <li>
            <span>"In time"</span>
            <div>
                <p role="group" aria-label="Days">"on " {days}</p>
                <p>
                    "from "
                    <Word editor=editor.clone() name="hours_from" label="Begins at this hour" kind="time" />
                    " to "
                    <Word editor=editor.clone() name="hours_to" label="Ends at this hour" kind="time" />
                    ", starting "
                    <Word editor=editor.clone() name="starts_at" label="First moment" kind="datetime-local" />
                    " until "
                    <Word editor=editor.clone() name="ends_at" label="Last moment" kind="datetime-local" />
                </p>
                <p class="small muted">
                    "No day: every day. No hours: all day. In each retailer’s time; hours past midnight belong to the evening before."
                </p>
                <ClauseProblems editor=editor.clone() fields=&["weekday", "hours_from", "hours_to", "starts_at", "ends_at"] />
            </div>
        </li>
    }
}

fn then(editor: &Editor, one: &str) -> impl IntoView + use<> {
    let points = &editor.data.context.points_name;
    let options = vec![
        ("rate", format!("{points} per {one}")),
        ("multiplier", format!("times the {points}")),
        ("flat", format!("{points} once a purchase")),
    ];
    view! {
        <li>
            <span>"Then"</span>
            <div>
                <p>
                    "earns "
                    <Word editor=editor.clone() name="effect_value" label="How much" empty="how many" inputmode="decimal" /> " "
                    <Choice editor=editor.clone() name="effect" label="Of what" options=options />
                </p>
                <ClauseProblems editor=editor.clone() fields=&["effect", "effect_value"] />
            </div>
        </li>
    }
}

fn limits(editor: &Editor) -> impl IntoView + use<> {
    let points = editor.data.context.points_name.clone();
    let periods =
        vec![("day", "a day".to_owned()), ("month", "a month".to_owned()), ("ever", "in all".to_owned())];
    let ends = vec![
        ("stop", "a purchase that does not fit earns nothing".to_owned()),
        ("partial", "the last purchase earns the rest".to_owned()),
    ];
    view! {
        <li>
            <span>"Limits"</span>
            <div>
                <p>
                    "at most "
                    <Word editor=editor.clone() name="max_points" label="Most points for one purchase" empty="any number of" inputmode="numeric" />
                    {format!(" {points} a purchase, at most ")}
                    <Word editor=editor.clone() name="customer_points" label="Most points for one customer" empty="any number of" inputmode="numeric" />
                    {format!(" {points} for each customer ")}
                    <Choice editor=editor.clone() name="customer_per" label="In which time a customer's points count" options=periods />
                </p>
                <p>
                    "and "
                    <Word editor=editor.clone() name="budget" label="Budget: most points for all customers together" empty="any number of" inputmode="numeric" />
                    {format!(" {points} for all customers together; at the end ")}
                    <Choice editor=editor.clone() name="budget_end" label="What happens when the budget runs out" options=ends />
                </p>
                <ClauseProblems
                    editor=editor.clone()
                    fields=&["max_points", "customer_points", "customer_per", "budget", "budget_end"]
                />
            </div>
        </li>
    }
}

fn waiting(editor: &Editor) -> impl IntoView + use<> {
    let points = editor.data.context.points_name.clone();
    view! {
        <li>
            <span>"Spendable"</span>
            <div>
                <p>
                    {format!("its {points} can be spent after ")}
                    <Word editor=editor.clone() name="pending_days" label="Days that the points wait" empty="the program's" inputmode="numeric" />
                    " days"
                </p>
                <p class="small muted">"Empty: as in the settings; 0: at once. A return in that time takes them back."</p>
                <ClauseProblems editor=editor.clone() fields=&["pending_days"] />
            </div>
        </li>
    }
}

fn stacking(editor: &Editor) -> impl IntoView + use<> {
    let options = StackingMode::ALL.into_iter().map(|way| (way.as_str(), mode(way).to_owned())).collect();
    view! {
        <li>
            <span>"Stacking"</span>
            <div>
                <p>
                    "in group "
                    <Word editor=editor.clone() name="group" label="Group" empty="default" />
                    ", where "
                    <Choice editor=editor.clone() name="mode" label="How it meets the others" options=options />
                    ", priority "
                    <Word editor=editor.clone() name="priority" label="Priority, higher goes first" empty="0" inputmode="numeric" />
                </p>
                <ClauseProblems editor=editor.clone() fields=&["group", "mode", "priority"] />
            </div>
        </li>
    }
}

/// What the words offer while somebody types.
fn offers(editor: &Editor) -> impl IntoView + use<> {
    let context = &editor.data.context;
    let stores = context
        .retailers
        .iter()
        .map(|store| view! { <option value=store.code.clone()>{store.name.clone()}</option> })
        .collect_view();
    let mut regions: Vec<String> =
        context.retailers.iter().filter_map(|store| store.region.clone()).collect();
    regions.sort_unstable();
    regions.dedup();
    let regions = regions.into_iter().map(|region| view! { <option value=region></option> }).collect_view();
    let kinds = context
        .categories
        .iter()
        .map(|category| format!("category:{category}"))
        .chain(context.tags.iter().map(|tag| format!("tag:{tag}")));
    let kinds = kinds.map(|kind| view! { <option value=kind></option> }).collect_view();
    let product = |product: &super::ProductFacts| {
        let (sku, name) = (product.sku.clone(), product.name.clone());
        view! { <option value=sku>{name}</option> }
    };
    let products = context.products.iter().map(product).collect_view();
    let basket = context.products.iter().map(product).collect_view();
    view! {
        <datalist id="offers-retailer">{stores}</datalist>
        <datalist id="offers-region">{regions}</datalist>
        <datalist id="offers-product">{kinds} {products}</datalist>
        <datalist id="offers-basket">{basket}</datalist>
    }
}
