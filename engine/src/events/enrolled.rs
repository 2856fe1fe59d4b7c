//! Somebody is new in a program: told once, and welcomed once, whichever way they came in.
//!
//! Every statement that enters a customer writes the message in the same breath. The event has the id of the customer,
//! and who writes it sends the letter, so that neither a message that comes twice nor two servers welcome anybody twice.

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::codes::Email;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::messages::{MessageKind, Values};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Happening, Known, announce_once};
use crate::engine::Engine;
use crate::error::Error;
use crate::messages::{self, Message};
use crate::modules::{self, policies};
use crate::statement::statement;
use crate::stored::stored;

/// How somebody came into a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CameBy {
    /// The merchant's program, or a member of the staff, entered the customer.
    Api,
    /// The customer signed in to the portal.
    Portal,
    /// A purchase, or a claim, named somebody nobody had heard of.
    Purchase,
    /// A file of customers, or of purchases, was imported: nobody is written to, or given anything for joining.
    Import,
}

impl CameBy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Portal => "portal",
            Self::Purchase => "purchase",
            Self::Import => "import",
        }
    }
}

/// Tells of new customers. Those who did not come by an import are written to, where they have an address, and are given what
/// the merchant gives for joining.
pub(super) async fn welcome(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    came_by: CameBy,
    customers: &BTreeSet<CustomerId>,
) -> Result<(), Error> {
    let people = people(txn, merchant, customers).await?;
    let came = |person: &Person| if person.imported { CameBy::Import } else { came_by };
    let events = people.iter().map(|(customer, person)| Known {
        id: customer.uuid(),
        what: Happening::of(
            *customer,
            EventKind::CustomerCreated,
            json!({ "came_by": came(person).as_str() }),
        )
        // Nothing comes before it, and it moves no balance.
        .with(0),
    });
    let new = announce_once(txn, engine, merchant, events.collect()).await?;
    if new.is_empty() {
        return Ok(());
    }
    let joined = |(customer, person): &(CustomerId, Person)| {
        new.contains(&customer.uuid()) && came(person) != CameBy::Import
    };
    let joined: Vec<(CustomerId, Person)> = people.into_iter().filter(joined).collect();
    if joined.is_empty() {
        return Ok(());
    }
    // Who is imported was in the program before: nobody joins twice.
    let enrolled: Vec<CustomerId> = joined.iter().map(|(customer, _)| *customer).collect();
    let letters = joined.into_iter().filter_map(|(customer, person)| {
        let (kind, values) = (MessageKind::Welcome, Values::default());
        Some(Message { kind, customer: Some(customer), recipient: person.email?, values })
    });
    messages::write(txn, engine, merchant, letters.collect()).await?;
    modules::tell(txn, merchant, &[(policies::NAME, json!({ "enrolled": enrolled }))]).await.map(drop)
}

struct Person {
    email: Option<Email>,
    /// The first purchase came from a file.
    imported: bool,
}

/// What there is to know of these customers; who is gone again is left out.
async fn people(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customers: &BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, Person>, Error> {
    let asked: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let values = [merchant.uuid().into(), asked.into()];
    let select = statement(include_str!("enrolled.sql"), values);
    let mut people = BTreeMap::new();
    for row in txn.query_all_raw(select).await? {
        let email: Option<String> = row.try_get("", "email")?;
        let email = email.map(|email| stored(Email::new(&email), "customer_identities.value")).transpose()?;
        let person = Person { email, imported: row.try_get("", "imported")? };
        people.insert(CustomerId::from_uuid(row.try_get("", "id")?), person);
    }
    Ok(people)
}
