//! Customers: `external_id, email, phone, card, name, birthday`, at least one identity.

use perennial_domain::birthday::Birthday;
use perennial_domain::codes::{CardNumber, Country, Email, ExternalId, PersonName, Phone};

use super::table::{Faults, Row, RowError};
use crate::customers::NewCustomer;

pub(super) const COLUMNS: &[&str] = &["external_id", "email", "phone", "card", "name", "birthday"];

pub(super) fn parse(row: &Row<'_>, home: Option<&Country>) -> Result<NewCustomer, Vec<RowError>> {
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
    faults.finish(Some(customer))
}

/// The identity that the customer is matched by: the first that is given.
pub(super) fn key(customer: &NewCustomer) -> (&'static str, String) {
    let kinds = [
        ("external_id", &customer.external_id),
        ("email", &customer.email),
        ("phone", &customer.phone),
        ("card", &customer.card),
    ];
    kinds.into_iter().find_map(|(kind, value)| Some((kind, value.clone()?))).unwrap_or_default()
}
