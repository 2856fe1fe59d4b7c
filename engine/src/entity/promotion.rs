//! Table `promotions`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "promotions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the newest version, for lists and search.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Intervals [{"from": instant, "to": instant or null}]; a purchase inside one does not earn.
    #[sea_orm(column_type = "JsonBinary")]
    pub pauses: Json,
    pub ended_at: Option<DateTimeUtc>,
    pub archived_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Who wrote the terms of the newest version.
    #[sea_orm(column_type = "Text", nullable)]
    pub changed_by: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
