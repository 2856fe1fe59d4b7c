//! Light, dark, or as the device says. A form and a cookie; scripts only save the reload.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

/// The cookies that remember the choice: that of a site with https, and that of one without. Only one of them is ever set.
pub const THEME_COOKIES: [&str; 2] = ["__Host-perennial-theme", "perennial-theme"];

/// The one that this site sets.
pub const fn theme_cookie(secure: bool) -> &'static str {
    let [with_https, without] = THEME_COOKIES;
    if secure { with_https } else { without }
}

/// What a person chose to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// As the device says.
    #[default]
    Device,
    /// Paper by day.
    Light,
    /// Forest floor by night.
    Dark,
}

impl Theme {
    /// Reads the value of the cookie or of the form; anything else is the device's choice.
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Device,
        }
    }

    /// The value of the cookie and of the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// `data-theme` of the document; nothing for the device's choice.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Device => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Device => "Device",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

/// Called once by the root of an application: brings the choice, which the server read from the cookie.
pub fn share_theme() {
    let theme = SharedValue::new(|| use_context::<Theme>().unwrap_or_default()).into_inner();
    provide_context(RwSignal::new(theme));
}

/// The switch of an application; needs [`share_theme`].
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let current = use_context::<RwSignal<Theme>>().unwrap_or_else(|| RwSignal::new(Theme::Device));
    let location = use_location();
    let here = Signal::derive(move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    });
    view! { <ThemeForm current=current back=here/> }
}

/// Three buttons for the three choices; the current one is pressed.
#[component]
pub fn ThemeForm(
    /// The choice of now.
    current: RwSignal<Theme>,
    /// The address to come back to, where there are no scripts.
    #[prop(into)]
    back: Signal<String>,
) -> impl IntoView {
    let choices = [Theme::Device, Theme::Light, Theme::Dark]
        .into_iter()
        .map(|theme| {
            let pressed = move || if current.get() == theme { "true" } else { "false" };
            let choose = move |event: leptos::ev::MouseEvent| {
                if remember(theme) {
                    event.prevent_default();
                    current.set(theme);
                }
            };
            view! {
                <button
                    type="submit"
                    class="chip"
                    name="theme"
                    value=theme.as_str()
                    aria-pressed=pressed
                    on:click=choose
                >
                    {theme.label()}
                </button>
            }
        })
        .collect_view();
    view! {
        <form method="post" action="/theme">
            <input type="hidden" name="return" value=back/>
            <div class="row" role="group" aria-label="Appearance">{choices}</div>
        </form>
    }
}

/// Applies the choice to the page and keeps it for a year; says whether it could.
#[cfg(feature = "hydrate")]
fn remember(theme: Theme) -> bool {
    use wasm_bindgen::JsCast;
    let Some(root) = document().document_element() else { return false };
    let done = match theme.attribute() {
        Some(value) => root.set_attribute("data-theme", value),
        None => root.remove_attribute("data-theme"),
    };
    let Some(page) = document().dyn_ref::<web_sys::HtmlDocument>().cloned() else { return false };
    let secure = page.url().is_ok_and(|url| url.starts_with("https://"));
    let (name, flag) = (theme_cookie(secure), if secure { "; Secure" } else { "" });
    let cookie = format!("{name}={}; Path=/; Max-Age=31536000; SameSite=Lax{flag}", theme.as_str());
    done.is_ok() && page.set_cookie(&cookie).is_ok()
}

#[cfg(not(feature = "hydrate"))]
fn remember(_theme: Theme) -> bool {
    false
}
