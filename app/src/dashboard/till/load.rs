//! What the pages of the till show, from the engine.

use super::door::{Till, till};
use super::dto::{Bar, ReceiptData, RefundData, SaleRow, ShiftData, Stores};
use super::who::short_name;
use crate::address::address;
use crate::dashboard::load::searched;
use crate::dashboard::purchases::dto::ReturnForm;
use crate::dashboard::purchases::returning_load;
use crate::dashboard::session::{self, Staff};
use crate::dashboard::{clock, format, money};
use crate::error::PageError;
use crate::portal::qr;
use crate::session::app_state;
use crate::ui::{QrView, grouped};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use http::request::Parts;
use leptos::prelude::use_context;
use perennial_domain::access::Role;
use perennial_domain::calendar::{business_date, business_day};
use perennial_domain::codes::TillNumber;
use perennial_domain::customer::CustomerRef;
use perennial_domain::money::{Amount, Currency};
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::purchases::{PurchaseFilter, PurchaseRow, PurchaseView};
use perennial_engine::retailers::RetailerFilter;
use perennial_engine::{Actor, PageRequest};

/// For how many seconds a sale can be undone.
pub const UNDO_SECONDS: i64 = 60;
/// Stores on a page of the choice.
const STORES: u32 = 20;
/// Purchases that are shown for a number.
const FOUND: u32 = 20;

/// The bar.
pub async fn bar() -> Result<Bar, PageError> {
    let Staff { cx, engine } = session::anybody().await?;
    let Actor::Staff { name, role, .. } = cx.actor().clone() else { return Err(PageError::SignedOut) };
    let parts: Parts = use_context().ok_or(PageError::Unavailable)?;
    let till = Till::open(&cx, &engine, &parts.headers).await?;
    let snapshot = engine.snapshot(&cx).await?;
    let settings = &snapshot.settings;
    Ok(Bar {
        merchant: settings.name.to_string(),
        brand: settings.brand_color.as_ref().map(ToString::to_string),
        person: name,
        store: till.map(|till| till.store.name.clone()),
        several: snapshot.retailers.iter().filter(|retailer| !retailer.archived).count() > 1,
        only_till: role == Role::Cashier,
    })
}

/// A page of the stores to choose from.
pub async fn stores(q: &str, after: String) -> Result<Stores, PageError> {
    let Staff { cx, engine } = session::anybody().await?;
    let cx = cx.at_till(None)?;
    let filter = RetailerFilter { search: searched(q), with_archived: false };
    let page = engine.retailer_list(&cx, &filter, &PageRequest::new(Some(STORES), Some(after))?).await?;
    let page = page.map(|retailer| (retailer.id.to_string(), retailer.name, retailer.code));
    Ok(Stores { rows: page.data, next: page.next })
}

/// A sale that is done.
pub async fn receipt(id: &str) -> Result<Option<ReceiptData>, PageError> {
    let Some(till) = till().await? else { return Ok(None) };
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let view = till.engine.purchase_get(&till.cx, id).await?;
    let settings = &till.snapshot.settings;
    let record = &view.record;
    let now = till.engine.now(till.cx.merchant());
    let member = match view.customer_id() {
        Some(id) => till.engine.customer_find(&till.cx, &CustomerRef::Id(id)).await?,
        None => None,
    };
    let unclaimed = view.customer_id().is_none();
    let claim = match record.claim_code.as_ref().filter(|_| unclaimed) {
        Some(code) => {
            let path = address(&format!("/p/{}/claim", till.snapshot.slug), &[("code", code.as_str())], None);
            let link = qr(&format!("{}{path}", app_state()?.config.base_url))?;
            Some((code.grouped(), QrView { text: code.grouped(), ..link }))
        }
        None => None,
    };
    let points = view.claim.as_ref().map_or(record.points_earned.get(), |claim| claim.points);
    let claimable = record.points_claimable.filter(|_| unclaimed).map(|points| points.get());
    Ok(Some(ReceiptData {
        id: record.id.to_string(),
        number: record.transaction_id.to_string(),
        merchant: settings.name.to_string(),
        store: view.retailer.name.clone(),
        when: moment(&view.retailer.time_zone, record.occurred_at, now),
        rows: rows(record),
        paid: money::show(paid(record).get(), record.currency),
        member: member.map(|customer| short_name(customer.name.as_deref())),
        points_name: settings.points_name.to_string(),
        points: claimable.unwrap_or(points),
        pending: record.points_pending.get(),
        balance: record.balance.map(|balance| balance.points),
        claim,
        returned: view.returned.map(|returned| returned.complete),
        undo_seconds: undo_seconds(&view, now),
    }))
}

/// For how many seconds a sale can still be undone: it was entered at a till, and nothing of it came back.
pub fn undo_seconds(view: &PurchaseView, now: DateTime<Utc>) -> Option<i64> {
    let left = UNDO_SECONDS - (now - view.record.received_at).num_seconds();
    let is_of_till = view.record.transaction_id.as_str().starts_with(TillNumber::PREFIX);
    Some(left).filter(|left| *left > 0 && is_of_till && view.returned.is_none())
}

/// What was paid in money.
pub fn paid(record: &PurchaseRecord) -> Amount {
    record.tenders.as_deref().map_or(record.amount, |tenders| tenders.paid)
}

