//! A sale that is done: what to say, what to hand over, and for a minute the way to undo it.

use super::api::read_receipt;
use super::dto::ReceiptData;
use super::frame::no_store;
use super::{RECEIPT, REFUND, TILL};
use crate::address::address;
use crate::dashboard::page::{capitalised, loaded, param};
use crate::dashboard::parts::Refusal;
use crate::form::use_form;
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, LinkButton, Qr, grouped};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn ReceiptPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_receipt);
    view! {
        <Title text="Receipt" />
        <div class="till__page stack">
            <Refusal title="Not undone." />
            {loaded(data, |data| match data {
                Some(data) => page(data).into_any(),
                None => no_store().into_any(),
            })}
        </div>
    }
}

fn page(data: ReceiptData) -> impl IntoView {
    let ReceiptData {
        id,
        number,
        merchant,
        store,
        when,
        rows,
        paid,
        member,
        points_name,
        points,
        pending,
        balance,
        claim,
        returned,
        undo_seconds,
    } = data;
    let rows = rows
        .into_iter()
        .map(|(what, amount)| {
            view! {
                <dt>{what}</dt>
                <dd>{amount}</dd>
            }
        })
        .collect_view();
    let came_back = returned.map(|complete| {
        let title = if complete { "All of it came back." } else { "A part of it came back." };
        view! { <Banner tone=BannerTone::Petal title=title /> }
    });
    let earned = match &member {
        Some(member) => format!("{member} earned {} {points_name}", grouped(points)),
        None => format!("A claim brings {} {points_name}", grouped(points)),
    };
    let waiting =
        (pending > 0).then(|| format!("{} of them wait before they can be spent.", grouped(pending)));
    let balance =
        balance.map(|balance| format!("{} after it: {}", capitalised(&points_name), grouped(balance)));
    let again = returned.is_none().then(|| undo(&id, &number, undo_seconds));
    view! {
        {came_back}
        <section class="card till__receipt" aria-labelledby="receipt">
            <div class="card__body stack">
                <p class="small muted">{format!("{merchant}, {store}")}</p>
                <h1 id="receipt" class="display">{paid}</h1>
                <p class="small muted">
                    {when}
                    " · "
                    <span class="mono">{number}</span>
                </p>
                <dl class="kv">{rows}</dl>
            </div>
            <div class="card__body ruled stack" style="--gap:var(--s-2)">
                <p class="up">
                    <Icon glyph=icon::CHECK />
                    {earned}
                </p>
                {waiting.map(|text| view! { <p class="small muted">{text}</p> })}
                {balance.map(|text| view! { <p>{text}</p> })}
            </div>
            {claim
                .map(|(code, qr)| {
                    view! {
                        <div class="card__body ruled stack till__claim">
                            <h2>"Take the points along"</h2>
                            <p class="small">"Scan it, or type the code in the portal. It works once."</p>
                            <Qr code=qr label=format!("QR code that claims the points: {code}") />
                        </div>
                    }
                })}
        </section>
        <div class="row till__next">
            <LinkButton href=TILL variant=ButtonVariant::Primary size=ButtonSize::Large icon=icon::PLUS external=true>
                "Next sale"
            </LinkButton>
        </div>
        {again}
    }
}

/// The way to undo it; later, what to do instead.
fn undo(id: &str, number: &str, seconds: Option<i64>) -> impl IntoView + use<> {
    match seconds {
        Some(seconds) => view! {
            <form class="toast till__undo" method="post" action=format!("{RECEIPT}/{id}")>
                <span>{format!("A mistake? For {seconds} more seconds it can be undone.")}</span>
                <Button icon=icon::UNDO name="do" value="undo">"Undo"</Button>
            </form>
        }
        .into_any(),
        None => {
            let href = address(REFUND, &[("number", number)], None);
            view! {
                <p class="small muted till__undo">
                    "A sale can be undone for a minute. Later it comes back as a "
                    <a href=href rel="external">"refund"</a>
                    "."
                </p>
            }
            .into_any()
        }
    }
}
