//! The stores of a merchant.
//!
//! A retailer is known to tills and promotions by its code, which never changes; a retailer that closes is archived
//! and keeps its code, because its purchases keep theirs.

mod upsert;

pub use upsert::Upserted;

use chrono::{DateTime, NaiveTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::{Label, Region, RetailerCode, Zone};
use perennial_domain::ids::{MerchantId, RetailerId};
use sea_orm::sea_query::{Expr, Func, LockType, extension::postgres::PgExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::retailer::{self, Column, Entity};
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped};
use crate::rules::publish_rules;
use crate::stored::stored;
use crate::wire::{given, hour_minute, hour_minute_option};

/// A retailer, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retailer {
    /// The retailer.
    pub id: RetailerId,
    /// The merchant's short name for it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Option<String>,
    /// Its time zone, in which its promotions begin and end.
    pub time_zone: Zone,
    /// When its day begins, local time; a purchase before that belongs to the day before.
    #[serde(with = "hour_minute")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "04:00"))]
    pub business_day_start: NaiveTime,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// Since when it no longer takes part.
    pub archived_at: Option<DateTime<Utc>>,
}

/// A retailer to enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRetailer {
    /// The short name; unique per merchant, never changes.
    pub code: RetailerCode,
    /// The name.
    pub name: Label,
    /// The region.
    #[serde(default)]
    pub region: Option<Region>,
    /// The time zone; the merchant's when it is not given.
    #[serde(default)]
    pub time_zone: Option<Zone>,
    /// When the day begins, local time; midnight when it is not given.
    #[serde(default, with = "hour_minute_option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "04:00"))]
    pub business_day_start: Option<NaiveTime>,
}

/// What to change of a retailer; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RetailerPatch {
    /// The name.
    pub name: Option<Label>,
    /// The region; `null` takes it away.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub region: Option<Option<Region>>,
    /// The time zone.
    pub time_zone: Option<Zone>,
    /// When the day begins, local time.
    #[serde(with = "hour_minute_option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "04:00"))]
    pub business_day_start: Option<NaiveTime>,
    /// Whether it takes part: `true` ends it, `false` lets it take part again.
    pub archived: Option<bool>,
}

/// Which retailers are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetailerFilter {
    /// Part of the name, or the beginning of the code.
    pub search: Option<String>,
    /// With those that no longer take part.
    pub with_archived: bool,
}

impl Engine {
    /// Enters a retailer. Purchases may name it as soon as this returns.
    ///
    /// # Errors
    /// [`Error::Conflict`] `code_taken`.
    pub async fn retailer_create(&self, cx: &Cx, input: NewRetailer) -> Result<Retailer, Error> {
        let txn = self.begin().await?;
        let retailer = self.retailer_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(retailer)
    }

