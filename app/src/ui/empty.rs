//! What will appear here, and the first step to get it.

use super::logo::Rings;
use leptos::prelude::*;

/// An empty state.
#[component]
pub fn Empty(
    /// What is missing, as a promise.
    #[prop(into)]
    title: String,
    /// When it appears.
    #[prop(into)]
    text: String,
    /// The first step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Rings/>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}
