//! The last look before points are taken, and the form that takes them.

use super::api::{once, redeeming};
use super::dto::RedeemView;
use crate::form::use_form;
use crate::portal::live::Live;
use crate::portal::merchant::use_merchant;
use crate::portal::parts::{PageTitle, Refused, Waiting};
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, LinkButton, grouped};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page.
#[component]
pub(in crate::portal) fn Redeem() -> impl IntoView {
    let slug = use_merchant().slug;
    let problem = use_form().problem().map(str::to_owned);
    let (params, query) = (use_params_map(), use_query_map());
    let asked = Memo::new(move |_| {
        let reward = params.with(|params| params.get("reward").unwrap_or_default());
        (reward, query.with(|query| query.get("points")))
    });
    let view = {
        let slug = slug.clone();
        Resource::new(
            move || (asked.get(), Live::changes()),
            move |((reward, points), _)| redeeming(slug.clone(), reward, points),
        )
    };
    // Of its own, because it must stay what it is while the figures move: a form that was sent is sent once.
    let mark = Resource::new(move || asked.get(), move |_| once(slug.clone()));
    view! {
        <Transition fallback=Waiting>
            {move || {
                let problem = problem.clone();
                Suspend::new(async move {
                    match (view.await, mark.await) {
                        (Ok(view), Ok(mark)) => view! { <Look view=view mark=mark problem=problem/> }.into_any(),
                        (Err(error), _) | (_, Err(error)) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Look(view: RedeemView, mark: String, problem: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let RedeemView { href, action, name, worth, cost, before, after, notes, refused } = view;
    Effect::new(move |_| Live::showing(before));
    let problem = problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> });
    let body = match refused {
        Some(refused) => view! {
            {problem}
            <Banner tone=BannerTone::Petal title="It cannot be redeemed just now.">{refused}</Banner>
            <LinkButton href=href block=true>"Back to the reward"</LinkButton>
        }
        .into_any(),
        None => view! {
            {problem}
            <section class="card deal" aria-label="What happens">
                <div class="card__body stack">
                    <div>
                        <h2>{name}</h2>
                        <p class="muted">{worth}</p>
                    </div>
                    <dl class="deal__sum">
                        <div><dt>"You have"</dt><dd>{grouped(before)}</dd></div>
                        <div><dt>"It costs"</dt><dd>{format!("−{cost}")}</dd></div>
                        <div class="is-total"><dt>"You keep"</dt><dd>{format!("{} {}", grouped(after), merchant.points_name)}</dd></div>
                    </dl>
                </div>
                <ul class="deal__notes">
                    {notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}
                </ul>
            </section>
            <form method="post" action=action class="stack">
                <input type="hidden" name="once" value=mark/>
                <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>
                    {format!("Redeem for {cost}")}
                </Button>
                <LinkButton href=href variant=ButtonVariant::Quiet block=true>"Not now"</LinkButton>
            </form>
        }
        .into_any(),
    };
    view! {
        <PageTitle title="Redeem it?"/>
        <div class="portal__body portal__body--list">{body}</div>
    }
}
