//! The product's mark and its growth rings.

use leptos::prelude::*;

// Constants, not literals in the views: the macro takes an element of literals only for plain text.

/// A stem and two leaves.
const MARK: &str = r#"<path d="M13 25V11"/><path d="M13 16.5C6.4 16.8 3.2 13 3 6.8 9.2 7 13 10.3 13 16.5Z" fill="currentColor" stroke-linejoin="round"/><path d="M13 11.5C13 5.8 16.6 2.3 22.8 2c.2 6.2-3.4 9.7-9.8 9.5Z" stroke-linejoin="round"/>"#;

/// Reaches into `public/rings.svg`.
const RINGS: &str = r##"<use href="/rings.svg#rings" x="-16" y="-16" width="232" height="232"/>"##;

/// Perennial's mark and name, leading home. Never shown in the portal: that belongs to the merchant.
#[component]
pub fn Logo(
    /// Where it leads.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a class="logo" href=href>
            <svg
                viewBox="0 0 26 26"
                aria-hidden="true"
                fill="none"
                stroke="currentColor"
                stroke-width="2"
                stroke-linecap="round"
                inner_html=MARK
            ></svg>
            "Perennial"
        </a>
    }
}

/// Growth rings, the ornament behind the balance and in empty states. The drawing is a file of its own, so
/// that neither every page nor the WebAssembly carries its 13 KB.
#[component]
pub fn Rings() -> impl IntoView {
    view! {
        <svg class="rings" viewBox="-16 -16 232 232" aria-hidden="true" inner_html=RINGS></svg>
    }
}
