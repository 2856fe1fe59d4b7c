//! What a merchant sells.
//!
//! A product is known to tills and promotions by its sku, which never changes. One that is no longer sold is
//! archived: purchases of it are accepted as of any unknown product.

mod upsert;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::{CategoryName, Label, Sku, Tag};
use perennial_domain::ids::{MerchantId, ProductId};
use sea_orm::sea_query::{Expr, extension::postgres::PgExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::product::{self, Column, Entity};
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped, searchable};
use crate::statement::statement;
use crate::wire::given;

/// Tags of one product at most.
pub const TAGS_MAX: usize = 50;

/// The same with those that are given twice, which count once.
const TAGS_SENT: usize = 1_000;

/// A product, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Product {
    /// The product.
    pub id: ProductId,
    /// What a till calls it.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// Since when it is no longer sold.
    pub archived_at: Option<DateTime<Utc>>,
}

/// A product to enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// What a till calls it; unique per merchant, never changes.
    pub sku: Sku,
    /// The name.
    pub name: Label,
    /// The category.
    #[serde(default)]
    pub category: Option<CategoryName>,
    /// At most 50 tags.
    #[serde(default, deserialize_with = "perennial_domain::bounded::at_most::<TAGS_SENT, _, _>")]
    pub tags: Vec<Tag>,
}

/// What to change of a product; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ProductPatch {
    /// The name.
    pub name: Option<Label>,
    /// The category; `null` takes it away.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub category: Option<Option<CategoryName>>,
    /// All tags, in place of those before.
    #[serde(deserialize_with = "perennial_domain::bounded::maybe_at_most::<TAGS_SENT, _, _>")]
    pub tags: Option<Vec<Tag>>,
    /// Whether it is no longer sold.
    pub archived: Option<bool>,
}

/// Which products are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Part of the name, or the beginning of the sku.
    pub search: Option<String>,
    /// Of this category.
    pub category: Option<String>,
    /// With those that are no longer sold.
    pub with_archived: bool,
}

impl Engine {
    /// Enters a product. Purchases know it as soon as this returns.
    ///
    /// # Errors
    /// [`Error::Conflict`] `sku_taken`; [`Error::Invalid`] with too many tags.
    pub async fn product_create(&self, cx: &Cx, input: NewProduct) -> Result<Product, Error> {
        let txn = self.begin().await?;
        let product = self.product_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(product)
    }

