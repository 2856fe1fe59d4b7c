//! Table `customer_identities`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_identities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub kind: String,
    /// Normalised: e-mail in lower case, phone in E.164, others as given.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub value: String,
    pub customer_id: Uuid,
    /// 0: the one of its kind that is shown and written to; more: a further one, of an account that was merged.
    pub place: i16,
    pub merged_from: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
