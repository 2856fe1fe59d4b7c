//! All that happened to the points, newest first, a page at a time; all of it, or what is of one sort.

pub(super) mod words;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::{Entries, Entry, PageTitle};
use crate::address::address;
use crate::error::PageError;
use crate::ui::{Empty, LinkButton, icon};
use leptos::prelude::*;
use perennial_engine::points::Movements;

/// Entries on a page.
const PAGE: u32 = 25;

/// Today, yesterday, or a month.
struct Span {
    /// “Today”, “May”.
    label: String,
    /// What happened in it, newest first.
    entries: Vec<Entry>,
}

/// What a chip shows, and what stands there while there is none of it.
struct Choice {
    /// The sort; all of them without one.
    of: Option<Movements>,
    /// What the chip says.
    label: &'static str,
    /// What is missing.
    title: &'static str,
    /// When it appears.
    text: &'static str,
}

static CHOICES: [Choice; 5] = [
    Choice {
        of: None,
        label: "All",
        title: "Nothing yet",
        text: "Every purchase appears here with the points it earned, and why.",
    },
    Choice {
        of: Some(Movements::Earned),
        label: "Earned",
        title: "Nothing earned yet",
        text: "What purchases give you appears here, and what a return took back of it.",
    },
    Choice {
        of: Some(Movements::Spent),
        label: "Spent",
        title: "Nothing spent yet",
        text: "Rewards that you redeem appear here, and purchases that you pay a part of this way.",
    },
    Choice {
        of: Some(Movements::Pending),
        label: "On the way",
        title: "Nothing is on the way",
        text: "What you have earned and cannot spend yet appears here, with the day from which you can.",
    },
    Choice {
        of: Some(Movements::Expired),
        label: "Expired",
        title: "Nothing has expired",
        text: "What was not spent in time would appear here.",
    },
];

impl Choice {
    /// The word in the address; all has none.
    const fn word(&self) -> &'static str {
        match self.of {
            Some(of) => of.as_str(),
            None => "",
        }
    }
}

/// `activity`: a page of what happened. The sort is part of the address: `?show=spent`.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (list, later) = ask.list(PAGE)?;
    let of: Option<Movements> = ask.query("show").and_then(|show| show.parse().ok());
    let page = ask.engine().customer_activity(&ask.cx, ask.customer()?, of, &list).await?;
    let now = ask.engine().now(ask.cx.merchant());
    let mut spans: Vec<Span> = Vec::new();
    for row in &page.data {
        let (label, says_the_day) = words::heading(row, now);
        let entry = words::entry(&ask.merchant.slug, row, now, !says_the_day);
        match spans.last_mut() {
            Some(span) if span.label == label => span.entries.push(entry),
            _ => spans.push(Span { label, entries: vec![entry] }),
        }
    }
    let claim = ask.merchant.path("claim");
    let body = view! {
        <PageTitle title="Activity">
            <LinkButton href=claim variant=crate::ui::ButtonVariant::Quiet icon=icon::SCAN>"Add receipt"</LinkButton>
        </PageTitle>
        <Spans spans=spans of=of later=later next=page.next/>
    };
    Ok(Sheet::new("Activity", body))
}

#[component]
fn Spans(spans: Vec<Span>, of: Option<Movements>, later: bool, next: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let path = merchant.path("activity");
    let [all, ..] = &CHOICES;
    let chosen = CHOICES.iter().find(|choice| choice.of == of).unwrap_or(all);
    if spans.is_empty() {
        let (href, words) = match of {
            None => (merchant.path("card"), "Show your card"),
            Some(_) => (path.clone(), "Show all activity"),
        };
        let empty = view! {
            <Empty title=chosen.title text=chosen.text>
                <LinkButton href=href>{words}</LinkButton>
            </Empty>
        };
        // There is nothing to choose from before anything has happened.
        let chips = of.is_some().then(|| {
            view! { <div class="portal__body portal__body--list">{chips(&path, chosen)}</div> }
        });
        return view! { {chips} {empty} }.into_any();
    }
    // What the figures count is said once, above the first of them.
    let unit = merchant.points_name;
    let sections = spans.into_iter().enumerate().map(|(place, Span { label, entries })| {
        let head = match place {
            0 => {
                view! { <div class="day split"><h2>{label}</h2><span>{unit.clone()}</span></div> }.into_any()
            }
            _ => view! { <h2 class="day">{label}</h2> }.into_any(),
        };
        view! { <section>{head}<Entries entries=entries unit=""/></section> }
    });
    let shown = [("show", chosen.word())];
    let newest = later.then(|| view! { <LinkButton href=address(&path, &shown, None)>"Newest"</LinkButton> });
    let older = next.map(|next| {
        view! { <LinkButton href=address(&path, &shown, Some(&next))>"Older"</LinkButton> }
    });
    view! {
        <div class="portal__body portal__body--list">
            {chips(&path, chosen)}
            {sections.collect_view()}
            <nav class="row" aria-label="Pages">{newest}{older}</nav>
        </div>
    }
    .into_any()
}

/// The sorts as links; each begins at its newest.
fn chips(path: &str, chosen: &Choice) -> impl IntoView + use<> {
    let of = chosen.of;
    let links = CHOICES
        .iter()
        .map(|choice| {
            let href = address(path, &[("show", choice.word())], None);
            let current = (choice.of == of).then_some("true");
            view! { <a class="chip" href=href aria-current=current>{choice.label}</a> }
        })
        .collect_view();
    view! { <nav class="chips" aria-label="Filter">{links}</nav> }
}
