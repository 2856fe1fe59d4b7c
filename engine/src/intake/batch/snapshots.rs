//! Step 1: rules that are not older than what was published before the batch began.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_domain::ids::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use crate::error::{Error, What};
use crate::intake::item::Item;
use crate::snapshot::{Revisions, Snapshot, SnapshotStore};

/// The snapshots of the merchants in a batch, or why there is none.
pub(super) struct Snapshots(HashMap<MerchantId, Result<Arc<Snapshot>, Error>>);

impl Snapshots {
    pub async fn read(
        conn: &mut PgConnection,
        store: &SnapshotStore,
        items: &[Item],
    ) -> Result<Self, Failure> {
        let mut snapshots: HashMap<_, _> =
            items.iter().map(|item| (item.merchant(), Err(Error::NotFound(What::Merchant)))).collect();
        let merchants: Vec<Uuid> = snapshots.keys().map(|merchant| merchant.uuid()).collect();
        let revisions: Vec<(Uuid, i64, i64)> = sqlx::query_as(include_str!("../sql/revisions.sql"))
            .bind(merchants)
            .fetch_all(&mut *conn)
            .await?;
        for (merchant, rules, catalogue) in revisions {
            let merchant = MerchantId::from_uuid(merchant);
            let snapshot = match store.at_least(merchant, Revisions { rules, catalogue }, conn).await {
                // What is wrong with one merchant concerns nobody else in the batch.
                Err(error @ (Error::NotFound(_) | Error::Inconsistent(_))) => Err(error),
                loaded => Ok(loaded?),
            };
            snapshots.insert(merchant, snapshot);
        }
        Ok(Self(snapshots))
    }

    pub fn of(&self, merchant: MerchantId) -> Result<&Arc<Snapshot>, Error> {
        match self.0.get(&merchant) {
            Some(Ok(snapshot)) => Ok(snapshot),
            Some(Err(error)) => Err(error.clone()),
            None => Err(Error::NotFound(What::Merchant)),
        }
    }
}
