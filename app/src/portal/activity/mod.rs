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

/// One day.
struct Day {
    /// “Today”, “May 12”.
    label: String,
    /// What happened, newest first.
    entries: Vec<Entry>,
}

/// `activity`: a page of what happened.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (list, later) = ask.list(PAGE)?;
    let page = ask.engine().customer_activity(&ask.cx, ask.customer()?, &list).await?;
    let now = ask.engine().now(ask.cx.merchant());
    let mut days: Vec<Day> = Vec::new();
    for row in &page.data {
        let label = words::day_of(row, now);
        let entry = words::entry(&ask.merchant.slug, row, now, false);
        match days.last_mut() {
            Some(day) if day.label == label => day.entries.push(entry),
            _ => days.push(Day { label, entries: vec![entry] }),
        }
    }
    let claim = ask.merchant.path("claim");
    let body = view! {
        <PageTitle title="Activity">
            <LinkButton href=claim variant=crate::ui::ButtonVariant::Quiet icon=icon::SCAN>"Add receipt"</LinkButton>
        </PageTitle>
        <Days days=days later=later next=page.next/>
    };
    Ok(Sheet::new("Activity", body))
}

#[component]
fn Days(days: Vec<Day>, later: bool, next: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    if days.is_empty() {
        return view! {
            <Empty title="Nothing yet" text="Every purchase appears here with the points it earned, and why.">
                <LinkButton href=merchant.path("card")>"Show your card"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    let days = days
        .into_iter()
        .map(
            |day| view! { <section><h2 class="day">{day.label}</h2><Entries entries=day.entries/></section> },
        )
        .collect_view();
    let newest = later.then(|| view! { <LinkButton href=merchant.path("activity")>"Newest"</LinkButton> });
    let older = next.map(|next| {
        let href = format!("{}?after={next}", merchant.path("activity"));
        view! { <LinkButton href=href>"Older"</LinkButton> }
    });
    view! {
        <div class="portal__body portal__body--list">
            {days}
            <nav class="row" aria-label="Pages">{newest}{older}</nav>
        </div>
    }
    .into_any()
}
