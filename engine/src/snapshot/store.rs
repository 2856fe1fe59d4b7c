//! Snapshots of many merchants, loaded when they are needed and are not new enough.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use moka::sync::Cache;
use perennial_domain::ids::MerchantId;
use sqlx::{PgConnection, PgPool, Row};
use tokio::sync::Mutex;

use super::{Snapshot, load};
use crate::error::{Error, What};

/// Merchants kept in memory; the one that was not asked for the longest falls out.
const MERCHANTS_MAX: u64 = 1_000;

/// The revisions of a merchant, from `merchant_revisions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revisions {
    /// Settings, retailers and promotions.
    pub rules: i64,
    /// Products.
    pub catalogue: i64,
}

impl Revisions {
    /// Whether nothing here is older than in `other`.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.rules >= other.rules && self.catalogue >= other.catalogue
    }
}

/// Snapshots by merchant; a cheap clone.
#[derive(Clone)]
pub struct SnapshotStore {
    pool: PgPool,
    /// Whether every purchase is announced, because there is a bus.
    announces: bool,
    slots: Cache<MerchantId, Arc<Slot>>,
}

/// One merchant: what everybody reads, and a lock so that only one loads.
#[derive(Default)]
struct Slot {
    current: ArcSwapOption<Snapshot>,
    loading: Mutex<()>,
}

impl SnapshotStore {
    pub(crate) fn new(pool: PgPool, announces: bool) -> Self {
        Self { pool, announces, slots: Cache::new(MERCHANTS_MAX) }
    }

    /// The snapshot as of now: reads the merchant's revisions first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such merchant.
    pub async fn current(&self, merchant: MerchantId) -> Result<Arc<Snapshot>, Error> {
        let mut conn = self.pool.acquire().await?;
        let revisions = revisions(merchant, &mut conn).await?;
        self.at_least(merchant, revisions, &mut conn).await
    }

    /// The snapshot in memory, however old it is.
    #[must_use]
    pub fn known(&self, merchant: MerchantId) -> Option<Arc<Snapshot>> {
        self.slots.get(&merchant)?.current.load_full()
    }

    /// A snapshot that is not older than `wanted`; what is older is loaded over `conn`.
    ///
    /// Only one caller loads a merchant at a time, the others wait for it. It may be newer than what was asked for:
    /// what it contains was committed, and it says itself which version it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such merchant; [`Error::Inconsistent`] when what is stored cannot be read.
    pub async fn at_least(
        &self,
        merchant: MerchantId,
        wanted: Revisions,
        conn: &mut PgConnection,
    ) -> Result<Arc<Snapshot>, Error> {
        let slot = self.slots.get_with(merchant, Arc::default);
        if let Some(snapshot) = slot.new_enough(wanted) {
            return Ok(snapshot);
        }
        let _loading = slot.loading.lock().await;
        if let Some(snapshot) = slot.new_enough(wanted) {
            return Ok(snapshot);
        }
        let known = slot.current.load_full();
        let snapshot =
            Arc::new(load::snapshot(merchant, wanted, known.as_deref(), self.announces, conn).await?);
        slot.current.store(Some(Arc::clone(&snapshot)));
        Ok(snapshot)
    }
}

impl Slot {
    fn new_enough(&self, wanted: Revisions) -> Option<Arc<Snapshot>> {
        self.current.load_full().filter(|snapshot| snapshot.revisions().covers(wanted))
    }
}

async fn revisions(merchant: MerchantId, conn: &mut PgConnection) -> Result<Revisions, Error> {
    let row = sqlx::query("SELECT rules, catalogue FROM merchant_revisions WHERE merchant_id = $1")
        .bind(merchant.uuid())
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    Ok(Revisions { rules: row.try_get("rules")?, catalogue: row.try_get("catalogue")? })
}
