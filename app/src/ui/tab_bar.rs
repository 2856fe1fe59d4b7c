//! The bottom bar of a phone: a few places, always under the thumb.

use super::icon::{Glyph, Icon};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// One place of a tab bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabItem {
    /// Where it leads.
    pub href: String,
    /// Its name.
    pub label: &'static str,
    /// Its picture.
    pub glyph: Glyph,
    /// Counts as current on every page below it, too.
    pub covers_children: bool,
    /// Other pages that belong to it, with every page below them.
    pub also: Vec<String>,
    /// Stands out of the bar: the one thing that a thumb looks for.
    pub is_raised: bool,
}

/// A tab bar; the current place carries `aria-current`.
#[component]
pub fn TabBar(
    /// The places, two to five.
    items: Vec<TabItem>,
) -> impl IntoView {
    let path = use_location().pathname;
    let items = items
        .into_iter()
        .map(|item| {
            let TabItem { href, label, glyph, covers_children, also, is_raised } = item;
            let target = href.clone();
            let current = move || {
                path.with(|path| {
                    let path = path.trim_end_matches('/');
                    let below =
                        |place: &str| path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
                    let near = also.iter().any(|also| path == also || below(also));
                    (path == target || (covers_children && below(&target)) || near).then_some("page")
                })
            };
            let class = is_raised.then_some("tabbar__card");
            view! { <a href=href class=class aria-current=current><Icon glyph=glyph/>{label}</a> }
        })
        .collect_view();
    view! { <nav class="tabbar" aria-label="Main">{items}</nav> }
}
