//! The wallet: what there is to spend, what waits, which offers fill it, and what happened to it.

pub(super) mod api;
#[cfg(feature = "ssr")]
pub(super) mod words;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{Entries, Refused, Waiting};
use crate::ui::{Card, Empty, Icon, LinkButton, Rings, icon};
use api::{Money, RunningOffer, WalletView, wallet};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::collections::HashSet;

/// The wallet.
#[component]
pub(super) fn Wallet() -> impl IntoView {
    let merchant = use_merchant();
    let slug = merchant.slug.clone();
    let query = use_query_map();
    let after = Memo::new(move |_| query.with(|query| query.get("after")));
    let view =
        Resource::new(move || (after.get(), Live::changes()), move |(after, _)| wallet(slug.clone(), after));
    // What was shown last, and what is said when it changes while somebody looks.
    let shown = StoredValue::new(None::<String>);
    let said = RwSignal::new(String::new());
    let seen = StoredValue::new(HashSet::new());
    view! {
        <Title text=format!("Cashback · {}", merchant.name)/>
        <p class="visually-hidden" role="status">{said}</p>
        <Transition fallback=Waiting>
            {move || {
                let later = after.get().is_some();
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => {
                            notice(&view, shown, said);
                            view! { <Loaded view=view later=later seen=seen/> }.into_any()
                        }
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Tells the stream what is shown, and who listens to the page what has changed.
fn notice(view: &WalletView, shown: StoredValue<Option<String>>, said: RwSignal<String>) {
    Live::holding(&view.mark);
    let available: Vec<&str> = view.money.iter().map(|money| money.available.as_str()).collect();
    let available = available.join(" and ");
    let before = shown.get_value();
    if before.is_some_and(|before| before != available) {
        said.set(format!("You have {available} cashback."));
    }
    shown.set_value(Some(available));
}

#[component]
fn Loaded(view: WalletView, later: bool, seen: StoredValue<HashSet<String>>) -> impl IntoView {
    let WalletView { money, offers, entries, next, .. } = view;
    let known = seen.get_value();
    seen.set_value(entries.iter().filter_map(|entry| entry.href.clone()).collect());
    let nothing = entries.is_empty() && !later;
    let offers = (!later && !offers.is_empty()).then(|| running(offers, nothing));
    let lift = if offers.is_some() { "portal__section" } else { "portal__section lift" };
    let happened = if nothing {
        offers.is_none().then(first).into_any()
    } else {
        view! {
            <section class=lift aria-labelledby="happened">
                <h2 id="happened" class=offers.is_none().then_some("visually-hidden")>"What happened"</h2>
                <Entries entries=entries known=known unit=""/>
                {pages(next, later)}
            </section>
        }
        .into_any()
    };
    view! {
        {hero(money)}
        <div class="portal__body">{offers} {happened}</div>
    }
}

/// The money, in the merchant's colour.
fn hero(money: Vec<Money>) -> impl IntoView {
    let merchant = use_merchant();
    let waits = money
        .iter()
        .filter_map(|money| money.pending.clone())
        .map(|pending| view! { <p class="hero__sub"><b>{pending}</b>" more waits before you can spend it"</p> })
        .collect_view();
    let expiring = money
        .iter()
        .flat_map(|money| money.expiring.clone())
        .map(|(amount, day)| view! { <p class="hero__sub"><b>{amount}</b>{format!(" can be spent until {day}")}</p> })
        .collect_view();
    let mut available = money.into_iter().map(|money| money.available);
    let first = available.next().unwrap_or_default();
    let others =
        available.map(|amount| view! { <p class="hero__sub">"and "<b>{amount}</b></p> }).collect_view();
    view! {
        <header class="hero">
            <Rings/>
            <div class="hero__bar">
                <h1 class="hero__name">"Cashback"</h1>
                <a class="avatar" href=merchant.path("") aria-label="Back to your points"><Icon glyph=icon::LEFT/></a>
            </div>
            <p class="hero__greeting">"You have"</p>
            <p class="hero__num num">{first}</p>
            <p class="hero__sub">{format!("to spend at {}", merchant.name)}</p>
            {others} {waits} {expiring}
        </header>
    }
}

/// The offers that run now.
fn running(offers: Vec<RunningOffer>, nothing: bool) -> impl IntoView {
    let rows = offers
        .into_iter()
        .map(|offer| {
            view! {
                <li class="listrow">
                    <span class="listrow__icon"><Icon glyph=icon::CASHBACK/></span>
                    <span><b>{offer.name}</b><small>{offer.summary}</small></span>
                    <b class="num">{offer.percentage}</b>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="portal__section lift" aria-labelledby="offers">
            <h2 id="offers" class="visually-hidden">"Offers that run now"</h2>
            <Card flush=true><ul>{rows}</ul></Card>
            {nothing.then(|| view! {
                <p class="muted">"Show your card when you pay. What comes back, and why, appears here a moment later."</p>
            })}
        </section>
    }
}

/// What somebody sees who has nothing, where nothing runs.
fn first() -> impl IntoView {
    let merchant = use_merchant();
    view! {
        <section class="card lift">
            <Empty title="No offer runs now" text="When one does, a part of what you pay comes back here.">
                <LinkButton href=merchant.path("")>"Go to your points"</LinkButton>
            </Empty>
        </section>
    }
}

fn pages(next: Option<String>, later: bool) -> impl IntoView {
    let here = use_merchant().path("cashback");
    let newest = later.then(|| view! { <LinkButton href=here.clone()>"Newest"</LinkButton> });
    let older =
        next.map(|next| view! { <LinkButton href=format!("{here}?after={next}")>"Older"</LinkButton> });
    view! { <nav class="row" aria-label="Pages">{newest}{older}</nav> }
}
