//! Purchases from the engine, in words.

use super::super::csv::{Cell, Csv};
use super::super::load::searched;
use super::super::receipt::Receipt;
use super::super::session::{self, Staff};
use super::super::{clock, money};
use super::dto::{PurchaseDetail, PurchaseList, PurchaseQuery, PurchaseRow};
use super::request::{pretty, request};
use super::returning_load;
use crate::error::PageError;
use crate::format::zone;
use crate::returned::{Reader, ReturnedPurchase};
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::start_instant;
use perennial_domain::codes::Zone;
use perennial_domain::ids::PurchaseId;
use perennial_domain::money::{Amount, Currency};
use perennial_engine::purchase_record::{LineRecord, PurchaseAnswer, PurchaseRecord, TenderRecord};
use perennial_engine::purchases::{self, PurchaseFilter, PurchaseReturned, PurchaseView, ReturnedPart};
use perennial_engine::returns::Return;
use perennial_engine::snapshot::Catalogue;
use perennial_engine::{Cx, Engine, PageRequest};

/// A page of the list.
pub async fn list(query: PurchaseQuery) -> Result<PurchaseList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let snapshot = engine.snapshot(&cx).await?;
    let filter = filter(&engine, &cx, &query).await?;
    let page = PageRequest::new(None, Some(query.after))?;
    let page = engine.purchase_list(&cx, &filter, &page).await?;
    let now = engine.now(cx.merchant());
    let mut retailers: Vec<(String, String)> = snapshot
        .retailers
        .iter()
        .map(|retailer| (retailer.code().to_owned(), retailer.name.clone()))
        .collect();
    retailers.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(PurchaseList {
        rows: page.data.into_iter().map(|purchase| row(purchase, now)).collect(),
        next: page.next,
        retailers,
        points_name: snapshot.settings.points_name.to_string(),
    })
}

/// The query as the engine wants it. Days are those of the merchant's zone.
async fn filter(engine: &Engine, cx: &Cx, query: &PurchaseQuery) -> Result<PurchaseFilter, PageError> {
    let snapshot = engine.snapshot(cx).await?;
    let zone = snapshot.settings.time_zone;
    let retailer = match query.retailer.trim() {
        "" => None,
        code => {
            let known = snapshot.retailers.by_code(code);
            Some(known.ok_or_else(|| PageError::Invalid(format!("No retailer has the code {code}.")))?.id)
        }
    };
    let (status, returned) = match query.status.as_str() {
        "" => (None, None),
        super::PARTLY_RETURNED => (None, Some(ReturnedPart::Partly)),
        super::RETURNED => (None, Some(ReturnedPart::Wholly)),
        word => {
            let wrong = "The status is credited, unclaimed, partly_returned or returned.";
            (Some(word.parse().map_err(|_| PageError::Invalid(wrong.to_owned()))?), None)
        }
    };
    Ok(PurchaseFilter {
        retailer,
        status,
        returned,
        from: midnight(&query.from, zone, 0)?,
        until: midnight(&query.to, zone, 1)?,
        transaction: searched(&query.q),
        ..PurchaseFilter::default()
    })
}

fn midnight(date: &str, zone: Zone, days_later: u64) -> Result<Option<DateTime<Utc>>, PageError> {
    if date.is_empty() {
        return Ok(None);
    }
    let wrong = || PageError::Invalid("A date is written like 2026-05-14.".to_owned());
    let date: NaiveDate = date.parse().map_err(|_| wrong())?;
    let date = date.checked_add_days(chrono::Days::new(days_later)).ok_or_else(wrong)?;
    Ok(Some(start_instant(date.and_time(NaiveTime::MIN), zone)))
}

/// A row in words.
pub fn row(purchase: purchases::PurchaseRow, now: DateTime<Utc>) -> PurchaseRow {
    let zone = zone(&purchase.retailer_zone);
    let unclaimed = purchase.status == "unclaimed";
    let customer = purchase.customer_id.map(|id| (id.to_string(), called(&purchase)));
    PurchaseRow {
        id: purchase.id.to_string(),
        transaction_id: purchase.transaction_id,
        retailer: purchase.retailer_name,
        when: clock::moment(purchase.occurred_at, zone, now),
        customer,
        amount: crate::format::money(purchase.amount, &purchase.currency),
        points: if unclaimed { purchase.claimable.unwrap_or(0) } else { purchase.points },
        unclaimed,
        returned: purchase.returned.map(|returned| returned.complete),
    }
}

