//! What the customer was told: the newest first, and what is new since the last look.

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use crate::error::PageError;
use crate::format::{day, time, zone};
use crate::ui::{Badge, Dot, Empty, Icon, LinkButton, Tone, icon};
use leptos::prelude::*;
use perennial_domain::events::EventKind;
use perennial_engine::events::Notification;

/// Notifications on a page.
const PAGE: u32 = 25;

/// One of them, in words.
struct Told {
    href: String,
    text: String,
    when: String,
    kind: EventKind,
    is_new: bool,
}

/// `notifications`: a page of the list. Whoever has looked at the newest has read them.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx) = (ask.engine(), &ask.cx);
    let (list, later) = ask.list(PAGE)?;
    let zone = zone(engine.snapshot(cx).await?.settings.time_zone.as_str());
    let now = engine.now(cx.merchant());
    let page = engine.notification_list(cx, &list).await?;
    let newest = page.data.iter().filter(|one| one.unread).map(|one| one.sequence).max();
    if let (false, Some(newest)) = (later, newest) {
        engine.notifications_read(cx, newest).await?;
    }
    let told = page.data.into_iter().map(|Notification { text, page, happened_at, kind, unread, .. }| Told {
        href: ask.merchant.path(&page),
        text,
        when: format!("{}, {}", day(happened_at, zone, now), time(happened_at, zone)),
        kind,
        is_new: unread,
    });
    let told: Vec<_> = told.collect();
    let body = view! {
        <PageTitle title="Notifications" back=(ask.merchant.path(""), "Home")/>
        <div class="portal__body portal__body--list">
            <List told=told later=later next=page.next/>
        </div>
    };
    Ok(Sheet::new("Notifications", body))
}

#[component]
fn List(told: Vec<Told>, later: bool, next: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let here = merchant.path("notifications");
    let (home, messages) = (merchant.path(""), merchant.path("messages"));
    if told.is_empty() && !later {
        return view! {
            <Empty title="Nothing new" text="What happens with your points and rewards appears here.">
                <LinkButton href=home>"Go to your points"</LinkButton>
            </Empty>
            <a class="back back--letter" href=messages><Icon glyph=icon::MAIL/>"Choose which e-mails you get"</a>
        }
        .into_any();
    }
    let newest = later.then(|| view! { <LinkButton href=here.clone()>"Newest"</LinkButton> });
    let older =
        next.map(|next| view! { <LinkButton href=format!("{here}?after={next}")>"Older"</LinkButton> });
    let pages = (newest.is_some() || older.is_some())
        .then(|| view! { <nav class="row" aria-label="Pages">{newest}{older}</nav> });
    view! {
        <ul class="card card--flush">{told.into_iter().map(row).collect_view()}</ul>
        {pages}
        <a class="back back--letter" href=messages><Icon glyph=icon::MAIL/>"Choose which e-mails you get"</a>
    }
    .into_any()
}

fn row(told: Told) -> impl IntoView {
    let Told { href, text, when, kind, is_new } = told;
    let glyph = match kind.as_str().split('.').next() {
        Some("tier") => icon::TIERS,
        Some("cashback") => icon::CASHBACK,
        Some("voucher" | "reward" | "redemption") => icon::GIFT,
        Some("referral") => icon::USERPLUS,
        Some("purchase") => icon::PURCHASES,
        _ => icon::BELL,
    };
    let mark = is_new.then(|| view! { <Badge tone=Tone::Accent dot=Dot::Full>"New"</Badge> });
    view! {
        <li>
            <a class="listrow" href=href>
                <span class="listrow__icon"><Icon glyph=glyph/></span>
                <span><b>{text}</b><small>{when}</small></span>
                {match mark {
                    Some(mark) => mark.into_any(),
                    None => view! { <Icon glyph=icon::RIGHT/> }.into_any(),
                }}
            </a>
        </li>
    }
}
