//! Pages on which one row of a list is made or changed: their head, the form, and the way to put a row away.

use super::list::List;
use super::parts::{Confirm, Crumbs, Problem};
use crate::form::FormState;
use crate::ui::{Button, ButtonVariant, LinkButton};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page of one row: its head, and below it the form with whatever stands beside.
#[component]
pub fn EditPage(
    /// The list of the row.
    list: List,
    /// What the row is called; nothing for a new one.
    name: Option<String>,
    /// The state of the row, behind its name.
    badge: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let title = name.unwrap_or_else(|| format!("New {}", list.nouns.0));
    view! {
        <Title text=title.clone() />
        <div class="page__head">
            <div>
                <Crumbs href=list.path up=list.title here=title.clone() />
                <h1 class="row" style="--gap:var(--s-3)">{title} {badge}</h1>
            </div>
        </div>
        <div class="cols" style="--main:1.6fr;--aside:1fr">{children()}</div>
    }
}

/// The field with the fingerprint of what a form has shown.
pub const SEEN: &str = "seen";
/// The field that says what was looked at, where a form is looked at before it does anything: only that is done. What it was
/// based on is another thing, which [`SEEN`] says.
pub const LOOKED_AT: &str = "looked_at";
/// Comes back with a form that was refused because of what others have changed.
pub const MEANWHILE: &str = "meanwhile";

/// What a form has shown, by its fingerprint: what others change meanwhile is not undone unseen. After that has happened,
/// the way to what there is now.
#[component]
pub fn Seen(
    /// Where the row is.
    here: String,
    /// The fingerprint of what is stored.
    seen: String,
) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    // A form that comes back for another reason still shows what it has shown.
    let seen = form.value(SEEN).map_or(seen, str::to_owned);
    let look = form.value(MEANWHILE).map(|_| {
        view! {
            <p class="small">
                <a href=here rel="external noopener" target="_blank">"See what it says now, in another window"</a>
            </p>
        }
    });
    view! {
        {look}
        <input type="hidden" name=SEEN value=seen />
    }
}

/// The form of a row: the children are its fields. Whoever may not change anything sees them switched off.
#[component]
pub fn EditForm(
    /// The list of the row.
    list: List,
    /// The row; nothing for a new one.
    id: Option<String>,
    /// Whether who looks may change anything.
    may_edit: bool,
    /// Another button for whoever may, behind the one that saves: that is the one which the Enter key presses.
    #[prop(optional)]
    other: Option<AnyView>,
    /// The fingerprint of what the row says, where several people may edit it at the same time.
    #[prop(optional_no_strip)]
    seen: Option<String>,
    children: Children,
) -> impl IntoView {
    let noun = list.nouns.0;
    let (action, verb) = match &id {
        Some(id) => (list.row(id), "Save"),
        None => (list.new_row(), "Add"),
    };
    let seen = seen.map(|seen| view! { <Seen here=action.clone() seen=seen /> });
    view! {
        <form class="card" method="post" action=action>
            <Problem />
            <fieldset class="card__body stack bare" disabled=!may_edit>
                {seen}
                {children()}
            </fieldset>
            {may_edit
                .then(|| {
                    view! {
                        <div class="card__foot">
                            <Button variant=ButtonVariant::Primary name="do" value="save">
                                {format!("{verb} {noun}")}
                            </Button>
                            {other}
                            <LinkButton href=list.path variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
                        </div>
                    }
                })}
        </form>
    }
}

/// What was chosen once and stays: shown where its field was.
#[component]
pub fn Fixed(
    /// The label of the field.
    label: &'static str,
    /// What was chosen, a code.
    value: String,
    /// Why it stays.
    help: &'static str,
) -> impl IntoView {
    view! {
        <div class="field">
            <p class="field__label">{label}</p>
            <p class="mono">{value}</p>
            <p class="field__help">{help}</p>
        </div>
    }
}

/// What a step is called, what it does, and the words on its button.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The title of the card.
    pub title: &'static str,
    /// What follows from it.
    pub text: &'static str,
    /// Verb and object.
    pub button: &'static str,
}

/// Putting a row away (`do=archive`), or taking it back (`do=open`).
#[component]
pub fn Archiving(
    /// Where the row is.
    action: String,
    /// Whether it was put away.
    archived: bool,
    /// Putting it away.
    archive: Step,
    /// Taking it back.
    open: Step,
) -> impl IntoView {
    let step = if archived { open } else { archive };
    let button = if archived {
        view! { <div><Button name="do" value="open">{step.button}</Button></div> }.into_any()
    } else {
        view! { <Confirm button=step.button value="archive" /> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="end">
            <div class="card__head"><h2 id="end">{step.title}</h2></div>
            <form class="card__body stack" method="post" action=action>
                <p class="small muted">{step.text}</p>
                {button}
            </form>
        </section>
    }
}

/// Switching a row off, or on again.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// `pause` or `resume`.
    pub verb: &'static str,
    /// What follows from it.
    pub text: &'static str,
    /// Verb and object.
    pub button: &'static str,
}

/// The end of a row: putting it away for good (`do=archive`), and where that can be done, switching it off or on before.
#[component]
pub fn Ending(
    /// Where the row is.
    action: String,
    /// Switching it off or on.
    #[prop(optional_no_strip)]
    switch: Option<Switch>,
    /// Putting it away.
    archive: Step,
) -> impl IntoView {
    let switch = switch.map(|switch| {
        view! {
            <form class="card__body stack" method="post" action=action.clone()>
                <p class="small muted">{switch.text}</p>
                <div><Button name="do" value=switch.verb>{switch.button}</Button></div>
            </form>
        }
    });
    view! {
        <section class="card" aria-labelledby="end">
            <div class="card__head"><h2 id="end">{archive.title}</h2></div>
            {switch}
            <form class="card__body stack ruled" method="post" action=action>
                <p class="small muted">{archive.text}</p>
                <Confirm button=archive.button value="archive" />
            </form>
        </section>
    }
}
