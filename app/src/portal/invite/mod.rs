//! Invite a friend: the link with its code, ways to pass it on, and what has become of the friends.

mod friends;
mod promise;
mod share;

use super::drawn::{Ask, Sheet};
use super::parts::PageTitle;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Empty, LinkButton};
use friends::Friends;
use leptos::prelude::*;
use perennial_engine::PageRequest;
use promise::{Progress, Promise, Sentences};
use share::{Share, Shared};

/// Friends on a page.
const PAGE: u32 = 25;

/// `invite`: the customer's own link, for what `?to=` says, and the friends.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, customer) = (ask.engine(), &ask.cx, ask.customer()?);
    let program = engine.snapshot(cx).await?;
    let settings = &program.settings;
    if !settings.referrals.enabled {
        let text = format!("When {} rewards you for friends you bring, it appears here.", ask.merchant.name);
        let home = ask.merchant.path("");
        let body = view! {
            <PageTitle title="Invite a friend"/>
            <Empty title="No invitations just now" text=text>
                <LinkButton href=home>"Go to your points"</LinkButton>
            </Empty>
        };
        return Ok(Sheet::new("Invite a friend", body));
    }
    let (list, later) = ask.list(PAGE)?;
    let code = engine.referral_code_of(cx, customer).await?;
    let page = engine.referral_friends(cx, customer, &list).await?;
    let summary = engine.referral_summary(cx, customer).await?;
    let now = engine.now(cx.merchant());
    let zone = crate::format::zone(settings.time_zone.as_str());
    let friends = friends::views(&page.data, zone, now);
    let brought = friends::brought(&summary);
    let progress = engine.customer_progress(cx, customer).await?;
    let awards = engine.customer_awards(cx, customer, &PageRequest::new(Some(PAGE), None)?).await?.data;
    let promise = Promise::of(&progress, &awards, zone, now);
    let top = if code.disabled_at.is_some() {
        view! {
            <Banner tone=BannerTone::Petal title="Your link brings nobody just now.">
                {format!("Please ask {} why.", ask.merchant.name)}
            </Banner>
        }
        .into_any()
    } else {
        let shared = Shared::of(&ask, settings, &code);
        view! { <Sentences promise=promise.clone()/><Share shared=shared/> }.into_any()
    };
    let body = view! {
        <PageTitle title="Invite a friend"/>
        <div class="portal__body">
            {top}
            <Progress promise=promise/>
            <Friends friends=friends brought=brought later=later next=page.next/>
        </div>
    };
    Ok(Sheet::new("Invite a friend", body))
}
