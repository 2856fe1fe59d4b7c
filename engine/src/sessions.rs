//! Sessions of browsers, found by the hash of their cookie.
//!
//! They belong to no tenant: a session is what a tenant is learned from. What is in one is the business of the
//! pages; here it is opaque.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use crate::engine::Engine;
use crate::entity::session;
use crate::error::Error;

/// A stored session.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSession {
    /// What the pages keep in it.
    pub data: Value,
    /// From when it counts as gone.
    pub expires_at: DateTime<Utc>,
}

/// SHA-256 of the cookie value: a leaked table opens no session.
pub type SessionHash = [u8; 32];

impl Engine {
    /// Reads a session that has not expired.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn session_load(&self, hash: &SessionHash) -> Result<Option<StoredSession>, Error> {
        let row = session::Entity::find_by_id(hash.to_vec())
            .filter(session::Column::ExpiresAt.gt(self.clock().now()))
            .one(self.db())
            .await?;
        Ok(row.map(|row| StoredSession { data: row.data, expires_at: row.expires_at }))
    }

    /// Writes a session, new or known.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn session_save(&self, hash: &SessionHash, stored: StoredSession) -> Result<(), Error> {
        let row = session::ActiveModel {
            id_hash: Set(hash.to_vec()),
            data: Set(stored.data),
            expires_at: Set(stored.expires_at),
        };
        session::Entity::insert(row)
            .on_conflict(
                OnConflict::column(session::Column::IdHash)
                    .update_columns([session::Column::Data, session::Column::ExpiresAt])
                    .to_owned(),
            )
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Forgets a session; forgetting one that is not there is fine.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn session_delete(&self, hash: &SessionHash) -> Result<(), Error> {
        session::Entity::delete_by_id(hash.to_vec()).exec(self.db()).await?;
        Ok(())
    }
}
