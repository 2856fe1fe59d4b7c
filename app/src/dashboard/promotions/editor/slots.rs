//! Words that are form controls.
//!
//! They keep their own state, as plain inputs do: what somebody typed before the page was alive stays.

use super::Editor;
use crate::ui::icon::{self, Icon};
use leptos::prelude::*;

/// A word to choose.
#[component]
pub fn Choice(
    /// The editor.
    editor: Editor,
    /// The field.
    name: &'static str,
    /// What it is, for those who do not see the sentence.
    label: &'static str,
    /// Value and word.
    options: Vec<(&'static str, String)>,
) -> impl IntoView {
    let chosen = editor.initial(name);
    let options = options
        .into_iter()
        .map(|(value, word)| view! { <option value=value selected=value == chosen>{word}</option> })
        .collect_view();
    view! { <select class="slot" name=name aria-label=label>{options}</select> }
}

/// A word to type.
#[component]
pub fn Word(
    /// The editor.
    editor: Editor,
    /// The field.
    name: &'static str,
    /// What it is, for those who do not see the sentence.
    label: &'static str,
    /// What the sentence says while it is empty.
    #[prop(optional)]
    empty: &'static str,
    /// `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// `inputmode` of the input.
    #[prop(optional)]
    inputmode: Option<&'static str>,
) -> impl IntoView {
    let value = editor.initial(name);
    let size = value.chars().count().max(empty.chars().count()).clamp(3, 40).to_string();
    let problem = editor.problem(name);
    let invalid = move || problem().is_some().then_some("true");
    let values = editor.values;
    // What a picker shows while it is empty is no placeholder, so the look cannot tell by itself.
    let class = move || match (kind, values.with(|values| values.get(name).is_none_or(String::is_empty))) {
        ("text", _) => "slot slot--num",
        (_, false) => "slot slot--num slot--picker",
        (_, true) => "slot slot--num slot--picker slot--empty",
    };
    let placeholder = if empty.is_empty() { " " } else { empty };
    view! {
        <input
            class=class
            type=kind
            name=name
            value=value
            size=(kind == "text").then_some(size)
            placeholder=placeholder
            inputmode=inputmode
            aria-label=label
            aria-invalid=invalid
            autocomplete="off"
        />
    }
}

/// Words of which there may be many; an empty one at the end takes the next.
#[component]
pub fn Words(
    /// The editor.
    editor: Editor,
    /// The field without its number.
    list: &'static str,
    /// What one of them is.
    label: &'static str,
    /// What the sentence says while there is none.
    empty: &'static str,
    /// What the sentence offers behind the last one.
    more: &'static str,
    /// Id of the offers.
    offers: &'static str,
) -> impl IntoView {
    let start = editor.values.with_untracked(|values| {
        super::super::fields::words(values, list)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    });
    let last =
        |name: &str| name.rsplit('.').next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
    let free = start.iter().map(|(name, _)| last(name) + 1).max().unwrap_or(0);
    let filled = start.len();
    let first = start
        .into_iter()
        .map(|(name, value)| word(&editor, name, value, label, more, offers).into_any())
        .collect_view();
    // One empty word, and one more whenever the last is used.
    let values = editor.values;
    let open = Memo::new(move |before: Option<&usize>| {
        let used = values.with(|values| {
            super::super::fields::words(values, list)
                .iter()
                .map(|(name, _)| last(name))
                .max()
                .map_or(free, |number| (number + 1).max(free))
        });
        used.max(before.copied().unwrap_or(free))
    });
    let rest = move || (free..=open.get()).collect::<Vec<_>>();
    view! {
        <span class="words">
            {first}
        <For each=rest key=|number| *number let:number>
            {word(
                &editor,
                format!("{list}.{number}"),
                String::new(),
                label,
                if filled == 0 && number == free { empty } else { more },
                offers,
            )}
        </For>
        </span>
    }
}

fn word(
    editor: &Editor,
    name: String,
    value: String,
    label: &'static str,
    empty: &'static str,
    offers: &'static str,
) -> impl IntoView + use<> {
    let size = value.chars().count().max(empty.chars().count()).clamp(6, 40).to_string();
    let (problems, refused, field) = (editor.problems, !editor.refused.is_empty(), name.clone());
    let invalid =
        move || (refused && problems.with(|problems| problems.contains_key(&field))).then_some("true");
    view! {
        <input
            class="slot slot--word"
            name=name
            value=value
            size=size
            list=offers
            placeholder=empty
            aria-label=label
            aria-invalid=invalid
            autocomplete="off"
        />
    }
}

/// What is wrong with the words of a clause, below it.
#[component]
pub fn ClauseProblems(
    /// The editor.
    editor: Editor,
    /// The fields of the clause; lists without their numbers.
    fields: &'static [&'static str],
) -> impl IntoView {
    let (problems, refused) = (editor.problems, !editor.refused.is_empty());
    let texts = move || {
        problems.with(|problems| {
            problems
                .iter()
                .filter(|(field, _)| refused && fields.contains(&field.split('.').next().unwrap_or_default()))
                .map(|(_, text)| text.clone())
                .collect::<Vec<_>>()
        })
    };
    move || {
        texts()
            .into_iter()
            .map(|text| {
                view! {
                    <p class="field__error small">
                        <Icon glyph=icon::WARNING />
                        <span>{text}</span>
                    </p>
                }
            })
            .collect_view()
    }
}
