//! What a customer has had for points: what can be used first, then what is over.

mod api;
pub(super) mod dto;
#[cfg(feature = "ssr")]
pub(super) mod form;
pub(super) mod parts;
pub(super) mod voucher;
#[cfg(feature = "ssr")]
pub(super) mod words;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{PageTitle, Refused, Waiting};
use super::rewards::glyph;
use crate::ui::{Card, Empty, Icon, LinkButton, icon};
use api::vouchers;
use dto::{VoucherCard, VouchersView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use parts::VoucherSlip;

/// The list.
#[component]
pub(super) fn VoucherList() -> impl IntoView {
    let merchant = use_merchant();
    let slug = merchant.slug.clone();
    let query = use_query_map();
    let after = Memo::new(move |_| query.with(|query| query.get("after")));
    let list = Resource::new(
        move || (after.get(), Live::changes()),
        move |(after, _)| vouchers(slug.clone(), after),
    );
    view! {
        <PageTitle title="Your vouchers"/>
        <Transition fallback=Waiting>
            {move || {
                let later = after.get().is_some();
                Suspend::new(async move {
                    match list.await {
                        Ok(list) => view! { <Loaded list=list later=later/> }.into_any(),
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Loaded(list: VouchersView, later: bool) -> impl IntoView {
    let merchant = use_merchant();
    let VouchersView { open, over, next } = list;
    if open.is_empty() && over.is_empty() {
        return view! {
            <Empty title="Nothing yet" text="What you redeem waits here, with the code for the till.">
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
                <h2 id="over">"Used and over"</h2>
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
            <a class="back" href=merchant.path("rewards")><Icon glyph=icon::LEFT/>"All rewards"</a>
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
