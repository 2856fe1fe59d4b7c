//! The form that returns a purchase: a look first, then the deed, as it was looked at and once however often it is sent.

use super::super::edit::LOOKED_AT;
use super::super::flash::done;
use super::super::look::Look;
use super::super::money;
use super::super::posted::Posted;
use super::changes::changes;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::PurchaseId;
use perennial_domain::money::{Amount, Currency};
use perennial_domain::points::Points;
use perennial_domain::returns::{CheckedReturn, ReturnInput, ReturnLineInput};
use perennial_engine::Error;
use perennial_engine::returns::{Return, ReturnPreview};
use std::collections::BTreeMap;

/// Shows what a return would take back (`do=preview`), or books it (`do=return`) if it is the one that was shown; another
/// one is shown first.
pub async fn submit(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::ReturnsWrite).await?;
    let Ok(id) = id.parse::<PurchaseId>() else { return Err(posted.missing()) };
    Ok(shown_or_booked(posted, id, &super::LIST.row(&id.to_string())).await)
}

/// The same of a form that was read, by whoever stands elsewhere; goes to `path` when it is booked.
pub async fn shown_or_booked(mut posted: Posted, id: PurchaseId, path: &str) -> Response {
    // What a preview says is said by the engine, not by whoever sends the form.
    posted.values.retain(|name, _| !name.starts_with("preview."));
    let view = match posted.engine().purchase_get(&posted.cx, id).await {
        Ok(view) => view,
        Err(error) => return posted.refuse(error, |_| String::new()).await,
    };
    let currency = view.record.currency;
    let Typed { lines, checked } = match read(&posted, view.record.lines.len(), currency) {
        Ok(typed) => typed,
        Err(errors) => return posted.again(errors).await,
    };
    // The number that was typed, not the mark of the page, of which each page has another.
    let look = Look::at(&posted, "return", &(&checked.returning, posted.given("return_id")));
    let outcome = if look.is_due {
        posted.engine().return_preview(&posted.cx, id, &checked).await.map(Some)
    } else {
        posted.engine().return_purchase(&posted.cx, id, &checked, false).await.map(|_| None)
    };
    match outcome {
        Ok(Some(preview)) => show(posted, &preview, currency, look).await,
        Ok(None) => done(path, "returned").into_response(),
        Err(error) => {
            let error = match error {
                Error::ReturnExceeds(errors) => Error::Invalid(errors),
                other => other,
            };
            posted.refuse(error, |error| field(error, &lines)).await
        }
    }
}

/// What was typed, and which line of the purchase each line of the return is.
struct Typed {
    lines: Vec<u64>,
    checked: CheckedReturn,
}

/// Reads every field, or tells what is wrong with each.
fn read(posted: &Posted, count: usize, currency: Currency) -> Result<Typed, BTreeMap<String, String>> {
    let mut errors = BTreeMap::new();
    let mut lines = Vec::new();
    for line in 0..count {
        let (units, sum) = (format!("units.{line}"), format!("sum.{line}"));
        let quantity = posted.given(&units).map(|text| text.parse::<u64>());
        let amount = posted.given(&sum).map(|text| money::parse(text, currency));
        let line = u64::try_from(line).unwrap_or(u64::MAX);
        match (quantity, amount) {
            (None, None) => {}
            (Some(Ok(quantity)), None) => {
                lines.push(ReturnLineInput { line, quantity: Some(quantity), amount: None });
            }
            (None, Some(Ok(amount))) => {
                lines.push(ReturnLineInput { line, quantity: None, amount: Some(amount) });
            }
            (Some(Err(_)), _) => {
                errors.insert(units, "Type a whole number".to_owned());
            }
            (_, Some(Err(error))) => {
                errors.insert(sum, error);
            }
            (Some(Ok(_)), Some(Ok(_))) => {
                errors.insert(sum, "Either units or an amount".to_owned());
            }
        }
    }
    let amount = match posted.given("amount").map(|text| money::parse(text, currency)).transpose() {
        Ok(amount) => amount,
        Err(error) => {
            errors.insert("amount".to_owned(), error);
            None
        }
    };
    let everything = posted.text("everything") == "yes";
    if errors.is_empty() {
        let given = [everything, !lines.is_empty(), amount.is_some()];
        match given.into_iter().filter(|given| *given).count() {
            0 => drop(errors.insert(String::new(), "Say what comes back.".to_owned())),
            1 => {}
            _ => drop(errors.insert(
                String::new(),
                "Say it in one way: everything, by line, or one amount of the whole.".to_owned(),
            )),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    // The page's own mark is the name of a return that has none, so that a form that is sent twice returns once.
    let return_id = posted.given("return_id").unwrap_or_else(|| posted.text("once")).to_owned();
    let places: Vec<u64> = lines.iter().map(|line| line.line).collect();
    let input = ReturnInput { return_id, lines: Some(lines).filter(|lines| !lines.is_empty()), amount };
    match input.check() {
        Ok(checked) => Ok(Typed { lines: places, checked }),
        Err(wrong) => Err(wrong.iter().map(|error| (field(error, &places), error.detail.clone())).collect()),
    }
}

/// The field that a pointer into the return means.
fn field(error: &FieldError, lines: &[u64]) -> String {
    let mut parts = error.pointer.trim_start_matches('/').split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("lines"), Some(place), part) => {
            let line = place.parse::<usize>().ok().and_then(|place| lines.get(place));
            let name = if part == Some("amount") { "sum" } else { "units" };
            line.map(|line| format!("{name}.{line}")).unwrap_or_default()
        }
        (Some(name @ ("amount" | "return_id")), ..) => name.to_owned(),
        _ => String::new(),
    }
}

