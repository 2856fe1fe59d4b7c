//! One reward: what it is, on which terms, and the way to it.

use super::dto::{Choice, RewardCard, RewardView};
use super::parts::{MissingLines, glyph};
use super::{confirm, words};
use crate::error::PageError;
use crate::portal::drawn::{Ask, Sheet};
use crate::portal::merchant::use_merchant;
use crate::portal::parts::PageTitle;
use crate::ui::{Button, ButtonSize, ButtonVariant, Field, Icon, KeyValue, LinkButton, grouped};
use leptos::prelude::*;

/// `rewards/:reward`: one reward, as the customer can have it.
pub(in crate::portal) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, id) = (ask.engine(), &ask.cx, ask.customer()?);
    let (shelf, offers) = words::offers(engine, cx, id).await?;
    let offer = confirm::find(&offers, ask.name("reward")?).ok_or(PageError::NotFound)?;
    let points = engine.customer_points(cx, &id.into()).await?.points;
    let view = RewardView {
        card: shelf.card(offer, offer.eligibility.is_eligible()),
        worth: offer.reward.terms.check().map(|terms| shelf.worth_of(&terms)).unwrap_or_default(),
        description: offer.reward.terms.description.clone(),
        facts: shelf.facts(offer),
        missing: shelf.missing(&offer.eligibility),
        points,
        choice: confirm::choice(&offer.reward.terms, points),
    };
    let title = view.card.name.clone();
    Ok(Sheet::new(title, view! { <Loaded view=view/> }).showing(points))
}

#[component]
fn Loaded(view: RewardView) -> impl IntoView {
    let merchant = use_merchant();
    let RewardView { card, worth, description, facts, missing, points, choice } = view;
    let RewardCard { href, redeem, name, kind, cost, .. } = card;
    let have = format!("You have {} {}", grouped(points), merchant.points_name);
    let have = match (missing.is_nothing(), &choice) {
        (true, None) => format!("{have} and keep {}.", grouped(points.saturating_sub(cost))),
        _ => format!("{have}."),
    };
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
        <PageTitle title=name back=(merchant.path("rewards"), "All rewards")/>
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
                <p class="muted note">{have}</p>
                {action}
            </div>
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
