//! The page of one request: how it ended, and its problem.

use super::super::page::{loaded, param};
use super::super::parts::Crumbs;
use super::api::read_request;
use super::dto::{By, Problem, RequestDetail};
use super::{LIST, pill};
use crate::address::address;
use crate::ui::{CodeBlock, Empty};
use leptos::prelude::*;
use leptos_meta::Title;

/// One request.
#[component]
pub fn RequestPage() -> impl IntoView {
    let id = param("id");
    let data = Resource::new(move || id.get(), read_request);
    loaded(data, page)
}

fn page(data: RequestDetail) -> impl IntoView {
    let RequestDetail { row, at, by, request_id, idempotency_key, purchase, problem } = data;
    let name = format!("{} {}", row.method, row.route);
    let same = address(LIST.path, &[("q", &request_id)], None);
    let asker = asker(by, row.by);
    let fact = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| {
            view! {
                <dt>{name}</dt>
                <dd class="breaks">{value}</dd>
            }
        })
    };
    let purchase = purchase.map(|id| {
        view! {
            <dt>"Purchase"</dt>
            <dd class="breaks"><a href=format!("/dashboard/purchases/{id}")>{id.clone()}</a></dd>
        }
    });
    view! {
        <Title text=name.clone() />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title here=request_id.clone() />
                <h1 class="row breaks" style="--gap:var(--s-3)">{name} {pill(row.ending, row.status)}</h1>
            </div>
        </div>
        <div class="cols" style="--main:1.6fr;--aside:1fr">
            {outcome(problem)}
            <section class="card" aria-label="What this is">
                <div class="card__body">
                    <dl class="kv kv--start">
                        <dt>"Request id"</dt>
                        <dd class="mono breaks"><a href=same>{request_id}</a></dd>
                        {fact("Part", row.item)}
                        {fact("Receipt", row.reference)}
                        {fact("Idempotency key", idempotency_key.unwrap_or_default())}
                        {purchase}
                        {asker}
                        <dt>"Answered"</dt>
                        <dd>
                            {row.ago} <br />
                            <span class="small muted breaks">{at}</span>
                        </dd>
                        <dt>"Took"</dt>
                        <dd>{row.took}</dd>
                    </dl>
                </div>
            </section>
        </div>
    }
}

/// Who asked, with the way to everything else of theirs.
fn asker(by: By, name: String) -> AnyView {
    match by {
        By::Key(id, prefix) => view! {
            <dt>"API key"</dt>
            <dd class="breaks">
                <a href=address(LIST.path, &[("key", &id)], None)>{name}</a> <br />
                <span class="mono small muted">{prefix}"…"</span>
            </dd>
        }
        .into_any(),
        By::App(customer) => view! {
            <dt>{name}</dt>
            <dd class="breaks">
                <a href=address(LIST.path, &[("q", &customer)], None)>"All requests of this customer"</a>
                <br />
                <a class="mono small" href=format!("/dashboard/customers/{customer}")>{customer.clone()}</a>
            </dd>
        }
        .into_any(),
    }
}

fn outcome(problem: Option<Problem>) -> impl IntoView {
    let Some(Problem { code, detail, fields, document }) = problem else {
        return view! {
            <section class="card">
                <Empty
                    title="It was answered"
                    text="The log keeps neither what was sent nor what was answered: a purchase says itself what became of it, and the refused items of a batch stand in the log under the same request id."
                />
            </section>
        }
        .into_any();
    };
    let fields = (!fields.is_empty()).then(|| {
        let rows = fields
            .into_iter()
            .map(|(pointer, detail)| {
                view! {
                    <li class="stack" style="--gap:var(--s-1)">
                        <code class="breaks">{pointer}</code>
                        <p class="breaks">{detail}</p>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="card__rows" aria-label="Fields that were wrong">{rows}</ul> }
    });
    view! {
        <div class="stack" style="--gap:var(--s-5)">
            <section class="card" aria-labelledby="problem">
                <div class="card__head">
                    <h2 id="problem">"Why it was refused"</h2>
                    <code class="small muted">{code}</code>
                </div>
                <div class="card__body">
                    <p class="breaks"><b>{detail}</b></p>
                </div>
                {fields}
            </section>
            <section class="card" aria-labelledby="document">
                <div class="card__head"><h2 id="document">"The problem document"</h2></div>
                <div class="card__body stack" style="--gap:var(--s-2)">
                    <p class="small muted">"As the caller got it, but for what it quoted of the request."</p>
                    <CodeBlock text=document copy_label="Copy the problem document" />
                </div>
            </section>
        </div>
    }
    .into_any()
}
