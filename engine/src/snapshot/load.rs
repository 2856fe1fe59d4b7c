//! Reads a snapshot from the database.

use std::sync::Arc;

use futures::TryStreamExt;
use perennial_domain::codes::{CategoryName, Sku, Slug, Tag};
use perennial_domain::evaluate::{CompiledRules, KnownProduct, RetailerFacts};
use perennial_domain::ids::{MerchantId, ProductId, RetailerId};
use perennial_domain::promotion::RuleSet;
use sea_orm::{FromQueryResult, QueryResult};
use serde::Deserialize;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::catalogue::Change;
use super::{Catalogue, ProductEntry, RetailerEntry, Retailers, Revisions, Snapshot, Tiers};
use crate::entity::merchant;
use crate::error::{Error, What};
use crate::events::Announcements;
use crate::merchants;
use crate::stored::stored;

/// Loads what of `known` is older than `wanted`, and takes the rest over.
pub(super) async fn snapshot(
    merchant: MerchantId,
    wanted: Revisions,
    known: Option<&Snapshot>,
    announces: bool,
    conn: &mut PgConnection,
) -> Result<Snapshot, Error> {
    let catalogue = match known {
        Some(known) if known.catalogue.revision() >= wanted.catalogue => Arc::clone(&known.catalogue),
        _ => Arc::new(catalogue(merchant, known.map(|known| known.catalogue.as_ref()), conn).await?),
    };
    match known {
        Some(known) if known.rules_version >= wanted.rules => Ok(Snapshot {
            merchant_id: merchant,
            slug: known.slug.clone(),
            settings: known.settings.clone(),
            rules_version: known.rules_version,
            rules: Arc::clone(&known.rules),
            retailers: Arc::clone(&known.retailers),
            modules: Arc::clone(&known.modules),
            tiers: Arc::clone(&known.tiers),
            catalogue,
        }),
        _ => rules(merchant, catalogue, announces, conn).await,
    }
}

/// Settings, rules and retailers by one statement, so that all are of the same moment.
async fn rules(
    merchant: MerchantId,
    catalogue: Arc<Catalogue>,
    announces: bool,
    conn: &mut PgConnection,
) -> Result<Snapshot, Error> {
    let row = sqlx::query(include_str!("../sql/snapshot_rules.sql"))
        .bind(merchant.uuid())
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    let rules_version: i64 = row.try_get("rules_version")?;
    let rule_set: Option<Value> = row.try_get("rule_set")?;
    let retailers: Value = row.try_get("retailers")?;
    let mut modules: Vec<String> = row.try_get("modules")?;
    if announces && !modules.iter().any(|module| module == Announcements::NAME) {
        modules.push(Announcements::NAME.to_owned());
    }
    let ladder: Value = row.try_get("ladder")?;
    let merchant_row = merchant::Model::from_query_result(&QueryResult::from(row), "")?;

    let rule_set = rule_set
        .ok_or_else(|| Error::Inconsistent(format!("merchant {merchant} has no rule set {rules_version}")))?;
    let rule_set: RuleSet = stored(serde_json::from_value(rule_set), "rule_sets.rules")?;
    let retailers: Vec<StoredRetailer> = stored(serde_json::from_value(retailers), "retailers")?;
    Ok(Snapshot {
        merchant_id: merchant,
        slug: stored(Slug::new(&merchant_row.slug), "merchants.slug")?,
        settings: merchants::settings(&merchant_row)?,
        rules_version,
        rules: Arc::new(CompiledRules::new(&rule_set)),
        retailers: Arc::new(Retailers::new(retailers.into_iter().map(Into::into))),
        modules: modules.into(),
        tiers: Arc::new(Tiers::new(stored(serde_json::from_value(ladder), "tiers.terms")?)),
        catalogue,
    })
}

/// A retailer as `snapshot_rules.sql` gives it.
#[derive(Deserialize)]
struct StoredRetailer {
    id: RetailerId,
    name: String,
    facts: RetailerFacts,
    archived: bool,
}

impl From<StoredRetailer> for RetailerEntry {
    fn from(stored: StoredRetailer) -> Self {
        Self { id: stored.id, name: stored.name, facts: Arc::new(stored.facts), archived: stored.archived }
    }
}

/// The products that changed since `known`, on top of it.
async fn catalogue(
    merchant: MerchantId,
    known: Option<&Catalogue>,
    conn: &mut PgConnection,
) -> Result<Catalogue, Error> {
    // The revision first: a change that is committed between the two statements is read now and once more later.
    let revision: i64 = sqlx::query_scalar("SELECT catalogue FROM merchant_revisions WHERE merchant_id = $1")
        .bind(merchant.uuid())
        .fetch_optional(&mut *conn)
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    let mut changes = Vec::new();
    let mut rows = sqlx::query(
        "SELECT id, sku, name, category, tags, archived_at IS NOT NULL AS is_archived
           FROM products WHERE merchant_id = $1 AND revision > $2",
    )
    .bind(merchant.uuid())
    .bind(known.map_or(0, Catalogue::revision))
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        changes.push(Change {
            product: ProductEntry {
                id: ProductId::from_uuid(row.try_get("id")?),
                name: row.try_get("name")?,
                known: Arc::new(known_product(&row)?),
            },
            is_archived: row.try_get("is_archived")?,
        });
    }
    drop(rows);
    Ok(known.unwrap_or(&Catalogue::default()).with(revision, changes))
}

fn known_product(row: &PgRow) -> Result<KnownProduct, Error> {
    let category: Option<&str> = row.try_get("category")?;
    let tags: Vec<String> = row.try_get("tags")?;
    Ok(KnownProduct {
        sku: stored(Sku::new(row.try_get("sku")?), "products.sku")?,
        category: stored(category.map(CategoryName::new).transpose(), "products.category")?,
        tags: stored(tags.iter().map(|tag| Tag::new(tag)).collect(), "products.tags")?,
    })
}
