//! Customers, those who are still there by themselves: neither erased nor merged into another.

use std::io::Write;

use perennial_domain::birthday::Birthday;
use perennial_domain::ids::MerchantId;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{ExportOptions, PAGE, Remark, Sheet};
use crate::error::Error;

#[derive(FromRow)]
struct CustomerRow {
    id: Uuid,
    name: Option<String>,
    birth_day: Option<i16>,
    birth_year: Option<i16>,
    external_id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    card: Option<String>,
    others: i64,
    available: i64,
    pending: i64,
    reserved: i64,
    has_cashback: bool,
}

pub(super) async fn write<W: Write>(
    connection: &mut PgConnection,
    merchant: MerchantId,
    options: ExportOptions,
    sheet: &mut Sheet<W>,
    progress: &impl Fn(u64),
) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let rows: Vec<CustomerRow> = sqlx::query_as(include_str!("customers.sql"))
            .bind(merchant.uuid())
            .bind(after)
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for row in &rows {
            customer(row, options, sheet)?;
        }
        progress(sheet.report.rows);
    }
}

fn customer<W: Write>(row: &CustomerRow, options: ExportOptions, sheet: &mut Sheet<W>) -> Result<(), Error> {
    let identities = [&row.external_id, &row.email, &row.phone, &row.card];
    let is_found = identities.iter().any(|identity| identity.is_some());
    let [external_id, email, phone, card] =
        identities.map(|identity| identity.as_deref().unwrap_or_default());
    sheet.remark(Remark::FurtherIdentities, i64::from(row.others > 0));
    sheet.remark(Remark::PendingPoints, row.pending);
    sheet.remark(Remark::ReservedPoints, row.reserved);
    sheet.remark(Remark::OwedPoints, row.available.saturating_neg());
    sheet.remark(Remark::Cashback, i64::from(row.has_cashback));
    if !is_found || !options.balances {
        sheet.remark(Remark::SpendablePoints, row.available);
    }
    if !is_found {
        sheet.remark(Remark::WithoutIdentity, 1);
        return Ok(());
    }
    let name = row.name.as_deref().unwrap_or_default();
    let birthday = row.birth_day.and_then(|key| Birthday::stored(key, row.birth_year));
    let birthday = birthday.map(|birthday| birthday.to_string()).unwrap_or_default();
    let is_written = options.balances && row.available > 0;
    let opening_points = if is_written { row.available.to_string() } else { String::new() };
    sheet.row([external_id, email, phone, card, name, birthday.as_str(), opening_points.as_str()])?;
    sheet.item();
    Ok(())
}
