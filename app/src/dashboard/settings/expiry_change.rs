//! What another expiry policy would do to points, before it is saved.

use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Column, Table, grouped};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The field of the form in which the preview travels.
pub const PREVIEW: &str = "preview.expiry";
/// The hidden field that says which change was looked at: the policy as it was and as it would be.
pub const SEEN: &str = "expiry.seen";

/// A change of the policy, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeWords {
    /// The policy, as it is and as it would be.
    pub policy: (String, String),
    /// Until when points can be spent that are earned today, as it is and as it would be.
    pub earned_today: (String, String),
    /// What becomes of points that customers have, a sentence each.
    pub existing: Vec<String>,
    /// Points that would be gone in another month.
    pub moves: Vec<MoveWords>,
}

/// Points that would be gone in another month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveWords {
    /// In which month they are gone as it is: `July 2027`, `Never`.
    pub from: String,
    /// In which they would be.
    pub to: String,
    /// How many customers have them.
    pub customers: i64,
    /// How many there are.
    pub points: i64,
}

impl ChangeWords {
    /// What the form was answered with, if it was asked.
    pub fn of(form: &FormState) -> Option<Self> {
        serde_json::from_str(form.value(PREVIEW)?).ok()
    }
}

/// The card, inside the form, which goes on with what was looked at.
pub fn card(change: ChangeWords, seen: String, points_name: &str) -> impl IntoView + use<> {
    let ChangeWords { policy, earned_today, existing, moves } = change;
    let columns = vec![
        Column::text("Would be gone in"),
        Column::number("Customers"),
        Column::number(super::super::page::capitalised(points_name)),
    ];
    let rows = moves.into_iter().map(|moved| row(moved, points_name)).collect::<Vec<_>>();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <Table caption="When points would be gone, if nothing is earned or spent until then" columns=columns>
                {rows}
            </Table>
        }
    });
    view! {
        <section class="card" aria-labelledby="expiry-change">
            <div class="card__head">
                <h2 id="expiry-change" tabindex="-1">"What saving would change"</h2>
                <span class="small muted">"Nothing has happened yet."</span>
            </div>
            <input type="hidden" name=SEEN value=seen />
            <div class="card__body stack" style="--gap:var(--s-3)">
                <dl class="kv kv--changes" aria-label="What changes">
                    <dt>"Policy"</dt>
                    <dd>{shift(policy)}</dd>
                    <dt>{format!("{} earned today", super::super::page::capitalised(points_name))}</dt>
                    <dd>{shift(earned_today)}</dd>
                </dl>
                {existing.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
            </div>
            {table}
        </section>
    }
}

fn row(moved: MoveWords, points_name: &str) -> impl IntoView + use<> {
    let heading = super::super::page::capitalised(points_name);
    view! {
        <tr role="row">
            <td role="cell">{shift((moved.from, moved.to))}</td>
            <td role="cell" class="n" data-th="Customers"><span>{grouped(moved.customers)}</span></td>
            <td role="cell" class="n" data-th=heading><span>{grouped(moved.points)}</span></td>
        </tr>
    }
}

/// What is and what would be; what stays as it is once.
fn shift((before, after): (String, String)) -> impl IntoView {
    if before == after {
        return after.into_any();
    }
    view! {
        <span class="shift">
            <s><span class="visually-hidden">"now "</span>{before}</s>
            <Icon glyph=icon::ARROW />
            <b><span class="visually-hidden">"then "</span>{after}</b>
        </span>
    }
    .into_any()
}
