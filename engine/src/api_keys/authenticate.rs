//! From the key in a request to the context of the operation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use perennial_domain::ids::{ApiKeyId, MerchantId, RetailerId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{ApiKeySecret, scopes};
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

/// Keys remembered at most.
const KEYS_MAX: u64 = 10_000;
/// How long a key is believed without asking again. A revoked key must end within two seconds everywhere; half a
/// second is left for the look-up itself.
const BELIEVED: Duration = Duration::from_millis(1_500);

/// How long a key that the database once knew may be believed while the database is away.
const BELIEVED_AWAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Keys that were seen lately, and when they were last used.
pub(crate) struct KeyRing {
    contexts: Cache<[u8; 32], Arc<Cx>>,
    /// What the database last said of a key, for the time when it says nothing.
    known: moka::sync::Cache<[u8; 32], Arc<Cx>>,
    used: Mutex<HashMap<(MerchantId, ApiKeyId), DateTime<Utc>>>,
}

impl KeyRing {
    pub(crate) fn new() -> Self {
        Self {
            contexts: Cache::builder()
                .max_capacity(KEYS_MAX)
                .time_to_live(BELIEVED)
                .support_invalidation_closures()
                .build(),
            known: moka::sync::Cache::builder()
                .max_capacity(KEYS_MAX)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(BELIEVED_AWAY)
                .support_invalidation_closures()
                .build(),
            used: Mutex::default(),
        }
    }

    /// Believes a key no longer.
    pub(super) fn forget(&self, merchant: MerchantId, key: ApiKeyId) {
        let is_it = move |_: &[u8; 32], cx: &Arc<Cx>| {
            cx.merchant() == merchant && matches!(cx.actor(), Actor::ApiKey { id, .. } if *id == key)
        };
        if self.contexts.invalidate_entries_if(is_it).is_err()
            || self.known.invalidate_entries_if(is_it).is_err()
        {
            // Cannot happen with closures supported; everything instead of one is right, too.
            self.contexts.invalidate_all();
            self.known.invalidate_all();
        }
    }

    /// Notes a use; memory is bounded, because only keys that exist are noted and the notes are taken every while.
    fn note(&self, cx: &Cx, now: DateTime<Utc>) {
        if let Actor::ApiKey { id, .. } = cx.actor() {
            // The map holds whole values only: a panic of another holder cannot have left half of one.
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.insert((cx.merchant(), *id), now);
        }
    }

    fn take_used(&self) -> HashMap<(MerchantId, ApiKeyId), DateTime<Utc>> {
        std::mem::take(&mut self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who an API key stands for.
#[derive(Debug, Clone)]
pub struct Believed {
    /// The context.
    pub cx: Arc<Cx>,
    /// Whether the database could not be asked, so that only what it said before is known.
    pub from_memory: bool,
}

/// A key by its hash.
#[derive(FromQueryResult)]
struct Found {
    merchant_id: Uuid,
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    retailer_id: Option<Uuid>,
}

impl Engine {
    /// The context that an API key stands for.
    ///
    /// A key is believed for 1.5 seconds without asking the database again.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the key is unknown or revoked.
    pub async fn authenticate(&self, key: &str) -> Result<Arc<Cx>, Error> {
        let secret = ApiKeySecret::parse(key).ok_or(Error::Unauthenticated)?;
        let hash = secret.hash();
        let cx = self
            .inner
            .key_ring
            .contexts
            .try_get_with(hash, self.api_key_find(hash))
            .await
            // The cache hands one error to all who waited for it.
            .map_err(|error: Arc<Error>| (*error).clone())?;
        self.inner.key_ring.note(&cx, self.clock().now());
        Ok(cx)
    }

    /// The context that an API key stands for; while the database is away also that of a key which the database knew
    /// within the last twelve hours. Only for what is answered from memory: a key that another server has revoked since
    /// is not noticed.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the key is unknown or revoked; [`Error::Busy`] when the database is away and the
    /// key was not used here lately.
    pub async fn authenticate_or_believe(&self, key: &str) -> Result<Believed, Error> {
        let hash = ApiKeySecret::parse(key).ok_or(Error::Unauthenticated)?.hash();
        let ring = &self.inner.key_ring;
        let Some(known) = ring.known.get(&hash).filter(|_| !ring.contexts.contains_key(&hash)) else {
            return Ok(Believed { cx: self.authenticate(key).await?, from_memory: false });
        };
        match self.quote_memory().ask(self.authenticate(key)).await {
            Some(answered) => Ok(Believed { cx: answered?, from_memory: false }),
            None => Ok(Believed { cx: known, from_memory: true }),
        }
    }

    /// Asks the database, and keeps what it says.
    async fn api_key_find(&self, hash: [u8; 32]) -> Result<Arc<Cx>, Error> {
        let found = self.api_key_read(hash).await;
        match &found {
            Ok(cx) => self.inner.key_ring.known.insert(hash, Arc::clone(cx)),
            Err(Error::Unauthenticated) => self.inner.key_ring.known.invalidate(&hash),
            Err(_) => {}
        }
        found
    }

    async fn api_key_read(&self, hash: [u8; 32]) -> Result<Arc<Cx>, Error> {
        let found = Found::find_by_statement(statement(
            "SELECT k.merchant_id, k.id, k.name, k.scopes, k.retailer_id
               FROM directory_api_keys d
               JOIN api_keys k ON k.merchant_id = d.merchant_id AND k.id = d.api_key_id
              WHERE d.hash = $1 AND k.revoked_at IS NULL",
            [hash.to_vec().into()],
        ))
        .one(self.db())
        .await?
        .ok_or(Error::Unauthenticated)?;
        Ok(Arc::new(Cx::new(
            MerchantId::from_uuid(found.merchant_id),
            Actor::ApiKey {
                id: ApiKeyId::from_uuid(found.id),
                name: found.name,
                scopes: scopes(&found.scopes)?,
                retailer: found.retailer_id.map(RetailerId::from_uuid),
            },
        )))
    }

    /// Writes down when keys were last used; the housekeeping calls it, off the path of any request.
    pub(crate) async fn api_keys_flush_usage(&self) -> Result<(), Error> {
        let used = self.inner.key_ring.take_used();
        if used.is_empty() {
            return Ok(());
        }
        let (mut merchants, mut keys, mut instants) = (Vec::new(), Vec::new(), Vec::new());
        for ((merchant, key), instant) in used {
            merchants.push(merchant.uuid());
            keys.push(key.uuid());
            instants.push(instant);
        }
        self.db()
            .execute_raw(statement(
                include_str!("../sql/api_keys_used.sql"),
                [merchants.into(), keys.into(), instants.into()],
            ))
            .await?;
        Ok(())
    }
}
