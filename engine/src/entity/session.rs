//! Table `sessions`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// SHA-256 of the cookie value, so that a leaked table opens no session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: Vec<u8>,
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
