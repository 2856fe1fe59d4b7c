//! The page of one event: what it said, why it was refused or what it did, and what can be done about it.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Confirm, Crumbs, Refusal};
use super::api::read_event;
use super::dto::{Effect, EventDetail, State, Trouble, WrongField};
use super::{LIST, pill};
use crate::address::address;
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, Empty};
use leptos::prelude::*;
use leptos_meta::Title;

/// One event.
#[component]
pub fn EventPage() -> impl IntoView {
    let _form = use_form();
    let key = param("id");
    let data = Resource::new(move || key.get(), read_event);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: EventDetail) -> impl IntoView {
    let EventDetail {
        row,
        time,
        received_at,
        changed,
        raw,
        is_cut,
        problem,
        effects,
        may_retry,
        may_discard,
    } = data;
    let here = LIST.row(&row.key);
    let settle = may_discard.then(|| {
        view! {
            <form class="page__actions" method="post" action=here>
                {may_retry
                    .then(|| {
                        view! { <Button variant=ButtonVariant::Primary name="do" value="retry">"Try again"</Button> }
                    })}
                <Confirm button="Discard" value="discard" text="What it should have caused will not happen. This cannot be undone." />
            </form>
        }
    });
    let others = address(LIST.path, &[("source", &row.source)], None);
    let state = row.state;
    view! {
        <Title text=format!("Event {}", row.id) />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title here=row.id.clone() />
                <h1 class="row breaks" style="--gap:var(--s-3)">{row.id} {pill(state)}</h1>
            </div>
            {settle}
        </div>
        <Refusal title="Not done." />
        <div class="cols" style="--main:1.6fr;--aside:1fr">
            <div class="stack" style="--gap:var(--s-5)">
                {problem.map(|problem| trouble(problem, state))} {effect(effects, state)}
                {content(raw, is_cut, state)}
            </div>
            <section class="card" aria-label="What this is">
                <div class="card__body">
                    <dl class="kv kv--start">
                        <dt>"Type"</dt>
                        <dd class="mono breaks">{row.kind}</dd>
                        <dt>"Source"</dt>
                        <dd class="breaks"><a href=others>{row.source}</a></dd>
                        {time
                            .map(|time| {
                                view! {
                                    <dt>"Happened"</dt>
                                    <dd>{time}</dd>
                                }
                            })}
                        <dt>"Received"</dt>
                        <dd>
                            {row.received} <br />
                            <span class="small muted breaks">{received_at}</span>
                        </dd>
                        <dt>"Came to its state"</dt>
                        <dd>{changed}</dd>
                    </dl>
                </div>
            </section>
        </div>
    }
}

fn trouble(problem: Trouble, state: State) -> impl IntoView {
    let Trouble { code, detail, advice, fields } = problem;
    let title = if state == State::Refused { "Why it was refused" } else { "Why it had been refused" };
    let fields = (!fields.is_empty()).then(|| {
        let rows = fields.into_iter().map(field).collect_view();
        view! { <ul class="card__rows" aria-label="Fields that are wrong">{rows}</ul> }
    });
    view! {
        <section class="card" aria-labelledby="problem">
            <div class="card__head">
                <h2 id="problem">{title}</h2>
                <code class="small muted">{code}</code>
            </div>
            <div class="card__body stack" style="--gap:var(--s-2)">
                <p class="breaks"><b>{detail}</b></p>
                {(state == State::Refused).then(|| view! { <p>{advice}</p> })}
            </div>
            {fields}
        </section>
    }
}

fn field(wrong: WrongField) -> impl IntoView {
    let values = wrong.values.map(|(stored, received)| {
        view! {
            <p class="small breaks">
                "Stored: " <code>{stored}</code> ", received: " <code>{received}</code>
            </p>
        }
    });
    view! {
        <li class="stack" style="--gap:var(--s-1)">
            <code class="breaks">{wrong.pointer}</code>
            <p class="breaks">{wrong.detail}</p>
            {values}
        </li>
    }
}

fn effect(effects: Vec<Effect>, state: State) -> Option<impl IntoView> {
    (state == State::Done).then(|| {
        let rows = effects
            .into_iter()
            .map(|effect| match effect.href {
                Some(href) => view! { <li><a href=href>{effect.text}</a></li> }.into_any(),
                None => view! { <li>{effect.text}</li> }.into_any(),
            })
            .collect_view();
        view! {
            <section class="card" aria-labelledby="effect">
                <div class="card__head"><h2 id="effect">"What it did"</h2></div>
                <ul class="card__rows">{rows}</ul>
            </section>
        }
    })
}

fn content(raw: Option<String>, is_cut: bool, state: State) -> impl IntoView {
    let body = match (raw, state) {
        (Some(raw), _) => view! {
            <div class="card__body">
                {is_cut.then(|| view! { <p class="small muted">"It is long; this is its beginning."</p> })}
                <pre class="mono small breaks" tabindex="0">{raw}</pre>
            </div>
        }
        .into_any(),
        (None, State::Refused | State::Received) => view! {
            <Empty title="It could not be read" text="Its envelope was wrong, so that nothing of what it said was kept." />
        }
        .into_any(),
        (None, State::Done | State::Discarded) => view! {
            <Empty
                title="Forgotten"
                text="What an event says may name people, so it is kept only until the event is done or discarded."
            />
        }
        .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="content">
            <div class="card__head"><h2 id="content">"What it says"</h2></div>
            {body}
        </section>
    }
}
