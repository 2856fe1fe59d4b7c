//! Rewards: what a customer can have for points. What can be had stands first, then what comes nearer.

mod api;
#[cfg(feature = "ssr")]
mod confirm;
pub(super) mod detail;
mod dto;
#[cfg(feature = "ssr")]
pub(super) mod form;
mod parts;
pub(super) mod redeem;
#[cfg(feature = "ssr")]
pub(super) mod words;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{PageTitle, Refused, Waiting};
use super::vouchers::parts::VoucherSlip;
use crate::ui::{Badge, Empty, LinkButton, Tone, grouped};
use api::rewards;
use dto::RewardsView;
use leptos::prelude::*;
pub(super) use parts::glyph;
use parts::{CloserCard, ReadyCard};

/// The list.
#[component]
pub(super) fn RewardList() -> impl IntoView {
    let slug = use_merchant().slug;
    let list = Resource::new(Live::changes, move |_| rewards(slug.clone()));
    view! {
        <Transition fallback=Waiting>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(list) => view! { <Shelf list=list/> }.into_any(),
                    Err(error) => view! { <PageTitle title="Rewards"/><Refused error=error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shelf(list: RewardsView) -> impl IntoView {
    let merchant = use_merchant();
    let RewardsView { points, vouchers, has_had, ready, closer } = list;
    Effect::new(move |_| Live::showing(points));
    let all = merchant.path("vouchers");
    let had = (!vouchers.is_empty()).then(|| {
        let slips = vouchers.into_iter().map(|card| view! { <VoucherSlip card=card/> }).collect_view();
        view! {
            <section class="portal__section" aria-labelledby="yours">
                <div class="split"><h2 id="yours">"Yours to use"</h2><a class="more" href=all.clone()>"All of yours"</a></div>
                {slips}
            </section>
        }
    });
    let is_quiet = had.is_none() && has_had;
    let is_empty = ready.is_empty() && closer.is_empty();
    let ready = (!ready.is_empty()).then(|| {
        let cards = ready
            .into_iter()
            .enumerate()
            .map(|(index, card)| view! { <ReadyCard card=card is_first=index == 0/> })
            .collect_view();
        view! {
            <section class="portal__section" aria-labelledby="ready"><h2 id="ready">"Ready now"</h2>{cards}</section>
        }
    });
    let closer = (!closer.is_empty()).then(|| {
        let cards = closer.into_iter().map(|closer| view! { <CloserCard closer=closer/> }).collect_view();
        view! {
            <section class="portal__section" aria-labelledby="closer"><h2 id="closer">"Getting closer"</h2>{cards}</section>
        }
    });
    let text = format!(
        "As soon as {} offers something for {}, it stands here.",
        merchant.name, merchant.points_name
    );
    let (unit, home) = (format!(" {}", merchant.points_name), merchant.path(""));
    let go_home = format!("Go to your {}", merchant.points_name);
    view! {
        <PageTitle title="Rewards">
            <Badge tone=Tone::Accent><b class="num">{grouped(points)}</b>{unit}</Badge>
        </PageTitle>
        <div class="portal__body portal__body--rewards">
            {had}
            {is_empty.then(|| view! {
                <Empty title="Nothing to choose yet" text=text>
                    <LinkButton href=home>{go_home}</LinkButton>
                </Empty>
            })}
            {ready}
            {closer}
            {is_quiet.then(|| view! { <LinkButton href=all block=true>"What you have had so far"</LinkButton> })}
        </div>
    }
}
