//! The page of one delivery: what is sent, and what each attempt was answered.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Refusal};
use super::api::read_delivery;
use super::dto::{AttemptRow, DeliveryPageData, Health};
use super::{PATH, TITLE, pill};
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, Empty};
use leptos::prelude::*;
use leptos_meta::Title;

/// One delivery.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_delivery);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: DeliveryPageData) -> impl IntoView {
    let DeliveryPageData { row, endpoint, url, event, body, log, may_resend, once } = data;
    let here = format!("{PATH}/deliveries/{}", row.id);
    let resend = may_resend.then(|| {
        view! {
            <form method="post" action=here>
                <input type="hidden" name="once" value=once />
                <Button variant=ButtonVariant::Primary>"Send again"</Button>
            </form>
        }
    });
    let customer = row.customer.map(|(id, sequence)| {
        view! {
            <dt>"Customer"</dt>
            <dd class="breaks"><a href=format!("/dashboard/customers/{id}")>{id.clone()}</a></dd>
            <dt>"Sequence"</dt>
            <dd>{sequence}</dd>
        }
    });
    let next = row.next.map(|next| {
        view! {
            <dt>"Next attempt"</dt>
            <dd>{next}</dd>
        }
    });
    view! {
        <Title text=format!("Delivery of {}", row.kind) />
        <div class="page__head">
            <div>
                <Crumbs href=PATH up=TITLE here=row.kind.clone() />
                <h1 class="row" style="--gap:var(--s-3)">{row.kind} {pill(row.health, row.state)}</h1>
            </div>
            {resend}
        </div>
        <Refusal title="Not sent." />
        <div class="cols" style="--main:1.6fr;--aside:1fr">
            {attempts(log)}
            <div class="stack" style="--gap:var(--s-5)">
                <section class="card" aria-label="What this is">
                    <div class="card__body">
                        <dl class="kv kv--start">
                            <dt>"Endpoint"</dt>
                            <dd class="breaks"><a href=format!("{PATH}/{endpoint}")>{url}</a></dd>
                            <dt>"webhook-id"</dt>
                            <dd class="mono breaks">{event}</dd>
                            {customer}
                            <dt>"Written"</dt>
                            <dd>{row.created}</dd>
                            {next}
                        </dl>
                    </div>
                </section>
                <section class="card" aria-labelledby="payload">
                    <div class="card__head"><h2 id="payload">"What is sent"</h2></div>
                    <div class="card__body"><pre class="mono small breaks" tabindex="0">{body}</pre></div>
                </section>
            </div>
        </div>
    }
}

fn attempts(log: Vec<AttemptRow>) -> impl IntoView {
    let body = if log.is_empty() {
        view! { <Empty title="Not sent yet" text="It goes as soon as what its customer has before it has gone." /> }
            .into_any()
    } else {
        let rows = log.into_iter().map(attempt).collect_view();
        view! { <ul class="card__rows" aria-label="Attempts, newest first">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="attempts">
            <div class="card__head"><h2 id="attempts">"Attempts"</h2></div>
            {body}
        </section>
    }
}

fn attempt(row: AttemptRow) -> impl IntoView {
    let health = if row.is_success { Health::Well } else { Health::Failed };
    let answer = (!row.answer.is_empty()).then(|| {
        view! {
            <details>
                <summary class="small strong disclosure">"What it answered"</summary>
                <pre class="mono small breaks" tabindex="0">{row.answer}</pre>
            </details>
        }
    });
    view! {
        <li class="stack" style="--gap:var(--s-2)">
            <p class="row breaks" style="--gap:var(--s-3)">
                {pill(health, row.status)}
                <span class="muted small">{format!("Attempt {}, {}, {}", row.number, row.at, row.took)}</span>
            </p>
            {answer}
        </li>
    }
}
