//! Links to the neighbouring pages of a list.

use super::button::{ButtonSize, LinkButton};
use leptos::prelude::*;

/// The foot of a list that is read by cursor: what is shown, back to the start, and on.
#[component]
pub fn Pagination(
    /// What is shown, such as “50 purchases, newest first”.
    #[prop(into)]
    shown: String,
    /// Link to the first page, when this is not it.
    #[prop(into)]
    first: Option<String>,
    /// Link to the next page, when there is one.
    #[prop(into)]
    next: Option<String>,
    /// What the first page holds, such as “Newest”.
    #[prop(into)]
    first_label: String,
    /// What the next page holds, such as “Older”.
    #[prop(into)]
    next_label: String,
) -> impl IntoView {
    view! {
        <nav class="pagination" aria-label="Pages">
            <span>{shown}</span>
            <span class="row">
                {first.map(|href| view! { <LinkButton href=href size=ButtonSize::Small>{first_label}</LinkButton> })}
                {next.map(|href| view! { <LinkButton href=href size=ButtonSize::Small>{next_label}</LinkButton> })}
            </span>
        </nav>
    }
}
