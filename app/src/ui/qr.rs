//! A QR code: always black on white with its quiet zone, in both themes; the code in text below.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A QR code drawn on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrView {
    /// Edge length in modules, quiet zone included.
    pub size: usize,
    /// The dark modules as one SVG path.
    pub path: String,
    /// The same code for reading aloud and typing.
    pub text: String,
}

/// Draws a QR code.
#[component]
pub fn Qr(
    /// The code.
    code: QrView,
    /// What it is, for people who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div class="qr">
            <svg viewBox=format!("0 0 {0} {0}", code.size) role="img" aria-label=label fill="currentColor">
                <path d=code.path></path>
            </svg>
            <span>{code.text}</span>
        </div>
    }
}
