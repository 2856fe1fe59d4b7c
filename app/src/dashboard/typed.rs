//! What stands in a form while somebody types, for pages that show at once what follows from it.

use leptos::ev::Event;
use leptos::prelude::*;

pub use super::fields::Values;

/// Keeps `typed` what the form holds, whenever one of its fields changes; belongs on an element around the form. Without
/// scripts the fields stay those that the page came with.
pub fn follow(typed: RwSignal<Values>) -> impl Fn(Event) + Clone + 'static {
    move |event: Event| {
        #[cfg(feature = "hydrate")]
        if let Some(values) = browser::form_of(&event).and_then(|form| values(&form)) {
            typed.set(values);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (typed, event);
    }
}

/// What a form says, in sentences beside it: they follow what is typed.
#[component]
pub fn Sentences(
    /// The sentences.
    words: Memo<Vec<String>>,
) -> impl IntoView {
    view! {
        <section class="card card--accent" aria-labelledby="sentence">
            <div class="card__head"><h2 id="sentence">"In a sentence"</h2></div>
            <div class="card__body stack" style="--gap:var(--s-2)" aria-live="polite">
                {move || {
                    let sentences = words.get().into_iter().enumerate();
                    // The first is the whole of it; what follows is said about it.
                    sentences
                        .map(|(at, text)| {
                            let class = if at == 0 { "summary" } else { "small" };
                            view! { <p class=class>{text}</p> }
                        })
                        .collect_view()
                }}
            </div>
        </section>
    }
}

#[cfg(feature = "hydrate")]
pub use browser::values;

#[cfg(feature = "hydrate")]
mod browser {
    use super::Values;
    use leptos::ev::Event;
    use wasm_bindgen::JsCast as _;
    use web_sys::{Element, FormData, HtmlFormElement};

    /// The form of the field that an event comes from.
    pub fn form_of(event: &Event) -> Option<HtmlFormElement> {
        let field = event.target()?.dyn_into::<Element>().ok()?;
        field.closest("form").ok()??.dyn_into().ok()
    }

    /// All fields by name. Files do not occur, and of a name that is there twice the last counts, as on the server.
    pub fn values(form: &HtmlFormElement) -> Option<Values> {
        let data = FormData::new_with_form(form).ok()?;
        let mut values = Values::new();
        for entry in js_sys::try_iter(&data).ok().flatten().into_iter().flatten().flatten() {
            let pair = js_sys::Array::from(&entry);
            if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
                values.insert(name, value);
            }
        }
        Some(values)
    }
}
