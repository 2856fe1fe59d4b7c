//! Code to copy: mono, never wrapped, with a button where scripts run.

use super::icon::{self, Icon};
use leptos::prelude::*;

/// A block of code. The copy button appears once the page is alive: without scripts it could do nothing.
#[component]
pub fn CodeBlock(
    /// The code.
    #[prop(into)]
    text: String,
    /// What it is, for the copy button: “Copy the command”.
    #[prop(into)]
    copy_label: String,
) -> impl IntoView {
    let alive = RwSignal::new(false);
    let copied = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let code = text.clone();
    let copy = move |_| {
        copy_text(&text);
        copied.set(true);
    };
    view! {
        <div class="code">
            <pre tabindex="0">{code}</pre>
            <button type="button" class="btn btn--sm btn--quiet" hidden=move || !alive.get() aria-label=copy_label on:click=copy>
                <Icon glyph=icon::COPY/>
                <span role="status">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
            </button>
        </div>
    }
}

/// Puts `text` on the clipboard. Where the browser refuses (plain http beyond loopback), nothing happens: the
/// text can still be selected.
#[cfg(feature = "hydrate")]
fn copy_text(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

#[cfg(not(feature = "hydrate"))]
fn copy_text(_text: &str) {}
