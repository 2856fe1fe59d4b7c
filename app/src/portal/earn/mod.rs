//! Ways to earn: all that brings the customer something now, and how far it is.

pub(in crate::portal) mod words;

use super::cashback;
use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use super::tiers::{self, StandingView, TierCard};
use crate::error::PageError;
use crate::ui::{Badge, Glyph, Icon, Tone, icon};
use leptos::prelude::*;
use words::{MilestoneView, OfferView, Promised};

/// All ways of one customer.
struct Ways {
    offers: Vec<OfferView>,
    promised: Promised,
    tier: Option<StandingView>,
    /// The birthday is known.
    has_birthday: bool,
    /// The wallet of cashback: its title and a few words.
    cashback: Option<(String, String)>,
}

/// `earn`: promotions with what is left of them, milestones, the tier, and what else brings something.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, id) = (ask.engine(), &ask.cx, ask.customer()?);
    let program = engine.snapshot(cx).await?;
    let settings = &program.settings;
    let now = engine.now(cx.merchant());
    let customer = engine.customer_get(cx, id).await?;
    let progress = engine.customer_progress(cx, id).await?;
    let running = engine.cashback_offers_running(cx).await?.len();
    let wallets = engine.customer_cashback(cx, id).await?;
    let ways = Ways {
        offers: words::offers(engine.customer_promotions(cx, id).await?, settings, now),
        promised: words::promised(&progress, customer.purchases),
        tier: tiers::words::mine(engine, cx).await?,
        has_birthday: customer.birthday.is_some(),
        cashback: cashback::words::line(&wallets, running, now, settings).filter(|_| running > 0),
    };
    Ok(Sheet::new("Ways to earn", view! { <Loaded ways=ways/> }))
}

#[component]
fn Loaded(ways: Ways) -> impl IntoView {
    let merchant = use_merchant();
    let Ways { offers, promised, tier, has_birthday, cashback } = ways;
    let Promised { milestones, others, birthday, friends } = promised;
    let (base, special): (Vec<_>, Vec<_>) = offers.into_iter().partition(|offer| offer.is_for_all);
    let is_none = base.is_empty() && special.is_empty();
    let rows = |offers: Vec<OfferView>| offers.into_iter().map(offer).collect_view();
    let special = (!special.is_empty()).then(|| {
        view! {
            <section class="portal__section" aria-labelledby="now">
                <h2 id="now">"For you now"</h2>
                <ul class="card card--flush">{rows(special)}</ul>
            </section>
        }
    });
    let base = (!base.is_empty()).then(|| {
        view! {
            <section class="portal__section" aria-labelledby="always">
                <h2 id="always">"On every purchase"</h2>
                <ul class="card card--flush">{rows(base)}</ul>
            </section>
        }
    });
    let none = is_none.then(|| {
        let text = format!("No offer runs just now. When {} has one, it appears here.", merchant.name);
        view! { <p class="muted">{text}</p> }
    });
    let milestones = (!milestones.is_empty()).then(|| {
        view! {
            <section class="portal__section" aria-labelledby="milestones">
                <h2 id="milestones">"Milestones"</h2>
                <ul class="card card--flush">{milestones.into_iter().map(milestone).collect_view()}</ul>
            </section>
        }
    });
    let tier = tier.map(|standing| view! { <TierCard standing=standing href=merchant.path("tiers")/> });
    let others = others.into_iter().map(|(name, text)| {
        view! {
            <li class="listrow">
                <span class="listrow__icon"><Icon glyph=icon::GIFT/></span>
                <span><b>{name}</b><small>{text}</small></span>
            </li>
        }
    });
    let birthday = (!birthday.is_empty()).then(|| {
        let ask = if has_birthday { "" } else { ". Tell us the day" };
        row(
            merchant.path("you"),
            icon::CALENDAR,
            "Your birthday".to_owned(),
            format!("{}{ask}", birthday.join(", ")),
        )
    });
    let invite = merchant.has_referrals.then(|| {
        let text = friends.into_iter().next();
        let text = text.unwrap_or_else(|| "Your link, and what has become of it".to_owned());
        row(merchant.path("invite"), icon::USERPLUS, "Invite a friend".to_owned(), text)
    });
    let cashback = cashback.map(|(title, text)| row(merchant.path("cashback"), icon::CASHBACK, title, text));
    let claim = row(
        merchant.path("claim"),
        icon::SCAN,
        "A receipt without your name?".to_owned(),
        format!("Type its code and the {} are yours", merchant.points_name),
    );
    view! {
        <PageTitle title="Ways to earn" back=(merchant.path(""), "Home")/>
        <div class="portal__body">
            {none}
            {special}
            {base}
            {milestones}
            {tier}
            <section class="portal__section" aria-labelledby="more">
                <h2 id="more">"More ways"</h2>
                <ul class="card card--flush">{others.collect_view()} {birthday} {invite} {cashback} {claim}</ul>
            </section>
        </div>
    }
}

fn offer(offer: OfferView) -> impl IntoView {
    let OfferView { name, summary, until, limit, .. } = offer;
    let until = until.map(|until| {
        view! { <p><Badge tone=Tone::Petal><Icon glyph=icon::CLOCK/>{until}</Badge></p> }
    });
    let limit = limit.map(|(words, part)| bar(words, part));
    view! { <li class="way"><h3>{name}</h3><p>{summary}</p>{limit}{until}</li> }
}

fn milestone(milestone: MilestoneView) -> impl IntoView {
    let MilestoneView { name, summary, words, part } = milestone;
    view! { <li class="way"><h3>{name}</h3><p>{summary}</p>{bar(words, part)}</li> }
}

/// How far it is; the words say the same.
fn bar(words: String, part: u8) -> impl IntoView {
    view! {
        <span class="bar bar--lg" aria-hidden="true"><i style=format!("--v:{part}%")></i></span>
        <p class="way__count num">{words}</p>
    }
}

/// A way that has a page of its own.
fn row(href: String, glyph: Glyph, title: String, text: String) -> impl IntoView {
    view! {
        <li>
            <a class="listrow" href=href>
                <span class="listrow__icon"><Icon glyph=glyph/></span>
                <span><b>{title}</b><small>{text}</small></span>
                <Icon glyph=icon::RIGHT/>
            </a>
        </li>
    }
}
