//! The check of the books: every invariant, when it was last looked at, and what was found.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

use super::flash::FlashBanner;
use super::page::loaded;
use super::parts::PageHead;
use crate::form::use_form;
use crate::ui::{Badge, Banner, BannerTone, Dot, Empty, Tone};
use api::read_ledger;
use dto::{CheckRow, FoundRow, LedgerPage as Data};
use leptos::prelude::*;

const PATH: &str = "/dashboard/ledger";

/// What must always hold, and whether it does.
#[component]
pub fn LedgerPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| read_ledger());
    view! {
        <FlashBanner />
        <PageHead
            title="Ledger check"
            about="Every night the whole ledger is added up and every purchase evaluated again; new ones are checked every few minutes. Nothing is repaired behind your back: what is wrong is named here."
        />
        {loaded(data, page)}
    }
}

fn page(data: Data) -> impl IntoView {
    let asked = data.asked.map(|at| {
        view! {
            <Banner tone=BannerTone::Info title="A check is under way.">
                {format!("Asked for {at}. Reload this page to see how it went.")}
            </Banner>
        }
    });
    let ask = data.may_ask.then(|| {
        view! {
            <form method="post" action=PATH>
                <button class="btn" type="submit">"Check now"</button>
            </form>
        }
    });
    let found =
        data.checks.iter().filter(|check| !check.found.is_empty()).cloned().map(findings).collect_view();
    let list = list(data.checks, ask.into_any());
    view! { {asked} {list} {found} }
}

/// The checks, with the way to have them at once.
fn list(checks: Vec<CheckRow>, ask: AnyView) -> impl IntoView {
    if checks.is_empty() {
        return view! {
            <section class="card">
                <h2 class="visually-hidden">"Checks"</h2>
                <Empty title="Not checked yet" text="The first check runs by itself within a minute of the first start.">
                    {ask}
                </Empty>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="card card--flush" aria-labelledby="checks">
            <div class="card__head">
                <h2 id="checks">"Checks"</h2>
                {ask}
            </div>
            <div class="table-wrap">
                <table class="table table--fold" role="table">
                    <caption class="visually-hidden">"What must always hold, and how the last check of it went"</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"What must hold"</th>
                            <th scope="col" role="columnheader" class="n">"Looked at"</th>
                            <th scope="col" role="columnheader">"When"</th>
                            <th scope="col" role="columnheader">"Result"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{checks.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(check: CheckRow) -> impl IntoView {
    let result = match check.wrong {
        None => view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Holds"</Badge> },
        Some(wrong) => view! { <Badge tone=Tone::Danger dot=Dot::Square>{wrong}</Badge> },
    };
    let since = check.since.map(|ago| view! { <small>{format!("what is new: {ago}")}</small> });
    view! {
        <tr role="row">
            <td role="cell">
                <b>{check.title}</b>
                <small class="mono">{check.name}</small>
            </td>
            <td role="cell" data-th="Looked at" class="n"><span>{check.looked_at}</span></td>
            <td role="cell" data-th="When">
                <span>{check.when} {since}</span>
            </td>
            <td role="cell" data-th="Result">{result}</td>
        </tr>
    }
}

/// What is wrong, by name, with a way to where it can be seen.
fn findings(check: CheckRow) -> impl IntoView {
    let id = format!("found-{}", check.name);
    let heading = id.clone();
    let title = format!("{}: what is wrong", check.title);
    view! {
        <section class="card" aria-labelledby=heading>
            <div class="card__head"><h2 id=id>{title}</h2></div>
            <ul class="card__body stack" style="--gap:var(--s-3)">{check.found.into_iter().map(found).collect_view()}</ul>
        </section>
    }
}

fn found(found: FoundRow) -> impl IntoView {
    let FoundRow { subject, link, detail } = found;
    let subject = match link {
        Some(link) => view! { <a href=link>{subject}</a> }.into_any(),
        None => view! { <b>{subject}</b> }.into_any(),
    };
    view! { <li>{subject} " " <span class="muted">{detail}</span></li> }
}
