//! The frame around every signed-in page: rail, top bar, the phone's tab bar, and where somebody is.

use super::menu::AccountMenu;
use super::session::{Me, read_me};
use super::till::TILL;
use crate::error::PageError;
use crate::ui::icon::{self, Glyph, Icon};
use crate::ui::{Logo, initials};
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

/// A section of the dashboard. Only those that exist are here.
struct Section {
    path: &'static str,
    name: &'static str,
    glyph: Glyph,
    /// The tab bar of a phone has room for four and “More”.
    tab: bool,
}

/// Sections that belong together.
struct Group {
    /// What they are about; the first ones need no word.
    name: Option<&'static str>,
    sections: &'static [Section],
}

const GROUPS: [Group; 4] = [
    Group {
        name: None,
        sections: &[
            Section { path: "/dashboard", name: "Home", glyph: icon::HOME, tab: true },
            Section { path: "/dashboard/customers", name: "Customers", glyph: icon::CUSTOMERS, tab: true },
            Section { path: "/dashboard/purchases", name: "Purchases", glyph: icon::PURCHASES, tab: true },
        ],
    },
    Group {
        name: Some("Program"),
        sections: &[
            Section { path: "/dashboard/promotions", name: "Promotions", glyph: icon::PROMOTIONS, tab: true },
            Section { path: "/dashboard/policies", name: "Reward policies", glyph: icon::SEND, tab: false },
            Section { path: "/dashboard/tiers", name: "Tiers", glyph: icon::TIERS, tab: false },
            Section { path: "/dashboard/cashback", name: "Cashback", glyph: icon::CASHBACK, tab: false },
            Section { path: "/dashboard/rewards", name: "Rewards", glyph: icon::GIFT, tab: false },
            Section { path: "/dashboard/redemptions", name: "Redemptions", glyph: icon::TICKET, tab: false },
            Section { path: "/dashboard/referrals", name: "Referrals", glyph: icon::USERPLUS, tab: false },
            Section { path: "/dashboard/leaderboard", name: "Leaderboard", glyph: icon::CHART, tab: false },
            Section { path: "/dashboard/products", name: "Products", glyph: icon::TAG, tab: false },
            Section { path: "/dashboard/retailers", name: "Retailers", glyph: icon::STORE, tab: false },
        ],
    },
    Group {
        name: Some("Set-up"),
        sections: &[
            Section { path: "/dashboard/messages", name: "Messages", glyph: icon::MAIL, tab: false },
            Section { path: "/dashboard/team", name: "Team", glyph: icon::BRIEFCASE, tab: false },
            Section { path: "/dashboard/settings", name: "Settings", glyph: icon::SETTINGS, tab: false },
        ],
    },
    Group {
        name: Some("Systems"),
        sections: &[
            Section { path: "/dashboard/keys", name: "API keys", glyph: icon::KEY, tab: false },
            Section { path: "/dashboard/webhooks", name: "Webhooks", glyph: icon::LINK, tab: false },
            Section { path: "/dashboard/events", name: "Events in", glyph: icon::ARROWDOWN, tab: false },
            Section { path: "/dashboard/requests", name: "Requests", glyph: icon::HISTORY, tab: false },
            Section { path: "/dashboard/queues", name: "Queues", glyph: icon::SORT, tab: false },
            Section { path: "/dashboard/ledger", name: "Ledger check", glyph: icon::CHECK, tab: false },
        ],
    },
];

