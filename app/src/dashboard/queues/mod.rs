//! The queues of the program modules: how each keeps up, and what was given up and waits for a person.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

use super::flash::FlashBanner;
use super::list::{Asked, Order, asked, pages};
use super::page::{dash, loaded};
use super::parts::{Confirm, PageHead, Refusal};
use crate::address::address;
use crate::form::use_form;
use crate::ui::{Badge, Button, ButtonSize, Column, Dot, Empty, LinkButton, Table, Tone, grouped};
use api::read_queues;
use dto::{LetterRow, ModuleRow, QueuesData};
use leptos::prelude::*;

pub(super) const PATH: &str = "/dashboard/queues";

/// Modules and dead letters.
#[component]
pub fn QueuesPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&["module"]);
    let data =
        Resource::new(move || asked.get(), |asked| read_queues(asked.get("module").to_owned(), asked.after));
    view! {
        <FlashBanner />
        <PageHead
            title="Queues"
            about="What follows from a purchase, such as tiers and cashback, happens in modules, each at its own pace. Failures are retried; what keeps failing waits here for you and stops nothing else."
        >
            <LinkButton href=super::events::LIST.path>"Events in"</LinkButton>
        </PageHead>
        <Refusal title="Not done." />
        {loaded(data, move |data| page(data, &asked.get_untracked()))}
    }
}

fn page(data: QueuesData, asked: &Asked) -> impl IntoView + use<> {
    let QueuesData { modules, letters, next, may_settle } = data;
    let dead: Vec<ModuleRow> = modules.iter().filter(|module| module.dead > 0).cloned().collect();
    view! {
        {table(modules)}
        {dead_letters(letters, next, dead, may_settle, asked)}
    }
}

/// The address of the dead letters of a module, or of all.
fn of_module(module: &str) -> String {
    address(PATH, &[("module", module)], None)
}

fn table(modules: Vec<ModuleRow>) -> impl IntoView {
    if modules.is_empty() {
        return view! {
            <section class="card">
                <h2 class="visually-hidden">"Modules"</h2>
                <Empty title="Nothing waits" text="Everything that followed from your purchases has been done." />
            </section>
        }
        .into_any();
    }
    let columns = vec![
        Column::text("Module"),
        Column::text("State"),
        Column::number("Waiting"),
        Column::text("Oldest"),
        Column::number("Given up"),
    ];
    view! {
        <section class="card card--flush" aria-label="Modules">
            <Table caption="Modules, and how they keep up" columns=columns>
                {modules.into_iter().map(module).collect_view()}
            </Table>
        </section>
    }
    .into_any()
}

fn module(row: ModuleRow) -> impl IntoView {
    let state = if row.dead > 0 {
        view! { <Badge tone=Tone::Danger dot=Dot::Square>"Needs you"</Badge> }
    } else if row.failing > 0 {
        view! { <Badge tone=Tone::Petal dot=Dot::Ring>"Trying again"</Badge> }
    } else {
        view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Up to date"</Badge> }
    };
    let dead = if row.dead > 0 {
        view! { <a href=of_module(&row.module)>{grouped(row.dead)}</a> }.into_any()
    } else {
        view! { <span>{grouped(row.dead)}</span> }.into_any()
    };
    view! {
        <tr role="row">
            <td role="cell"><b>{row.name}</b></td>
            <td role="cell" data-th="State">{state}</td>
            <td role="cell" class="n" data-th="Waiting"><span>{grouped(row.waiting)}</span></td>
            <td role="cell" data-th="Oldest"><span>{dash(row.oldest.unwrap_or_default())}</span></td>
            <td role="cell" class="n" data-th="Given up">{dead}</td>
        </tr>
    }
}

/// What was given up, with what can be done about it: one by one, and about all of a module that was chosen.
fn dead_letters(
    letters: Vec<LetterRow>,
    next: Option<String>,
    dead: Vec<ModuleRow>,
    may_settle: bool,
    asked: &Asked,
) -> impl IntoView + use<> {
    let body = if letters.is_empty() {
        view! { <Empty title="No dead letters" text="Nothing had to be given up." /> }.into_any()
    } else {
        let nouns = ("dead letter", "dead letters");
        let turn = pages(PATH, asked, next.as_deref(), Order::NewestFirst, letters.len(), nouns);
        let rows = letters.into_iter().map(|row| letter(row, may_settle)).collect_view();
        view! {
            <ul class="card__rows" aria-label="Dead letters, newest first">{rows}</ul>
            {turn}
        }
        .into_any()
    };
    let chosen = asked.get("module").to_owned();
    let all = dead.iter().find(|module| may_settle && module.module == chosen).cloned().map(retry_all);
    view! {
        <section class="card" aria-labelledby="dead-letters">
            <div class="card__head">
                <h2 id="dead-letters">"Dead letters"</h2>
                {all}
            </div>
            {chips(dead, &chosen)}
            {body}
        </section>
    }
}

/// The modules that have given something up, to choose one.
fn chips(dead: Vec<ModuleRow>, chosen: &str) -> impl IntoView + use<> {
    // One that has nothing left, and is still asked for, leads back to all.
    (!dead.is_empty() || !chosen.is_empty()).then(|| {
        let every = (String::new(), "All".to_owned());
        let modules = dead.into_iter().map(|row| (row.module, format!("{} {}", row.name, grouped(row.dead))));
        let chips = std::iter::once(every)
            .chain(modules)
            .map(|(module, words)| {
                let current = (module == chosen).then_some("true");
                view! { <a class="chip" href=of_module(&module) aria-current=current>{words}</a> }
            })
            .collect_view();
        view! { <nav class="chips chips--bar" aria-label="Module">{chips}</nav> }
    })
}

/// The button for all dead letters of a module.
fn retry_all(of: ModuleRow) -> impl IntoView {
    let words = if of.at_once < of.dead {
        format!("Try the oldest {} again", grouped(of.at_once))
    } else {
        format!("Try all {} again", grouped(of.dead))
    };
    view! {
        <form method="post" action=PATH aria-label=format!("All dead letters of {}", of.name)>
            <input type="hidden" name="module" value=of.module />
            <Button size=ButtonSize::Small name="do" value="retry-all">{words}</Button>
        </form>
    }
}

fn letter(row: LetterRow, may_settle: bool) -> impl IntoView {
    let LetterRow { module, name, id, error, tried, died, payload } = row;
    let settle = may_settle.then(|| {
        let which = format!("{name} {id}");
        view! {
            <form class="row row--top" style="--gap:var(--s-2)" method="post" action=PATH aria-label=which>
                <input type="hidden" name="module" value=module />
                <input type="hidden" name="id" value=id.clone() />
                <Button size=ButtonSize::Small name="do" value="retry">"Try again"</Button>
                <Confirm button="Discard" value="discard" text="What it says will not happen. This cannot be undone." small=true />
            </form>
        }
    });
    view! {
        <li class="stack" style="--gap:var(--s-2)">
            <p>
                <b>{name}</b>
                " "
                <span class="muted small">{format!("number {id}, given up {died} after {tried}")}</span>
            </p>
            <p class="breaks">{error}</p>
            <details>
                <summary class="small strong disclosure">"What it says"</summary>
                <pre class="mono small breaks" tabindex="0">{payload}</pre>
            </details>
            {settle}
        </li>
    }
}
