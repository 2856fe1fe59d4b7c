//! The page of one kind of message.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Confirm, Crumbs, Problem};
use super::super::typed::{Values as Typed, follow};
use super::api::read_message;
use super::dto::MessageForm;
use super::preview::Preview;
use super::{PATH, TITLE, state};
use crate::form::{FormState, use_form};
use crate::ui::{Banner, BannerTone, Button, ButtonVariant, LinkButton, TextArea, TextField};
use leptos::prelude::*;
use leptos_meta::Title;
use perennial_domain::messages::MessageKind;

/// One kind.
#[component]
pub fn MessagePage() -> impl IntoView {
    let _form = use_form();
    let kind = param("kind");
    let data = Resource::new(move || kind.get(), read_message);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: MessageForm) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    // A form that was sent comes back as it was sent; the small form sends no subject.
    let values = if form.value("subject").is_some() { form.values.clone() } else { stored(&data) };
    let typed = RwSignal::new(values);
    let kind = data.row.kind;
    let sent = form.value("sent.to").map(|to| {
        let title = format!("A test is on its way to {to}.");
        view! {
            <Banner tone=BannerTone::Leaf title=title>"It says what is below, saved or not."</Banner>
        }
    });
    view! {
        <Title text=kind.title() />
        <div class="page__head">
            <div>
                <Crumbs href=PATH up=TITLE here=kind.title() />
                <h1 class="row" style="--gap:var(--s-3)">{kind.title()} {state(data.row.changed.is_some())}</h1>
                <p>{kind.sent_when()}</p>
            </div>
        </div>
        {sent}
        <div class="cols" style="--main:1.1fr;--aside:1fr">
            <div class="stack" style="--gap:var(--s-5)">
                <div on:input=follow(typed)>{editor(&data)}</div>
                {data.may_edit.then(|| test(&data.own_address))}
                {(data.may_edit && data.row.changed.is_some()).then(|| reset(kind))}
            </div>
            <div class="stack" style="--gap:var(--s-5)">
                <Preview typed=typed data=data.clone() />
                {placeholders(kind)}
                <p class="small muted">{fine_print(&data)}</p>
            </div>
        </div>
    }
}

fn stored(data: &MessageForm) -> Typed {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [field("subject", &data.row.subject), field("text", &data.text)].into_iter().collect()
}

/// The id of the form, for buttons that stand outside of it.
const EDITOR: &str = "message";

fn editor(data: &MessageForm) -> impl IntoView + use<> {
    let MessageForm { row, text, seen, may_edit, .. } = data.clone();
    let action = format!("{PATH}/{}", row.kind);
    view! {
        <form class="card" id=EDITOR method="post" action=action>
            <Problem />
            <div class="card__body stack letter__editor">
                <input type="hidden" name="seen" value=seen />
                <TextField name="subject" label="Subject" value=row.subject maxlength=200 required=true />
                <TextArea
                    name="text"
                    label="Text"
                    help="An empty line begins a paragraph. Your name, your colour and the unsubscribe link are added."
                    value=text
                />
            </div>
            <div class="card__foot">
                {may_edit
                    .then(|| view! { <Button variant=ButtonVariant::Primary name="do" value="save">"Save message"</Button> })}
                <Button name="do" value="preview">"Show preview"</Button>
                <LinkButton href=PATH variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
            </div>
        </form>
    }
}

/// Sends what stands in the editor, wherever this stands on the page.
fn test(own_address: &str) -> impl IntoView + use<> {
    let form = use_context::<FormState>().unwrap_or_default();
    let error = form.error("to").map(str::to_owned);
    let value = form.value("to").map_or_else(|| own_address.to_owned(), str::to_owned);
    let note = match &error {
        Some(error) => view! { <p class="field__error" id="to-note"><span>{error.clone()}</span></p> }.into_any(),
        None => view! { <p class="field__help" id="to-note">"With the examples of the preview, saved or not."</p> }
            .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="test">
            <div class="card__head"><h2 id="test">"Send a test"</h2></div>
            <div class="card__body stack">
                <div class="field">
                    <label class="field__label" for="to">"To"</label>
                    <input
                        class="input"
                        id="to"
                        name="to"
                        type="email"
                        form=EDITOR
                        value=value
                        autocomplete="email"
                        aria-invalid=error.is_some().then_some("true")
                        aria-describedby="to-note"
                    />
                    {note}
                </div>
                <div><button class="btn" type="submit" form=EDITOR name="do" value="test">"Send me a test"</button></div>
            </div>
        </section>
    }
}

fn reset(kind: MessageKind) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="reset">
            <div class="card__head"><h2 id="reset">"Back to the beginning"</h2></div>
            <form class="card__body stack" method="post" action=format!("{PATH}/{kind}")>
                <p class="small muted">"The message goes back to its default text. Yours is deleted."</p>
                <Confirm button="Reset message" value="reset" />
            </form>
        </section>
    }
}

/// What may stand in it.
fn placeholders(kind: MessageKind) -> impl IntoView {
    let rows = kind
        .placeholders()
        .iter()
        .map(|placeholder| {
            let needed = kind.required().contains(placeholder).then_some(". It must stand in the text");
            view! {
                <dt><code>{format!("{{{}}}", placeholder.word())}</code></dt>
                <dd>{placeholder.meaning()}{needed}</dd>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="placeholders">
            <div class="card__head"><h2 id="placeholders">"Placeholders"</h2></div>
            <div class="card__body stack">
                <p class="small muted">"A word in braces is filled in for each customer. A brace of its own is written twice."</p>
                <dl class="kv kv--start">{rows}</dl>
            </div>
        </section>
    }
}

fn fine_print(data: &MessageForm) -> String {
    let choice = if data.row.kind.is_optional() {
        "Customers may unsubscribe from it."
    } else {
        "It is always sent: customers cannot unsubscribe from it."
    };
    match &data.row.changed {
        Some(changed) => format!("Changed {changed}. {choice}"),
        None => format!("The default text. {choice}"),
    }
}
