//! Form fields. Label above, help below; an error replaces the help and says how to fix it.
//!
//! A field finds what was typed and what was wrong in the page's [`FormState`], so that a refused form comes
//! back as it was sent.

use super::icon::{self, Icon};
use crate::form::FormState;
use leptos::prelude::*;

/// The id of the element that describes the field `name`: its error or its help.
fn note_id(name: &str) -> String {
    format!("{name}-note")
}

/// Label, control, and help or error. The control is the child; give it `id=name` and
/// `aria-describedby="{name}-note"`.
#[component]
pub fn Field(
    /// Name of the control.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Help, when there is no error.
    #[prop(optional, into)]
    help: Option<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let error = use_context::<FormState>().and_then(|form| form.error(&name).map(str::to_owned));
    let id = note_id(&name);
    // A control passes on an empty help when it has none.
    let note = match (error, help.filter(|help| !help.is_empty())) {
        (Some(error), _) => {
            view! { <p class="field__error" id=id><Icon glyph=icon::WARNING/><span>{error}</span></p> }
                .into_any()
        }
        (None, Some(help)) => view! { <p class="field__help" id=id>{help}</p> }.into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            {children()}
            {note}
        </div>
    }
}

/// Value, validity and description of the control `name`, from the page's form.
fn control(
    name: &str,
    initial: Option<String>,
    described: bool,
) -> (String, Option<&'static str>, Option<String>) {
    let form = use_context::<FormState>().unwrap_or_default();
    let invalid = form.error(name).is_some();
    let value = form.value(name).map(str::to_owned).or(initial).unwrap_or_default();
    (value, invalid.then_some("true"), (invalid || described).then(|| note_id(name)))
}

/// A one-line field.
#[component]
pub fn TextField(
    /// Name sent with the form, and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Help, when there is no error.
    #[prop(optional, into)]
    help: Option<String>,
    /// Value before anything was typed.
    #[prop(optional, into)]
    value: Option<String>,
    /// `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// `autocomplete` of the input.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// `inputmode` of the input.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Longest value.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// The browser refuses to send it empty.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let (value, invalid, note) = control(&name, value, help.is_some());
    // A password is never sent back to the browser.
    let value = if kind == "password" { String::new() } else { value };
    view! {
        <Field name=name.clone() label=label help=help.unwrap_or_default()>
            <input
                class="input"
                id=name.clone()
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                maxlength=maxlength.map(|n| n.to_string())
                required=required
                aria-invalid=invalid
                aria-describedby=note
            />
        </Field>
    }
}

/// A field of several lines.
#[component]
pub fn TextArea(
    /// Name sent with the form, and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Help, when there is no error.
    #[prop(optional, into)]
    help: Option<String>,
    /// Value before anything was typed.
    #[prop(optional, into)]
    value: Option<String>,
) -> impl IntoView {
    let (value, invalid, note) = control(&name, value, help.is_some());
    view! {
        <Field name=name.clone() label=label help=help.unwrap_or_default()>
            <textarea class="textarea" id=name.clone() name=name aria-invalid=invalid aria-describedby=note>
                {value}
            </textarea>
        </Field>
    }
}

/// A one-line field that offers what is known already and takes anything else, too.
#[component]
pub fn OfferField(
    /// Name sent with the form, and id.
    name: &'static str,
    /// Label.
    #[prop(into)]
    label: String,
    /// Help, when there is no error.
    #[prop(into)]
    help: String,
    /// Value before anything was typed.
    #[prop(into)]
    value: String,
    /// What is offered.
    offers: Vec<String>,
) -> impl IntoView {
    let (value, invalid, note) = control(name, Some(value), true);
    let list = format!("{name}-offers");
    view! {
        <Field name=name label=label help=help>
            <input
                class="input"
                id=name
                name=name
                value=value
                list=list.clone()
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=note
            />
            <datalist id=list>{offers.into_iter().map(|offer| view! { <option value=offer></option> }).collect_view()}</datalist>
        </Field>
    }
}

/// One choice of a [`Select`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl SelectOption {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }

    /// Choices in this order, each by what is sent and what is read.
    #[must_use]
    pub fn all<V: AsRef<str>, L: AsRef<str>>(pairs: &[(V, L)]) -> Vec<Self> {
        pairs.iter().map(|(value, label)| Self::new(value.as_ref(), label.as_ref())).collect()
    }
}

/// A choice of one.
#[component]
pub fn Select(
    /// Name sent with the form, and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Help, when there is no error.
    #[prop(optional, into)]
    help: Option<String>,
    /// The choices.
    options: Vec<SelectOption>,
    /// The one chosen before anything was sent.
    #[prop(optional, into)]
    value: Option<String>,
) -> impl IntoView {
    let (value, invalid, note) = control(&name, value, help.is_some());
    let options = options
        .into_iter()
        .map(|option| {
            let selected = option.value == value;
            view! { <option value=option.value selected=selected>{option.label}</option> }
        })
        .collect_view();
    view! {
        <Field name=name.clone() label=label help=help.unwrap_or_default()>
            <select class="select" id=name.clone() name=name aria-invalid=invalid aria-describedby=note>{options}</select>
        </Field>
    }
}

/// A box to tick; the whole row is the target. Takes effect when the form is sent.
#[component]
pub fn Check(
    /// Name sent with the form.
    #[prop(into)]
    name: String,
    /// Value sent when it is ticked.
    #[prop(into, default = "on".to_owned())]
    value: String,
    /// Ticked before anything was sent.
    #[prop(optional)]
    checked: bool,
    /// What it means.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value=value checked=checked/>
            <span>{children()}</span>
        </label>
    }
}
