//! Step 1: what a batch has to know before anything else, asked in one statement.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use crate::intake::item::Item;
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
}

/// A row: of a merchant, without a place, or of the reference at this place, counted from one; last, whether that was erased.
type Row = (Option<i64>, Uuid, Option<i64>, Option<i64>, Option<DateTime<Utc>>, bool);

impl<'b> Known<'b> {
    /// Asks for all merchants of a batch and everybody whom its purchases name.
    pub async fn of(conn: &mut PgConnection, items: &'b [Item]) -> Result<Self, Failure> {
        let merchants: HashSet<_> = items.iter().map(Item::merchant).collect();
        let references: HashSet<Reference<'b>> = items
            .iter()
            .filter_map(|item| Some((item.merchant(), item.purchase.customer.as_ref()?)))
            .collect();
        Self::ask(conn, merchants, references).await
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
        for (place, id, rules, catalogue, published_at, is_erased) in rows {
            if let Some(place) = place {
                let reference = usize::try_from(place - 1).ok().and_then(|place| asked.get(place));
                if is_erased {
                    known.erased.extend(reference);
                    continue;
                }
                known.customers.extend(reference.map(|reference| (*reference, CustomerId::from_uuid(id))));
            } else if let (Some(rules), Some(catalogue)) = (rules, catalogue) {
                let revisions = Revisions { rules, catalogue };
                known.revisions.push((MerchantId::from_uuid(id), revisions, published_at));
            }
        }
        Ok(known)
    }
}
