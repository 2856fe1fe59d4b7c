//! Table `purchases`. Written once, never changed: the first answer can be given again from this row alone.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "purchases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// UUIDv7 in arrival order; also the posting id of its entries.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub retailer_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub transaction_id: String,
    pub customer_id: Option<Uuid>,
    /// Hash of the customer reference as it was sent; lets a replay be recognised when identities changed.
    pub customer_key: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text")]
    pub status: String,
    #[sea_orm(column_type = "Text")]
    pub currency: String,
    pub amount: i64,
    pub occurred_at: DateTimeUtc,
    pub occurred_at_sent: bool,
    pub business_date: Date,
    pub received_at: DateTimeUtc,
    pub points: i64,
    /// Points of these that waited when it was credited; NULL when none did.
    pub pending: Option<i64>,
    pub claimable: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub claim_code: Option<String>,
    /// The balance after this purchase; NULL when unclaimed.
    pub balance_points: Option<i64>,
    pub balance_pending: Option<i64>,
    pub rules_version: i64,
    /// Everything evaluate() saw besides the lines: zone, region, first purchase; see domain PurchaseFacts.
    #[sea_orm(column_type = "JsonBinary")]
    pub facts: Json,
    /// The lines as sent, with product facts of that instant and the points each earned.
    #[sea_orm(column_type = "JsonBinary")]
    pub lines: Json,
    /// Awards for the purchase as a whole (flat points).
    #[sea_orm(column_type = "JsonBinary")]
    pub applied: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub warnings: Json,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    pub api_key_id: Option<Uuid>,
    /// What paid for it besides money; NULL when nothing did.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tenders: Option<Json>,
    /// The code of whoever recommended the program, when one came with the purchase.
    pub referral_code: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
