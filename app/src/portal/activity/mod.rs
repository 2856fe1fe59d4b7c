//! All purchases and claims, newest first, a page at a time.

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::{Entries, Entry, PageTitle};
use super::words;
use crate::error::PageError;
use crate::ui::{Empty, LinkButton, icon};
use leptos::prelude::*;

/// Entries on a page.
const PAGE: u32 = 25;

/// Today, yesterday, or a month.
struct Span {
    /// “Today”, “May”.
    label: String,
    /// What happened in it, newest first.
    entries: Vec<Entry>,
}

/// `activity`: a page of what happened.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (list, later) = ask.list(PAGE)?;
    let page = ask.engine().customer_activity(&ask.cx, ask.customer()?, &list).await?;
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
        <Spans spans=spans later=later next=page.next/>
    };
    Ok(Sheet::new("Activity", body))
}

#[component]
fn Spans(spans: Vec<Span>, later: bool, next: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    if spans.is_empty() {
        return view! {
            <Empty title="Nothing yet" text="Every purchase appears here with the points it earned, and why.">
                <LinkButton href=merchant.path("card")>"Show your card"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    let spans = spans.into_iter().map(|Span { label, entries }| {
        view! { <section><h2 class="day">{label}</h2><Entries entries=entries/></section> }
    });
    let newest = later.then(|| view! { <LinkButton href=merchant.path("activity")>"Newest"</LinkButton> });
    let older = next.map(|next| {
        let href = format!("{}?after={next}", merchant.path("activity"));
        view! { <LinkButton href=href>"Older"</LinkButton> }
    });
    view! {
        <div class="portal__body portal__body--list">
            {spans.collect_view()}
            <nav class="row" aria-label="Pages">{newest}{older}</nav>
        </div>
    }
    .into_any()
}
