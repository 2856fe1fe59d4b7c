//! Customers: `external_id, email, phone, card, name, birthday, opening_points`, at least one identity.

use perennial_domain::birthday::Birthday;
use perennial_domain::codes::{CardNumber, Country, Email, ExternalId, PersonName, Phone};
use perennial_domain::points::Points;
use sea_orm::DatabaseTransaction;
use serde::Serialize;

use super::table::{Faults, Row, RowError};
use crate::adjustments::Opening;
use crate::customers::{NewCustomer, Upsert};
use crate::error::Error;
use crate::retailers::Upserted;
use crate::{Cx, Engine};

pub(super) const COLUMNS: &[&str] =
    &["external_id", "email", "phone", "card", "name", "birthday", "opening_points"];

/// A customer, and what they bring along.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Newcomer {
    customer: NewCustomer,
    opening_points: Option<Points>,
}

pub(super) fn parse(row: &Row<'_>, home: Option<&Country>) -> Result<Newcomer, Vec<RowError>> {
    let mut faults = Faults::default();
    // Read into their types to find what is wrong, and kept in the normalised form that makes the same customer the same.
    let external_id =
        faults.keep(row.may("external_id", |text| ExternalId::new(text).map(|id| id.to_string()))).flatten();
    let email =
        faults.keep(row.may("email", |text| Email::new(text).map(|email| email.to_string()))).flatten();
    let phone = faults
        .keep(row.may("phone", |text| Phone::parse(text, home).map(|phone| phone.to_string())))
        .flatten();
    let card =
        faults.keep(row.may("card", |text| CardNumber::new(text).map(|card| card.to_string()))).flatten();
    let name =
        faults.keep(row.may("name", |text| PersonName::new(text).map(|name| name.to_string()))).flatten();
    let birthday = faults
        .keep(row.may("birthday", |text| Birthday::new(text).map(|birthday| birthday.to_string())))
        .flatten();
    let opening_points = faults.keep(row.may("opening_points", opening)).flatten();
    let customer = NewCustomer { external_id, email, phone, card, name, birthday };
    if customer.external_id.is_none()
        && customer.email.is_none()
        && customer.phone.is_none()
        && customer.card.is_none()
    {
        faults.push(row.error(
            "",
            "required",
            "A customer needs an external id, an e-mail, a phone or a card",
        ));
    }
    // Nothing is nothing to give.
    let opening_points = opening_points.filter(|points| !points.is_zero());
    faults.finish(Some(Newcomer { customer, opening_points }))
}

/// Points that a customer had before.
fn opening(text: &str) -> Result<Points, String> {
    let points: i64 = text.parse().map_err(|_| "must be a whole number of points".to_owned())?;
    if !(0..=Points::MAX.get()).contains(&points) {
        return Err(format!("must be between 0 and {}", Points::MAX.get()));
    }
    Ok(Points::new(points))
}

/// Enters or changes customers, and gives those who bring points along their opening balance, once.
pub(super) async fn write(
    engine: &Engine,
    txn: &DatabaseTransaction,
    cx: &Cx,
    chunk: Vec<Newcomer>,
) -> Result<Upserted, Error> {
    let (customers, points): (Vec<_>, Vec<_>) =
        chunk.into_iter().map(|newcomer| (newcomer.customer, newcomer.opening_points)).unzip();
    let rows = engine.customers_enter_in(txn, cx, customers).await?;
    let openings: Vec<Opening> = rows
        .iter()
        .zip(points)
        .enumerate()
        .filter_map(|(row, ((customer, _), points))| {
            Some(Opening { row, customer: *customer, points: points? })
        })
        .collect();
    if openings.is_empty() {
        return Ok(Upserted::of(rows.into_iter().map(|(_, upsert)| upsert)));
    }
    let opened = engine.opening_balances_in(txn, cx, &openings).await?;
    Ok(Upserted::of(rows.into_iter().enumerate().map(|(row, (_, upsert))| match upsert {
        Upsert::Unchanged if opened.contains(&row) => Upsert::Changed,
        upsert => upsert,
    })))
}

/// The identity that the customer is matched by: the first that is given.
pub(super) fn key(newcomer: &Newcomer) -> (&'static str, String) {
    let customer = &newcomer.customer;
    let kinds = [
        ("external_id", &customer.external_id),
        ("email", &customer.email),
        ("phone", &customer.phone),
        ("card", &customer.card),
    ];
    kinds.into_iter().find_map(|(kind, value)| Some((kind, value.clone()?))).unwrap_or_default()
}
