//! Rewards as cards: what each is worth, what it costs, and what is missing.

use super::dto::{Closer, Missing, RewardCard};
use crate::portal::merchant::use_merchant;
use crate::ui::{ButtonVariant, Glyph, Icon, IconSize, LinkButton, grouped, icon};
use leptos::prelude::*;

/// The picture of a kind of reward.
pub(in crate::portal) fn glyph(kind: &str) -> Glyph {
    match kind {
        "money_off" => icon::TAG,
        "percent" => icon::PERCENT,
        "voucher_pool" => icon::TICKET,
        "external" => icon::PACKAGE,
        _ => icon::GIFT,
    }
}

/// A reward that the customer can have now.
#[component]
pub(super) fn ReadyCard(
    /// The reward.
    card: RewardCard,
    /// The first one is the one to choose.
    is_first: bool,
) -> impl IntoView {
    let unit = use_merchant().points_name;
    let RewardCard { href, redeem, name, kind, blurb, cost, is_choice } = card;
    let variant = if is_first { ButtonVariant::Primary } else { ButtonVariant::Default };
    let action = if redeem.is_some() { "Redeem" } else { "Choose" };
    view! {
        <article class="reward">
            <div class="reward__pic"><Icon glyph=glyph(&kind)/></div>
            <div class="reward__body">
                <h3><a href=href.clone()>{name.clone()}</a></h3>
                <p class="reward__blurb">{blurb}</p>
                <div class="reward__act">
                    <span class="reward__cost">
                        {is_choice.then(|| view! { <small>"from "</small> })}{grouped(cost)}<small>{format!(" {unit}")}</small>
                    </span>
                    <LinkButton href=redeem.unwrap_or(href) variant=variant>
                        {action}<span class="visually-hidden">{format!(" {name}")}</span>
                    </LinkButton>
                </div>
            </div>
        </article>
    }
}

/// A reward that something is missing for.
#[component]
pub(super) fn CloserCard(
    /// The reward and what is missing.
    closer: Closer,
) -> impl IntoView {
    let Closer { card, missing } = closer;
    let RewardCard { href, name, kind, blurb, cost, .. } = card;
    view! {
        <article class="reward is-locked">
            <div class="reward__pic"><Icon glyph=glyph(&kind)/></div>
            <div class="reward__body">
                <h3><a href=href>{name}</a></h3>
                <p class="reward__blurb">{blurb}</p>
                <MissingLines missing=missing cost=cost/>
            </div>
        </article>
    }
}

/// What is missing: a bar for points, a line for everything else.
#[component]
pub(super) fn MissingLines(
    /// What is missing.
    missing: Missing,
    /// Points that it costs.
    cost: i64,
) -> impl IntoView {
    let unit = use_merchant().points_name;
    let texts = missing
        .texts
        .into_iter()
        .map(|text| {
            view! { <p class="reward__lock"><Icon glyph=icon::LOCK size=IconSize::Small/>{text}</p> }
        })
        .collect_view();
    let points = missing.points.map(|(points, part)| {
        view! {
            <div class="reward__way">
                <span class="bar" aria-hidden="true"><i style=format!("--v:{part}%")></i></span>
                <span class="split">
                    <b>{format!("{} {unit} missing", grouped(points))}</b>
                    <span class="muted num"><span class="visually-hidden">"of "</span>{grouped(cost)}</span>
                </span>
            </div>
        }
    });
    view! { {texts}{points} }
}
