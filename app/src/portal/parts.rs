//! Pieces that several pages of the portal share.

use super::merchant::use_merchant;
use crate::address::use_sign_in;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Empty, Icon, LinkButton, Rings, icon};
use leptos::prelude::*;
use leptos::tachys::view::keyed::keyed;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Something that happened, in a list, in words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The explanation of the purchase behind it, if there is one.
    pub href: Option<String>,
    /// Where it was.
    pub what: String,
    /// When, and what became of it.
    pub detail: String,
    /// “receipt 20417”, a line of its own where it has no room beside the rest.
    pub receipt: Option<String>,
    /// “+228”; of a wallet “+$2.28”.
    pub points: String,
    /// It earned something.
    pub earned: bool,
    /// It is about a reward.
    pub is_reward: bool,
    /// None of it can be spent yet.
    pub waits: bool,
}

/// A list of entries on one sheet; the whole row leads to the explanation.
#[component]
pub(super) fn Entries(
    /// Newest first.
    entries: Vec<Entry>,
    /// The addresses of those that were there before, if the list was shown: others grow into it.
    #[prop(optional)]
    known: HashSet<String>,
    /// What stands below each figure; the word for points unless given, nothing when it is empty.
    #[prop(optional, into)]
    unit: Option<String>,
) -> impl IntoView {
    let unit = unit.unwrap_or_else(|| use_merchant().points_name);
    let item = move |_, entry: Entry| {
        let is_new = !known.is_empty() && entry.href.as_ref().is_none_or(|href| !known.contains(href));
        (|_| (), row(entry, unit.clone(), is_new))
    };
    // By key, so that what comes on top is a new element, and the others stay what they are.
    view! { <ul class="timeline timeline--sheet">{keyed(entries, Entry::clone, item)}</ul> }
}

fn row(entry: Entry, unit: String, is_new: bool) -> impl IntoView {
    let Entry { href, what, detail, receipt, points, earned, is_reward, waits } = entry;
    let (glyph, mark) = match (is_reward, waits, earned) {
        (true, _, true) => (icon::GIFT, "timeline__icon is-earn"),
        (true, ..) => (icon::GIFT, "timeline__icon"),
        (_, true, _) => (icon::CLOCK, "timeline__icon is-wait"),
        (_, _, true) => (icon::PLUS, "timeline__icon is-earn"),
        _ => (icon::PURCHASES, "timeline__icon"),
    };
    view! {
        <li data-new=is_new.then_some("")>
            <span class=mark><Icon glyph=glyph/></span>
            <div>
                {match href {
                    Some(href) => view! { <a class="timeline__what" href=href>{what}</a> }.into_any(),
                    None => view! { <span class="timeline__what">{what}</span> }.into_any(),
                }}
                <div class="timeline__why">
                    {detail}
                    // What is seen between the two is drawn, so that no line ends in it.
                    {receipt.map(|receipt| view! {
                        <span class="visually-hidden">", "</span><span class="timeline__receipt">{receipt}</span>
                    })}
                </div>
            </div>
            <div class=if earned { "timeline__amt up" } else { "timeline__amt" }>
                {points}
                {(!unit.is_empty()).then(|| view! { <small>{unit}</small> })}
            </div>
        </li>
    }
}

/// The title row of a page that the server draws.
#[cfg(feature = "ssr")]
#[component]
pub(super) fn PageTitle(
    /// The title.
    #[prop(into)]
    title: String,
    /// The page above, by its address and its name; the way back to it stands above the title.
    #[prop(optional)]
    back: Option<(String, &'static str)>,
    /// What stands at the end of the row.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let back =
        back.map(|(href, name)| view! { <a class="back" href=href><Icon glyph=icon::LEFT/>{name}</a> });
    view! {
        <div class="portal__title">
            <div>{back}<h1>{title}</h1></div>
            {children.map(|children| children())}
        </div>
    }
}

/// A page that cannot be shown, and the way on.
#[component]
pub(super) fn Refused(
    /// Why.
    error: PageError,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(match error {
            PageError::NotFound => http::StatusCode::NOT_FOUND,
            PageError::SignedOut | PageError::Forbidden => http::StatusCode::FORBIDDEN,
            PageError::Busy => http::StatusCode::TOO_MANY_REQUESTS,
            PageError::Invalid(_) => http::StatusCode::BAD_REQUEST,
            PageError::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        });
    }
    let merchant = use_merchant();
    let home = merchant.path("");
    match error {
        // The link is loaded, not routed: the server knows best who is signed in.
        PageError::SignedOut => view! {
            <div class="portal__body">
                <Banner tone=BannerTone::Petal title="You are signed out.">
                    <a href=use_sign_in(&merchant.path("")) rel="external">"Sign in again"</a>
                </Banner>
            </div>
        }
        .into_any(),
        PageError::NotFound => view! {
            <Empty title="We could not find this" text="The address may be mistyped, or it belongs to somebody else.">
                <LinkButton href=home>"Go to your points"</LinkButton>
            </Empty>
        }
        .into_any(),
        error => view! {
            <div class="portal__body"><Banner tone=BannerTone::Danger title=error.to_string()/></div>
        }
        .into_any(),
    }
}

/// An address of the portal that leads nowhere.
#[component]
pub(super) fn Missing() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let home = use_merchant().path("");
    view! {
        <Title text="Not found"/>
        <main class="plain">
            <div class="empty">
                <Rings/>
                <h1>"Nothing grows here"</h1>
                <p>"This address leads nowhere."</p>
                <LinkButton href=home>"Go to your points"</LinkButton>
            </div>
        </main>
    }
}

/// Shown while a page of the portal waits for its data, which happens only when moving between pages.
#[component]
pub(super) fn Waiting() -> impl IntoView {
    view! {
        <div class="portal__body" aria-busy="true">
            <span class="skeleton skeleton--line"></span>
            <span class="skeleton skeleton--block"></span>
        </div>
    }
}
