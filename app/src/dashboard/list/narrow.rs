//! What narrows a list: its search, the choices beside the search, and the chips below it.

use super::{Asked, List};
use crate::ui::icon::{self, Icon};
use leptos::prelude::*;
use std::iter;

/// A choice as a bar of chips. Each is a link that makes the choice and keeps what else was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chips {
    /// What is chosen, in the address: `state`.
    pub name: &'static str,
    /// The same for people: `State`.
    pub label: &'static str,
    /// What can be chosen: the word in the address, which is empty for no choice, and the one for people.
    pub choices: Vec<(&'static str, &'static str)>,
}

impl Chips {
    /// The states of what is listed; `all` stands for no choice.
    #[must_use]
    pub fn states(all: &'static str, states: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        Self { name: "state", label: "State", choices: iter::once(("", all)).chain(states).collect() }
    }

    /// The bar of the list at `path`, which shows what is `chosen`.
    pub fn bar(self, path: &str, asked: &Asked, chosen: &str) -> impl IntoView + use<> {
        let Self { name, label, choices } = self;
        let chips = choices
            .into_iter()
            .map(|(word, of)| {
                let href = asked.choosing(path, name, word);
                let current = (word == chosen).then_some("true");
                view! { <a class="chip" href=href aria-current=current>{of}</a> }
            })
            .collect_view();
        view! { <nav class="chips chips--bar" aria-label=label>{chips}</nav> }
    }
}

/// A choice as a list to open beside the search: its name in the address and for people, the words for no choice, and
/// what can be chosen, in the address and for people.
pub fn choice<W: Into<String>>(
    name: &'static str,
    label: &'static str,
    every: &'static str,
    choices: impl IntoIterator<Item = (W, W)>,
    chosen: &str,
) -> AnyView {
    let options = choices
        .into_iter()
        .map(|(word, of)| {
            let (word, of): (String, String) = (word.into(), of.into());
            let selected = word == chosen;
            view! { <option value=word selected=selected>{of}</option> }
        })
        .collect_view();
    view! {
        <select class="select filterbar__select" name=name aria-label=label>
            <option value="">{every}</option>
            {options}
        </select>
    }
    .into_any()
}

/// The search, with the choices beside it, the way back to all rows, and the CSV. It keeps what is chosen elsewhere under
/// the name `kept`.
pub(super) fn search(
    list: List,
    asked: &Asked,
    choices: Option<AnyView>,
    kept: Option<&'static str>,
) -> impl IntoView + use<> {
    let button = if choices.is_some() { "Apply" } else { "Search" };
    let kept = kept.map(|name| (name, asked.get(name).to_owned())).filter(|(_, word)| !word.is_empty());
    let csv = list.has_csv.then(|| {
        let href = asked.address(&format!("{}.csv", list.path), None);
        view! {
            <a class="btn btn--quiet push" href=href rel="external" download="">
                <Icon glyph=icon::DOWNLOAD />
                "CSV"
            </a>
        }
    });
    let narrowed = asked.is_narrowed();
    view! {
        <form class="filterbar" method="get" action=list.path role="search" aria-label=list.title>
            <label class="input-group input-group--search">
                <Icon glyph=icon::SEARCH />
                <span class="visually-hidden">{list.search}</span>
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=asked.q()
                    placeholder=list.search
                    autocomplete="off"
                    maxlength=256
                />
            </label>
            {choices}
            {kept.map(|(name, word)| view! { <input type="hidden" name=name value=word /> })}
            <button class="btn" type="submit">{button}</button>
            {narrowed.then(|| view! { <a class="btn btn--quiet" href=list.path>"Clear"</a> })}
            {csv}
        </form>
    }
}
