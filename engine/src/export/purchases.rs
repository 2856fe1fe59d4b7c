//! Past purchases as they stand now: whose they are by now, and what was kept of them. An import knows no returns, so what was
//! returned is not written, else it would earn points again.

use std::io::Write;

use chrono::SecondsFormat;
use perennial_domain::calendar;
use perennial_domain::codes::Zone;
use perennial_domain::ids::MerchantId;
use perennial_domain::money::Amount;
use perennial_domain::returns::{LineState, ReturnState};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::{Remark, Sheet};
use crate::error::Error;
use crate::purchase_record::{LineRecord, PurchaseRecord};
use crate::stored::stored;

/// Purchases that are read at a time: few, since one may have ten thousand lines.
const PAGE: i64 = 100;

pub(super) async fn write<W: Write>(
    connection: &mut PgConnection,
    merchant: MerchantId,
    sheet: &mut Sheet<W>,
    progress: &impl Fn(u64),
) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let rows = sqlx::query(include_str!("purchases.sql"))
            .bind(merchant.uuid())
            .bind(after)
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get("id")?;
        for row in &rows {
            purchase(row, sheet)?;
        }
        progress(sheet.report.rows);
    }
}

fn purchase<W: Write>(row: &PgRow, sheet: &mut Sheet<W>) -> Result<(), Error> {
    let record = PurchaseRecord::from_row(row)?;
    let returned: Option<Json<ReturnState>> = row.try_get("returned")?;
    let returned = returned.map(|Json(state)| state.lines).unwrap_or_default();
    let is_touched = returned.iter().any(is_returned);
    let lines: Vec<Kept> = record
        .lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| kept(line, returned.get(index).filter(|state| is_returned(state))))
        .collect();
    if lines.is_empty() {
        sheet.remark(Remark::Returned, 1);
        return Ok(());
    }
    sheet.remark(Remark::ReturnedInPart, i64::from(is_touched));
    sheet.remark(Remark::PaidOtherwise, i64::from(record.tenders.is_some()));
    sheet.remark(Remark::AtArchived, i64::from(row.try_get::<bool, _>("retailer_archived")?));

    let retailer: &str = row.try_get("retailer_code")?;
    let zone: &str = row.try_get("retailer_zone")?;
    let zone = stored(Zone::new(zone), "retailers.time_zone")?;
    let occurred_at =
        calendar::with_offset(record.occurred_at, zone).to_rfc3339_opts(SecondsFormat::AutoSi, false);
    let buyer: Option<Uuid> = row.try_get("buyer_id")?;
    let kind: Option<&str> = row.try_get("buyer_kind")?;
    let value: Option<&str> = row.try_get("buyer_value")?;
    match (buyer, kind) {
        (None, _) => sheet.remark(Remark::Unclaimed, 1),
        (Some(_), None) => sheet.remark(Remark::WithoutCustomer, 1),
        (Some(_), Some(_)) => {}
    }
    let [external_id, email, phone, card] = ["external_id", "email", "phone", "card"]
        .map(|wanted| if kind == Some(wanted) { value.unwrap_or_default() } else { "" });
    for line in &lines {
        sheet.row([
            record.transaction_id.as_str(),
            retailer,
            occurred_at.as_str(),
            external_id,
            email,
            phone,
            card,
            line.product,
            line.quantity.to_string().as_str(),
            line.unit_price.map(|price| price.to_string()).unwrap_or_default().as_str(),
            line.amount.map(|amount| amount.to_string()).unwrap_or_default().as_str(),
            line.discount.map(|discount| discount.to_string()).unwrap_or_default().as_str(),
            record.currency.code(),
        ])?;
    }
    sheet.item();
    Ok(())
}

/// What is written of a line: either the price of one unit or the amount, as it was sent.
struct Kept<'l> {
    product: &'l str,
    quantity: u64,
    unit_price: Option<Amount>,
    amount: Option<Amount>,
    discount: Option<Amount>,
}

fn is_returned(state: &LineState) -> bool {
    !state.amount.is_zero() || state.quantity > 0
}

/// What is left of a line; nothing when all of it came back. What was not paid in money earned nothing and is written as a discount;
/// of what was returned in part, money is taken to have come back first, so that no import credits more than was earned.
fn kept<'l>(line: &'l LineRecord, returned: Option<&LineState>) -> Option<Kept<'l>> {
    let some = |amount: Amount| Some(amount).filter(|amount| !amount.is_zero());
    let product = product(line);
    let Some(returned) = returned else {
        let is_priced = line.unit_price.is_some();
        return Some(Kept {
            product,
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: Some(line.amount).filter(|_| !is_priced),
            discount: line.amount.checked_sub(line.paid()).and_then(some),
        });
    };
    let left = line.due().checked_sub(returned.amount).and_then(some)?;
    Some(Kept {
        product,
        quantity: line.quantity.saturating_sub(returned.quantity),
        unit_price: None,
        amount: Some(left),
        discount: some(line.tendered.total().min(left)),
    })
}

/// The product as the till sent it. An id means nothing elsewhere: it is written as the sku that the product had.
fn product(line: &LineRecord) -> &str {
    let text = line.product.as_deref().unwrap_or_default();
    match (&line.product_id, &line.known) {
        (Some(id), Some(known)) if text.eq_ignore_ascii_case(&id.to_string()) => known.sku.as_str(),
        _ => text,
    }
}
