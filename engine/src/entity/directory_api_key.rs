//! Table `directory_api_keys`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "directory_api_keys")]
pub struct Model {
    /// SHA-256 of the whole key (256 bits of entropy need no slow hash).
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    pub merchant_id: Uuid,
    pub api_key_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
