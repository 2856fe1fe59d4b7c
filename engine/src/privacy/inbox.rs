//! Events of other systems that wait, or were refused, and name a customer who is erased.
//!
//! What has had its effect keeps no data. An order that waits loses its customer and is booked as one of nobody, so that
//! the merchant's books are complete; the registration of somebody who does not want to be registered is discarded.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::codes::Country;
use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::forget::Person;
use crate::customers::IdentityKind;
use crate::error::Error;
use crate::inbox::MODULE;
use crate::statement::statement;

/// Events looked at together.
const BATCH: i64 = 500;

/// What becomes of an event.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// It does not concern the person.
    Untouched,
    /// It stays, without the person.
    Stripped(String),
    /// Nothing is left that could have an effect.
    Discarded,
}

/// Takes the person out of the events of a merchant that still have data.
pub(super) async fn forget(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    person: &Person,
    now: DateTime<Utc>,
    removed: &mut BTreeMap<String, i64>,
) -> Result<(), Error> {
    if person.identities.is_empty() {
        return Ok(());
    }
    let home = home(txn, merchant).await?;
    let mut after = Uuid::nil();
    loop {
        let values = [merchant.uuid().into(), after.into(), BATCH.into()];
        let rows = txn.query_all_raw(statement(include_str!("sql/inbox_with_data.sql"), values)).await?;
        let (mut keys, mut data) = (Vec::new(), Vec::new());
        for row in &rows {
            let key: Uuid = row.try_get("", "key")?;
            after = key;
            let (text, problem): (String, String) = (row.try_get("", "data")?, row.try_get("", "problem")?);
            let kind: String = row.try_get("", "type")?;
            match without(person, &kind, &text, &problem, home.as_ref()) {
                Outcome::Untouched => continue,
                Outcome::Stripped(text) => data.push(text),
                // Stands for nothing: the driver of SeaORM knows no array with nulls in it.
                Outcome::Discarded => data.push(String::new()),
            }
            keys.push(key);
        }
        if !keys.is_empty() {
            *removed.entry("told_events".to_owned()).or_default() +=
                i64::try_from(keys.len()).unwrap_or(i64::MAX);
            let problem = json!({
                "kind": "customer_erased",
                "detail": "The customer of this event was erased",
            });
            let values =
                [merchant.uuid().into(), keys.into(), data.into(), now.into(), problem.into(), MODULE.into()];
            txn.execute_raw(statement(include_str!("sql/inbox_strip.sql"), values)).await?;
        }
        if i64::try_from(rows.len()).unwrap_or(0) < BATCH {
            return Ok(());
        }
    }
}

async fn home(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<Option<Country>, Error> {
    let sql = "SELECT default_country FROM merchants WHERE id = $1";
    let row = txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?;
    let country: Option<String> = row.map(|row| row.try_get("", "default_country")).transpose()?.flatten();
    Ok(country.and_then(|country| country.parse().ok()))
}

/// An event without the person.
fn without(person: &Person, kind: &str, text: &str, problem: &str, home: Option<&Country>) -> Outcome {
    let data: Value = serde_json::from_str(text).unwrap_or_default();
    let stripped = match data {
        Value::Object(mut fields) => strip(person, kind, &mut fields, home).then_some(fields),
        _ => None,
    };
    match stripped {
        None if !speaks_of(person, text) && !speaks_of(person, problem) => Outcome::Untouched,
        Some(fields) if !fields.is_empty() && !speaks_of(person, problem) => {
            let text = Value::Object(fields).to_string();
            if speaks_of(person, &text) { Outcome::Discarded } else { Outcome::Stripped(text) }
        }
        // It names the person in a place where no event has to, or is of no use without.
        None | Some(_) => Outcome::Discarded,
    }
}

/// Takes the person out of the fields of an event; whether it was in there.
fn strip(person: &Person, kind: &str, fields: &mut Map<String, Value>, home: Option<&Country>) -> bool {
    if fields
        .get("customerId")
        .and_then(Value::as_str)
        .is_some_and(|id| person.is(IdentityKind::ExternalId, id, home))
    {
        // The order of a shop that has to name somebody.
        fields.clear();
        return true;
    }
    if names(person, fields, home) && kind.starts_with("customer.") {
        fields.clear();
        return true;
    }
    let Some(Value::Object(customer)) = fields.get("customer") else { return false };
    if !names(person, customer, home) {
        return false;
    }
    fields.remove("customer");
    fields.remove("payment_fingerprint");
    true
}

/// Whether one of the identities in here is the person's.
fn names(person: &Person, fields: &Map<String, Value>, home: Option<&Country>) -> bool {
    IdentityKind::ALL.into_iter().any(|kind| {
        let given = fields.get(kind.as_str()).and_then(Value::as_str);
        given.is_some_and(|given| person.is(kind, given, home))
    })
}

/// Whether a text has the e-mail address or the telephone number in it, written as it is stored. Other identities may be as
/// short as a number that means something else.
fn speaks_of(person: &Person, text: &str) -> bool {
    let text = text.to_lowercase();
    let mut told = person.identities.iter().filter(|(kind, _)| kind == "email" || kind == "phone");
    told.any(|(_, value)| text.contains(&value.to_lowercase()))
}

impl Person {
    fn is(&self, kind: IdentityKind, given: &str, home: Option<&Country>) -> bool {
        let Ok(value) = kind.parse(given, home) else { return false };
        self.identities.iter().any(|(of, own)| of == kind.as_str() && *own == value)
    }
}

#[cfg(test)]
mod tests {
    use perennial_domain::ids::CustomerId;

    use super::*;

    fn ada() -> Person {
        let own = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
        Person {
            customer: CustomerId::new(1, [1; 10]),
            identities: vec![own("email", "ada@example.org"), own("phone", "+4915112345678")],
        }
    }

    #[test]
    fn an_order_loses_its_customer_however_the_till_has_written_the_address() {
        let germany: Country = "DE".parse().unwrap();
        for customer in [r#"{"email":"Ada@Example.ORG"}"#, r#"{"phone":"0151 12345678"}"#] {
            let order = format!(
                r#"{{"transaction_id":"t","customer":{customer},"payment_fingerprint":"f","amount":5}}"#
            );
            let stripped = without(&ada(), "order.completed", &order, "", Some(&germany));
            let left = json!({ "transaction_id": "t", "amount": 5 }).to_string();
            assert_eq!(stripped, Outcome::Stripped(left), "{customer}");
        }
    }

    #[test]
    fn what_is_of_no_use_without_the_person_or_names_it_elsewhere_is_discarded() {
        let registered = r#"{"email":"ada@example.org","name":"Ada"}"#;
        assert_eq!(without(&ada(), "customer.registered", registered, "", None), Outcome::Discarded);
        let noted = r#"{"transaction_id":"for ADA@example.org"}"#;
        assert_eq!(without(&ada(), "order.completed", noted, "", None), Outcome::Discarded);
    }

    #[test]
    fn others_stay_as_they_are() {
        let order = r#"{"transaction_id":"t","customer":{"email":"eve@example.org"}}"#;
        assert_eq!(without(&ada(), "order.completed", order, "", None), Outcome::Untouched);
        assert_eq!(without(&ada(), "order.completed", "not JSON", "", None), Outcome::Untouched);
    }
}
