//! Requests: what programs and apps have asked of the API, and why they were refused.

pub mod api;
mod detail;
pub mod dto;
#[cfg(feature = "ssr")]
mod load;

pub use detail::RequestPage;

use super::format::plural;
use super::list::{Asked, Order, asked, pages};
use super::page::loaded;
use super::parts::PageHead;
use crate::address::address;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Column, Dot, Empty, LinkButton, Table, Tile, Tiles, Tone};
use api::list_requests;
use dto::{Day, Ending, RequestRow, RequestsData};
use leptos::prelude::*;

pub(super) const PATH: &str = "/dashboard/requests";
const TITLE: &str = "Requests";

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
        <PageHead
            title=TITLE
            about="What tills, programs and customers’ apps asked of the API in the last 30 days: whatever was refused, and of what was written the first of every minute. All of it is counted; nothing of what was sent is kept."
        >
            <LinkButton href="/dashboard/keys">"API keys"</LinkButton>
            <LinkButton href=super::events::PATH>"Events in"</LinkButton>
        </PageHead>
        {loaded(list, move |list| page(list, &asked.get_untracked()))}
    }
}

fn page(list: RequestsData, asked: &Asked) -> impl IntoView + use<> {
    let RequestsData { rows, next, keys, routes, day } = list;
    let (bar, chips) = (bar(asked, keys, routes), chips(asked));
    let shown = plural(i64::try_from(rows.len()).unwrap_or(i64::MAX), "request", "requests");
    let turn = pages(PATH, asked, next.as_deref(), Order::NewestFirst, shown);
    let body = if rows.is_empty() { nothing(asked).into_any() } else { table(rows).into_any() };
    view! {
        {day.map(figures)}
        <section class="card card--flush" aria-label=TITLE>
            {bar} {chips} {body} {turn}
        </section>
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

fn bar(asked: &Asked, keys: Vec<(String, String)>, routes: Vec<String>) -> impl IntoView + use<> {
    let (key, route, status) =
        (asked.get("key").to_owned(), asked.get("route").to_owned(), asked.get("status").to_owned());
    let keys = keys
        .into_iter()
        .map(|(id, name)| {
            let selected = id == key;
            view! { <option value=id selected=selected>{name}</option> }
        })
        .collect_view();
    let routes = routes
        .into_iter()
        .map(|of| {
            let selected = of == route;
            let value = of.clone();
            view! { <option value=value selected=selected>{of}</option> }
        })
        .collect_view();
    let narrowed = ["q", "status", "key", "route"].iter().any(|name| !asked.get(name).is_empty());
    view! {
        <form class="filterbar" method="get" action=PATH role="search" aria-label=TITLE>
            <label class="input-group input-group--search">
                <Icon glyph=icon::SEARCH />
                <span class="visually-hidden">"Receipt, request id, idempotency key, id of a purchase or customer"</span>
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=asked.q()
                    placeholder="Receipt, request id, idempotency key, id of a purchase or customer"
                    autocomplete="off"
                    maxlength=256
                />
            </label>
            <select class="select filterbar__select" name="key" aria-label="Asked by">
                <option value="">"Every key and app"</option>
                {keys}
            </select>
            <select class="select filterbar__select" name="route" aria-label="Route">
                <option value="">"Every route"</option>
                {routes}
            </select>
            {(!status.is_empty()).then(|| view! { <input type="hidden" name="status" value=status /> })}
            <button class="btn" type="submit">"Apply"</button>
            {narrowed.then(|| view! { <a class="btn btn--quiet" href=PATH>"Clear"</a> })}
        </form>
    }
}

fn chips(asked: &Asked) -> impl IntoView + use<> {
    let chip = |(word, label): (&'static str, &'static str)| {
        let kept = [
            ("q", asked.get("q")),
            ("status", word),
            ("key", asked.get("key")),
            ("route", asked.get("route")),
        ];
        let current = (word == asked.get("status")).then_some("true");
        view! { <a class="chip" href=address(PATH, &kept, None) aria-current=current>{label}</a> }
    };
    let chips = ENDINGS.into_iter().map(chip).collect_view();
    view! { <nav class="chips chips--bar" aria-label="Status">{chips}</nav> }
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
    let href = format!("{PATH}/{}", request.id);
    let item = (!request.item.is_empty()).then(|| view! { <small>{request.item}</small> });
    let name = format!("{} {}", request.method, request.route);
    view! {
        <tr>
            <td>
                <a class="breaks" href=href>{name}</a>
                {item}
            </td>
            <td data-th="Status">{pill(request.ending, request.status)}</td>
            {cell("Receipt", request.reference)}
            {cell("Why", request.problem)}
            <td data-th="By"><span class="breaks">{request.by}</span></td>
            <td data-th="When"><span>{request.ago}</span></td>
            <td class="n" data-th="Took"><span>{request.took}</span></td>
        </tr>
    }
}

/// A cell that may be empty: the folded table then shows no line for it.
fn cell(label: &'static str, text: String) -> impl IntoView {
    if text.is_empty() {
        view! { <td></td> }.into_any()
    } else {
        view! { <td data-th=label><span class="breaks">{text}</span></td> }.into_any()
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

fn nothing(asked: &Asked) -> impl IntoView + use<> {
    let heading = view! { <h2 class="visually-hidden">"Log"</h2> };
    let found = |name: &str| !asked.get(name).is_empty();
    if found("q") || found("key") || found("route") || found("status") {
        return view! {
            {heading}
            <Empty
                title="Nothing here"
                text="No request fits the search and the filters. A name has to be whole. What a busy till had answered may be counted only; the purchase itself says that it was stored."
            >
                <LinkButton href=PATH>"Show all requests"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        {heading}
        <Empty
            title="No requests yet"
            text="They appear here a second after a till or a program of yours has asked something of the API."
        >
            <LinkButton href="/dashboard/keys">"Connect a till"</LinkButton>
        </Empty>
    }
    .into_any()
}
