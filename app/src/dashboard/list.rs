//! Lists: what all of them share. A list is a [`List`] of words, a table of its own, and a [`ListCard`] around it
//! with the search and what else narrows it, the CSV, what stands there while it is empty, and the way to the next page.

mod narrow;

pub use narrow::{Chips, choice};

use super::format::plural;
use super::page::query_param;
use super::parts::PageHead;
use crate::address::address;
use crate::ui::icon::{self, Icon};
use crate::ui::{Empty, LinkButton, Pagination};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// In which order a list is, as the foot of the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest row first.
    NewestFirst,
    /// By what is named here: `SKU`.
    By(&'static str),
    /// An order that explains itself.
    Unsaid,
}

impl Order {
    /// What follows “50 products on this page”.
    fn words(self) -> String {
        match self {
            Self::NewestFirst => ", newest first".to_owned(),
            Self::By(what) => format!(", by {what}"),
            Self::Unsaid => String::new(),
        }
    }

    /// What the links to the first and to the next page are called.
    const fn turns(self) -> (&'static str, &'static str) {
        match self {
            Self::NewestFirst => ("Newest", "Older"),
            Self::By(_) | Self::Unsaid => ("First page", "Next page"),
        }
    }
}

/// Where a list is and what it says. Every list of the dashboard is one constant of this.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Its address; the form of a new row is behind `/new`.
    pub path: &'static str,
    /// Its name: `Products`.
    pub title: &'static str,
    /// A sentence or two below the name.
    pub about: &'static str,
    /// One row and several: `product` and `products`.
    pub nouns: (&'static str, &'static str),
    /// What its search looks at: `SKU or name`.
    pub search: &'static str,
    /// In which order it is.
    pub order: Order,
    /// Title and text while nothing fits the search.
    pub no_match: (&'static str, &'static str),
    /// Title and text while there is nothing at all.
    pub nothing: (&'static str, &'static str),
    /// Whether there is a CSV of it, behind the same address with `.csv`.
    pub has_csv: bool,
}

impl List {
    /// The address of one of its rows.
    #[must_use]
    pub fn row(&self, id: &str) -> String {
        format!("{}/{id}", self.path)
    }

    /// The address of the form of a new row.
    #[must_use]
    pub fn new_row(&self) -> String {
        self.row("new")
    }
}

/// A page of rows, as a loader brings it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// What the address asks of a list: the search `q` and other choices, and where the page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    chosen: Vec<(&'static str, String)>,
    /// Where the page begins; empty for the first.
    pub after: String,
}

impl Asked {
    /// What was chosen, empty when nothing was.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.chosen.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// What was searched for.
    #[must_use]
    pub fn q(&self) -> String {
        self.get("q").to_owned()
    }

    /// Whether this was chosen and nothing else.
    #[must_use]
    pub fn is_only(&self, name: &str, word: &str) -> bool {
        let mut chosen = self.chosen.iter().filter(|(_, value)| !value.is_empty());
        chosen.next().is_some_and(|(known, value)| *known == name && value == word) && chosen.next().is_none()
    }

    /// Whether anything was chosen, so that these need not be all.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.chosen.iter().any(|(_, value)| !value.is_empty())
    }

    fn address(&self, path: &str, after: Option<&str>) -> String {
        let chosen: Vec<(&str, &str)> =
            self.chosen.iter().map(|(name, value)| (*name, value.as_str())).collect();
        address(path, &chosen, after)
    }

    /// The address of the same list with another choice, from its first page.
    #[must_use]
    pub fn choosing(&self, path: &str, name: &str, word: &str) -> String {
        let chosen: Vec<(&str, &str)> = self
            .chosen
            .iter()
            .map(|(known, value)| (*known, if *known == name { word } else { value.as_str() }))
            .collect();
        address(path, &chosen, None)
    }
}

/// What the address of this page asks of its list, where these names can be chosen.
pub fn asked(names: &'static [&'static str]) -> Memo<Asked> {
    let fields: Vec<_> = names.iter().map(|name| (*name, query_param(name))).collect();
    let after = query_param("after");
    Memo::new(move |_| Asked {
        chosen: fields.iter().map(|(name, value)| (*name, value.get())).collect(),
        after: after.get(),
    })
}

/// The head of a page with a list, with the way to a new row.
#[component]
pub fn ListHead(
    /// The list.
    list: List,
    /// Whether who looks may add a row.
    #[prop(optional)]
    may_add: bool,
) -> impl IntoView {
    if !may_add {
        return view! { <PageHead title=list.title about=list.about /> }.into_any();
    }
    view! {
        <PageHead title=list.title about=list.about>
            <a class="btn btn--primary" href=list.new_row()>
                <Icon glyph=icon::PLUS />
                {format!("New {}", list.nouns.0)}
            </a>
        </PageHead>
    }
    .into_any()
}

