//! The page of the tiers.

use super::TierCard;
use super::words::{self, StepView, TiersView};
use crate::error::PageError;
use crate::portal::drawn::{Ask, Sheet};
use crate::portal::merchant::use_merchant;
use crate::portal::parts::PageTitle;
use crate::ui::{Badge, Dot, Empty, LinkButton, Medal, Tone};
use leptos::prelude::*;

/// `tiers`: the ladder, and where the customer stands.
pub(in crate::portal) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let view = words::view(ask.engine(), &ask.cx).await?;
    Ok(Sheet::new("Tiers", view! { <Loaded view=view/> }))
}

#[component]
fn Loaded(view: TiersView) -> impl IntoView {
    let merchant = use_merchant();
    let TiersView { standing, steps, rules } = view;
    let (home, points) = (merchant.path(""), merchant.path(""));
    let body = match standing {
        None => view! {
            <Empty title="No tiers yet" text="When there are some, what they bring and how far you are appears here.">
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
        <PageTitle title="Tiers" back=(home, "Home")/>
        <div class="portal__body">
            {body}
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
