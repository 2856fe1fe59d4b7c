//! What a customer has had for points: what can be used first, then what is over.

pub(super) mod dto;
pub(super) mod form;
pub(super) mod parts;
pub(super) mod voucher;
pub(super) mod words;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use super::rewards::glyph;
use super::rewards::words::shelf;
use crate::error::PageError;
use crate::ui::{Card, Empty, Icon, LinkButton, icon};
use dto::{VoucherCard, VouchersView};
use leptos::prelude::*;
use parts::VoucherSlip;

/// Entries on a page.
const PAGE: u32 = 20;

/// `vouchers`: a page of what the customer has had for points.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (list, later) = ask.list(PAGE)?;
    let shelf = shelf(ask.engine(), &ask.cx).await?;
    let page = ask.engine().customer_rewards(&ask.cx, ask.customer()?, &list).await?;
    let now = ask.engine().now(ask.cx.merchant());
    let (open, over): (Vec<_>, Vec<_>) = page.data.iter().partition(|had| had.is_open);
    let cards = |rows: Vec<_>| rows.into_iter().map(|had| words::card(&shelf, had, now)).collect();
    let list = VouchersView { open: cards(open), over: cards(over), next: page.next };
    let back = (ask.merchant.path("rewards"), "All rewards");
    let body = view! { <PageTitle title="Your vouchers" back=back/><Loaded list=list later=later/> };
    Ok(Sheet::new("Your vouchers", body))
}

#[component]
fn Loaded(list: VouchersView, later: bool) -> impl IntoView {
    let merchant = use_merchant();
    let VouchersView { open, over, next } = list;
    if open.is_empty() && over.is_empty() {
        return view! {
            <Empty title="Nothing yet" text="What you redeem appears here, with the code for the till.">
                <LinkButton href=merchant.path("rewards")>"See the rewards"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    let open = (!open.is_empty()).then(|| {
        let slips = open.into_iter().map(|card| view! { <VoucherSlip card=card/> }).collect_view();
        view! {
            <section class="portal__section" aria-labelledby="open"><h2 id="open">"Yours to use"</h2>{slips}</section>
        }
    });
    let over = (!over.is_empty()).then(|| {
        let rows = over.into_iter().map(|card| view! { <Row card=card/> }).collect_view();
        view! {
            <section class="portal__section" aria-labelledby="over">
                <h2 id="over">"Earlier"</h2>
                <Card flush=true>{rows}</Card>
            </section>
        }
    });
    let has_pages = later || next.is_some();
    let newest = later.then(|| view! { <LinkButton href=merchant.path("vouchers")>"Newest"</LinkButton> });
    let older = next.map(|next| {
        let href = format!("{}?after={next}", merchant.path("vouchers"));
        view! { <LinkButton href=href>"Older"</LinkButton> }
    });
    view! {
        <div class="portal__body portal__body--rewards">
            {open}
            {over}
            {has_pages.then(|| view! { <nav class="row" aria-label="Pages">{newest}{older}</nav> })}
        </div>
    }
    .into_any()
}

/// What is over, in a row.
#[component]
fn Row(card: VoucherCard) -> impl IntoView {
    let VoucherCard { href, name, kind, detail, .. } = card;
    view! {
        <a class="listrow" href=href>
            <span class="listrow__icon is-plain"><Icon glyph=glyph(&kind)/></span>
            <span><b>{name}</b><small>{detail}</small></span>
            <Icon glyph=icon::RIGHT/>
        </a>
    }
}
