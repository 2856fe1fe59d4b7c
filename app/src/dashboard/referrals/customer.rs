//! The tab of a customer: by whom the customer came, and which friends came by the customer.

use super::super::list::{Asked, Order, pages};
use super::dto::{CustomerFriends, ReferralRow};
use super::{customer, status};
use crate::ui::{Column, Empty, Table};
use leptos::prelude::*;

/// The tab.
pub fn friends_table(page: CustomerFriends, id: &str, asked: &Asked) -> impl IntoView + use<> {
    let CustomerFriends { came, rows, next } = page;
    let came = came.map(|row| {
        view! {
            <p class="card__body">
                "Invited by "
                <a href=customer(&row.advocate)>{row.advocate_name}</a>
                ". Came " {row.came} ". "
                {status(row.state, row.waits)}
            </p>
        }
    });
    let body = if rows.is_empty() {
        view! { <Empty title="No friends yet" text="Whoever comes by this customer's link or code is listed here." /> }
            .into_any()
    } else {
        let path = customer(id);
        let nouns = ("friend", "friends");
        let turn = pages(&path, asked, next.as_deref(), Order::NewestFirst, rows.len(), nouns);
        let columns = vec![Column::text("Friend"), Column::text("State"), Column::text("Came")];
        view! {
            <Table caption="Friends, the newest first" columns=columns>{rows.into_iter().map(row).collect_view()}</Table>
            {turn}
        }
        .into_any()
    };
    view! {
        <section class="card card--flush" aria-label="Friends">
            {came}
            {body}
        </section>
    }
}

fn row(row: ReferralRow) -> impl IntoView {
    view! {
        <tr>
            <td>
                <a href=customer(&row.friend)>{row.friend_name}</a>
                <small>{row.since}</small>
            </td>
            <td data-th="State">{status(row.state, row.waits)}</td>
            <td data-th="Came"><span>{row.came}</span></td>
        </tr>
    }
}