    /// [`product_create`](Self::product_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn product_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: NewProduct,
    ) -> Result<Product, Error> {
        cx.require(Action::CatalogueWrite)?;
        let tags = tags(input.tags, "/tags")?;
        let (millis, random) = self.id_parts();
        let row = product::ActiveModel {
            merchant_id: Set(cx.merchant().uuid()),
            id: Set(ProductId::new(millis, random).uuid()),
            sku: Set(input.sku.into()),
            name: Set(input.name.into()),
            category: Set(input.category.map(Into::into)),
            tags: Set(tags),
            revision: Set(raise_catalogue(txn, cx.merchant()).await?),
            created_at: Set(self.clock().now()),
            archived_at: Set(None),
        }
        .insert(txn)
        .await?;
        Ok(product(row))
    }

    /// One product, also an archived one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn product_get(&self, cx: &Cx, id: ProductId) -> Result<Product, Error> {
        cx.require(Action::CatalogueRead)?;
        let row = Entity::find_by_id((cx.merchant().uuid(), id.uuid())).one(self.db()).await?;
        row.map(product).ok_or(Error::NotFound(What::Product))
    }

    /// Products in order of their sku.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn product_list(
        &self,
        cx: &Cx,
        filter: &ProductFilter,
        page: &PageRequest,
    ) -> Result<Page<Product>, Error> {
        cx.require(Action::CatalogueRead)?;
        let mut query = Entity::find().filter(Column::MerchantId.eq(cx.merchant().uuid()));
        if !filter.with_archived {
            query = query.filter(Column::ArchivedAt.is_null());
        }
        if let Some(category) = &filter.category {
            query = query.filter(Column::Category.eq(searchable(category)));
        }
        if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
            let text = like_escaped(search);
            query = query.filter(
                Condition::any()
                    .add(Expr::col(Column::Name).ilike(format!("%{text}%")))
                    .add(Expr::col(Column::Sku).ilike(format!("{text}%"))),
            );
        }
        if let Some(after) = page.after::<String>()? {
            query = query.filter(Column::Sku.gt(after));
        }
        let rows = query.order_by_asc(Column::Sku).limit(page.probe().unsigned_abs()).all(self.db()).await?;
        Ok(page.page(rows.into_iter().map(product).collect(), |product| product.sku.clone()))
    }

    /// The categories in use, sorted; for the promotion editor.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn product_categories(&self, cx: &Cx) -> Result<Vec<String>, Error> {
        cx.require(Action::CatalogueRead)?;
        Ok(Entity::find()
            .select_only()
            .column(Column::Category)
            .distinct()
            .filter(Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(Column::ArchivedAt.is_null())
            .filter(Column::Category.is_not_null())
            .order_by_asc(Column::Category)
            .into_tuple()
            .all(self.db())
            .await?)
    }

    /// Changes a product, archives it or takes it back.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] with too many tags.
    pub async fn product_update(
        &self,
        cx: &Cx,
        id: ProductId,
        patch: ProductPatch,
    ) -> Result<Product, Error> {
        let txn = self.begin().await?;
        let product = self.product_update_in(&txn, cx, id, patch).await?;
        txn.commit().await?;
        Ok(product)
    }

    /// [`product_update`](Self::product_update) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn product_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: ProductId,
        patch: ProductPatch,
    ) -> Result<Product, Error> {
        cx.require(Action::CatalogueWrite)?;
        // The revision before the product, as every writer of products does it: no two wait for each other.
        let revision = raise_catalogue(txn, cx.merchant()).await?;
        let row = Entity::find_by_id((cx.merchant().uuid(), id.uuid()))
            .one(txn)
            .await?
            .ok_or(Error::NotFound(What::Product))?;
        let archived_at = row.archived_at;
        let mut change = row.into_active_model();
        if let Some(name) = patch.name {
            change.name = Set(name.into());
        }
        if let Some(category) = patch.category {
            change.category = Set(category.map(Into::into));
        }
        if let Some(new) = patch.tags {
            change.tags = Set(tags(new, "/tags")?);
        }
        if let Some(archived) = patch.archived {
            change.archived_at = Set(archived.then(|| archived_at.unwrap_or_else(|| self.clock().now())));
        }
        change.revision = Set(revision);
        Ok(product(change.update(txn).await?))
    }
}

/// Raises the catalogue's revision and holds its row until the commit.
///
/// So changes of one catalogue are committed in the order of their revisions, and a server that has read up to one
/// revision never misses a lower one.
pub(crate) async fn raise_catalogue(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<i64, Error> {
    let row = txn
        .query_one_raw(statement(
            "UPDATE merchant_revisions SET catalogue = catalogue + 1 WHERE merchant_id = $1 RETURNING catalogue",
            [merchant.uuid().into()],
        ))
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    Ok(row.try_get("", "catalogue")?)
}

/// Sorted and each once, so that the same tags are always stored the same way.
fn tags(tags: Vec<Tag>, pointer: &str) -> Result<Vec<String>, Error> {
    let sent = tags.len();
    let mut tags: Vec<String> = tags.into_iter().map(Into::into).collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > TAGS_MAX || sent > TAGS_SENT {
        return Err(Error::field(pointer, "too_many", format!("At most {TAGS_MAX} tags")));
    }
    Ok(tags)
}

fn product(row: product::Model) -> Product {
    Product {
        id: ProductId::from_uuid(row.id),
        sku: row.sku,
        name: row.name,
        category: row.category,
        tags: row.tags,
        created_at: row.created_at,
        archived_at: row.archived_at,
    }
}
