//! WebAssembly entry of the portal: what a customer's browser downloads.

// As in `app`: the type of a page is its whole markup.
#![recursion_limit = "512"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(perennial_app::portal::PortalApp);
    // From here on the page answers by itself; styles and tests can tell.
    if let Some(root) = leptos::prelude::document().document_element() {
        _ = root.set_attribute("data-awake", "true");
    }
}
