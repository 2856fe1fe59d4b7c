//! Reward policies: what customers are promised for what they and their friends do, and what came of it.

pub mod api;
mod awards;
pub mod dto;
mod edit;
mod fields;
#[cfg(feature = "ssr")]
pub mod form;
mod inputs;
#[cfg(feature = "ssr")]
pub mod load;
mod preview;

pub use awards::customer as customer_table;
pub use edit::{PolicyEditPage, PolicyNewPage};

use super::flash::FlashBanner;
use super::list::{Asked, Chips, List, ListCard, ListHead, Listed, Order, asked};
use super::page::loaded;
use crate::address::address;
use crate::ui::{Badge, Column, Dot, Table, Tone, grouped};
use api::list_policies;
use dto::{PolicyRow, State};
use leptos::prelude::*;
use perennial_domain::policies::Template;

const LIST: List = List {
    path: "/dashboard/policies",
    title: "Reward policies",
    about: "What customers get for what they and their friends do: once for each cause, after a hold if you like.",
    nouns: ("policy", "policies"),
    search: "Name",
    order: Order::NewestFirst,
    no_match: ("Nothing matches", "No policy fits the search and the state."),
    nothing: ("No policy yet", "Begin with a template, and try it over the last days before you publish it."),
    has_csv: true,
};

/// The list with search, states and its CSV.
#[component]
pub fn PoliciesPage() -> impl IntoView {
    let asked = asked(&["q", "state"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| list_policies(asked.q(), asked.get("state").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: Listed<PolicyRow>, asked: Asked) -> impl IntoView {
    let chips = Chips::states("All but archived", State::ALL.map(|state| (state.as_str(), state.label())));
    let first_step = list.may_edit.then(|| (LIST.new_row(), "Write the first policy"));
    let columns =
        vec![Column::text("Policy"), Column::text("Status"), Column::number("Given"), Column::number("Held")];
    view! {
        <ListHead list=LIST may_add=list.may_edit />
        {list.may_edit.then(templates)}
        <ListCard list=LIST asked=asked count=list.rows.len() next=list.next chips=chips first_step=first_step>
            <Table caption=LIST.title columns=columns>{list.rows.into_iter().map(row).collect_view()}</Table>
        </ListCard>
    }
}

/// Ways to begin.
fn templates() -> impl IntoView {
    let links = Template::ALL
        .into_iter()
        .map(|template| {
            let href = address(&LIST.new_row(), &[("template", template.as_str())], None);
            view! { <a class="chip" href=href>{template.title()}</a> }
        })
        .collect_view();
    view! {
        <nav class="chips" aria-label="Templates">
            <span class="chips__word">"Begin with"</span>
            {links}
        </nav>
    }
}

fn row(policy: PolicyRow) -> impl IntoView {
    let draft = policy.has_draft.then_some(" A change waits to be published.");
    view! {
        <tr role="row">
            <td role="cell">
                <a href=LIST.row(&policy.id)>{policy.name}</a>
                <small>{policy.summary}{draft}</small>
            </td>
            <td role="cell" data-th="Status">{status(policy.state)}</td>
            <td role="cell" class="n" data-th="Given"><span>{bounded(policy.paid)}</span></td>
            <td role="cell" class="n" data-th="Held"><span>{bounded(policy.held)}</span></td>
        </tr>
    }
}

/// More than 10,000 are not counted.
fn bounded(count: i64) -> String {
    if count > 10_000 { "10,000+".to_owned() } else { grouped(count) }
}

/// The state as a pill: shape, word and colour.
fn status(state: State) -> impl IntoView {
    let (tone, dot) = match state {
        State::Draft => (Tone::Plain, Dot::Half),
        State::Running => (Tone::Leaf, Dot::Full),
        State::Paused => (Tone::Petal, Dot::Pause),
        State::Archived => (Tone::Plain, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{state.label()}</Badge> }
}
