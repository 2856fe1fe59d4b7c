//! tower-sessions on the engine's table.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use perennial_engine::Engine;
use perennial_engine::sessions::{SessionHash, StoredSession};
use sha2::{Digest, Sha256};
use std::fmt;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// Keeps session records in the engine's database.
#[derive(Clone)]
pub(super) struct Store {
    engine: Engine,
}

impl Store {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// The database knows only this hash of the id in the cookie.
pub(super) fn hash(id: &Id) -> SessionHash {
    Sha256::digest(id.0.to_le_bytes()).into()
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // Ids are 128 random bits: a collision is less likely than any failure that could be handled here.
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let expires_at = DateTime::<Utc>::from_timestamp(record.expiry_date.unix_timestamp(), 0)
            .ok_or_else(|| Error::Encode("the expiry is out of range".to_owned()))?;
        self.engine.session_save(&hash(&record.id), StoredSession { data, expires_at }).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(stored) = self.engine.session_load(&hash(id)).await.map_err(backend)? else {
            return Ok(None);
        };
        let data = serde_json::from_value(stored.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(stored.expires_at.timestamp())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.engine.session_delete(&hash(id)).await.map_err(backend)
    }
}
