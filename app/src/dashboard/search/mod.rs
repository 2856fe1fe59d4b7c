//! The search over everything: its field in the bar of every page, and the page with what it finds.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod load;

use super::page::{loaded, query_param};
use super::parts::PageHead;
use crate::address::address;
use crate::ui::icon::{self, Icon};
use crate::ui::{Banner, BannerTone, Empty, LinkButton};
use api::search_everything;
use dto::{Found, Group, Hit};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// Where it is.
pub const SEARCH: &str = "/dashboard/search";

const LABEL: &str = "Search everything";
const HINT: &str = "Name, e-mail, card, receipt or code";

/// The search in the bar; where there is no room for it, the way to its page.
pub fn bar() -> impl IntoView {
    let (here, q) = (use_location().pathname, query_param("q"));
    // Elsewhere `q` is the search of a list.
    let asked = move || if here.get() == SEARCH { q.get() } else { String::new() };
    view! {
        <a class="btn btn--quiet btn--icon topbar__find" href=SEARCH aria-label="Search">
            <Icon glyph=icon::SEARCH />
        </a>
        <form class="input-group input-group--search" role="search" aria-label=LABEL method="get" action=SEARCH>
            <Icon glyph=icon::SEARCH />
            <label class="visually-hidden" for="find">
                {LABEL}
            </label>
            <input
                class="input"
                id="find"
                type="search"
                name="q"
                value=asked
                placeholder=HINT
                autocomplete="off"
                maxlength=256
            />
        </form>
    }
}

/// What was found.
#[component]
pub fn SearchPage() -> impl IntoView {
    let q = query_param("q");
    let data = Resource::new(move || q.get(), search_everything);
    view! {
        <PageHead
            title="Search"
            about="Customers by name, e-mail, phone, card or id; purchases by receipt number or id; vouchers by code; promotions and rewards by name."
        />
        {loaded(data, move |found| page(found, q.get_untracked()))}
    }
}

fn page(found: Found, q: String) -> impl IntoView {
    let Found { groups, codes_wait } = found;
    let missed = (groups.is_empty() && !q.trim().is_empty()).then(|| nothing(&q));
    let waits = codes_wait.then(|| {
        view! {
            <Banner tone=BannerTone::Info title="Codes of vouchers were not looked up.">
                "Too many were asked for that nobody has. Please try again in a minute."
            </Banner>
        }
    });
    let groups = groups.into_iter().enumerate().map(|(place, found)| group(found, place)).collect_view();
    view! {
        {here(q)}
        {waits}
        {missed}
        {groups}
    }
}

/// The search in the page, where the bar has no room for it.
fn here(q: String) -> impl IntoView {
    view! {
        <form class="row nowrap-row search-here" role="search" aria-label=LABEL method="get" action=SEARCH>
            <label class="input-group input-group--search grow">
                <Icon glyph=icon::SEARCH />
                <span class="visually-hidden">{LABEL}</span>
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=q
                    placeholder=HINT
                    autocomplete="off"
                    maxlength=256
                />
            </label>
            <button class="btn" type="submit">"Search"</button>
        </form>
    }
}

fn nothing(q: &str) -> impl IntoView + use<> {
    // Numbers are looked up whole; the list goes by how they begin.
    let begins = address(super::purchases::LIST.path, &[("q", q.trim())], None);
    view! {
        <section class="card" aria-label="Nothing found">
            <Empty
                title="Nothing found"
                text="Try the beginning of a name, or a whole e-mail address, card, receipt number or code."
            >
                <LinkButton href=begins>"Receipts that begin so"</LinkButton>
            </Empty>
        </section>
    }
}

fn group(group: Group, place: usize) -> impl IntoView {
    let Group { title, hits, all } = group;
    let id = format!("found-{place}");
    let heading = id.clone();
    let of = format!(" {}", title.to_lowercase());
    let all = all.map(|href| {
        view! {
            <a href=href>
                "See all"
                <span class="visually-hidden">{of}</span>
            </a>
        }
    });
    view! {
        <section class="card" aria-labelledby=id>
            <div class="card__head">
                <h2 id=heading>{title}</h2>
                {all}
            </div>
            <ul class="card__rows card__rows--below">{hits.into_iter().map(hit).collect_view()}</ul>
        </section>
    }
}

fn hit(hit: Hit) -> impl IntoView {
    let Hit { href, name, about } = hit;
    view! {
        <li>
            <a class="row nowrap-row" href=href>
                <span class="grow breaks">
                    {name}
                    {(!about.is_empty()).then(|| view! { <small class="search-hit">{about}</small> })}
                </span>
                <Icon glyph=icon::RIGHT />
            </a>
        </li>
    }
}
