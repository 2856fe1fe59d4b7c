//! Promotions: the list, and the editor with its versions.

pub mod api;
#[cfg(feature = "ssr")]
mod changes;
mod checks;
#[cfg(feature = "ssr")]
mod context;
pub mod dto;
mod editor;
mod fields;
#[cfg(feature = "ssr")]
pub mod form;
mod found;
mod lifecycle;
#[cfg(feature = "ssr")]
pub mod load;
mod preview;
#[cfg(feature = "ssr")]
mod replaying;
#[cfg(feature = "ssr")]
mod schedule;
mod versions;

pub use editor::{NewPromotionPage, PromotionPage};

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, ListCard, ListHead, Order, asked};
use super::page::loaded;
use crate::ui::{Badge, Column, Dot, Table, Tone, grouped};
use api::list_promotions;
use dto::{BudgetUse, PromotionList, PromotionRow, State};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/promotions",
    title: "Promotions",
    about: "What a purchase earns. Every change is a new version; old versions keep explaining old purchases.",
    nouns: ("promotion", "promotions"),
    search: "Name",
    order: Order::Unsaid,
    no_match: ("Nothing matches", "No promotion fits the search and the state."),
    nothing: (
        "Nothing earns points yet",
        "Begin with one promotion for everything: so many points per unit of money. Boosts and happy hours come on top.",
    ),
    has_csv: true,
};

/// The list with search, states and its CSV.
#[component]
pub fn PromotionsPage() -> impl IntoView {
    let asked = asked(&["q", "state"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| list_promotions(asked.q(), asked.get("state").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: PromotionList, asked: Asked) -> impl IntoView {
    let chips = Chips::states("All but archived", State::ALL.map(|state| (state.as_str(), state.label())));
    let first_step = list.may_edit.then(|| (LIST.new_row(), "Write the first promotion"));
    let today = format!("--now:{}", thousandths(list.today));
    let mut columns =
        vec![Column::text("Name"), Column::text("Status"), Column::text(list.months), Column::text("When")];
    let has_budgets = list.rows.iter().any(|promotion| promotion.budget.is_some());
    columns.extend(has_budgets.then(|| Column::text("Budget")));
    columns.push(Column::number("Version"));
    view! {
        <ListHead list=LIST may_add=list.may_edit />
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next chips=chips first_step=first_step>
            <Table caption=LIST.title columns=columns>
                {list.rows.into_iter().map(|promotion| row(promotion, &today, has_budgets)).collect_view()}
            </Table>
        </ListCard>
    }
}

/// `417` as a share of a bar: `41.7%`.
fn thousandths(value: u16) -> String {
    format!("{}.{}%", value / 10, value % 10)
}

fn row(promotion: PromotionRow, today: &str, has_budgets: bool) -> impl IntoView + use<> {
    let class = match promotion.state {
        State::Running => "gantt",
        State::Draft | State::Scheduled => "gantt is-draft",
        State::Paused | State::Ended | State::Archived => "gantt is-past",
    };
    let style =
        promotion.bar.map(|(from, to)| format!("--a:{};--b:{};{today}", thousandths(from), thousandths(to)));
    let bar = match style {
        Some(style) => {
            view! { <span class=class style=style aria-hidden="true"><i></i><u></u></span> }.into_any()
        }
        None => view! { <span class="muted" aria-hidden="true">"–"</span> }.into_any(),
    };
    let version = if promotion.has_draft {
        format!("{}, draft", promotion.version)
    } else {
        promotion.version.to_string()
    };
    view! {
        <tr role="row">
            <td role="cell">
                <a href=LIST.row(&promotion.id)>{promotion.name}</a>
                <small>{promotion.summary}</small>
            </td>
            <td role="cell" data-th="Status">{status(promotion.state)}</td>
            <td role="cell" data-th="Schedule">{bar}</td>
            <td role="cell" data-th="When"><span>{promotion.dates}</span></td>
            {has_budgets.then(|| view! { <td role="cell" data-th="Budget">{meter(promotion.budget)}</td> })}
            <td role="cell" class="n" data-th="Version"><span>{version}</span></td>
        </tr>
    }
}

/// How much of a budget is given, in words and as a bar.
fn meter(budget: Option<BudgetUse>) -> impl IntoView {
    let Some(BudgetUse { percent, points }) = budget else {
        return view! { <span class="muted nothing">"No limit"</span> }.into_any();
    };
    let (class, tone) = match percent {
        100.. => ("bar is-over", Some("attn")),
        80.. => ("bar is-attn", Some("attn")),
        _ => ("bar", None),
    };
    view! {
        <span class="meter">
            <span>
                <b class=tone>{format!("{percent}%")}</b>
                {format!("of {}", grouped(points))}
            </span>
            <span class=class aria-hidden="true">
                <i style=format!("--v:{percent}%")></i>
            </span>
        </span>
    }
    .into_any()
}

/// The state as a pill: shape, word and colour.
fn status(state: State) -> impl IntoView {
    let (tone, dot) = match state {
        State::Draft => (Tone::Plain, Dot::Half),
        State::Scheduled => (Tone::Sky, Dot::Ring),
        State::Running => (Tone::Leaf, Dot::Full),
        State::Paused => (Tone::Petal, Dot::Pause),
        State::Ended | State::Archived => (Tone::Plain, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{state.label()}</Badge> }
}
