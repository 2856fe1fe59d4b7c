//! A hairline sheet. Sections inside are separated by hairlines, never by nested cards.

use leptos::prelude::*;

/// The ground of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardTone {
    /// White paper.
    #[default]
    Plain,
    /// A well.
    Soft,
    /// Asks for attention.
    Attention,
    /// In the merchant's colour.
    Accent,
}

/// A card.
#[component]
pub fn Card(
    /// Its ground.
    #[prop(optional)]
    tone: CardTone,
    /// Children touch the edges and are ruled apart.
    #[prop(optional)]
    flush: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    let mut class = String::from("card");
    class.push_str(match tone {
        CardTone::Plain => "",
        CardTone::Soft => " card--soft",
        CardTone::Attention => " card--attn",
        CardTone::Accent => " card--accent",
    });
    if flush {
        class.push_str(" card--flush");
    }
    view! { <div class=class>{children()}</div> }
}

/// The title row of a card, with room for a link at its end.
#[component]
pub fn CardHead(
    /// The title.
    #[prop(into)]
    title: String,
    /// Links or small buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! { <div class="card__head"><h2>{title}</h2>{children.map(|children| children())}</div> }
}

/// The body of a card.
#[component]
pub fn CardBody(
    /// The content.
    children: Children,
) -> impl IntoView {
    view! { <div class="card__body">{children()}</div> }
}

/// The foot of a card, ruled off: actions and notes.
#[component]
pub fn CardFoot(
    /// The content.
    children: Children,
) -> impl IntoView {
    view! { <div class="card__foot">{children()}</div> }
}
