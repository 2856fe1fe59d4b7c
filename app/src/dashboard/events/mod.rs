//! Events in: what other systems have told over the API or the bus, and what has become of it.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

pub use detail::EventPage;

use super::list::{Asked, Chips, List, ListCard, Order, asked, choice};
use super::page::loaded;
use super::parts::PageHead;
use crate::ui::{Badge, CodeBlock, Column, Dot, LinkButton, Table, Tone};
use api::list_events;
use dto::{EventRow, EventsData, State};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/events",
    title: "Events in",
    about: "What other systems sent to POST /api/v1/events or over NATS in the last 30 days. Each event is stored before it is acknowledged; refused ones wait here for you and stop nothing else.",
    nouns: ("event", "events"),
    search: "Id of an event",
    order: Order::NewestFirst,
    no_match: ("Nothing here", "No event fits the search and the filters. An id has to be whole."),
    nothing: (
        "No events yet",
        "They appear here as soon as one of your systems sends one. Create a key that may send events, and try it with this command:",
    ),
    has_csv: false,
};

/// What the list says while nobody is needed, when only that was asked.
const NOBODY_NEEDED: (&str, &str) = ("Nothing here", "No event waits for you.");

/// The list, with the states as chips, a search by id and what events are about.
#[component]
pub fn EventsPage() -> impl IntoView {
    let asked = asked(&["q", "state", "type", "source"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| {
            let field = |name| asked.get(name).to_owned();
            list_events(asked.q(), field("state"), field("type"), field("source"), asked.after)
        },
    );
    view! {
        <PageHead title=LIST.title about=LIST.about>
            <LinkButton href=super::queues::PATH>"Queues"</LinkButton>
            <LinkButton href=super::requests::LIST.path>"Requests"</LinkButton>
        </PageHead>
        {loaded(list, move |list| card(list, asked.get_untracked()))}
    }
}

fn card(list: EventsData, asked: Asked) -> impl IntoView {
    let EventsData { rows, next, kinds, curl } = list;
    let choices = choices(&asked, kinds).into_any();
    let chips = Chips::states("All", State::ALL.map(|state| (state.as_str(), state.label())));
    let first_step = Some(("/dashboard/keys".to_owned(), "Create an API key"));
    let command = rows.is_empty().then(|| {
        view! {
            <div class="card__body">
                <CodeBlock text=curl copy_label="Copy the command" />
            </div>
        }
        .into_any()
    });
    let list =
        if asked.is_only("state", "refused") { List { no_match: NOBODY_NEEDED, ..LIST } } else { LIST };
    view! {
        <ListCard
            list=list
            asked=asked
            count=rows.len()
            next=next
            choices=choices
            chips=chips
            first_step=first_step
            help=command
        >
            {table(rows)}
        </ListCard>
    }
}

/// What the events are about, and by whom they were told where one was chosen.
fn choices(asked: &Asked, kinds: Vec<String>) -> impl IntoView + use<> {
    let kinds = kinds.into_iter().map(|kind| (kind.clone(), kind));
    let source = asked.get("source").to_owned();
    let of_source = (!source.is_empty()).then(|| {
        view! {
            <input type="hidden" name="source" value=source.clone() />
            <span class="small muted breaks">{format!("from {source}")}</span>
        }
    });
    view! {
        {choice("type", "Type", "Every type", kinds, asked.get("type"))}
        {of_source}
    }
}

fn table(rows: Vec<EventRow>) -> impl IntoView {
    let columns = ["Event", "Type", "State", "Received", "Why"].map(Column::text).to_vec();
    let has_problems = rows.iter().any(|row| !row.problem.is_empty());
    let columns = columns.into_iter().take(if has_problems { 5 } else { 4 }).collect();
    let rows = rows.into_iter().map(|of| row(of, has_problems)).collect_view();
    view! { <Table caption="Events, newest first" columns=columns>{rows}</Table> }
}

fn row(event: EventRow, with_problem: bool) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">
                <a class="breaks" href=LIST.row(&event.key)>{event.id}</a>
                <small class="breaks">{event.source}</small>
            </td>
            <td role="cell" data-th="Type"><span class="breaks">{event.kind}</span></td>
            <td role="cell" data-th="State">{pill(event.state)}</td>
            <td role="cell" data-th="Received"><span>{event.received}</span></td>
            {with_problem
                .then(|| match event.problem {
                    // The folded table shows no empty line.
                    problem if problem.is_empty() => view! { <td role="cell"></td> }.into_any(),
                    problem => view! { <td role="cell" data-th="Why"><span class="breaks">{problem}</span></td> }.into_any(),
                })}
        </tr>
    }
}

/// A state as a pill: shape, word and colour.
fn pill(state: State) -> impl IntoView {
    let (tone, dot) = match state {
        State::Received => (Tone::Sky, Dot::Ring),
        State::Done => (Tone::Leaf, Dot::Full),
        State::Refused => (Tone::Danger, Dot::Square),
        State::Discarded => (Tone::Plain, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{state.label()}</Badge> }
}
