//! Step 1: what a batch has to know before anything else, asked in one statement.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use crate::intake::acquaintances::{Acquaintance, Acquaintances};
use crate::intake::item::Item;
use crate::purchase_record::CustomerKey;
use crate::snapshot::Revisions;

/// Somebody whom a purchase names.
pub(super) type Reference<'b> = (MerchantId, &'b CustomerRef);

/// What the database says.
#[derive(Default)]
pub(super) struct Known<'b> {
    /// How new the snapshot of a merchant must be, and when that was published. Merchants that do not exist are left out.
    pub revisions: Vec<(MerchantId, Revisions, Option<DateTime<Utc>>)>,
    /// Who is meant; nobody by references that are left out.
    pub customers: Vec<(Reference<'b>, CustomerId)>,
    /// References to customers who were erased.
    pub erased: Vec<Reference<'b>>,
    /// How often references of a merchant have changed hands.
    changes: HashMap<MerchantId, i64>,
}

/// A row: of a merchant, without a place, or of the reference at this place, counted from one; last, whether that was erased.
type Row = (Option<i64>, Uuid, Option<i64>, Option<i64>, Option<i64>, Option<DateTime<Utc>>, bool);

impl<'b> Known<'b> {
    /// Asks for all merchants of a batch and for everybody whom its purchases name and nobody remembers.
    pub async fn of(
        conn: &mut PgConnection,
        items: &'b [Item],
        acquaintances: &Acquaintances,
    ) -> Result<Self, Failure> {
        let merchants: HashSet<_> = items.iter().map(Item::merchant).collect();
        let named: HashMap<Reference<'b>, CustomerKey> = items
            .iter()
            .filter_map(|item| {
                Some(((item.merchant(), item.purchase.customer.as_ref()?), item.customer_key?))
            })
            .collect();
        // Whoever is named by an id is always asked for: it may be that of somebody who was erased.
        let (by_id, named): (Vec<_>, Vec<_>) =
            named.into_iter().partition(|((_, customer), _)| matches!(customer, CustomerRef::Id(_)));
        let recalled = acquaintances.recall(named.iter().map(|(_, key)| *key));
        let unknown = named.iter().zip(&recalled).filter(|(_, recalled)| recalled.is_none());
        let asked = by_id.iter().chain(unknown.map(|(named, _)| named)).map(|(reference, _)| *reference);
        let mut known = Self::ask(conn, merchants, asked).await?;
        let (mut remembered, mut doubtful) = (Vec::new(), Vec::new());
        for ((reference, _), recalled) in named.iter().zip(recalled) {
            let Some(Acquaintance { customer, revision }) = recalled else { continue };
            if known.changes.get(&reference.0) == Some(&revision) {
                remembered.push((*reference, customer));
            } else {
                doubtful.push(*reference);
            }
        }
        known.customers.extend(Self::customers(conn, doubtful).await?);
        known.introduce(&named, acquaintances);
        known.customers.extend(remembered);
        Ok(known)
    }

    /// Has everybody remembered who had to be asked for.
    fn introduce(&self, named: &[(Reference<'b>, CustomerKey)], acquaintances: &Acquaintances) {
        if self.customers.is_empty() {
            return;
        }
        let keys: HashMap<&Reference<'b>, CustomerKey> =
            named.iter().map(|(reference, key)| (reference, *key)).collect();
        let found = self.customers.iter().filter_map(|(reference, customer)| {
            let revision = *self.changes.get(&reference.0)?;
            Some((*keys.get(reference)?, Acquaintance { customer: *customer, revision }))
        });
        acquaintances.remember(found);
    }

    /// Asks once more, only for these.
    pub async fn customers(
        conn: &mut PgConnection,
        references: Vec<Reference<'b>>,
    ) -> Result<Vec<(Reference<'b>, CustomerId)>, Failure> {
        if references.is_empty() {
            return Ok(Vec::new());
        }
        Ok(Self::ask(conn, None, references).await?.customers)
    }

    async fn ask(
        conn: &mut PgConnection,
        merchants: impl IntoIterator<Item = MerchantId>,
        references: impl IntoIterator<Item = Reference<'b>>,
    ) -> Result<Self, Failure> {
        let merchants: Vec<Uuid> = merchants.into_iter().map(|merchant| merchant.uuid()).collect();
        let mut identities = (Vec::new(), Vec::new(), Vec::new());
        let mut ids = (Vec::new(), Vec::new());
        let (mut by_identity, mut by_id) = (Vec::new(), Vec::new());
        for reference @ (merchant, customer) in references {
            if let CustomerRef::Id(id) = customer {
                ids.0.push(merchant.uuid());
                ids.1.push(id.uuid());
                by_id.push(reference);
            } else {
                identities.0.push(merchant.uuid());
                identities.1.push(customer.kind());
                identities.2.push(customer.value());
                by_identity.push(reference);
            }
        }
        let asked = [by_identity, by_id].concat();
        let rows: Vec<Row> = sqlx::query_as(include_str!("../sql/known.sql"))
            .bind(merchants)
            .bind(identities.0)
            .bind(identities.1)
            .bind(identities.2)
            .bind(ids.0)
            .bind(ids.1)
            .fetch_all(conn)
            .await?;
        let mut known = Self::default();
        for (place, id, rules, catalogue, people, published_at, is_erased) in rows {
            if let Some(place) = place {
                let reference = usize::try_from(place - 1).ok().and_then(|place| asked.get(place));
                if is_erased {
                    known.erased.extend(reference);
                    continue;
                }
                known.customers.extend(reference.map(|reference| (*reference, CustomerId::from_uuid(id))));
            } else if let (Some(rules), Some(catalogue), Some(people)) = (rules, catalogue, people) {
                let (merchant, revisions) = (MerchantId::from_uuid(id), Revisions { rules, catalogue });
                known.revisions.push((merchant, revisions, published_at));
                known.changes.insert(merchant, people);
            }
        }
        Ok(known)
    }
}