/// What was sold for, and what was taken off it.
fn rows(record: &PurchaseRecord) -> Vec<(String, String)> {
    let show = |amount: Amount| money::show(amount.get(), record.currency);
    let sum = |amounts: Vec<Amount>| Amount::checked_sum(amounts).unwrap_or_default();
    let mut rows =
        vec![("Sale".to_owned(), show(sum(record.lines.iter().map(|line| line.amount).collect())))];
    let mut off = |what: String, amount: Amount| rows.push((what, format!("−{}", show(amount))));
    let discount = sum(record.lines.iter().map(|line| line.discount).collect());
    if !discount.is_zero() {
        off("Discount".to_owned(), discount);
    }
    if let Some(tenders) = record.tenders.as_deref() {
        for voucher in &tenders.vouchers {
            off(voucher.name.clone(), voucher.amount);
        }
        if let Some(points) = &tenders.points {
            off(format!("Paid with {}", points.spent.counted()), points.amount);
        }
        if let Some(cashback) = &tenders.cashback {
            off("Paid with cashback".to_owned(), cashback.amount);
        }
    }
    rows
}

fn moment(zone: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    clock::moment(at, zone.parse::<Tz>().unwrap_or(Tz::UTC), now)
}

/// Purchases of the store whose number begins so; none before somebody looks for one.
pub async fn found(number: &str) -> Result<Option<RefundData>, PageError> {
    let Some(till) = till().await? else { return Ok(None) };
    let number = number.trim();
    let mut found = Vec::new();
    for transaction in sought(number) {
        if found.is_empty() {
            let filter = PurchaseFilter { transaction: Some(transaction), ..PurchaseFilter::default() };
            let page = PageRequest::new(Some(FOUND), None)?;
            found = till.engine.purchase_list(&till.cx, &filter, &page).await?.data;
        }
    }
    let rows = sale_rows(&till, found);
    let points_name = till.snapshot.settings.points_name.to_string();
    Ok(Some(RefundData { number: number.to_owned(), rows, points_name }))
}

/// What a purchase may be looked for by, the likeliest first: a number of the till however it is typed, also the beginning of
/// one; and what was typed as it is, which may be a number of another till.
fn sought(typed: &str) -> Vec<String> {
    let beginning = || {
        let (start, rest) = typed.split_at_checked(TillNumber::PREFIX.len())?;
        let is_of_till = start.eq_ignore_ascii_case(TillNumber::PREFIX);
        is_of_till.then(|| format!("{}{}", TillNumber::PREFIX, rest.to_ascii_uppercase()))
    };
    let of_till = TillNumber::new(typed).ok().map(|known| known.to_string()).or_else(beginning);
    let as_typed = Some(typed.to_owned()).filter(|typed| !typed.is_empty());
    of_till.into_iter().chain(as_typed).collect()
}

/// The form that returns a purchase of the store.
pub async fn returning(id: &str) -> Result<Option<ReturnForm>, PageError> {
    match till().await? {
        Some(till) => Ok(Some(returning_load::form_of(&till.cx, &till.engine, id).await?)),
        None => Ok(None),
    }
}

/// What the store has sold through the till since its business day began.
pub async fn shift(after: String) -> Result<Option<ShiftData>, PageError> {
    let Some(till) = till().await? else { return Ok(None) };
    let facts = &till.store.facts;
    let now = till.engine.now(till.cx.merchant());
    let date = business_date(now, facts.zone, facts.business_day_start);
    let (from, _) = business_day(date, facts.zone, facts.business_day_start);
    let filter = PurchaseFilter {
        transaction: Some(TillNumber::PREFIX.to_owned()),
        from: Some(from),
        ..PurchaseFilter::default()
    };
    let page = till.engine.purchase_list(&till.cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let totals = till.engine.purchase_totals(&till.cx, &filter).await?;
    let settings = &till.snapshot.settings;
    let points_name = settings.points_name.to_string();
    let show = |amount: i64| money::show(amount, settings.currency);
    Ok(Some(ShiftData {
        day: format::day_of_year(date),
        totals: vec![
            ("Sales".to_owned(), grouped(totals.purchases)),
            ("Sold for".to_owned(), show(totals.amount)),
            ("Came back".to_owned(), show(totals.returned)),
            (format!("Earned {points_name}"), grouped(totals.points)),
        ],
        rows: sale_rows(&till, page.data),
        next: page.next,
        points_name,
    }))
}

fn sale_rows(till: &Till, rows: Vec<PurchaseRow>) -> Vec<SaleRow> {
    let now = till.engine.now(till.cx.merchant());
    rows.into_iter().map(|row| sale_row(row, till.snapshot.settings.currency, now)).collect()
}

fn sale_row(row: PurchaseRow, merchants: Currency, now: DateTime<Utc>) -> SaleRow {
    let state = match (row.returned.map(|returned| returned.complete), row.status.as_str()) {
        (Some(true), _) => "Came back".to_owned(),
        (Some(false), _) => "A part came back".to_owned(),
        (None, "unclaimed") => "Nobody’s yet".to_owned(),
        _ => short_name(row.customer_name.as_deref()),
    };
    SaleRow {
        id: row.id.to_string(),
        number: row.transaction_id,
        when: moment(&row.retailer_zone, row.occurred_at, now),
        amount: money::show(row.amount, row.currency.parse().unwrap_or(merchants)),
        points: row.points,
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::sought;

    #[test]
    fn a_purchase_is_looked_for_by_every_number_that_may_be_meant() {
        for (typed, ways) in [
            ("", ""),
            ("till-7f3a", "till-7F3A, till-7f3a"),
            ("7f3a 9c02 xk41", "till-7F3A-9C02-XK41, 7f3a 9c02 xk41"),
            // Twelve digits of another till.
            ("202605140001", "till-2026-0514-0001, 202605140001"),
            ("A-17", "A-17"),
        ] {
            assert_eq!(sought(typed).join(", "), ways, "{typed}");
        }
    }
}
