//! One voucher with its code, or one thing that people prepare, with how far it is.

use super::api::voucher;
use super::dto::{StageView, VoucherView};
use crate::form::use_form;
use crate::portal::live::Live;
use crate::portal::merchant::use_merchant;
use crate::portal::parts::{PageTitle, Refused, Waiting};
use crate::ui::{Badge, Banner, BannerTone, Button, Dot, Icon, KeyValue, Qr, Tone, icon};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// What has just been done here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Redeemed,
    Returned,
}

/// The page.
#[component]
pub(in crate::portal) fn Voucher() -> impl IntoView {
    let slug = use_merchant().slug;
    let problem = use_form().problem().map(str::to_owned);
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("voucher").unwrap_or_default()));
    let done = Memo::new(move |_| match query.with(|query| query.get("done")).as_deref() {
        Some("redeemed") => Some(Done::Redeemed),
        Some("returned") => Some(Done::Returned),
        _ => None,
    });
    let view = Resource::new(move || (id.get(), Live::changes()), move |(id, _)| voucher(slug.clone(), id));
    view! {
        <Transition fallback=Waiting>
            {move || {
                let (done, problem) = (done.get(), problem.clone());
                Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Loaded view=view done=done problem=problem/> }.into_any(),
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Loaded(view: VoucherView, done: Option<Done>, problem: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let VoucherView {
        href,
        name,
        worth,
        description,
        state,
        is_open,
        code,
        how,
        stages,
        facts,
        purchase,
        give_back,
        points,
    } = view;
    let problem = problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> });
    // The address remembers what was done; what has happened since counts more.
    let news = match done {
        Some(Done::Redeemed) if is_open => Some(("It is yours.", format!("You have {points} left."))),
        Some(Done::Returned) if !is_open => Some(("It is given back.", format!("You have {points} now."))),
        _ => None,
    };
    let news = news.map(|(title, text)| view! { <Banner tone=BannerTone::Leaf title=title>{text}</Banner> });
    let (tone, dot) = if is_open { (Tone::Leaf, Dot::Full) } else { (Tone::Plain, Dot::Ring) };
    let label = format!("QR code of {name}");
    let give_back = give_back.map(|points| view! { <GiveBack href=href points=points/> });
    view! {
        <PageTitle title=name/>
        <div class="portal__body portal__body--list">
            {problem}
            {news}
            <section class="card membercard vouchercard" aria-label="Voucher">
                <p class="membercard__merchant display">{worth}</p>
                {code.map(|code| view! { <Qr code=code label=label/> })}
                {(!stages.is_empty()).then(|| view! { <Stages stages=stages/> })}
                <Badge tone=tone dot=dot>{state}</Badge>
                {how.map(|how| view! { <p class="muted vouchercard__how">{how}</p> })}
            </section>
            {description.map(|text| view! { <p class="muted">{text}</p> })}
            <KeyValue pairs=facts/>
            {purchase.map(|href| view! {
                <a class="back" href=href>"The purchase that it was used in"<Icon glyph=icon::RIGHT/></a>
            })}
            {give_back}
            <a class="back" href=merchant.path("vouchers")><Icon glyph=icon::LEFT/>"All your vouchers"</a>
        </div>
    }
}

/// How far people have come with it.
#[component]
fn Stages(stages: Vec<StageView>) -> impl IntoView {
    let stages = stages
        .into_iter()
        .map(|StageView { label, at, is_reached, is_next }| {
            let class = match (is_reached, is_next) {
                (true, _) => "is-reached",
                (_, true) => "is-next",
                _ => "",
            };
            view! { <li class=class><i></i><span><b>{label}</b>{at}</span></li> }
        })
        .collect_view();
    view! { <ol class="tracker" aria-label="How far it is">{stages}</ol> }
}

/// Giving back is one more tap away than showing the code.
#[component]
fn GiveBack(href: String, points: String) -> impl IntoView {
    view! {
        <details class="undo">
            <summary><Icon glyph=icon::UNDO/>"Give it back"</summary>
            <form method="post" action=href class="stack">
                <p class="muted">{format!("It is over then, and {points} are yours again. They keep the day on which they expire.")}</p>
                <Button block=true>{format!("Give it back for {points}")}</Button>
            </form>
        </details>
    }
}
