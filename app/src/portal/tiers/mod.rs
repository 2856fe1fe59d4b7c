//! The tiers of the merchant: where the customer stands, and what each of them brings.

pub(super) mod api;
mod card;
#[cfg(feature = "ssr")]
pub(super) mod words;

pub(super) use card::TierCard;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{PageTitle, Refused, Waiting};
use crate::ui::{Badge, Dot, Empty, Icon, LinkButton, Medal, Tone, icon};
use api::{StepView, TiersView, tiers};
use leptos::prelude::*;

/// The page.
#[component]
pub(super) fn Tiers() -> impl IntoView {
    let slug = use_merchant().slug;
    let view = Resource::new(Live::changes, move |_| tiers(slug.clone()));
    view! {
        <Transition fallback=Waiting>
            {move || Suspend::new(async move {
                match view.await {
                    Ok(view) => view! { <Loaded view=view/> }.into_any(),
                    Err(error) => view! { <Refused error=error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Loaded(view: TiersView) -> impl IntoView {
    let merchant = use_merchant();
    let TiersView { standing, steps, rules } = view;
    let (home, points) = (merchant.path(""), merchant.path(""));
    let body = match standing {
        None => view! {
            <Empty title="No tiers yet" text="When there are some, you see here what they bring and how far you are.">
                <LinkButton href=points>"Go to your points"</LinkButton>
            </Empty>
        }
        .into_any(),
        Some(standing) => view! {
            <TierCard standing=standing/>
            <section class="portal__section" aria-labelledby="ladder">
                <h2 id="ladder">"All tiers"</h2>
                <ol class="card card--flush tiersteps">{steps.into_iter().map(step).collect_view()}</ol>
                <p class="small muted">{rules}</p>
            </section>
        }
        .into_any(),
    };
    view! {
        <PageTitle title="Tiers"/>
        <div class="portal__body portal__body--list">
            {body}
            <a class="back" href=home><Icon glyph=icon::LEFT/>"Home"</a>
        </div>
    }
}

fn step(step: StepView) -> impl IntoView {
    let StepView { name, from, brings, rank, is_mine } = step;
    let mine = is_mine.then(|| view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Yours"</Badge> });
    let brings = (!brings.is_empty()).then(|| {
        view! { <ul class="tierstep__brings">{brings.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul> }
    });
    view! {
        <li class="tierstep" aria-current=is_mine.then_some("true")>
            <Medal rank=rank/>
            <div>
                <h3 class="row" style="--gap:var(--s-2)">{name} {mine}</h3>
                <p class="small muted">{from}</p>
                {brings}
            </div>
        </li>
    }
}
