//! The home page: the balance first, what it is worth, what came in last.

mod api;
mod balance;
#[cfg(feature = "ssr")]
mod notes;
mod tracker;
#[cfg(feature = "ssr")]
mod way;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{Entries, Refused, Waiting};
use super::tiers::TierCard;
use crate::ui::{Card, Glyph, Icon, LinkButton, Rings, grouped, icon};
use api::{HomeView, home};
use balance::Balance;
use leptos::prelude::*;
use leptos_meta::Title;
use std::collections::HashSet;
use tracker::Tracker;

/// The home page.
#[component]
pub(super) fn Home() -> impl IntoView {
    let merchant = use_merchant();
    let slug = merchant.slug.clone();
    let view = Resource::new(Live::changes, move |_| home(slug.clone()));
    // The figure that was shown last, from which a new one counts up; and what is said about the change.
    let shown = RwSignal::new(None);
    let said = RwSignal::new(String::new());
    // The entries that were shown last: what comes in while somebody looks is not among them.
    let seen = StoredValue::new(HashSet::new());
    view! {
        <Title text=format!("Home · {}", merchant.name)/>
        <p class="visually-hidden" role="status">{said}</p>
        <Transition fallback=Waiting>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Loaded view=view shown=shown said=said seen=seen/> }.into_any(),
                    Err(error) => view! { <Refused error=error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Loaded(
    view: HomeView,
    shown: RwSignal<Option<i64>>,
    said: RwSignal<String>,
    seen: StoredValue<HashSet<String>>,
) -> impl IntoView {
    let merchant = use_merchant();
    let HomeView {
        greeting,
        initials,
        points,
        pending,
        waiting,
        owed,
        expiring,
        worth,
        cashback,
        mark,
        tracker,
        tier,
        offers,
        latest,
        unread,
        has_leaderboard,
    } = view;
    let unit = merchant.points_name.clone();
    let label = format!("{initials} Your card and settings").trim().to_owned();
    let news = match unread {
        0 => "Notifications".to_owned(),
        unread => format!("Notifications, {} new", shown_count(unread)),
    };
    let worth = worth.map(|worth| view! { ", worth "<b>{worth}</b> });
    let live = Live::of_page();
    live.waiting(pending);
    live.holding(mark);
    live.counting(unread);
    let path = |tail: &str| merchant.path(tail);
    let wallet = cashback.map(|(title, words)| row(path("cashback"), icon::CASHBACK, title, words));
    let returning = !latest.is_empty();
    let known = seen.get_value();
    seen.set_value(latest.iter().filter_map(|entry| entry.href.clone()).collect());
    let has_offers = !offers.is_empty();
    let offers = has_offers.then(|| view! { <Offers offers=offers href=path("earn")/> });
    let latest = returning.then(|| {
        view! {
            <section class="portal__section" aria-labelledby="latest">
                <div class="split">
                    <h2 id="latest">"Latest"</h2>
                    <a class="more" href=path("activity")>"All activity"</a>
                </div>
                <Entries entries=latest known=known/>
            </section>
        }
    });
    let line =
        |tail, glyph, title: &str, words: &str| row(path(tail), glyph, title.to_owned(), words.to_owned());
    let ways = (!has_offers).then(|| {
        let words = "Offers, milestones and more";
        line("earn", icon::PROMOTIONS, "Ways to earn", words)
    });
    let leaderboard = has_leaderboard
        .then(|| line("leaderboard", icon::CHART, "Leaderboard", "Who earns most, and your place"));
    let yours = format!("Type its code and the {unit} are yours");
    let claim = line("claim", icon::SCAN, "A receipt without your name?", &yours);
    let card = returning.then(|| {
        let words = "What you earn arrives before you leave the till";
        line("card", icon::QR, "Show your card when you pay", words)
    });
    view! {
        <header class="hero">
            <Rings/>
            <div class="hero__bar">
                <h1 class="hero__name">{merchant.name.clone()}</h1>
                <a class="avatar avatar--bell" href=merchant.path("notifications") aria-label=news>
                    <Icon glyph=icon::BELL/>
                    {(unread > 0).then(|| view! { <span class="num" aria-hidden="true">{shown_count(unread)}</span> })}
                </a>
                <a class="avatar" href=merchant.path("card") aria-label=label>
                    {if initials.is_empty() {
                        view! { <Icon glyph=icon::SETTINGS/> }.into_any()
                    } else {
                        initials.into_any()
                    }}
                </a>
            </div>
            <p class="hero__greeting">{greeting}</p>
            <Balance points=points unit=unit.clone() shown=shown said=said/>
            <p class="hero__sub">{unit}{worth}</p>
            {owed.map(|owed| view! { <p class="hero__sub">{owed}</p> })}
            {waiting.map(|(points, text)| view! { <p class="hero__sub"><b>{grouped(points)}</b>{text}</p> })}
            {expiring.map(|(points, day)| view! {
                <p class="hero__sub"><b>{grouped(points)}</b>{format!(" of them can be spent until {day}")}</p>
            })}
        </header>
        // One column on a phone, two on a wide screen.
        <div class="portal__body portal__body--two">
            <div class="portal__column">
                {tracker.map(|tracker| view! { <Tracker tracker=tracker/> })}
                {tier.map(|tier| view! { <TierCard standing=tier href=merchant.path("tiers")/> })}
                {(!returning).then(|| view! { <First/> })}
                {offers}
            </div>
            <div class="portal__column">
                {latest}
                <section class="portal__section" aria-labelledby="know">
                    <h2 id="know">"Good to know"</h2>
                    <Card flush=true>{wallet} {ways} {leaderboard} {claim} {card}</Card>
                </section>
            </div>
        </div>
    }
}

/// A line that leads to another page.
fn row(href: String, glyph: Glyph, title: String, words: String) -> impl IntoView {
    view! {
        <a class="listrow" href=href>
            <span class="listrow__icon"><Icon glyph=glyph/></span>
            <span><b>{title}</b><small>{words}</small></span>
            <Icon glyph=icon::RIGHT/>
        </a>
    }
}

/// What there is for the customer just now.
#[component]
fn Offers(offers: Vec<(String, String)>, href: String) -> impl IntoView {
    let cards = offers.into_iter().map(|(name, words)| {
        view! { <article class="card card--accent offer"><h3>{name}</h3><p>{words}</p></article> }
    });
    view! {
        <section class="portal__section" aria-labelledby="offers">
            <div class="split"><h2 id="offers">"For you"</h2><a class="more" href=href>"All ways to earn"</a></div>
            {cards.collect_view()}
        </section>
    }
}

/// A count that has room in a small circle.
fn shown_count(unread: i64) -> String {
    if unread > 99 { "99+".to_owned() } else { unread.to_string() }
}

/// What a customer sees before the first purchase.
#[component]
fn First() -> impl IntoView {
    let merchant = use_merchant();
    view! {
        <section class="card" aria-labelledby="first">
            <div class="card__body stack">
                <div>
                    <h2 id="first">"It starts with your first purchase"</h2>
                    <p class="muted">"Show your card when you pay. What you earn appears here at once, and why."</p>
                </div>
                <LinkButton href=merchant.path("card") variant=crate::ui::ButtonVariant::Primary block=true>
                    "Show your card"
                </LinkButton>
            </div>
        </section>
    }
}
