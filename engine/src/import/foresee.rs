//! What the intake would say of past purchases, found out without giving them to it: a dry run writes nothing.

use std::{collections::HashMap, sync::Arc};

use perennial_domain::{
    access::Action,
    customer::CustomerRef,
    ids::CustomerId,
    purchase::{CheckedPurchase, CustomerComparison, differences},
    settings::UnknownCustomer,
};
use sqlx::Row as _;
use uuid::Uuid;

use crate::{
    Cx, Engine,
    error::Error,
    intake::{fits, retailer, storable},
    purchase_record::{CustomerKey, PurchaseRecord},
    snapshot::{RetailerEntry, Snapshot},
};

/// Why each of these purchases would be refused as things are now; nothing for those that would be stored, and for those
/// that are stored already. What they would earn is not reckoned.
pub(super) async fn refusals(
    engine: &Engine,
    cx: &Cx,
    snapshot: &Snapshot,
    purchases: &[&CheckedPurchase],
) -> Result<Vec<Option<Error>>, Error> {
    let retailers: Vec<_> = purchases
        .iter()
        .map(|purchase| {
            let named = purchase.retailer.as_deref();
            retailer(named, cx.retailer(), snapshot, Action::PurchasesWrite).map(Arc::as_ref)
        })
        .collect();
    let seen = Seen {
        stored: stored(engine, cx, purchases, &retailers).await?,
        known: known(engine, cx, purchases).await?,
    };
    let now = engine.now(cx.merchant());
    let mut refusals = Vec::with_capacity(purchases.len());
    for (place, (purchase, retailer)) in purchases.iter().zip(retailers).enumerate() {
        let said = retailer.and_then(|retailer| match seen.stored.get(&place) {
            // What is stored is recognised whatever time and settings are by now.
            Some(record) => seen.recognised(cx, place, purchase, record),
            None if retailer.archived => Err(Error::UnknownRetailer),
            None => {
                fits(purchase, &snapshot.settings, true, now)?;
                seen.buyer(place, purchase, snapshot)
            }
        });
        refusals.push(said.err());
    }
    Ok(refusals)
}

/// What the database has of a batch, by the places in it.
struct Seen {
    stored: HashMap<usize, PurchaseRecord>,
    known: HashMap<usize, CustomerId>,
}

impl Seen {
    fn recognised(
        &self,
        cx: &Cx,
        place: usize,
        purchase: &CheckedPurchase,
        record: &PurchaseRecord,
    ) -> Result<(), Error> {
        let key = purchase.customer.as_ref().map(|customer| CustomerKey::of(cx.merchant(), customer));
        let same_person =
            record.customer_id.is_some() && self.known.get(&place) == record.customer_id.as_ref();
        let customers = if record.is_forgotten || record.customer_key == key || same_person {
            CustomerComparison::Same
        } else {
            CustomerComparison::Different
        };
        let mut received = purchase.content(record.retailer_id);
        received.occurred_at = received.occurred_at.map(storable);
        let differences = differences(&record.content(), &received, customers);
        if differences.is_empty() { Ok(()) } else { Err(Error::TransactionConflict(differences)) }
    }

    fn buyer(&self, place: usize, purchase: &CheckedPurchase, snapshot: &Snapshot) -> Result<(), Error> {
        let is_refused = snapshot.settings.unknown_customer == UnknownCustomer::Reject;
        if is_refused && purchase.customer.is_some() && !self.known.contains_key(&place) {
            return Err(Error::CustomerNotFound);
        }
        Ok(())
    }
}

/// The purchases that are stored under the keys of these.
async fn stored(
    engine: &Engine,
    cx: &Cx,
    purchases: &[&CheckedPurchase],
    retailers: &[Result<&RetailerEntry, Error>],
) -> Result<HashMap<usize, PurchaseRecord>, Error> {
    let merchants = vec![cx.merchant().uuid(); purchases.len()];
    // Whose retailer is unknown has no key.
    let key =
        |retailer: &Result<&RetailerEntry, Error>| retailer.as_ref().map_or(Uuid::nil(), |it| it.id.uuid());
    let retailers: Vec<Uuid> = retailers.iter().map(key).collect();
    let transaction_ids: Vec<&str> =
        purchases.iter().map(|purchase| purchase.transaction_id.as_str()).collect();
    let rows = sqlx::query(include_str!("../intake/sql/existing.sql"))
        .bind(merchants)
        .bind(retailers)
        .bind(transaction_ids)
        .fetch_all(engine.pool())
        .await?;
    let mut stored = HashMap::with_capacity(rows.len());
    for row in &rows {
        stored.insert(place(row)?, PurchaseRecord::from_row(row)?);
    }
    Ok(stored)
}

/// The customers whom these purchases name, as far as there are such.
async fn known(
    engine: &Engine,
    cx: &Cx,
    purchases: &[&CheckedPurchase],
) -> Result<HashMap<usize, CustomerId>, Error> {
    let named = |part: fn(&CustomerRef) -> String| -> Vec<Option<String>> {
        purchases.iter().map(|purchase| purchase.customer.as_ref().map(part)).collect()
    };
    let rows = sqlx::query(include_str!("known.sql"))
        .bind(cx.merchant().uuid())
        .bind(named(|customer| customer.kind().to_owned()))
        .bind(named(CustomerRef::value))
        .fetch_all(engine.pool())
        .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in &rows {
        known.insert(place(row)?, CustomerId::from_uuid(row.try_get("customer_id")?));
    }
    Ok(known)
}

/// Which purchase a row is about; Postgres counts from one.
fn place(row: &sqlx::postgres::PgRow) -> Result<usize, Error> {
    let place: i64 = row.try_get("place")?;
    usize::try_from(place - 1).map_err(|_| Error::Inconsistent(format!("there is no place {place}")))
}
