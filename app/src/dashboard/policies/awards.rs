//! What policies gave, as a table: on the page of a policy and on that of a customer.

use super::super::list::{Asked, Order, pages};
use super::LIST;
use super::dto::{AwardRow, AwardTone, Awards};
use crate::ui::{Badge, Column, Dot, Empty, Table, Tone};
use leptos::prelude::*;

/// Whose awards these are: of a policy they name customers, of a customer policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Policy,
    Customer,
}

/// The card with the table.
pub(super) fn awards(page: Awards, of: Of, path: &str, asked: &Asked) -> impl IntoView + use<> {
    if page.rows.is_empty() {
        return view! {
            <section class="card" aria-labelledby="awards">
                <div class="card__head"><h2 id="awards">"What it gave"</h2></div>
                <Empty title="Nothing yet" text="What is given, held or refused appears here, newest first." />
            </section>
        }
        .into_any();
    }
    let nouns = ("award", "awards");
    let turn = pages(path, asked, page.next.as_deref(), Order::NewestFirst, page.rows.len(), nouns);
    let first = if of == Of::Policy { "Customer" } else { "Policy" };
    let columns =
        vec![Column::text(first), Column::text("What"), Column::text("Status"), Column::text("Earned")];
    let rows = page.rows.into_iter().map(|award| row(award, of)).collect_view();
    view! {
        <section class="card card--flush" aria-labelledby="awards">
            <div class="card__head"><h2 id="awards">"What it gave"</h2></div>
            <Table caption="Awards, the newest first" columns=columns>{rows}</Table>
            {turn}
        </section>
    }
    .into_any()
}

fn row(award: AwardRow, of: Of) -> impl IntoView {
    let (href, name) = match of {
        Of::Policy => (format!("/dashboard/customers/{}", award.customer_id), award.customer),
        Of::Customer => (LIST.row(&award.policy_id), award.policy),
    };
    let (tone, dot) = match award.tone {
        AwardTone::Good => (Tone::Leaf, Dot::Full),
        AwardTone::Waits => (Tone::Sky, Dot::Ring),
        AwardTone::Gone => (Tone::Plain, Dot::Square),
    };
    let purchase = award
        .purchase
        .map(|id| view! { <small><a href=format!("/dashboard/purchases/{id}")>"The purchase"</a></small> });
    let why = (!award.why.is_empty()).then(|| view! { <small>{award.why}</small> });
    view! {
        <tr role="row">
            <td role="cell"><a href=href>{name}</a></td>
            <td role="cell" data-th="What"><span>{award.gives}</span></td>
            <td role="cell" data-th="Status"><Badge tone=tone dot=dot>{award.state}</Badge>{why}</td>
            <td role="cell" data-th="Earned"><span>{award.when}</span>{purchase}</td>
        </tr>
    }
}

/// What one customer was given.
pub fn customer(page: Awards, id: &str, asked: &Asked) -> impl IntoView + use<> {
    awards(page, Of::Customer, &format!("/dashboard/customers/{id}"), asked)
}
