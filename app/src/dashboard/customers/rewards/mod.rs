//! A customer's rewards: what they had for points, which vouchers they have, and redeeming for them.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod load;
mod redeem;

pub use redeem::RedeemPage;

use super::super::list::{Asked, Order, pages};
use super::super::page::{capitalised, dash};
use super::super::redemptions::words::{redemption_badge, voucher_badge};
use crate::ui::{Column, Empty, LinkButton, Table, grouped};
use dto::{CustomerRewards, HadRow};
use leptos::prelude::*;

/// The tab: what can be used or is on its way first.
pub fn rewards(page: CustomerRewards, id: &str, asked: &Asked) -> impl IntoView + use<> {
    let CustomerRewards { rows, next, points_name, may_redeem } = page;
    let path = super::LIST.row(id);
    let redeem = format!("{path}/redeem");
    if rows.is_empty() {
        return view! {
            <section class="card">
                <h2 class="visually-hidden">"Rewards"</h2>
                <Empty
                    title="Nothing redeemed yet"
                    text="What the customer redeems appears here, with its voucher and state."
                >
                    {may_redeem.then(|| view! { <LinkButton href=redeem>"Redeem for the customer"</LinkButton> })}
                </Empty>
            </section>
        }
        .into_any();
    }
    let turn = pages(&path, asked, next.as_deref(), Order::Unsaid, rows.len(), ("reward", "rewards"));
    let columns = vec![
        Column::text("Reward"),
        Column::text("Status"),
        Column::text("Voucher"),
        Column::text("Redeemed"),
        Column::number(capitalised(&points_name)),
    ];
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <section class="card card--flush" aria-label="Rewards">
            {may_redeem
                .then(|| {
                    view! {
                        <div class="filterbar">
                            <LinkButton href=redeem>"Redeem for the customer"</LinkButton>
                        </div>
                    }
                })}
            <Table caption="Rewards, those that can be used first" columns=columns>{rows}</Table>
            {turn}
        </section>
    }
    .into_any()
}

fn row(had: HadRow) -> impl IntoView {
    let badge = match (&had.voucher, &had.redemption) {
        (Some(state), _) => voucher_badge(state).into_any(),
        (None, Some(state)) => redemption_badge(state).into_any(),
        (None, None) => ().into_any(),
    };
    let points = had.points.map_or_else(|| "Given".to_owned(), grouped);
    view! {
        <tr role="row">
            <td role="cell">
                <a href=had.href>{had.name}</a>
                <small>{had.worth}</small>
            </td>
            <td role="cell" data-th="Status">
                {badge} {(!had.until.is_empty()).then(|| view! { <small>{had.until}</small> })}
            </td>
            <td role="cell" data-th="Voucher"><span class="mono">{dash(had.code.unwrap_or_default())}</span></td>
            <td role="cell" data-th="Redeemed"><span>{had.when}</span></td>
            <td role="cell" class="n" data-th="Points"><span>{points}</span></td>
        </tr>
    }
}
