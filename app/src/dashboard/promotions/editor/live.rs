//! The browser's part: reading the form at every change, and looking up products that were typed.

use super::Editor;
use leptos::ev::Event;
use leptos::html::Form;
use leptos::prelude::*;

/// The form, and in the browser the first reading of it: somebody may have typed before the page was alive.
pub fn form_ref(editor: &Editor) -> NodeRef<Form> {
    let node = NodeRef::<Form>::new();
    #[cfg(feature = "hydrate")]
    {
        browser::look_up(editor.clone());
        let editor = editor.clone();
        Effect::new(move |_| {
            if let Some(form) = node.get() {
                browser::read(&editor, &form);
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = editor;
    node
}

/// Reads the form whenever one of its words changes.
pub fn follow(editor: &Editor) -> impl Fn(Event) + Clone + 'static + use<> {
    let editor = editor.clone();
    move |event: Event| {
        #[cfg(feature = "hydrate")]
        browser::on_change(&editor, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = (&editor, event);
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::super::super::api::find_product;
    use super::super::super::preview::unknown_skus;
    use super::super::Editor;
    use crate::dashboard::typed;
    use leptos::ev::Event;
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::JsCast;
    use web_sys::HtmlFormElement;

    pub fn on_change(editor: &Editor, event: &Event) {
        let form = event.current_target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        if let Some(form) = form {
            read(editor, &form);
        }
    }

    pub fn read(editor: &Editor, form: &HtmlFormElement) {
        let Some(values) = typed::values(form) else { return };
        if editor.values.with_untracked(|before| *before != values) {
            editor.values.set(values);
        }
    }

    /// Asks for products of the basket that came without the page, each once.
    pub fn look_up(editor: Editor) {
        let asked = StoredValue::new(Vec::<String>::new());
        Effect::new(move |_| {
            let missing = editor.values.with(|values| {
                editor.known.with_untracked(|known| unknown_skus(values, &editor.data.context, known))
            });
            for sku in missing {
                if asked.with_value(|asked| asked.contains(&sku)) {
                    continue;
                }
                asked.update_value(|asked| asked.push(sku.clone()));
                let known = editor.known;
                spawn_local(async move {
                    // What is not found stays a text, as it would for the till.
                    if let Ok(Some(product)) = find_product(sku).await {
                        let _ = known.try_update(|known| known.push(product));
                    }
                });
            }
        });
    }
}