/// Whether `here` is `path` or below it. Home has nothing below it.
fn is_in(here: &str, path: &str) -> bool {
    let here = here.trim_end_matches('/');
    here == path
        || (path != "/dashboard" && here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}

fn current(path: &'static str) -> impl Fn() -> Option<&'static str> + Send + Sync + 'static {
    let location = use_location().pathname;
    move || is_in(&location.get(), path).then_some("page")
}

fn links(sections: &'static [Section]) -> impl IntoView {
    sections
        .iter()
        .map(|section| {
            view! {
                <a href=section.path aria-current=current(section.path)>
                    <Icon glyph=section.glyph />
                    {section.name}
                </a>
            }
        })
        .collect_view()
}

/// Every signed-in page, inside rail and bars.
#[component]
pub fn Frame() -> impl IntoView {
    let session = Resource::new_blocking(|| (), |()| read_me());
    view! {
        <a class="skip" href="#main">
            "Skip to content"
        </a>
        <div class="dash">
            <aside class="rail" aria-label="Dashboard">
                <Logo href="/dashboard" />
                <nav aria-label="Main">
                    <Suspense>
                        {move || Suspend::new(async move {
                            match session.await {
                                Ok(me) if me.only_till => to_till().into_any(),
                                _ => sections().into_any(),
                            }
                        })}
                    </Suspense>
                </nav>
                <Suspense>
                    {move || Suspend::new(async move { session.await.ok().map(|me| view! { <RailFoot me=me /> }) })}
                </Suspense>
            </aside>
            <div class="dash__main">
                <Suspense>
                    {move || Suspend::new(async move {
                        match session.await {
                            Ok(me) => view! { <TopBar me=me /> }.into_any(),
                            Err(failure) => bare_bar(&failure).into_any(),
                        }
                    })}
                </Suspense>
                <main class="page" id="main" tabindex="-1">
                    <Outlet />
                </main>
            </div>
            <nav class="tabbar" aria-label="Main, short">
                <Suspense>
                    {move || Suspend::new(async move {
                        match session.await {
                            Ok(me) if me.only_till => to_till().into_any(),
                            _ => tabs().into_any(),
                        }
                    })}
                </Suspense>
            </nav>
        </div>
    }
}

/// The sections in the rail, group by group.
fn sections() -> impl IntoView {
    GROUPS
        .iter()
        .map(|group| {
            view! {
                {group.name.map(|name| view! { <p class="rail__group">{name}</p> })}
                {links(group.sections)}
            }
        })
        .collect_view()
}

/// The sections that the phone's tab bar has room for, and the way to the rest.
fn tabs() -> impl IntoView {
    let tabs = GROUPS
        .iter()
        .flat_map(|group| group.sections.iter())
        .filter(|section| section.tab)
        .map(|section| {
            view! {
                <a href=section.path aria-current=current(section.path)>
                    <Icon glyph=section.glyph />
                    {section.name}
                </a>
            }
        })
        .collect_view();
    view! {
        {tabs}
        <More />
    }
}

/// The one way of somebody who has nothing to do here but to stand at the till.
fn to_till() -> impl IntoView {
    view! {
        <a href=TILL rel="external">
            <Icon glyph=icon::STORE />
            "Till"
        </a>
    }
}

/// The way to the rest on a phone.
#[component]
fn More() -> impl IntoView {
    let location = use_location().pathname;
    let here = move || {
        let path = location.get();
        let in_rest = GROUPS
            .iter()
            .flat_map(|group| group.sections.iter())
            .any(|section| !section.tab && is_in(&path, section.path));
        (in_rest || is_in(&path, "/dashboard/more")).then_some("page")
    };
    view! {
        <a href="/dashboard/more" aria-current=here>
            <Icon glyph=icon::MENU />
            "Menu"
        </a>
    }
}

/// The sections that the phone's tab bar has no room for, group by group.
#[component]
pub fn MorePage() -> impl IntoView {
    let groups = GROUPS
        .iter()
        .filter_map(|group| group.name.map(|name| (name, group.sections)))
        .map(|(name, sections)| {
            let rows = sections.iter().filter(|section| !section.tab).map(way).collect_view();
            view! {
                <section class="stack" style="--gap:var(--s-2)">
                    <h2>{name}</h2>
                    <ul class="card card--flush card__rows">{rows}</ul>
                </section>
            }
        })
        .collect_view();
    view! {
        <super::parts::PageHead title="Menu" />
        {groups}
    }
}

/// A row that leads to a section.
fn way(section: &'static Section) -> impl IntoView {
    view! {
        <li>
            <a class="row" href=section.path>
                <Icon glyph=section.glyph />
                <span class="grow">{section.name}</span>
                <Icon glyph=icon::RIGHT />
            </a>
        </li>
    }
}

/// The real result of the last reconciliation of this merchant's ledger.
#[component]
fn RailFoot(me: Me) -> impl IntoView {
    let is_known = me.ledger.is_some();
    let (dot, title, detail) = match me.ledger {
        None => {
            ("dot dot--ring", "Ledger not checked yet".to_owned(), "It is added up every night".to_owned())
        }
        Some(ledger) if ledger.violations == 0 => {
            ("dot up", "Ledger in balance".to_owned(), format!("Checked {}, nothing off", ledger.checked))
        }
        Some(ledger) => (
            "dot dot--square down",
            "Ledger needs attention".to_owned(),
            format!(
                "Checked {}: {}",
                ledger.checked,
                super::format::plural(ledger.violations, "finding", "findings")
            ),
        ),
    };
    let words = view! {
        <span class="row rail__state">
            <span class=dot></span>
            <b>{title}</b>
        </span>
        <span>{detail}</span>
    };
    // Whoever may see the result may see what was looked at.
    if is_known {
        view! { <a class="rail__foot" href="/dashboard/ledger">{words}</a> }.into_any()
    } else {
        view! { <div class="rail__foot">{words}</div> }.into_any()
    }
}

#[component]
fn TopBar(me: Me) -> impl IntoView {
    let mark = initials(&me.merchant);
    let brand = me.brand.as_ref().map(|color| format!("--_c:{color}"));
    let portal = format!("/p/{}", me.slug);
    view! {
        <header class="topbar">
            <details class="menu">
                <summary class="topbar__pick">
                    <span class="merchant-mark" style=brand aria-hidden="true">
                        {mark}
                    </span>
                    <span class="topbar__name">{me.merchant.clone()}</span>
                    <Icon glyph=icon::DOWN />
                </summary>
                <div class="menu__list menu__list--start">
                    <a href=portal rel="external">
                        <Icon glyph=icon::LINK />
                        "Customer portal"
                    </a>
                    {me.till.then(to_till)}
                    {me
                        .several
                        .then(|| {
                            view! {
                                <a href="/dashboard/sign-in/merchant" rel="external">
                                    <Icon glyph=icon::STORE />
                                    "Another merchant"
                                </a>
                            }
                        })}
                </div>
            </details>
            {(!me.only_till).then(super::search::bar)}
            <AccountMenu name=me.name role=me.role_name label="Your account" class="menu push-sm" />
        </header>
    }
}

/// The bar when the session could not be read: the page below says why.
fn bare_bar(failure: &PageError) -> impl IntoView + use<> {
    let signed_out = matches!(failure, PageError::SignedOut);
    view! {
        <header class="topbar">
            {signed_out.then(|| view! { <a class="btn push" href="/dashboard/sign-in" rel="external">"Sign in"</a> })}
        </header>
    }
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_page_is_in_its_section_and_home_only_at_home() {
        assert!(is_in("/dashboard", "/dashboard"));
        assert!(is_in("/dashboard/", "/dashboard"));
        assert!(!is_in("/dashboard/keys", "/dashboard"));
        assert!(is_in("/dashboard/promotions/new", "/dashboard/promotions"));
        assert!(!is_in("/dashboard/promotionsx", "/dashboard/promotions"));
    }
}
