//! One sheet ruled into cells; the previous period is always shown.

use super::icon::{self, Icon};
use leptos::prelude::*;

/// A change against the previous period.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeltaView {
    /// The change in words: “12%”.
    pub text: String,
    /// The value went up.
    pub up: bool,
    /// Whether that is good; nothing when it is neither.
    pub good: Option<bool>,
}

/// An arrow for the direction, a colour for good or bad, and the text.
#[component]
pub fn Delta(
    /// The change.
    change: DeltaView,
) -> impl IntoView {
    let class = match change.good {
        Some(true) => "delta delta--good",
        Some(false) => "delta delta--bad",
        None => "delta",
    };
    let (glyph, word) = if change.up { (icon::ARROWUP, "up ") } else { (icon::ARROWDOWN, "down ") };
    view! {
        <span class=class><Icon glyph=glyph/><span class="visually-hidden">{word}</span>{change.text}</span>
    }
}

/// A sheet of tiles.
#[component]
pub fn Tiles(
    /// The tiles.
    children: Children,
) -> impl IntoView {
    view! { <div class="tiles">{children()}</div> }
}

/// One figure: its name, its value, how it changed and against what.
#[component]
pub fn Tile(
    /// What is counted.
    #[prop(into)]
    label: String,
    /// The figure.
    #[prop(into)]
    value: String,
    /// The change.
    #[prop(optional_no_strip)]
    delta: Option<DeltaView>,
    /// The previous figure, in words.
    #[prop(into)]
    note: String,
) -> impl IntoView {
    view! {
        <div class="tile">
            <span class="tile__label">{label}</span>
            <span class="tile__value num">{value}</span>
            <span class="tile__note">{delta.map(|change| view! { <Delta change=change/> })}<span>{note}</span></span>
        </div>
    }
}
