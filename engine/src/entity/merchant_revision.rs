//! Table `merchant_revisions`.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "merchant_revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Settings, retailers and promotions; equals the newest rule_sets.version.
    pub rules: i64,
    /// Products; products.revision holds the value at which a row last changed.
    pub catalogue: i64,
    /// Identities of customers that were changed or taken away.
    pub people: i64,
}

impl ActiveModelBehavior for ActiveModel {}