/// How to call the customer of a row: as in the list of customers.
fn called(purchase: &purchases::PurchaseRow) -> String {
    if purchase.customer_erased {
        return "Erased customer".to_owned();
    }
    let known = purchase.customer_name.as_ref().or(purchase.customer_identity.as_ref());
    known.cloned().unwrap_or_else(|| "Customer without a name".to_owned())
}

/// One purchase with everything about it.
pub async fn find(id: &str) -> Result<PurchaseDetail, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let (view, explanation) = engine.purchase_explanation(&cx, id).await?;
    let snapshot = engine.snapshot(&cx).await?;
    let labels: Vec<String> =
        view.record.lines.iter().map(|line| label(line, view.record.currency, &snapshot.catalogue)).collect();
    let record = &view.record;
    let paid = record.tenders.as_deref().map(|tenders| paid(tenders, record.currency));
    let taken_back = engine.return_state(&cx, record.id).await?.points().get();
    let receipt =
        Receipt { paid: paid.unwrap_or_default(), taken_back, ..Receipt::new(&explanation, &labels) };
    let cashback = engine.purchase_cashback(&cx, record.id).await?;
    let cashback = cashback.map(|given| crate::cashback::receipt(&given, &labels, true));
    let customer = match view.customer_id() {
        Some(id) => Some((id.to_string(), customer_name(&engine, &cx, id).await)),
        None => None,
    };
    let source = source(&engine, &cx, &view.record).await;
    let returned = returned(&engine, &cx, view.record.id).await?;
    let may_return = cx.may(Action::ReturnsWrite) && !returned.iter().any(|returned| returned.complete);
    let now = engine.now(cx.merchant());
    let points_name = snapshot.settings.points_name.to_string();
    let zone = zone(&view.retailer.time_zone);
    let currency = view.record.currency;
    let names = names(record, &snapshot.catalogue);
    let purchase = ReturnedPurchase { record, names: &names, unit: &points_name, reader: Reader::Staff };
    let row = |one| returning_load::row(one, &purchase, currency, zone, now);
    let returns = returned.into_iter().map(row).collect();
    Ok(PurchaseDetail {
        cashback,
        returns,
        may_return,
        ..detail(&view, receipt, customer, source, points_name.clone(), now)
    })
}