/// A list with its search, its CSV and its pages. The child is the table of its rows; without rows it is not shown.
#[component]
pub fn ListCard(
    /// The list.
    list: List,
    /// What the address asks of it.
    asked: Asked,
    /// How many rows are on this page.
    count: usize,
    /// Where the next page begins.
    next: Option<String>,
    /// Choices beside the search, between its field and its button.
    #[prop(optional)]
    choices: Option<AnyView>,
    /// A choice between the search and the rows. It survives a search.
    #[prop(optional)]
    chips: Option<Chips>,
    /// Address and words of the first step, offered while there is nothing at all.
    #[prop(optional_no_strip)]
    first_step: Option<(String, &'static str)>,
    /// What helps with the first step, below it.
    #[prop(optional_no_strip)]
    help: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let search = narrow::search(list, &asked, choices, chips.as_ref().map(|chips| chips.name));
    let chips = chips.map(|chips| {
        let chosen = asked.get(chips.name);
        chips.bar(list.path, &asked, chosen)
    });
    let pages = foot(list.path, &asked, next.as_deref(), list.order, count, list.nouns, true);
    let rows = match count {
        0 if asked.is_narrowed() => no_match(list).into_any(),
        0 => nothing(list, first_step, help).into_any(),
        _ => children(),
    };
    view! {
        <section class="card card--flush" aria-label=list.title>
            {search} {chips} {rows} {pages}
        </section>
    }
}

/// The name of what is missing, between the title of the page and that of what is said instead.
fn heading(list: List) -> impl IntoView {
    view! { <h2 class="visually-hidden">{list.title}</h2> }
}

fn no_match(list: List) -> impl IntoView {
    let (title, text) = list.no_match;
    view! {
        {heading(list)}
        <Empty title=title text=text>
            <LinkButton href=list.path>{format!("Show all {}", list.nouns.1)}</LinkButton>
        </Empty>
    }
}

fn nothing(list: List, first_step: Option<(String, &'static str)>, help: Option<AnyView>) -> impl IntoView {
    let (title, text) = list.nothing;
    view! {
        {heading(list)}
        <Empty title=title text=text>
            {first_step.map(|(href, words)| view! { <LinkButton href=href>{words}</LinkButton> })}
        </Empty>
        {help}
    }
}

/// The foot of a list: how many rows are shown, one or several by these nouns, and the links to the first and to the next
/// page; nothing below an empty list.
pub fn pages(
    path: &str,
    asked: &Asked,
    next: Option<&str>,
    order: Order,
    count: usize,
    nouns: (&str, &str),
) -> Option<AnyView> {
    foot(path, asked, next, order, count, nouns, false)
}

/// The same, which also says that the rows are those that were found, where something narrows the list.
fn foot(
    path: &str,
    asked: &Asked,
    next: Option<&str>,
    order: Order,
    count: usize,
    (one, many): (&str, &str),
    is_search: bool,
) -> Option<AnyView> {
    let first = (!asked.after.is_empty()).then(|| asked.address(path, None));
    let next = next.map(|after| asked.address(path, Some(after)));
    let (first_label, next_label) = order.turns();
    let is_paged = first.is_some() || next.is_some();
    let rows = plural(i64::try_from(count).unwrap_or(i64::MAX), one, many);
    let found = if is_search && asked.is_narrowed() { " found" } else { "" };
    let here = if is_paged { " on this page" } else { "" };
    let shown = format!("{rows}{found}{here}{}", order.words());
    if is_paged {
        let turn = view! { <Pagination shown=shown first=first next=next first_label=first_label next_label=next_label /> };
        return Some(turn.into_any());
    }
    (count > 0).then(|| view! { <p class="pagination">{shown}</p> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: List = List {
        path: "/dashboard/things",
        title: "Things",
        about: "",
        nouns: ("thing", "things"),
        search: "Name",
        order: Order::By("name"),
        no_match: ("Nothing matches", "No thing has this name."),
        nothing: ("No things yet", "They come."),
        has_csv: true,
    };

    fn html(q: &str, state: &str, after: &str, count: usize, next: Option<&str>) -> String {
        let asked =
            Asked { chosen: vec![("q", q.to_owned()), ("state", state.to_owned())], after: after.to_owned() };
        let next = next.map(str::to_owned);
        let chips = Chips::states("All", [("new", "New"), ("old", "Old")]);
        let first_step = Some((LIST.new_row(), "Add a thing"));
        Owner::new().with(|| {
            view! {
                <ListCard list=LIST asked=asked count=count next=next chips=chips first_step=first_step>
                    <p>"rows"</p>
                </ListCard>
            }
            .to_html()
        })
    }

    #[test]
    fn an_empty_list_offers_the_first_step_and_an_empty_search_the_way_back() {
        let empty = html("", "", "", 0, None);
        assert!(empty.contains("No things yet") && empty.contains("href=\"/dashboard/things/new\""));
        assert!(!empty.contains("<p>rows") && !empty.contains("Clear") && !empty.contains("pagination"));
        let searched = html("x", "", "", 0, None);
        assert!(searched.contains("No thing has this name.") && searched.contains("Show all things"));
        assert!(!searched.contains("Add a thing") && searched.contains("Clear"));
    }

    #[test]
    fn a_list_says_how_many_there_are_and_whether_they_were_searched_for() {
        assert!(html("", "", "", 1, None).contains("1 thing, by name"));
        assert!(html("x", "", "", 2, None).contains("2 things found, by name"));
        assert!(html("", "", "", 2, Some("k2")).contains("2 things on this page, by name"));
    }

    #[test]
    fn what_was_chosen_goes_with_the_search_the_csv_and_the_pages() {
        let page = html("a&b", "new", "k1", 2, Some("k2"));
        assert!(page.contains("<p>rows") && page.contains("2 things found on this page, by name"), "{page}");
        assert!(page.contains("<input type=\"hidden\" name=\"state\" value=\"new\""));
        for address in [
            "/dashboard/things.csv?q=a%26b&amp;state=new\"",
            "/dashboard/things?q=a%26b&amp;state=new\"",
            "/dashboard/things?q=a%26b&amp;state=new&amp;after=k2\"",
            "/dashboard/things?q=a%26b\"",
            "/dashboard/things?q=a%26b&amp;state=old\"",
        ] {
            assert!(page.contains(address), "{address} in {page}");
        }
    }
}
