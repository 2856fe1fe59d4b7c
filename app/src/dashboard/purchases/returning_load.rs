//! What is left of a purchase and what was returned of it, in words.

use super::super::session::{self, Staff};
use super::super::{clock, money};
use super::dto::{ReturnForm, ReturnLine, ReturnRow};
use super::load::label;
use crate::error::PageError;
use crate::returned::ReturnedPurchase;
use crate::ui::grouped;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use perennial_domain::access::Action;
use perennial_domain::money::Currency;
use perennial_domain::returns::ReturnPolicy;
use perennial_engine::returns::Return;
use perennial_engine::{Cx, Engine};
use uuid::Uuid;

/// The form, with what is left of each line.
pub async fn form(id: &str) -> Result<ReturnForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    form_of(&cx, &engine, id).await
}

/// The same for whoever stands elsewhere.
///
/// # Errors
/// [`PageError::NotFound`] for what is no purchase of theirs.
pub async fn form_of(cx: &Cx, engine: &Engine, id: &str) -> Result<ReturnForm, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let view = engine.purchase_get(cx, id).await?;
    let state = engine.return_state(cx, id).await?;
    let snapshot = engine.snapshot(cx).await?;
    let record = &view.record;
    let mut left_of_all = 0_i64;
    let lines: Vec<ReturnLine> = record
        .lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            let back = state.line(place);
            let left = line.due().get() - back.amount.get();
            let units_left = line.quantity.saturating_sub(back.quantity);
            left_of_all = left_of_all.saturating_add(left);
            ReturnLine {
                label: label(line, record.currency, &snapshot.catalogue),
                units_left: if left == 0 && !line.due().is_zero() { 0 } else { units_left },
                left: money::show(left, record.currency),
                done: left == 0 && (!line.due().is_zero() || units_left == 0),
            }
        })
        .collect();
    Ok(ReturnForm {
        id: record.id.to_string(),
        transaction_id: record.transaction_id.to_string(),
        points_name: snapshot.settings.points_name.to_string(),
        complete: lines.iter().all(|line| line.done),
        lines,
        left: money::show(left_of_all, record.currency),
        policy: match snapshot.settings.return_policy {
            ReturnPolicy::FloorZero => "What was spent already is your loss.",
            ReturnPolicy::AllowNegative | ReturnPolicy::PendingUntilReturnWindow => {
                "What was spent already is owed, and repaid by what is earned next."
            }
        }
        .to_owned(),
        once: Uuid::now_v7().to_string(),
        may_return: cx.may(Action::ReturnsWrite),
    })
}

/// A return in words.
pub fn row(
    record: Return,
    returned: &ReturnedPurchase<'_>,
    currency: Currency,
    zone: Tz,
    now: DateTime<Utc>,
) -> ReturnRow {
    let receipt = returned.receipt(&record, String::new());
    let mut notes = Vec::new();
    match (record.debt.get(), record.absorbed.get()) {
        (0, 0) => {}
        (0, absorbed) => notes.push(format!("{} absorbed", grouped(absorbed))),
        (debt, _) => notes.push(format!("{} owed", grouped(debt))),
    }
    match (record.cashback_debt.get(), record.cashback_absorbed.get()) {
        (0, 0) => {}
        (0, absorbed) => notes.push(format!("cashback of {} absorbed", money::show(absorbed, currency))),
        (debt, _) => notes.push(format!("cashback of {} owed", money::show(debt, currency))),
    }
    if !record.tenders.points.is_zero() {
        notes.push(format!("{} that had paid came back", grouped(record.tenders.points.get())));
    }
    if !record.tenders.cashback.is_zero() {
        notes.push(format!("cashback of {} came back", money::show(record.tenders.cashback.get(), currency)));
    }
    notes.extend(record.rewards_returned.iter().map(|reward| format!("voucher “{}” came back", reward.name)));
    ReturnRow {
        return_id: record.return_id,
        when: clock::moment(record.created_at, zone, now),
        by: record.by,
        amount: money::show(record.amount.get(), currency),
        points: record.points_reversed.get(),
        note: notes.join(", "),
        receipt,
    }
}
