//! The wallet: what there is to spend, what waits, which offers fill it, and what happened to it.

pub(super) mod words;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::{Entries, Entry};
use crate::error::PageError;
use crate::ui::{Empty, Icon, LinkButton, Rings, icon};
use leptos::prelude::*;

/// What there is in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Money {
    /// What can be spent: “$4.10”.
    pub(super) available: String,
    /// What waits: “$2.00”.
    pub(super) pending: Option<String>,
    /// What was spent before its purchase came back: “$6.00”.
    pub(super) owed: Option<String>,
    /// What is gone next: how much, and until when it can be spent.
    pub(super) expiring: Vec<(String, String)>,
}

/// An offer that runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RunningOffer {
    /// What it is called.
    name: String,
    /// The part that comes back: “5%”.
    percentage: String,
    /// What it gives, in a sentence.
    summary: String,
}

/// Entries on a page.
const PAGE: u32 = 25;

/// `cashback`: the wallet of the customer.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, id) = (ask.engine(), &ask.cx, ask.customer()?);
    let (list, later) = ask.list(PAGE)?;
    let program = engine.snapshot(cx).await?;
    let wallets = engine.customer_cashback(cx, id).await?;
    let page = engine.customer_cashback_entries(cx, id, &list).await?;
    let now = engine.now(cx.merchant());
    let offers = engine.cashback_offers_running(cx).await?.into_iter().map(|offer| RunningOffer {
        name: offer.name,
        percentage: crate::format::percent(offer.percentage),
        summary: offer.summary,
    });
    let offers: Vec<_> = offers.collect();
    let money = words::money(&wallets, now, &program.settings);
    let available: Vec<&str> = money.iter().map(|money| money.available.as_str()).collect();
    let said = format!("You have {} cashback.", available.join(" and "));
    let entries = page.data.iter().map(|entry| words::entry(&ask.merchant.slug, entry, now)).collect();
    let body = view! { <Wallet money=money offers=offers entries=entries later=later next=page.next/> };
    Ok(Sheet::new("Cashback", body).holding(words::mark(&wallets)).saying(said))
}

#[component]
fn Wallet(
    money: Vec<Money>,
    offers: Vec<RunningOffer>,
    entries: Vec<Entry>,
    later: bool,
    next: Option<String>,
) -> impl IntoView {
    let nothing = entries.is_empty() && !later;
    let offers = (!later && !offers.is_empty()).then(|| running(offers, nothing));
    let lift = if offers.is_some() { "portal__section" } else { "portal__section lift" };
    let happened = if nothing {
        offers.is_none().then(first).into_any()
    } else {
        view! {
            <section class=lift aria-labelledby="happened">
                <h2 id="happened" class=offers.is_none().then_some("visually-hidden")>"History"</h2>
                <Entries entries=entries unit=""/>
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
    let owed = money
        .iter()
        .filter_map(|money| money.owed.clone())
        .map(|owed| view! { <p class="hero__sub"><b>{owed}</b>" is owed for a return: what comes back next settles it"</p> })
        .collect_view();
    let expiring = money
        .iter()
        .flat_map(|money| money.expiring.clone())
        .map(|(amount, day)| view! { <p class="hero__sub"><b>{amount}</b>{format!(" can be spent until {day}")}</p> })
        .collect_view();
    let mut available = money.into_iter().map(|money| money.available);
    let first = available.next().unwrap_or_default();
    let room = format!("--n:{}", first.chars().count());
    let others =
        available.map(|amount| view! { <p class="hero__sub">"and "<b>{amount}</b></p> }).collect_view();
    view! {
        <header class="hero">
            <Rings/>
            <div class="hero__bar">
                <a class="avatar" href=merchant.path("") aria-label="Back to your points"><Icon glyph=icon::LEFT/></a>
                <h1 class="hero__name">"Cashback"</h1>
            </div>
            <p class="hero__greeting">"You have"</p>
            <p class="hero__num num" style=room>{first}</p>
            <p class="hero__sub">{format!("to spend at {}", merchant.name)}</p>
            {others} {waits} {owed} {expiring}
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
            <ul class="card card--flush">{rows}</ul>
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
