//! Table `customers`. Somebody in a program. With customer_identities the only home of personal data.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    pub birth_day: Option<i16>,
    pub birth_year: Option<i16>,
    pub birthday_set_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub erased_at: Option<DateTimeUtc>,
    pub merged_into: Option<Uuid>,
    pub merged_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
