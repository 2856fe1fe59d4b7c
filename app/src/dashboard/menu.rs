//! The menu of somebody who is signed in, in the bars of the dashboard and of the till.

use super::account;
use crate::ui::icon::{self, Icon};
use crate::ui::{ThemeSwitch, initials};
use leptos::prelude::*;

/// Behind somebody's initials: who it is, the own account, light or dark, and the way out.
#[component]
pub fn AccountMenu(
    /// The name.
    name: String,
    /// What the person is here, where that is told.
    #[prop(optional, into)]
    role: Option<String>,
    /// What is said of the menu before the name.
    label: &'static str,
    /// Class of the element.
    #[prop(default = "menu")]
    class: &'static str,
    /// Other ways, above the account.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let letters = initials(&name);
    let who = match role {
        Some(role) => format!("{name}, {role}"),
        None => name,
    };
    // What is seen must be part of what is said: somebody may say it to their browser.
    let label = format!("{label}: {who} ({letters})");
    view! {
        <details class=class>
            <summary class="avatar" aria-label=label style="--_t:var(--sky-tint);--_i:var(--sky-ink)">
                {letters}
            </summary>
            <div class="menu__list">
                <p class="small muted menu__note">{who}</p>
                {children.map(|children| children())}
                <a href=account::PATH rel="external">
                    <Icon glyph=icon::LOCK />
                    "Your account"
                </a>
                <hr />
                <ThemeSwitch />
                <hr />
                <form method="post" action="/dashboard/sign-out">
                    <button type="submit">
                        <Icon glyph=icon::ARROW />
                        "Sign out"
                    </button>
                </form>
            </div>
        </details>
    }
}
