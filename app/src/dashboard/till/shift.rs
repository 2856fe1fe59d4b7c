//! The shift: what this store has sold through the till since its business day began.

use super::api::read_shift;
use super::dto::ShiftData;
use super::frame::no_store;
use super::refund::table;
use super::{RECEIPT, SHIFT, TILL};
use crate::dashboard::list::{Asked, Order, asked, pages};
use crate::dashboard::page::loaded;
use crate::ui::{Empty, LinkButton};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn ShiftPage() -> impl IntoView {
    let asked = asked(&[]);
    let data = Resource::new(move || asked.get().after, read_shift);
    view! {
        <Title text="Shift" />
        <div class="till__page stack">
            <h1>"Shift"</h1>
            {loaded(data, move |data| match data {
                Some(data) => page(data, &asked.get_untracked()).into_any(),
                None => no_store().into_any(),
            })}
        </div>
    }
}

fn page(data: ShiftData, asked: &Asked) -> impl IntoView + use<> {
    let ShiftData { day, rows, next, points_name, totals } = data;
    let turn = pages(SHIFT, asked, next.as_deref(), Order::NewestFirst, rows.len(), ("sale", "sales"));
    let totals = totals
        .into_iter()
        .map(|(what, figure)| {
            view! {
                <dt>{what}</dt>
                <dd>
                    <b>{figure}</b>
                </dd>
            }
        })
        .collect_view();
    let list = if rows.is_empty() {
        view! {
            <Empty title="Nothing sold yet" text="What this store sells at the till today stands here.">
                <LinkButton href=TILL external=true>"To the till"</LinkButton>
            </Empty>
        }
        .into_any()
    } else {
        table(rows, &points_name, RECEIPT, "Sales of today, newest first").into_any()
    };
    view! {
        <p class="muted">{format!("At the till, on the business day of {day}.")}</p>
        <dl class="card card__body kv">{totals}</dl>
        {list}
        {turn}
    }
}
