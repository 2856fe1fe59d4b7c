//! The head of a dashboard page.

use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone};
use leptos::prelude::*;
use leptos_meta::Title;

/// The head of a page: its title (also of the window), a sentence, and the actions on the right.
#[component]
pub fn PageHead(
    /// The one `h1` of the page.
    #[prop(into)]
    title: String,
    /// A sentence below it; empty for none.
    #[prop(into, optional)]
    about: String,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Title text=title.clone() />
        <div class="page__head">
            <div>
                <h1>{title}</h1>
                {(!about.is_empty()).then(|| view! { <p>{about}</p> })}
            </div>
            {children.map(|children| view! { <div class="page__actions">{children()}</div> })}
        </div>
    }
}

/// One level up, and where we are.
#[component]
pub fn Crumbs(
    /// The address of the list.
    href: &'static str,
    /// Its name.
    up: &'static str,
    /// This page.
    #[prop(into)]
    here: String,
) -> impl IntoView {
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=href>{up}</a>
            <Icon glyph=icon::RIGHT />
            <span aria-current="page">{here}</span>
        </nav>
    }
}

/// What is wrong with the form as a whole, or that some fields are.
#[component]
pub fn Problem() -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let named = form.errors.keys().filter(|name| !name.is_empty()).count();
    let text = match (form.problem(), named) {
        (Some(problem), _) => Some(problem.to_owned()),
        (None, 0) => None,
        (None, 1) => Some("One field needs another look.".to_owned()),
        (None, count) => Some(format!("{count} fields need another look.")),
    };
    text.map(|text| view! { <Banner tone=BannerTone::Danger title="Not saved.">{text}</Banner> })
}

/// What is wrong with the form as a whole; nothing where only fields are.
#[component]
pub fn Refusal(
    /// The short first sentence.
    title: &'static str,
) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    form.problem().map(|problem| {
        let problem = problem.to_owned();
        view! { <Banner tone=BannerTone::Danger title=title>{problem}</Banner> }
    })
}
