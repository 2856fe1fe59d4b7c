//! Requests: what programs and apps have asked of the API, and why they were refused.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
mod load;

pub use detail::RequestPage;

use super::list::{Asked, Chips, List, ListCard, Order, asked, choice};
use super::page::loaded;
use super::parts::PageHead;
use crate::ui::{Badge, Column, Dot, LinkButton, Table, Tile, Tiles, Tone};
use api::list_requests;
use dto::{Day, Ending, RequestRow, RequestsData};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/requests",
    title: "Requests",
    about: "What tills, programs and customers’ apps asked of the API in the last 30 days: everything that was refused, and the first write of every minute. All is counted; nothing that was sent is kept.",
    nouns: ("request", "requests"),
    search: "Receipt, request id or other id",
    order: Order::NewestFirst,
    no_match: (
        "Nothing here",
        "No request fits the search and the filters. A name has to be whole. What a busy till had answered may be counted only; the purchase itself says that it was stored.",
    ),
    nothing: ("No requests yet", "They appear here a second after a till or another system calls the API."),
    has_csv: false,
};

/// How requests ended: the word in addresses, and for people.
const ENDINGS: [(&str, &str); 5] = [
    ("", "All"),
    ("refused", "Refused"),
    ("4xx", "Wrong request (4xx)"),
    ("5xx", "Our side (5xx)"),
    ("answered", "Answered"),
];

/// The log, with the figures of the last day, a search by every name that a request has, and its filters.
#[component]
pub fn RequestsPage() -> impl IntoView {
    let asked = asked(&["q", "status", "key", "route"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| {
            let field = |name| asked.get(name).to_owned();
            list_requests(asked.q(), field("status"), field("key"), field("route"), asked.after)
        },
    );
    view! {
        <PageHead title=LIST.title about=LIST.about>
            <LinkButton href="/dashboard/keys">"API keys"</LinkButton>
            <LinkButton href=super::events::LIST.path>"Events in"</LinkButton>
        </PageHead>
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: RequestsData, asked: Asked) -> impl IntoView {
    let RequestsData { rows, next, keys, routes, day } = list;
    let choices = choices(&asked, keys, routes).into_any();
    let chips = Chips { name: "status", label: "Status", choices: ENDINGS.to_vec() };
    let first_step = Some(("/dashboard/keys".to_owned(), "Connect a till"));
    view! {
        {day.map(figures)}
        <ListCard
            list=LIST
            asked=asked
            count=rows.len()
            next=next
            choices=choices
            chips=chips
            first_step=first_step
        >
            {table(rows)}
        </ListCard>
    }
}

/// Who asked, and what.
fn choices(asked: &Asked, keys: Vec<(String, String)>, routes: Vec<String>) -> impl IntoView + use<> {
    let routes = routes.into_iter().map(|route| (route.clone(), route));
    view! {
        {choice("key", "Asked by", "Every key and app", keys, asked.get("key"))}
        {choice("route", "Route", "Every route", routes, asked.get("route"))}
    }
}

fn figures(day: Day) -> impl IntoView {
    let (worst, refusals) =
        day.worst.unwrap_or_else(|| ("None".to_owned(), "nothing was refused".to_owned()));
    view! {
        <section aria-label="The last 24 hours">
            <Tiles>
                <Tile label="Answered" value=day.answered note="writes in the last 24 hours" />
                <Tile label="Refused" value=day.refused note=day.share />
                <Tile label="Refused most" value=worst note=refusals />
                <Tile label="Took" value=day.mean note=format!("on average; the slowest {}", day.slowest) />
            </Tiles>
        </section>
    }
}

fn table(rows: Vec<RequestRow>) -> impl IntoView {
    let columns = vec![
        Column::text("Request"),
        Column::text("Status"),
        Column::text("Receipt"),
        Column::text("Why"),
        Column::text("By"),
        Column::text("When"),
        Column::number("Took"),
    ];
    view! {
        <Table caption="Requests, newest first" columns=columns>
            {rows.into_iter().map(row).collect_view()}
        </Table>
    }
}

fn row(request: RequestRow) -> impl IntoView {
    let href = LIST.row(&request.id);
    let item = (!request.item.is_empty()).then(|| view! { <small>{request.item}</small> });
    let name = format!("{} {}", request.method, request.route);
    view! {
        <tr role="row">
            <td role="cell">
                <a class="breaks" href=href>{name}</a>
                {item}
            </td>
            <td role="cell" data-th="Status">{pill(request.ending, request.status)}</td>
            {cell("Receipt", request.reference)}
            {cell("Why", request.problem)}
            <td role="cell" data-th="By"><span class="breaks">{request.by}</span></td>
            <td role="cell" data-th="When"><span>{request.ago}</span></td>
            <td role="cell" class="n" data-th="Took"><span>{request.took}</span></td>
        </tr>
    }
}

/// A cell that may be empty: the folded table then shows no line for it.
fn cell(label: &'static str, text: String) -> impl IntoView {
    if text.is_empty() {
        view! { <td role="cell"></td> }.into_any()
    } else {
        view! { <td role="cell" data-th=label><span class="breaks">{text}</span></td> }.into_any()
    }
}

/// A status as a pill: shape, number and colour.
fn pill(ending: Ending, status: u16) -> impl IntoView {
    let (tone, dot) = match ending {
        Ending::Answered => (Tone::Leaf, Dot::Full),
        Ending::Refused => (Tone::Petal, Dot::Ring),
        Ending::Failed => (Tone::Danger, Dot::Square),
    };
    view! { <Badge tone=tone dot=dot>{status.to_string()}</Badge> }
}
