//! Passing a text on from a drawn page: to the clipboard, or to what the device shares with.
//!
//! A button says with `data-copy` or `data-share` what it passes on. It is shown where the browser can do that, which
//! it says on the page around the button.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// Tells the style sheet which of the buttons work here.
pub(super) fn offer(sheet: &Element) {
    for (what, mark) in [("clipboard", "data-copies"), ("share", "data-shares")] {
        if ability(what).is_some() {
            _ = sheet.set_attribute(mark, "");
        }
    }
}

/// Passes on what the button says that was pressed, if it was one.
pub(super) fn pass_on(event: &MouseEvent, said: RwSignal<String>) {
    let Some(pressed) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Ok(Some(button)) = pressed.closest("[data-copy], [data-share]") else { return };
    if let (Some(text), Some(_)) = (button.get_attribute("data-copy"), ability("clipboard")) {
        quietly(&window().navigator().clipboard().write_text(&text));
        said.set("Copied".to_owned());
        if let Ok(Some(label)) = button.query_selector("span") {
            label.set_text_content(Some("Copied"));
        }
    } else if let Some(link) = button.get_attribute("data-share") {
        share(&link, &button.get_attribute("data-text").unwrap_or_default());
    }
}

/// Opens the sheet of the device.
fn share(link: &str, text: &str) {
    let Some(share) = ability("share").and_then(|share| share.dyn_into::<js_sys::Function>().ok()) else {
        return;
    };
    let what = js_sys::Object::new();
    for (name, value) in [("url", link), ("text", text)] {
        _ = js_sys::Reflect::set(&what, &name.into(), &value.into());
    }
    if let Ok(promise) = share.call1(&window().navigator(), &what)
        && let Ok(promise) = promise.dyn_into::<js_sys::Promise>()
    {
        quietly(&promise);
    }
}

/// What the navigator has by this name; nothing in older browsers, and on addresses that are not https.
fn ability(name: &str) -> Option<JsValue> {
    let found = js_sys::Reflect::get(&window().navigator(), &name.into()).ok()?;
    (!found.is_undefined() && !found.is_null()).then_some(found)
}

/// Somebody may close the sheet or forbid the clipboard: nothing is to be done then.
fn quietly(promise: &js_sys::Promise) {
    let nothing = Closure::<dyn FnMut(JsValue)>::new(|_| {});
    _ = promise.catch(&nothing);
    nothing.forget();
}
