//! One reward: what it is, on which terms, and the way to it.

use super::api::reward;
use super::dto::{Choice, RewardCard, RewardView};
use super::parts::{MissingLines, glyph};
use crate::portal::live::Live;
use crate::portal::merchant::use_merchant;
use crate::portal::parts::{PageTitle, Refused, Waiting};
use crate::ui::{Button, ButtonSize, ButtonVariant, Field, Icon, KeyValue, LinkButton, grouped, icon};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The page of a reward.
#[component]
pub(in crate::portal) fn Reward() -> impl IntoView {
    let slug = use_merchant().slug;
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("reward").unwrap_or_default()));
    let view = Resource::new(move || (id.get(), Live::changes()), move |(id, _)| reward(slug.clone(), id));
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
fn Loaded(view: RewardView) -> impl IntoView {
    let merchant = use_merchant();
    let RewardView { card, worth, description, facts, missing, points, choice } = view;
    Effect::new(move |_| Live::showing(points));
    let RewardCard { href, redeem, name, kind, cost, .. } = card;
    let have = format!("You have {} {}.", grouped(points), merchant.points_name);
    let action = match (missing.is_nothing(), choice, redeem) {
        (true, Some(choice), _) => view! { <Chooser href=href choice=choice/> }.into_any(),
        (true, None, Some(redeem)) => view! {
            <LinkButton href=redeem variant=ButtonVariant::Primary size=ButtonSize::Large block=true>"Redeem"</LinkButton>
        }
        .into_any(),
        _ => view! {
            <div class="card"><div class="card__body stack reward__missing">
                <h2>"Not just yet"</h2>
                <MissingLines missing=missing cost=cost/>
            </div></div>
        }
        .into_any(),
    };
    view! {
        <PageTitle title=name/>
        <div class="portal__body portal__body--list">
            <article class="reward reward--feature">
                <div class="reward__pic"><Icon glyph=glyph(&kind)/></div>
                <div class="reward__body">
                    <p class="reward__worth">{worth}</p>
                    {description.map(|text| view! { <p>{text}</p> })}
                </div>
            </article>
            <KeyValue pairs=facts/>
            <div class="stack">
                {action}
                <p class="muted note">{have}</p>
            </div>
            <a class="back" href=merchant.path("rewards")><Icon glyph=icon::LEFT/>"All rewards"</a>
        </div>
    }
}

/// How many points it is to be. The browser keeps to the steps; the next page says what is wrong where it does not.
#[component]
fn Chooser(href: String, choice: Choice) -> impl IntoView {
    let unit = use_merchant().points_name;
    let Choice { step, min, max } = choice;
    let help = format!("From {} to {}, in steps of {}.", grouped(min), grouped(max), grouped(step));
    view! {
        <form method="get" action=format!("{href}/redeem") class="stack">
            <Field name="points" label=format!("How many {unit}") help=help>
                <input
                    class="input"
                    id="points"
                    name="points"
                    type="number"
                    inputmode="numeric"
                    min=min.to_string()
                    max=max.to_string()
                    step=step.to_string()
                    value=min.to_string()
                    required
                    aria-describedby="points-note"
                />
            </Field>
            <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>"Redeem"</Button>
        </form>
    }
}
