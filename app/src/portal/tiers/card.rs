//! Where the customer stands: the tier, until when it is kept, and what is missing.

use crate::ui::{Icon, Medal, MedalSize, Rank, icon};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Where a customer stands, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingView {
    /// The tier; that there is none yet.
    pub name: String,
    /// How it is drawn; nothing without a tier.
    pub rank: Option<Rank>,
    /// “Yours until Dec 31, 2026”; nothing where nobody falls.
    pub until: Option<String>,
    /// How much of the way to the next tier, or to keeping this one, is done, in percent; and the same in words.
    pub way: Option<(u8, String)>,
    /// What is to be done: the bold part, and what follows it. To the next tier first, then to keep this one.
    pub todo: Vec<(String, String)>,
}

/// The card of the tier.
#[component]
pub(in crate::portal) fn TierCard(
    /// Where the customer stands.
    standing: StandingView,
    /// Where the name leads to; nowhere on the page of the tiers itself.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let StandingView { name, rank, until, way, todo } = standing;
    let class = match rank {
        Some(rank) => format!("tiercard {}", rank.metal()),
        None => "tiercard tiercard--none".to_owned(),
    };
    let medal = rank.map(|rank| view! { <Medal rank=rank size=MedalSize::Large/> });
    let name = match href {
        Some(href) => view! { <a href=href>{name}<Icon glyph=icon::RIGHT/></a> }.into_any(),
        None => name.into_any(),
    };
    let until = until.map(|day| view! { <p>"Yours until "<b>{day}</b></p> });
    let bar = way.map(|(percent, words)| {
        view! { <span class="bar bar--lg" role="img" aria-label=words><i style=format!("--v:{percent}%")></i></span> }
    });
    let todo =
        todo.into_iter().map(|(bold, rest)| view! { <p class="tiercard__todo"><b>{bold}</b>{rest}</p> });
    view! {
        <section class=class aria-label="Your tier">
            {medal}
            <h2>{name}</h2>
            {until}
            {bar}
            {todo.collect_view()}
        </section>
    }
}