    /// [`retailer_create`](Self::retailer_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn retailer_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: NewRetailer,
    ) -> Result<Retailer, Error> {
        cx.require(Action::CatalogueWrite)?;
        let now = self.now(cx.merchant());
        let (millis, random) = self.id_parts();
        let time_zone = match input.time_zone {
            Some(zone) => zone,
            None => self.merchant_settings_in(txn, cx.merchant()).await?.time_zone,
        };
        let row = retailer::ActiveModel {
            merchant_id: Set(cx.merchant().uuid()),
            id: Set(RetailerId::new(millis, random).uuid()),
            code: Set(input.code.into()),
            name: Set(input.name.into()),
            region: Set(input.region.map(Into::into)),
            time_zone: Set(time_zone.as_str().to_owned()),
            business_day_start: Set(input.business_day_start.unwrap_or(NaiveTime::MIN)),
            created_at: Set(now),
            archived_at: Set(None),
        }
        .insert(txn)
        .await?;
        publish_rules(txn, cx.merchant(), now).await?;
        retailer(row)
    }

    /// One retailer, also an archived one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn retailer_get(&self, cx: &Cx, id: RetailerId) -> Result<Retailer, Error> {
        cx.require(Action::CatalogueRead)?;
        let row = Entity::find_by_id((cx.merchant().uuid(), id.uuid())).one(self.db()).await?;
        retailer(row.ok_or(Error::NotFound(What::Retailer))?)
    }

    /// Retailers in order of their code.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn retailer_list(
        &self,
        cx: &Cx,
        filter: &RetailerFilter,
        page: &PageRequest,
    ) -> Result<Page<Retailer>, Error> {
        cx.require(Action::CatalogueRead)?;
        let mut query = Entity::find().filter(Column::MerchantId.eq(cx.merchant().uuid()));
        if !filter.with_archived {
            query = query.filter(Column::ArchivedAt.is_null());
        }
        if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
            let text = like_escaped(search);
            query = query.filter(
                Condition::any()
                    .add(Expr::col(Column::Name).ilike(format!("%{text}%")))
                    .add(Expr::col(Column::Code).ilike(format!("{text}%"))),
            );
        }
        if let Some(after) = page.after::<String>()? {
            query = query.filter(Column::Code.gt(after));
        }
        let rows = query.order_by_asc(Column::Code).limit(page.probe().unsigned_abs()).all(self.db()).await?;
        let retailers = rows.into_iter().map(retailer).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(retailers, |retailer| retailer.code.clone()))
    }

    /// How many retailers take part.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn retailer_count(&self, cx: &Cx) -> Result<u64, Error> {
        cx.require(Action::CatalogueRead)?;
        let count: Option<i64> = Entity::find()
            .select_only()
            .column_as(Expr::expr(Func::count(Expr::col(Column::Id))), "count")
            .filter(Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(Column::ArchivedAt.is_null())
            .into_tuple()
            .one(self.db())
            .await?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// Changes a retailer, archives it or takes it back.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn retailer_update(
        &self,
        cx: &Cx,
        id: RetailerId,
        patch: RetailerPatch,
    ) -> Result<Retailer, Error> {
        let txn = self.begin().await?;
        let retailer = self.retailer_update_in(&txn, cx, id, patch).await?;
        txn.commit().await?;
        Ok(retailer)
    }

    /// [`retailer_update`](Self::retailer_update) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn retailer_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: RetailerId,
        patch: RetailerPatch,
    ) -> Result<Retailer, Error> {
        cx.require(Action::CatalogueWrite)?;
        let now = self.now(cx.merchant());
        let row = find_locked(txn, cx.merchant(), id).await?;
        let mut change = row.clone().into_active_model();
        if let Some(name) = patch.name {
            change.name.set_if_not_equals(name.into());
        }
        if let Some(region) = patch.region {
            change.region.set_if_not_equals(region.map(Into::into));
        }
        if let Some(zone) = patch.time_zone {
            change.time_zone.set_if_not_equals(zone.as_str().to_owned());
        }
        if let Some(start) = patch.business_day_start {
            change.business_day_start.set_if_not_equals(start);
        }
        if let Some(archived) = patch.archived {
            // Archiving twice keeps the first instant.
            change.archived_at.set_if_not_equals(archived.then(|| row.archived_at.unwrap_or(now)));
        }
        if !change.is_changed() {
            return retailer(row);
        }
        let row = change.update(txn).await?;
        publish_rules(txn, cx.merchant(), now).await?;
        retailer(row)
    }
}

/// The retailer that somebody names by code or id, as a till may send either; an archived one, too.
///
/// # Errors
/// [`Error::UnknownRetailer`].
pub(crate) async fn named(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    code_or_id: &str,
) -> Result<RetailerId, Error> {
    if let Ok(code) = RetailerCode::new(code_or_id) {
        let of_merchant = Entity::find().filter(Column::MerchantId.eq(merchant.uuid()));
        let found = of_merchant.filter(Column::Code.eq(code.as_str())).one(db).await?;
        if let Some(row) = found {
            return Ok(RetailerId::from_uuid(row.id));
        }
    }
    let id: RetailerId = code_or_id.parse().map_err(|_| Error::UnknownRetailer)?;
    let found = Entity::find_by_id((merchant.uuid(), id.uuid())).one(db).await?;
    found.map(|row| RetailerId::from_uuid(row.id)).ok_or(Error::UnknownRetailer)
}

async fn find_locked(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: RetailerId,
) -> Result<retailer::Model, Error> {
    Entity::find_by_id((merchant.uuid(), id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(txn)
        .await?
        .ok_or(Error::NotFound(What::Retailer))
}

fn retailer(row: retailer::Model) -> Result<Retailer, Error> {
    Ok(Retailer {
        id: RetailerId::from_uuid(row.id),
        code: row.code,
        name: row.name,
        region: row.region,
        time_zone: stored(Zone::new(&row.time_zone), "retailers.time_zone")?,
        business_day_start: row.business_day_start,
        created_at: row.created_at,
        archived_at: row.archived_at,
    })
}
