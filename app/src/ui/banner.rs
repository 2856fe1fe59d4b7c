//! What happened and one way out, in the flow of the page.

use super::icon::{self, Icon};
use leptos::prelude::*;

/// What a banner is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BannerTone {
    /// Neutral information.
    #[default]
    Info,
    /// It worked.
    Leaf,
    /// Needs a look.
    Petal,
    /// It failed.
    Danger,
}

/// A banner. Failures are announced at once, the rest politely.
#[component]
pub fn Banner(
    /// What it is about.
    #[prop(optional)]
    tone: BannerTone,
    /// The short first sentence.
    #[prop(into)]
    title: String,
    /// More, and the way out.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (class, glyph, role) = match tone {
        BannerTone::Info => ("banner", icon::INFO, "status"),
        BannerTone::Leaf => ("banner banner--leaf", icon::CHECK, "status"),
        BannerTone::Petal => ("banner banner--petal", icon::WARNING, "status"),
        BannerTone::Danger => ("banner banner--danger", icon::WARNING, "alert"),
    };
    view! {
        <div class=class role=role>
            <Icon glyph=glyph/>
            <div class="grow"><b>{title}</b>" "{children.map(|children| children())}</div>
        </div>
    }
}
