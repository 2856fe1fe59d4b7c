//! What a customer's points consist of, and what was given or taken by hand.

use super::super::list::{Asked, Order, pages};
use super::super::page::capitalised;
use super::dto::{AdjustmentRow, CustomerLots, LotRow};
use crate::ui::icon::{self, Icon};
use crate::ui::{Column, Empty, LinkButton, Table, grouped, signed};
use leptos::prelude::*;

/// The lots and the newest adjustments; all of them are in the timeline.
pub fn lots(page: CustomerLots, id: &str, asked: &Asked) -> impl IntoView + use<> {
    let CustomerLots { rows, next, adjustments, policy, points_name, may_adjust } = page;
    let path = super::LIST.row(id);
    let table = if rows.is_empty() {
        view! { <Empty title="Nothing to spend" text="Points that can be spent appear here, the first to expire on top." /> }
            .into_any()
    } else {
        let turn = pages(&path, asked, next.as_deref(), Order::Unsaid, rows.len(), ("lot", "lots"));
        let columns = vec![Column::text("Can be spent until"), Column::number(capitalised(&points_name))];
        view! {
            <Table caption="Lots, soonest to expire first" columns=columns>{rows.into_iter().map(lot).collect_view()}</Table>
            {turn}
        }
        .into_any()
    };
    let adjust = may_adjust.then(|| {
        view! { <LinkButton href=format!("{path}/adjust")>{format!("Adjust {points_name}")}</LinkButton> }
    });
    let adjusted = (!adjustments.is_empty()).then(|| {
        view! {
            <section class="card card--flush" aria-labelledby="adjusted">
                <div class="card__head"><h2 id="adjusted">"Adjusted by hand"</h2></div>
                <ul class="timeline" style="padding-inline:var(--s-5)">
                    {adjustments.into_iter().map(adjustment).collect_view()}
                </ul>
            </section>
        }
    });
    view! {
        <section class="card card--flush" aria-label="Lots">
            {table}
            <div class="card__foot">
                <p class="small muted grow">{format!("{policy}. The first to expire are spent first.")}</p>
                {adjust}
            </div>
        </section>
        {adjusted}
    }
}

fn lot(row: LotRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell">{row.until}</td>
            <td role="cell" class="n" data-th="Points"><span>{grouped(row.points)}</span></td>
        </tr>
    }
}

fn adjustment(row: AdjustmentRow) -> impl IntoView {
    let gain = row.points > 0;
    view! {
        <li>
            <span class=if gain { "timeline__icon is-earn" } else { "timeline__icon" }>
                <Icon glyph=if gain { icon::PLUS } else { icon::EDIT } />
            </span>
            <div>
                <div class="timeline__what breaks">{row.reason}</div>
                <div class="timeline__why">{format!("By {}", row.by)}</div>
            </div>
            <div class=if gain { "timeline__amt up" } else { "timeline__amt" }>
                {signed(row.points)} <small>{row.when}</small>
            </div>
        </li>
    }
}
