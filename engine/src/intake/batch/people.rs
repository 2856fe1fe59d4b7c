//! Steps 3 and 6: who the customers are, and those who are new.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use super::checks::{Buyer, Fresh};
use super::known::{Known, Reference};
use crate::intake::item::Item;

/// The customers that a batch refers to, as far as they are known.
pub(super) struct People<'b> {
    known: HashMap<Reference<'b>, CustomerId>,
    erased: HashSet<Reference<'b>>,
}

impl<'b> People<'b> {
    pub fn new(known: Vec<(Reference<'b>, CustomerId)>, erased: Vec<Reference<'b>>) -> Self {
        Self { known: known.into_iter().collect(), erased: erased.into_iter().collect() }
    }

    /// Whether an item names, by id, somebody who was erased.
    pub fn is_erased(&self, item: &Item) -> bool {
        item.purchase
            .customer
            .as_ref()
            .is_some_and(|customer| self.erased.contains(&(item.merchant(), customer)))
    }

    /// The customer that an item names, if there is one.
    pub fn of(&self, item: &Item) -> Option<CustomerId> {
        let customer = item.purchase.customer.as_ref()?;
        self.known.get(&(item.merchant(), customer)).copied()
    }

    /// Has everybody who was merged into another account since they were found mean that one.
    pub async fn follow(&mut self, conn: &mut PgConnection) -> Result<(), Failure> {
        let customers: HashSet<CustomerId> = self.known.values().copied().collect();
        let merchants: HashSet<MerchantId> = self.known.keys().map(|(merchant, _)| *merchant).collect();
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(include_str!("../sql/merged.sql"))
            .bind(merchants.into_iter().map(MerchantId::uuid).collect::<Vec<_>>())
            .bind(customers.into_iter().map(CustomerId::uuid).collect::<Vec<_>>())
            .fetch_all(conn)
            .await?;
        let merged: HashMap<(Uuid, Uuid), Uuid> =
            rows.into_iter().map(|(merchant, before, after)| ((merchant, before), after)).collect();
        for ((merchant, _), customer) in &mut self.known {
            if let Some(after) = merged.get(&(merchant.uuid(), customer.uuid())) {
                *customer = CustomerId::from_uuid(*after);
            }
        }
        Ok(())
    }

    /// Creates the customers that are new. Where another server was faster, that one's customer is taken.
    pub async fn create(
        &mut self,
        conn: &mut PgConnection,
        fresh: &mut [Fresh<'b>],
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let new: HashSet<Reference<'b>> = fresh
            .iter()
            .filter_map(|fresh| match fresh.buyer {
                Buyer::New(customer) => Some((fresh.merchant, customer)),
                Buyer::Nobody | Buyer::Known(_) => None,
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut new: Vec<_> = new.into_iter().collect();
        // In the order of the primary key, which is the order of locks.
        new.sort_by_cached_key(|(merchant, customer)| (*merchant, customer.kind(), customer.value()));
        let beaten = self.insert(conn, &new, now).await?;
        self.known.extend(Known::customers(conn, beaten).await?);
        for fresh in fresh {
            if let Buyer::New(customer) = fresh.buyer {
                match self.known.get(&(fresh.merchant, customer)) {
                    Some(id) => fresh.buyer = Buyer::Known(*id),
                    // Somebody created and erased the customer while this statement ran.
                    None => return Err(Failure::Transient("identity_race")),
                }
            }
        }
        Ok(())
    }

    /// Inserts customers and returns the references that somebody else has taken meanwhile.
    async fn insert(
        &mut self,
        conn: &mut PgConnection,
        new: &[Reference<'b>],
        now: DateTime<Utc>,
    ) -> Result<Vec<Reference<'b>>, Failure> {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let ids: Vec<CustomerId> = new.iter().map(|_| CustomerId::new(millis, rand::random())).collect();
        let created: Vec<Uuid> = sqlx::query_scalar(include_str!("../sql/customers_create.sql"))
            .bind(new.iter().map(|(merchant, _)| merchant.uuid()).collect::<Vec<_>>())
            .bind(new.iter().map(|(_, customer)| customer.kind()).collect::<Vec<_>>())
            .bind(new.iter().map(|(_, customer)| customer.value()).collect::<Vec<_>>())
            .bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
            .bind(now)
            .fetch_all(conn)
            .await?;
        let mut beaten = Vec::new();
        for (reference, id) in new.iter().zip(ids) {
            if created.contains(&id.uuid()) {
                self.known.insert(*reference, id);
            } else {
                beaten.push(*reference);
            }
        }
        Ok(beaten)
    }
}