/// What was returned of it, oldest first; a thousand of them when it came back penny by penny.
async fn returned(engine: &Engine, cx: &Cx, id: PurchaseId) -> Result<Vec<Return>, PageError> {
    let (mut returned, mut after) = (Vec::new(), None);
    for _ in 0..5 {
        let page = PageRequest::new(Some(200), after)?;
        let page = engine.return_list(cx, id, &page).await?;
        returned.extend(page.data);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(returned)
}

/// What each tender paid, and what was left.
fn paid(tenders: &TenderRecord, currency: Currency) -> Vec<(String, String)> {
    let mut paid = Vec::new();
    let mut add = |what: String, amount: Amount| paid.push((what, money::show(amount.get(), currency)));
    for voucher in &tenders.vouchers {
        add(format!("Voucher “{}”", voucher.name), voucher.amount);
    }
    if let Some(points) = &tenders.points {
        add(points.spent.counted(), points.amount);
    }
    if let Some(cashback) = &tenders.cashback {
        add("Cashback".to_owned(), cashback.amount);
    }
    add("Left to pay".to_owned(), tenders.paid);
    paid
}

fn detail(
    view: &PurchaseView,
    receipt: Receipt,
    customer: Option<(String, String)>,
    source: String,
    points_name: String,
    now: DateTime<Utc>,
) -> PurchaseDetail {
    let zone = zone(&view.retailer.time_zone);
    let unclaimed = view.customer_id().is_none();
    let record = &view.record;
    let points = view.claim.as_ref().map_or(record.points_earned.get(), |claim| claim.points);
    PurchaseDetail {
        id: record.id.to_string(),
        transaction_id: record.transaction_id.to_string(),
        unclaimed,
        returned: view.returned.map(|returned| returned.complete),
        claimed: view.claim.as_ref().map(|claim| clock::moment(claim.claimed_at, zone, now)),
        amount: money::show(record.amount.get(), record.currency),
        retailer: (view.retailer.code.clone(), view.retailer.name.clone()),
        when: format!("{} ({})", clock::moment(record.occurred_at, zone, now), zone.name()),
        received: clock::moment(record.received_at, zone, now),
        business_date: super::super::format::day_of_year(record.business_date),
        customer,
        points,
        claimable: record.points_claimable.map(|points| points.get()).filter(|_| unclaimed),
        claim_code: record.claim_code.as_ref().map(ToString::to_string).filter(|_| unclaimed),
        balance: record.balance.map(|balance| balance.points),
        receipt,
        source,
        rules_version: record.rules_version,
        request: pretty(&request(view)),
        answer: pretty(&PurchaseAnswer::from(record)),
        cashback: None,
        returns: Vec::new(),
        may_return: false,
        points_name,
    }
}

/// What a line is called: the name of the product of today, else what the till sent.
pub(super) fn label(line: &LineRecord, currency: Currency, catalogue: &Catalogue) -> String {
    let name = name(line, catalogue);
    let paid = money::show(line.due().get(), currency);
    match (line.quantity, line.unit_price) {
        (1, _) | (_, None) => format!("{name}, {paid}"),
        (quantity, Some(unit)) if line.discount.is_zero() => {
            format!(
                "{name}, {} × {}",
                crate::ui::grouped(i64::try_from(quantity).unwrap_or(i64::MAX)),
                money::show(unit.get(), currency)
            )
        }
        _ => format!("{name}, {paid}"),
    }
}

fn name(line: &LineRecord, catalogue: &Catalogue) -> String {
    let known = line.product_id.and_then(|id| catalogue.by_id(id)).map(|product| product.name.clone());
    known.or_else(|| line.product.clone()).unwrap_or_else(|| "Purchase".to_owned())
}

fn names(record: &PurchaseRecord, catalogue: &Catalogue) -> Vec<String> {
    record.lines.iter().map(|line| name(line, catalogue)).collect()
}

/// The best that a customer can be called.
pub async fn customer_name(engine: &Engine, cx: &Cx, id: perennial_domain::ids::CustomerId) -> String {
    match engine.customer_get(cx, id).await {
        Ok(customer) => super::super::customers::load::name(&customer),
        Err(_) => "a customer".to_owned(),
    }
}

async fn source(engine: &Engine, cx: &Cx, record: &PurchaseRecord) -> String {
    match record.api_key_id {
        Some(key) => match engine.api_key_get(cx, key).await {
            Ok(key) => format!("API key “{}”", key.name),
            // Who may not list keys still learns that one was used.
            Err(_) => "An API key".to_owned(),
        },
        None => match record.source {
            perennial_engine::intake::Source::Import => "Import".to_owned(),
            perennial_engine::intake::Source::Api => "The API".to_owned(),
        },
    }
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<PurchaseQuery>) -> Result<Response, PageError> {
    let filter = filter(&staff.engine, &staff.cx, &query).await?;
    let file = Csv {
        name: "purchases",
        columns: &[
            "id",
            "transaction_id",
            "retailer",
            "customer_id",
            "customer",
            "status",
            "amount",
            "currency",
            "points",
            "claimable",
            "occurred_at",
            "received_at",
            "returned",
            "returned_amount",
            "returned_points",
        ],
    };
    file.of(
        staff,
        filter,
        |staff, filter, page| Box::pin(staff.engine.purchase_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(row: purchases::PurchaseRow) -> Vec<Cell> {
    vec![
        row.id.to_string().into(),
        row.transaction_id.into(),
        row.retailer_code.into(),
        row.customer_id.map(|id| id.to_string()).into(),
        row.customer_name.or(row.customer_identity).into(),
        row.status.into(),
        row.amount.into(),
        row.currency.into(),
        row.points.into(),
        row.claimable.map_or_else(|| Cell::from(""), Cell::from),
        row.occurred_at.to_rfc3339().into(),
        row.received_at.to_rfc3339().into(),
        returned_word(row.returned).into(),
        row.returned.map_or_else(|| Cell::from(""), |returned| Cell::from(returned.amount)),
        row.returned.map_or_else(|| Cell::from(""), |returned| Cell::from(returned.points)),
    ]
}

/// The word of the list for how much came back: the same by which it is narrowed.
fn returned_word(returned: Option<PurchaseReturned>) -> &'static str {
    match returned {
        None => "",
        Some(PurchaseReturned { complete: true, .. }) => super::RETURNED,
        Some(_) => super::PARTLY_RETURNED,
    }
}
