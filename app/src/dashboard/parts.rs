//! What pages are made of: their head, the way back, what is wrong with a form, a step that is asked for twice.

use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant};
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

/// The levels above, and where we are.
#[component]
pub fn Crumbs(
    /// The address of the list.
    href: &'static str,
    /// Its name.
    up: &'static str,
    /// Address and name of what this page is about one side of.
    #[prop(optional)]
    of: Option<(String, String)>,
    /// This page.
    #[prop(into)]
    here: String,
) -> impl IntoView {
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <a href=href>{up}</a>
            <Icon glyph=icon::RIGHT />
            {of
                .map(|(href, name)| {
                    view! {
                        <a href=href>{name}</a>
                        <Icon glyph=icon::RIGHT />
                    }
                })}
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

/// A step inside a form that a slip of the hand must not take: its button opens the one that sends `do`. Needs no script.
#[component]
pub fn Confirm(
    /// Verb and object, on the button that opens; the one that does it says `now` behind them.
    #[prop(into)]
    button: String,
    /// Sent as `do`.
    value: &'static str,
    /// What follows from it, where nothing beside it says so.
    #[prop(optional)]
    text: Option<&'static str>,
    /// Inside tables and lists.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let (opens, size) = if small {
        ("btn btn--danger btn--sm", ButtonSize::Small)
    } else {
        ("btn btn--danger", ButtonSize::Medium)
    };
    let does = format!("{button} now");
    view! {
        <details class="confirm">
            <summary class=opens>{button}</summary>
            <div class="confirm__ask">
                {text.map(|text| view! { <p class="small">{text}</p> })}
                <Button variant=ButtonVariant::DangerFill size=size name="do" value=value>{does}</Button>
            </div>
        </details>
    }
}

/// The form of something new, behind its button: in the page of a list that has some already. Needs no script.
pub fn behind_button(button: &'static str, is_open: bool, form: AnyView) -> AnyView {
    view! {
        <details class="newform" open=is_open>
            <summary class="btn">
                <Icon glyph=icon::PLUS />
                {button}
            </summary>
            {form}
        </details>
    }
    .into_any()
}
