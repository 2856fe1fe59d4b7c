//! Events in: what other systems have told over the API or the bus, and what has become of it.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

pub use detail::EventPage;

use super::format::plural;
use super::list::{Asked, Order, asked, pages};
use super::page::loaded;
use super::parts::PageHead;
use crate::address::address;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, CodeBlock, Column, Dot, Empty, LinkButton, Table, Tone};
use api::list_events;
use dto::{EventRow, EventsData, State};
use leptos::prelude::*;

pub(super) const PATH: &str = "/dashboard/events";
const TITLE: &str = "Events in";

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
        <PageHead
            title=TITLE
            about="What other systems have told by POST /api/v1/events or over NATS in the last 30 days. Each event is written down before it is acknowledged; what is refused waits here for you and stops nothing else."
        >
            <LinkButton href=super::queues::PATH>"Queues"</LinkButton>
            <LinkButton href=super::requests::PATH>"Requests"</LinkButton>
        </PageHead>
        {loaded(list, move |list| card(list, &asked.get_untracked()))}
    }
}

fn card(list: EventsData, asked: &Asked) -> impl IntoView + use<> {
    let EventsData { rows, next, kinds, curl } = list;
    let (bar, chips) = (bar(asked, kinds), chips(asked));
    let shown = plural(i64::try_from(rows.len()).unwrap_or(i64::MAX), "event", "events");
    let turn = pages(PATH, asked, next.as_deref(), Order::NewestFirst, shown);
    let body = if rows.is_empty() { nothing(asked, curl).into_any() } else { table(rows).into_any() };
    view! {
        <section class="card card--flush" aria-label=TITLE>
            {bar} {chips} {body} {turn}
        </section>
    }
}

fn bar(asked: &Asked, kinds: Vec<String>) -> impl IntoView + use<> {
    let chosen = asked.get("type").to_owned();
    let options = kinds
        .into_iter()
        .map(|kind| {
            let selected = kind == chosen;
            let value = kind.clone();
            view! { <option value=value selected=selected>{kind}</option> }
        })
        .collect_view();
    let state = asked.get("state").to_owned();
    let source = asked.get("source").to_owned();
    let of_source = (!source.is_empty()).then(|| {
        view! {
            <input type="hidden" name="source" value=source.clone() />
            <span class="small muted breaks">{format!("from {source}")}</span>
        }
    });
    let narrowed = ["q", "state", "type", "source"].iter().any(|name| !asked.get(name).is_empty());
    view! {
        <form class="filterbar" method="get" action=PATH role="search" aria-label=TITLE>
            <label class="input-group input-group--search">
                <Icon glyph=icon::SEARCH />
                <span class="visually-hidden">"Id of an event"</span>
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=asked.q()
                    placeholder="Id of an event"
                    autocomplete="off"
                    maxlength=256
                />
            </label>
            <select class="select filterbar__select" name="type" aria-label="Type">
                <option value="">"Every type"</option>
                {options}
            </select>
            {(!state.is_empty()).then(|| view! { <input type="hidden" name="state" value=state /> })}
            {of_source}
            <button class="btn" type="submit">"Apply"</button>
            {narrowed.then(|| view! { <a class="btn btn--quiet" href=PATH>"Clear"</a> })}
        </form>
    }
}

fn chips(asked: &Asked) -> impl IntoView + use<> {
    let chip = |word: &'static str, label: &'static str| {
        let kept = [
            ("q", asked.get("q")),
            ("state", word),
            ("type", asked.get("type")),
            ("source", asked.get("source")),
        ];
        let current = (word == asked.get("state")).then_some("true");
        view! { <a class="chip" href=address(PATH, &kept, None) aria-current=current>{label}</a> }
    };
    let states = State::ALL.into_iter().map(|(_, word, label)| chip(word, label)).collect_view();
    view! {
        <nav class="chips chips--bar" aria-label="State">
            {chip("", "All")} {states}
        </nav>
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
    let href = format!("{PATH}/{}", event.key);
    view! {
        <tr>
            <td>
                <a class="breaks" href=href>{event.id}</a>
                <small class="breaks">{event.source}</small>
            </td>
            <td data-th="Type"><span class="breaks">{event.kind}</span></td>
            <td data-th="State">{pill(event.state)}</td>
            <td data-th="Received"><span>{event.received}</span></td>
            {with_problem
                .then(|| match event.problem {
                    // The folded table shows no empty line.
                    problem if problem.is_empty() => view! { <td></td> }.into_any(),
                    problem => view! { <td data-th="Why"><span class="breaks">{problem}</span></td> }.into_any(),
                })}
        </tr>
    }
}

/// A state as a pill: shape, word and colour.
fn pill(state: State) -> impl IntoView {
    let (tone, dot, word) = match state {
        State::Received => (Tone::Sky, Dot::Ring, "Received"),
        State::Done => (Tone::Leaf, Dot::Full, "Done"),
        State::Refused => (Tone::Danger, Dot::Square, "Refused"),
        State::Discarded => (Tone::Plain, Dot::Square, "Discarded"),
    };
    view! { <Badge tone=tone dot=dot>{word}</Badge> }
}

fn nothing(asked: &Asked, curl: String) -> impl IntoView + use<> {
    let heading = view! { <h2 class="visually-hidden">"Events"</h2> };
    let found = |name: &str| !asked.get(name).is_empty();
    if found("q") || found("type") || found("source") || found("state") {
        let text = if asked.get("state") == "refused" && !found("q") && !found("type") && !found("source") {
            "No event waits for you."
        } else {
            "No event fits the search and the filters. An id has to be whole."
        };
        return view! {
            {heading}
            <Empty title="Nothing here" text=text>
                <LinkButton href=PATH>"Show all events"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        {heading}
        <Empty
            title="No events yet"
            text="They appear here as soon as a system of yours tells one. Create a key that may send events, and try it with this command:"
        >
            <LinkButton href="/dashboard/keys">"Create an API key"</LinkButton>
        </Empty>
        <div class="card__body">
            <CodeBlock text=curl copy_label="Copy the command" />
        </div>
    }
    .into_any()
}
