//! Table `merchants`. The tenant: a company that runs one loyalty program.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "merchants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub currency: String,
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    #[sea_orm(column_type = "Text")]
    pub points_name: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub brand_color: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub default_country: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub unknown_customer: String,
    pub claim_days: i32,
    pub accepted_lateness_days: i32,
    #[sea_orm(column_type = "Text")]
    pub rounding: String,
    /// Whether each promotion carries over what rounding leaves.
    pub carry_over: bool,
    pub point_value_points: Option<i64>,
    /// point_value_points points are worth this many minor units: shown, and what points pay.
    pub point_value_amount: Option<i64>,
    pub created_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub return_policy: String,
    /// NULL: points never expire.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub expiry: Option<Json>,
    pub pending_days: i32,
    /// How customers move on the tier ladder; NULL: as the program does unless told otherwise.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tiers: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub cashback_mode: String,
    /// From this local day on, inactivity counts; NULL under other policies.
    pub expiry_since: Option<Date>,
    /// How friends are brought, believed and waited for; NULL: as the program does unless told otherwise.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub referrals: Option<Json>,
    /// Signs the links in letters that unsubscribe without signing in.
    pub unsubscribe_secret: Vec<u8>,
    /// Sites whose pages may call the API in a browser.
    pub allowed_origins: Vec<String>,
}

impl ActiveModelBehavior for ActiveModel {}
