//! The message as a customer would get it, drawn from what stands in the form; it follows what is typed.

use super::super::typed::Values as Typed;
use super::dto::MessageForm;
use leptos::prelude::*;
use perennial_domain::messages::{Letter, Template, TemplateInput};

/// The card with the message.
#[component]
pub fn Preview(
    /// What stands in the form.
    typed: RwSignal<Typed>,
    /// The message as it is stored, with examples.
    data: MessageForm,
) -> impl IntoView {
    let shop = data.look.shop.clone();
    let letter = Memo::new(move |_| typed.with(|typed| letter(typed, &data)));
    let of = move |part: fn(&Letter) -> &String| {
        move || letter.with(|letter| letter.as_ref().map(|letter| part(letter).clone()))
    };
    let (subject, html, text) =
        (of(|letter| &letter.subject), of(|letter| &letter.html), of(|letter| &letter.text));
    let is_wrong = move || letter.with(Option::is_none);
    view! {
        <section class="card" aria-labelledby="preview">
            <div class="card__head"><h2 id="preview">"Preview"</h2></div>
            <p class="letter__none small muted" hidden=move || !is_wrong()>
                "It stands here as soon as every placeholder in it is one that this message has."
            </p>
            <div hidden=is_wrong>
                <dl class="kv letter__head">
                    <dt>"From"</dt>
                    <dd>{shop}</dd>
                    <dt>"Subject"</dt>
                    <dd id="preview-subject"><b>{move || subject().unwrap_or_default()}</b></dd>
                </dl>
                // Nothing in it runs or leads anywhere: it is only looked at.
                <iframe
                    class="letter__sheet"
                    title="The message as a customer would get it"
                    sandbox=""
                    srcdoc=move || html().unwrap_or_default()
                ></iframe>
                <details class="letter__text">
                    <summary class="small strong disclosure">"As plain text"</summary>
                    <pre class="mailbox__text">{move || text().unwrap_or_default()}</pre>
                </details>
            </div>
        </section>
    }
}

/// The letter that the form would make; nothing when it holds what cannot be filled.
fn letter(typed: &Typed, data: &MessageForm) -> Option<Letter> {
    let field = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let input = TemplateInput { subject: field("subject"), text: field("text") };
    let template = Template::parse(data.row.kind, &input).ok()?;
    Some(template.letter(&data.values, &data.look, data.footer.as_ref()))
}
