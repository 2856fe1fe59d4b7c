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
mod lifecycle;
#[cfg(feature = "ssr")]
pub mod load;
mod preview;
#[cfg(feature = "ssr")]
mod schedule;
mod versions;

pub use editor::{NewPromotionPage, PromotionPage};

use super::flash::FlashBanner;
use super::format;
use super::page::{address, loaded, query_param};
use super::parts::PageHead;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Dot, Empty, LinkButton, Pagination, Tone};
use api::list_promotions;
use dto::{PromotionList, PromotionRow, State};
use leptos::prelude::*;

const PATH: &str = "/dashboard/promotions";

/// The list with search, states and its CSV.
#[component]
pub fn PromotionsPage() -> impl IntoView {
    let (q, state, after) = (query_param("q"), query_param("state"), query_param("after"));
    let list = Resource::new(
        move || (q.get(), state.get(), after.get()),
        |(q, state, after)| list_promotions(q, state, after),
    );
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, &q.get_untracked(), &state.get_untracked(), &after.get_untracked()))}
    }
}

fn page(list: PromotionList, q: &str, state: &str, after: &str) -> impl IntoView + use<> {
    let chosen = [("q", q), ("state", state)];
    let narrowed = chosen.iter().any(|(_, value)| !value.is_empty());
    let first = (!after.is_empty()).then(|| address(PATH, &chosen, None));
    let next = list.next.as_deref().map(|after| address(PATH, &chosen, Some(after)));
    let csv = address("/dashboard/promotions.csv", &chosen, None);
    let count = i64::try_from(list.rows.len()).unwrap_or(i64::MAX);
    let shown = format!("{} on this page", format::plural(count, "promotion", "promotions"));
    let turns = first.is_some() || next.is_some();
    let chips = chips(q, state);
    let (q, state) = (q.to_owned(), state.to_owned());
    let keeps_state =
        (!state.is_empty()).then(|| view! { <input type="hidden" name="state" value=state.clone() /> });
    let new = list.may_edit.then(|| {
        view! {
            <a class="btn btn--primary" href="/dashboard/promotions/new">
                <Icon glyph=icon::PLUS />
                "New promotion"
            </a>
        }
    });
    let body = if list.rows.is_empty() {
        nothing(narrowed, list.may_edit).into_any()
    } else {
        rows(list).into_any()
    };
    view! {
        <PageHead title="Promotions" about="What a purchase earns. Every change is a new version; old versions keep explaining old purchases.">
            {new}
        </PageHead>
        <section class="card card--flush" aria-label="Promotions">
            <form class="filterbar" method="get" action=PATH role="search" aria-label="Promotions">
                <label class="input-group input-group--search">
                    <Icon glyph=icon::SEARCH />
                    <span class="visually-hidden">"Name"</span>
                    <input class="input" type="search" name="q" value=q placeholder="Name" autocomplete="off" />
                </label>
                {keeps_state}
                <button class="btn" type="submit">"Search"</button>
                <a class="btn btn--quiet push" href=csv rel="external" download="">
                    <Icon glyph=icon::DOWNLOAD />
                    "CSV"
                </a>
            </form>
            {chips}
            {body}
            {turns
                .then(|| {
                    view! { <Pagination shown=shown first=first next=next first_label="First page" next_label="Next page" /> }
                })}
        </section>
    }
}

fn chips(q: &str, chosen: &str) -> impl IntoView + use<> {
    let chip = |word: &'static str, label: &'static str| {
        let href = address(PATH, &[("q", q), ("state", word)], None);
        let current = (word == chosen).then_some("true");
        view! { <a class="chip" href=href aria-current=current>{label}</a> }
    };
    let states = State::ALL.into_iter().map(|state| chip(state.as_str(), state.label())).collect_view();
    view! {
        <nav class="chips chips--bar" aria-label="State">
            {chip("", "All but archived")} {states}
        </nav>
    }
}

fn nothing(narrowed: bool, may_edit: bool) -> impl IntoView {
    if narrowed {
        view! {
            <Empty title="Nothing matches" text="No promotion fits the search and the state.">
                <LinkButton href=PATH>"Show all promotions"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty
                title="Nothing earns points yet"
                text="Begin with one promotion for everything: so many points per unit of money. Boosts and happy hours come on top."
            >
                {may_edit.then(|| view! { <LinkButton href="/dashboard/promotions/new">"Write the first promotion"</LinkButton> })}
            </Empty>
        }
        .into_any()
    }
}

fn rows(list: PromotionList) -> impl IntoView {
    let today = format!("--now:{}", thousandths(list.today));
    let rows = list.rows.into_iter().map(|promotion| row(promotion, &today)).collect_view();
    view! {
        <div class="table-wrap">
            <table class="table table--fold">
                <caption class="visually-hidden">"Promotions"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">{list.months}</th>
                        <th scope="col">"When"</th>
                        <th scope="col" class="n">"Version"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// `417` as a share of a bar: `41.7%`.
fn thousandths(value: u16) -> String {
    format!("{}.{}%", value / 10, value % 10)
}

fn row(promotion: PromotionRow, today: &str) -> impl IntoView + use<> {
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
        <tr>
            <td>
                <a href=format!("{PATH}/{}", promotion.id)>{promotion.name}</a>
                <small>{promotion.summary}</small>
            </td>
            <td data-th="Status">{status(promotion.state)}</td>
            <td data-th="Schedule">{bar}</td>
            <td data-th="When"><span>{promotion.dates}</span></td>
            <td class="n" data-th="Version"><span>{version}</span></td>
        </tr>
    }
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
