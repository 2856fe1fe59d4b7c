//! The queues of the program modules: how each keeps up, and what was given up and waits for a person.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;

use super::flash::FlashBanner;
use super::list::{Asked, Order, asked, pages};
use super::page::loaded;
use super::parts::{PageHead, Refusal};
use crate::form::use_form;
use crate::ui::{
    Badge, Button, ButtonSize, ButtonVariant, Column, Dot, Empty, LinkButton, Table, Tone, grouped,
};
use api::read_queues;
use dto::{LetterRow, ModuleRow, QueuesData};
use leptos::prelude::*;

pub(super) const PATH: &str = "/dashboard/queues";

/// Modules and dead letters.
#[component]
pub fn QueuesPage() -> impl IntoView {
    let _form = use_form();
    let asked = asked(&[]);
    let data = Resource::new(move || asked.get().after, read_queues);
    view! {
        <FlashBanner />
        <PageHead
            title="Queues"
            about="What follows from a purchase, such as tiers and cashback, happens in modules, each at its own pace. What fails is tried again by itself; what keeps failing waits here for you and stops nothing else."
        >
            <LinkButton href=super::events::LIST.path>"Events in"</LinkButton>
        </PageHead>
        <Refusal title="Not done." />
        {loaded(data, move |data| page(data, &asked.get_untracked()))}
    }
}

fn page(data: QueuesData, asked: &Asked) -> impl IntoView + use<> {
    view! {
        {modules(data.modules)}
        {letters(data.letters, data.next, data.may_settle, asked)}
    }
}

fn modules(modules: Vec<ModuleRow>) -> impl IntoView {
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
        view! { <Badge tone=Tone::Leaf dot=Dot::Full>"Keeps up"</Badge> }
    };
    view! {
        <tr>
            <td><b>{row.name}</b></td>
            <td data-th="State">{state}</td>
            <td class="n" data-th="Waiting"><span>{grouped(row.waiting)}</span></td>
            <td data-th="Oldest"><span>{row.oldest.unwrap_or_else(|| "–".to_owned())}</span></td>
            <td class="n" data-th="Given up"><span>{grouped(row.dead)}</span></td>
        </tr>
    }
}

/// What was given up, with what can be done about it.
fn letters(
    letters: Vec<LetterRow>,
    next: Option<String>,
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
    view! {
        <section class="card" aria-labelledby="dead-letters">
            <div class="card__head"><h2 id="dead-letters">"Dead letters"</h2></div>
            {body}
        </section>
    }
}

fn letter(row: LetterRow, may_settle: bool) -> impl IntoView {
    let LetterRow { module, name, id, error, tried, died, payload } = row;
    let settle = may_settle.then(|| {
        let which = format!("{name} {id}");
        view! {
            <form class="row" style="--gap:var(--s-2)" method="post" action=PATH aria-label=which>
                <input type="hidden" name="module" value=module />
                <input type="hidden" name="id" value=id.clone() />
                <Button size=ButtonSize::Small name="do" value="retry">"Try again"</Button>
                <Button size=ButtonSize::Small variant=ButtonVariant::Danger name="do" value="discard">
                    "Discard"
                </Button>
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
                <summary class="small">"What it says"</summary>
                <pre class="mono small breaks" tabindex="0">{payload}</pre>
            </details>
            {settle}
        </li>
    }
}
