//! Lists and pages of promotions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::Zone;
use perennial_domain::ids::{MerchantId, PromotionId};
use perennial_domain::promotion::{Pause, PromotionTerms};
use sea_orm::sea_query::{Expr, extension::postgres::PgExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::{Loaded, PromotionState, versions_of};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::promotion::{Column, Entity};
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped};

/// A promotion, as lists and pages show it: its newest terms and where it is in its life.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromotionView {
    /// The promotion.
    pub id: PromotionId,
    /// Where it is in its life.
    pub state: PromotionState,
    /// The version whose terms these are: the draft when there is one, else the newest.
    pub version: u32,
    /// Whether these terms are a draft, which counts for nothing yet.
    pub is_draft: bool,
    /// The version that purchases earn by now.
    pub version_in_force: Option<u32>,
    /// What the promotion gives, for what, where and when.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = perennial_domain::promotion::PromotionInput))]
    pub terms: PromotionTerms,
    /// From when this version is in force; always (its dates allowing) or not yet, when absent.
    pub effective_from: Option<DateTime<Utc>>,
    /// When this version was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When the promotion rested.
    pub pauses: Vec<Pause>,
    /// When it was ended by hand.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was archived.
    pub archived_at: Option<DateTime<Utc>>,
    /// When it was drafted first.
    pub created_at: DateTime<Utc>,
    /// When anything of it changed last.
    pub updated_at: DateTime<Utc>,
}

/// One version of a promotion.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromotionVersionView {
    /// Its number.
    pub version: u32,
    /// Whether purchases earn by it now, the dates of its terms allowing.
    pub is_in_force: bool,
    /// What it says.
    #[serde(flatten)]
    #[cfg_attr(feature = "openapi", schema(value_type = perennial_domain::promotion::PromotionInput))]
    pub terms: PromotionTerms,
    /// From when it is in force; always or not yet, when absent.
    pub effective_from: Option<DateTime<Utc>>,
    /// When it was published; a draft when absent.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// Who drafted it.
    pub created_by: String,
}

/// Which promotions are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromotionFilter {
    /// Part of the name.
    pub search: Option<String>,
    /// In this state; in all but `archived` when it is not given.
    pub state: Option<PromotionState>,
}

impl Engine {
    /// One promotion.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn promotion_get(&self, cx: &Cx, id: PromotionId) -> Result<PromotionView, Error> {
        cx.require(Action::PromotionsRead)?;
        let zone = self.merchant_settings_in(self.db(), cx.merchant()).await?.time_zone;
        load(self.db(), cx.merchant(), id).await?.view(self.now(cx.merchant()), zone)
    }

    /// Promotions, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn promotion_list(
        &self,
        cx: &Cx,
        filter: &PromotionFilter,
        page: &PageRequest,
    ) -> Result<Page<PromotionView>, Error> {
        cx.require(Action::PromotionsRead)?;
        let now = self.now(cx.merchant());
        let zone = self.merchant_settings_in(self.db(), cx.merchant()).await?.time_zone;
        let mut after = page.after::<PromotionId>()?;
        let mut views = Vec::new();
        // A state is derived from the terms, not stored: read on until the page is full.
        loop {
            let batch = self.promotion_batch(cx, filter, after, page.probe()).await?;
            let is_last = batch.len() < page.limit() + 1;
            after = batch.last().map(Loaded::id).or(after);
            for loaded in batch {
                let view = loaded.view(now, zone)?;
                if filter.state.is_none_or(|state| state == view.state) {
                    views.push(view);
                }
            }
            if is_last || views.len() > page.limit() {
                return Ok(page.page(views, |view| view.id));
            }
        }
    }

    async fn promotion_batch(
        &self,
        cx: &Cx,
        filter: &PromotionFilter,
        after: Option<PromotionId>,
        limit: i64,
    ) -> Result<Vec<Loaded>, Error> {
        let mut query = Entity::find().filter(Column::MerchantId.eq(cx.merchant().uuid()));
        query = match filter.state {
            Some(PromotionState::Archived) => query.filter(Column::ArchivedAt.is_not_null()),
            _ => query.filter(Column::ArchivedAt.is_null()),
        };
        if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
            query = query.filter(Expr::col(Column::Name).ilike(format!("%{}%", like_escaped(search))));
        }
        if let Some(after) = after {
            query = query.filter(Column::Id.lt(after.uuid()));
        }
        let rows = query.order_by_desc(Column::Id).limit(limit.unsigned_abs()).all(self.db()).await?;
        let mut versions: HashMap<Uuid, Vec<_>> = HashMap::new();
        for version in versions_of(self.db(), cx.merchant(), rows.iter().map(|row| row.id).collect()).await? {
            versions.entry(version.promotion_id).or_default().push(version);
        }
        rows.into_iter()
            .map(|row| {
                let versions = versions.remove(&row.id).unwrap_or_default();
                Loaded::new(row, versions)
            })
            .collect()
    }

    /// The versions of a promotion, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the page cannot be read.
    pub async fn promotion_versions(
        &self,
        cx: &Cx,
        id: PromotionId,
        page: &PageRequest,
    ) -> Result<Page<PromotionVersionView>, Error> {
        cx.require(Action::PromotionsRead)?;
        let loaded = load(self.db(), cx.merchant(), id).await?;
        let in_force = loaded.rules.version_at(self.now(cx.merchant())).map(|version| version.version);
        let after = page.after::<u32>()?.unwrap_or(u32::MAX);
        let views = loaded
            .versions
            .into_iter()
            .rev()
            .filter(|version| version.number < after)
            .take(page.limit() + 1)
            .map(|version| PromotionVersionView {
                version: version.number,
                is_in_force: in_force == Some(version.number),
                terms: version.terms,
                effective_from: version.effective_from,
                published_at: version.published_at,
                created_at: version.created_at,
                created_by: version.created_by,
            })
            .collect();
        Ok(page.page(views, |view: &PromotionVersionView| view.version))
    }
}

pub(super) async fn load(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: PromotionId,
) -> Result<Loaded, Error> {
    let row = Entity::find_by_id((merchant.uuid(), id.uuid()))
        .one(db)
        .await?
        .ok_or(Error::NotFound(What::Promotion))?;
    let versions = versions_of(db, merchant, vec![row.id]).await?;
    Loaded::new(row, versions)
}

/// A promotion as it is within a transaction that has changed it.
pub(super) async fn view_in(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: PromotionId,
    now: DateTime<Utc>,
    zone: Zone,
) -> Result<PromotionView, Error> {
    load(db, merchant, id).await?.view(now, zone)
}

impl Loaded {
    fn view(self, now: DateTime<Utc>, zone: Zone) -> Result<PromotionView, Error> {
        let state = self.state(now, zone);
        let newest = self.newest()?;
        Ok(PromotionView {
            id: self.id(),
            state,
            version: newest.number,
            is_draft: newest.published_at.is_none(),
            version_in_force: self.rules.version_at(now).map(|version| version.version),
            terms: newest.terms.clone(),
            effective_from: newest.effective_from,
            published_at: newest.published_at,
            pauses: self.rules.pauses.clone(),
            ended_at: self.row.ended_at,
            archived_at: self.row.archived_at,
            created_at: self.row.created_at,
            updated_at: self.row.updated_at,
        })
    }
}