/// Cashback that was spent already, and what had paid for the purchase besides money and comes back, a sentence each.
fn came_back(record: &Return, currency: Currency) -> Vec<String> {
    let tenders = &record.tenders;
    let mut sentences = Vec::new();
    let spent =
        |amount: Amount| format!("{} of its cashback was spent already", money::show(amount.get(), currency));
    if !record.cashback_debt.is_zero() {
        sentences.push(format!("{} and will be owed.", spent(record.cashback_debt)));
    }
    if !record.cashback_absorbed.is_zero() {
        sentences.push(format!("{}; it is your loss.", spent(record.cashback_absorbed)));
    }
    if record.paid_back != record.amount {
        sentences.push(format!("Pay back {}.", money::show(record.paid_back.get(), currency)));
    }
    if !tenders.points.is_zero() {
        sentences.push(format!("{} that had paid come back.", tenders.points.counted()));
    }
    if !tenders.cashback.is_zero() {
        let cashback = money::show(tenders.cashback.get(), currency);
        sentences.push(format!("{cashback} goes back into the cashback wallet."));
    }
    for reward in &record.rewards_returned {
        let name = &reward.name;
        sentences.push(match (reward.usable, reward.points) {
            (true, _) => format!("The voucher “{name}” can be used again."),
            (false, 0) => format!("The voucher “{name}” is over."),
            (false, points) => {
                format!("The voucher “{name}” is over; {} come back.", Points::new(points).counted())
            }
        });
    }
    if !tenders.points_expired.is_zero() {
        sentences.push(format!("{} of these expire at once.", tenders.points_expired.counted()));
    }
    sentences
}

/// The form again, with what it would do.
async fn show(posted: Posted, preview: &ReturnPreview, currency: Currency, look: Look) -> Response {
    let record = &preview.record;
    let points_name = match posted.engine().snapshot(&posted.cx).await {
        Ok(snapshot) => snapshot.settings.points_name.to_string(),
        Err(error) => return posted.refuse(error, |_| String::new()).await,
    };
    let mut form = FormState { values: posted.values.clone(), ..FormState::default() };
    let mut say = |name: &str, value: String| form.values.insert(format!("preview.{name}"), value);
    say("amount", money::show(record.amount.get(), currency));
    say("points", record.points_reversed.get().to_string());
    say("debt", record.debt.get().to_string());
    say("absorbed", record.absorbed.get().to_string());
    say("back", came_back(record, currency).join(" "));
    if let Some(balances) = record.balances() {
        say("before", balances.before.points.to_string());
        say("after", balances.after.points.to_string());
        say("pending_before", balances.before.pending.to_string());
        say("pending_after", balances.after.pending.to_string());
    }
    // Texts and nothing else: they cannot fail to be written.
    let changes = changes(preview, &points_name, currency);
    say("changes", serde_json::to_string(&changes).unwrap_or_default());
    say("other", if look.is_other { "yes" } else { "" }.to_owned());
    form.values.insert(LOOKED_AT.to_owned(), look.mark);
    posted.show(form).await
}
