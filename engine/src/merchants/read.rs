//! Finding merchants, before anybody is known to act for one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use perennial_domain::codes::Slug;
use perennial_domain::ids::MerchantId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::merchant::{self, Column, Entity};
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::snapshot::Snapshot;

/// A merchant in a list of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantSummary {
    /// The merchant.
    pub id: MerchantId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl Engine {
    /// All merchants in order of their slug, for the operator: it takes no context.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn merchant_list(&self, page: &PageRequest) -> Result<Page<MerchantSummary>, Error> {
        let mut query = Entity::find();
        if let Some(after) = page.after::<String>()? {
            query = query.filter(Column::Slug.gt(after));
        }
        let rows = query.order_by_asc(Column::Slug).limit(page.probe().unsigned_abs()).all(self.db()).await?;
        Ok(page.page(rows.into_iter().map(summary).collect(), |merchant| merchant.slug.clone()))
    }

    /// The merchant that an address names.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn merchant_by_slug(&self, slug: &str) -> Result<MerchantSummary, Error> {
        // What is no slug cannot be stored as one; the database need not be asked.
        let slug = Slug::new(slug).map_err(|_| Error::NotFound(What::Merchant))?;
        let row = Entity::find().filter(Column::Slug.eq(slug.as_str())).one(self.db()).await?;
        row.map(summary).ok_or(Error::NotFound(What::Merchant))
    }

    /// Name, colour, zone and retailers of the program that an address names, for pages that anybody may see.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn program(&self, slug: &str) -> Result<Arc<Snapshot>, Error> {
        let merchant = self.merchant_by_slug(slug).await?;
        self.snapshots().current(merchant.id).await
    }

    /// Settings, retailers, rules and catalogue of the merchant as of now.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn snapshot(&self, cx: &Cx) -> Result<Arc<Snapshot>, Error> {
        self.snapshots().current(cx.merchant()).await
    }
}

fn summary(row: merchant::Model) -> MerchantSummary {
    MerchantSummary {
        id: MerchantId::from_uuid(row.id),
        slug: row.slug,
        name: row.name,
        created_at: row.created_at,
    }
}
