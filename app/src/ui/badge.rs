//! Status pill: shape and word; never colour alone.

use leptos::prelude::*;

/// What a badge says about its subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Good, on, done.
    Leaf,
    /// Waiting, needs a look.
    Petal,
    /// Failed, stopped, over the limit.
    Danger,
    /// Neutral information.
    Sky,
    /// In the merchant's colour.
    Accent,
    /// An outline only.
    Line,
}

/// The shape in front of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dot {
    /// On.
    Full,
    /// Waiting.
    Ring,
    /// Partly.
    Half,
    /// Stopped.
    Square,
    /// Paused.
    Pause,
}

/// A status pill.
#[component]
pub fn Badge(
    /// Colour.
    #[prop(optional)]
    tone: Tone,
    /// Shape.
    #[prop(optional)]
    dot: Option<Dot>,
    /// The word.
    children: Children,
) -> impl IntoView {
    let class = match tone {
        Tone::Plain => "badge",
        Tone::Leaf => "badge badge--leaf",
        Tone::Petal => "badge badge--petal",
        Tone::Danger => "badge badge--danger",
        Tone::Sky => "badge badge--sky",
        Tone::Accent => "badge badge--accent",
        Tone::Line => "badge badge--line",
    };
    let dot = dot.map(|dot| match dot {
        Dot::Full => "dot",
        Dot::Ring => "dot dot--ring",
        Dot::Half => "dot dot--half",
        Dot::Square => "dot dot--square",
        Dot::Pause => "dot dot--pause",
    });
    view! { <span class=class>{dot.map(|dot| view! { <span class=dot></span> })} {children()}</span> }
}
