//! All purchases and claims, newest first, a page at a time.

mod api;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{Entries, PageTitle, Refused, Waiting};
use crate::ui::{Empty, LinkButton, icon};
use api::{ActivityView, activity};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The list.
#[component]
pub(super) fn ActivityList() -> impl IntoView {
    let merchant = use_merchant();
    let slug = merchant.slug.clone();
    let query = use_query_map();
    let after = Memo::new(move |_| query.with(|query| query.get("after")));
    let list = Resource::new(
        move || (after.get(), Live::changes()),
        move |(after, _)| activity(slug.clone(), after),
    );
    view! {
        <PageTitle title="Activity">
            <LinkButton href=merchant.path("claim") variant=crate::ui::ButtonVariant::Quiet icon=icon::SCAN>
                "Add receipt"
            </LinkButton>
        </PageTitle>
        <Transition fallback=Waiting>
            {move || {
                let later = after.get().is_some();
                Suspend::new(async move {
                    match list.await {
                        Ok(list) => view! { <Days list=list later=later/> }.into_any(),
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Days(list: ActivityView, later: bool) -> impl IntoView {
    let merchant = use_merchant();
    if list.days.is_empty() {
        return view! {
            <Empty title="Nothing yet" text="Every purchase appears here with the points it earned, and why.">
                <LinkButton href=merchant.path("card")>"Show your card"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    let days = list
        .days
        .into_iter()
        .map(
            |day| view! { <section><h2 class="day">{day.label}</h2><Entries entries=day.entries/></section> },
        )
        .collect_view();
    let newest = later.then(|| view! { <LinkButton href=merchant.path("activity")>"Newest"</LinkButton> });
    let older = list.next.map(|next| {
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
