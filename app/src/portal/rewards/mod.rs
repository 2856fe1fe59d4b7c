//! Rewards: what a customer can have for points. What can be had stands first, then what comes nearer.

mod confirm;
pub(super) mod detail;
mod dto;
pub(super) mod form;
mod parts;
pub(super) mod redeem;
pub(super) mod words;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use super::vouchers::parts::VoucherSlip;
use super::vouchers::words::card;
use crate::error::PageError;
use crate::ui::{Badge, Empty, LinkButton, Tone, grouped};
use dto::RewardsView;
use leptos::prelude::*;
pub(super) use parts::glyph;
use parts::{CloserCard, ReadyCard};
use perennial_engine::PageRequest;

/// Vouchers in front of the rewards.
const SHOWN: u32 = 2;

/// `rewards`: all rewards of the merchant, as the customer can have them.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, id) = (ask.engine(), &ask.cx, ask.customer()?);
    let (shelf, offers) = words::offers(engine, cx, id).await?;
    let points = engine.customer_points(cx, &id.into()).await?.points;
    let had = engine.customer_rewards(cx, id, &PageRequest::new(Some(SHOWN), None)?).await?.data;
    let (ready, closer) = shelf.sorted(&offers);
    let now = engine.now(cx.merchant());
    let vouchers = had.iter().filter(|had| had.is_open).map(|had| card(&shelf, had, now)).collect();
    let list = RewardsView { points, vouchers, has_had: !had.is_empty(), ready, closer };
    Ok(Sheet::new("Rewards", view! { <Shelf list=list/> }).showing(points))
}

#[component]
fn Shelf(list: RewardsView) -> impl IntoView {
    let merchant = use_merchant();
    let RewardsView { points, vouchers, has_had, ready, closer } = list;
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
        "As soon as {} offers something for {}, it appears here.",
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
            {is_quiet.then(|| view! { <LinkButton href=all block=true>"Your earlier rewards"</LinkButton> })}
        </div>
    }
}
