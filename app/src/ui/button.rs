//! Buttons and links that look like buttons. One primary per view; verb and object.

use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// How loud a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonVariant {
    /// A hairline button.
    #[default]
    Default,
    /// The one thing to do on this view.
    Primary,
    /// Hardly there.
    Quiet,
    /// Destructive, outlined.
    Danger,
    /// Destructive, filled: the last step of a confirmation.
    DangerFill,
}

/// How large a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// The height of a field.
    #[default]
    Medium,
    /// Inside tables and bars.
    Small,
    /// The one thing on a phone screen.
    Large,
}

fn class(variant: ButtonVariant, size: ButtonSize, block: bool) -> String {
    let mut class = String::from("btn");
    class.push_str(match variant {
        ButtonVariant::Default => "",
        ButtonVariant::Primary => " btn--primary",
        ButtonVariant::Quiet => " btn--quiet",
        ButtonVariant::Danger => " btn--danger",
        ButtonVariant::DangerFill => " btn--danger-fill",
    });
    class.push_str(match size {
        ButtonSize::Medium => "",
        ButtonSize::Small => " btn--sm",
        ButtonSize::Large => " btn--lg",
    });
    if block {
        class.push_str(" btn--block");
    }
    class
}

/// A button that submits the form around it. With `name` and `value`, one of several in a form.
#[component]
pub fn Button(
    /// How loud.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large.
    #[prop(optional)]
    size: ButtonSize,
    /// Icon before the text.
    #[prop(optional)]
    icon: Option<Glyph>,
    /// As wide as its container.
    #[prop(optional)]
    block: bool,
    /// Name sent with the form.
    #[prop(optional, into)]
    name: Option<String>,
    /// Value sent with the form.
    #[prop(optional, into)]
    value: Option<String>,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <button type="submit" class=class(variant, size, block) name=name value=value>
            {icon.map(|glyph| view! { <Icon glyph=glyph/> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// How loud.
    #[prop(optional)]
    variant: ButtonVariant,
    /// How large.
    #[prop(optional)]
    size: ButtonSize,
    /// Icon before the text.
    #[prop(optional)]
    icon: Option<Glyph>,
    /// As wide as its container.
    #[prop(optional)]
    block: bool,
    /// Leaves this application (a download, another area): the browser loads it, not the router.
    #[prop(optional)]
    external: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <a class=class(variant, size, block) href=href rel=external.then_some("external")>
            {icon.map(|glyph| view! { <Icon glyph=glyph/> })}
            {children()}
        </a>
    }
}
