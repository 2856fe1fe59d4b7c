//! What is stored, in the form of a file and in its order: by what things are known by, so that two files can be compared line by
//! line.

use chrono::{DateTime, Utc};
use perennial_domain::cashback::{OfferInput, OfferTerms};
use perennial_domain::codes::{CategoryName, Label, Region, RetailerCode, Sku, Tag, Zone};
use perennial_domain::ids::{
    MerchantId, OfferId, PolicyId, ProductId, PromotionId, RetailerId, RewardId, TierId,
};
use perennial_domain::messages::MessageKind;
use perennial_domain::policies::{PolicyInput, PolicyTerms};
use perennial_domain::promotion::{Pause, PromotionInput, PromotionTerms};
use perennial_domain::rewards::{RewardInput, RewardKind, RewardTerms};
use perennial_domain::tiers::{TierInput, TierTerms};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::file::{
    ProgramMessage, ProgramPolicy, ProgramProduct, ProgramPromotion, ProgramRetailer, ProgramVersion,
};
use super::names::Names;
use crate::entity::{product, promotion, promotion_version, retailer};
use crate::error::Error;
use crate::statement::statement;
use crate::stored::stored;

/// The things without their ids.
pub(super) fn things<I, T>(of: Vec<(I, T)>) -> Vec<T> {
    of.into_iter().map(|(_, thing)| thing).collect()
}

/// By name; of one name by content.
fn in_order<I, T: Serialize>(mut things: Vec<(I, T)>, name: impl Fn(&T) -> &str) -> Vec<(I, T)> {
    // What was read can be written; a thing that could not would only stand elsewhere.
    let content = |thing: &T| serde_json::to_string(thing).unwrap_or_default();
    things.sort_by_cached_key(|(_, thing)| (name(thing).to_owned(), content(thing)));
    things
}

pub(super) async fn retailers(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
) -> Result<Vec<(RetailerId, ProgramRetailer)>, Error> {
    let rows = retailer::Entity::find()
        .filter(retailer::Column::MerchantId.eq(merchant.uuid()))
        .order_by_asc(retailer::Column::Code)
        .all(db)
        .await?;
    let read = |row: retailer::Model| {
        let thing = ProgramRetailer {
            code: stored(RetailerCode::new(&row.code), "retailers.code")?,
            name: stored(Label::stored(&row.name), "retailers.name")?,
            region: stored(row.region.as_deref().map(Region::new).transpose(), "retailers.region")?,
            time_zone: stored(Zone::new(&row.time_zone), "retailers.time_zone")?,
            business_day_start: row.business_day_start,
            archived: row.archived_at.is_some(),
        };
        Ok((RetailerId::from_uuid(row.id), thing))
    };
    rows.into_iter().map(read).collect()
}

pub(super) async fn products(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
) -> Result<Vec<(ProductId, ProgramProduct)>, Error> {
    let rows = product::Entity::find()
        .filter(product::Column::MerchantId.eq(merchant.uuid()))
        .order_by_asc(product::Column::Sku)
        .all(db)
        .await?;
    let read = |row: product::Model| {
        let category = row.category.as_deref().map(CategoryName::new).transpose();
        let tags = row.tags.iter().map(|tag| Tag::new(tag)).collect();
        let thing = ProgramProduct {
            sku: stored(Sku::new(&row.sku), "products.sku")?,
            name: stored(Label::stored(&row.name), "products.name")?,
            category: stored(category, "products.category")?,
            tags: stored(tags, "products.tags")?,
            archived: row.archived_at.is_some(),
        };
        Ok((ProductId::from_uuid(row.id), thing))
    };
    rows.into_iter().map(read).collect()
}

/// The lowest first.
pub(super) async fn tiers(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
) -> Result<Vec<(TierId, TierInput)>, Error> {
    let sql = "SELECT id, terms FROM tiers WHERE merchant_id = $1 ORDER BY threshold";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    let read = |row: &QueryResult| {
        let terms: TierTerms = document(row, "terms", "tiers.terms")?;
        Ok((TierId::from_uuid(row.try_get("", "id")?), terms.into()))
    };
    rows.iter().map(read).collect()
}

/// All that are not over for good, as they are at this instant.
pub(super) async fn promotions(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    now: DateTime<Utc>,
    names: &Names,
) -> Result<Vec<(PromotionId, ProgramPromotion)>, Error> {
    let rows = promotion::Entity::find()
        .filter(promotion::Column::MerchantId.eq(merchant.uuid()))
        .filter(promotion::Column::ArchivedAt.is_null())
        .filter(promotion::Column::EndedAt.is_null())
        .all(db)
        .await?;
    let versions = promotion_version::Entity::find()
        .filter(promotion_version::Column::MerchantId.eq(merchant.uuid()))
        .filter(promotion_version::Column::PromotionId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(promotion_version::Column::PromotionId)
        .order_by_asc(promotion_version::Column::Version)
        .all(db)
        .await?;
    let mut promotions = Vec::with_capacity(rows.len());
    for row in rows {
        let of_it = versions.iter().filter(|version| version.promotion_id == row.id);
        let pauses: Vec<Pause> = stored(serde_json::from_value(row.pauses), "promotions.pauses")?;
        let mut promotion = ProgramPromotion {
            paused: pauses.iter().any(|pause| pause.to.is_none()),
            ..promotion(of_it, now)?
        };
        let drafted = promotion.draft.iter_mut();
        for terms in promotion.versions.iter_mut().map(|version| &mut version.terms).chain(drafted) {
            names.name_promotion(terms);
        }
        promotions.push((PromotionId::from_uuid(row.id), promotion));
    }
    Ok(in_order(promotions, ProgramPromotion::name))
}

/// What of these versions, the oldest first, is in force, will be, and is drafted.
fn promotion<'v>(
    versions: impl Iterator<Item = &'v promotion_version::Model>,
    now: DateTime<Utc>,
) -> Result<ProgramPromotion, Error> {
    let mut promotion = ProgramPromotion::default();
    for version in versions {
        let terms: PromotionTerms =
            stored(serde_json::from_value(version.terms.clone()), "promotion_versions.terms")?;
        let terms = PromotionInput::from(terms);
        if version.published_at.is_none() {
            promotion.draft = Some(terms);
            continue;
        }
        let effective_from = version.effective_from.filter(|from| *from > now);
        // The highest version whose time has come is in force: none before it will be again.
        promotion.versions.retain(|before| before.effective_from < effective_from);
        promotion.versions.push(ProgramVersion { effective_from, terms });
    }
    Ok(promotion)
}

pub(super) async fn offers(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
) -> Result<Vec<(OfferId, OfferInput)>, Error> {
    let sql = "SELECT id, terms FROM cashback_offers WHERE merchant_id = $1 AND archived_at IS NULL";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    let read = |row: &QueryResult| {
        let terms: OfferTerms = document(row, "terms", "cashback_offers.terms")?;
        Ok((OfferId::from_uuid(row.try_get("", "id")?), OfferInput::from(terms)))
    };
    let offers = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    Ok(in_order(offers, |offer| offer.name.as_str()))
}

pub(super) async fn rewards(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    names: &Names,
) -> Result<Vec<(RewardId, RewardInput)>, Error> {
    let sql = "SELECT id, terms, stock FROM rewards WHERE merchant_id = $1 AND archived_at IS NULL";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    let read = |row: &QueryResult| {
        let terms: RewardTerms = document(row, "terms", "rewards.terms")?;
        let left: Option<i64> = row.try_get("", "stock")?;
        let is_pool = matches!(terms.kind, RewardKind::VoucherPool);
        // What is left of a pool are its codes, which no file has.
        let mut reward = RewardInput { stock: left.filter(|_| !is_pool), ..RewardInput::from(terms) };
        names.name_reward(&mut reward);
        Ok((RewardId::from_uuid(row.try_get("", "id")?), reward))
    };
    let rewards = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    Ok(in_order(rewards, |reward| reward.name.as_str()))
}

pub(super) async fn policies(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    names: &Names,
) -> Result<Vec<(PolicyId, ProgramPolicy)>, Error> {
    let sql =
        "SELECT id, state, terms, draft FROM reward_policies WHERE merchant_id = $1 AND state <> 'archived'";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    let read = |row: &QueryResult| {
        let terms = |column| -> Result<Option<PolicyInput>, Error> {
            let terms: Option<PolicyTerms> = document(row, column, "reward_policies.terms")?;
            Ok(terms.map(|terms| {
                let mut terms = PolicyInput::from(terms);
                names.name_policy(&mut terms);
                terms
            }))
        };
        let state: String = row.try_get("", "state")?;
        let policy =
            ProgramPolicy { published: terms("terms")?, draft: terms("draft")?, paused: state == "paused" };
        Ok((PolicyId::from_uuid(row.try_get("", "id")?), policy))
    };
    let policies = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    Ok(in_order(policies, ProgramPolicy::name))
}

/// What was changed, in the order of the kinds.
pub(super) async fn messages(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
) -> Result<Vec<ProgramMessage>, Error> {
    let sql = "SELECT kind, subject, body FROM message_templates WHERE merchant_id = $1";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    let read = |row: &QueryResult| {
        let (kind, text): (String, String) = (row.try_get("", "kind")?, row.try_get("", "body")?);
        let kind: MessageKind = stored(kind.parse(), "message_templates.kind")?;
        let text = text.split('\n').map(str::to_owned).collect();
        Ok(ProgramMessage { kind, subject: row.try_get("", "subject")?, text })
    };
    let mut messages = rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    messages.sort_unstable_by_key(|message| message.kind);
    Ok(messages)
}

/// The product of a sku, also one that is no longer sold.
pub(super) async fn product_id(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    sku: &Sku,
) -> Result<Option<ProductId>, Error> {
    let sql = "SELECT id FROM products WHERE merchant_id = $1 AND sku = $2";
    let row = db.query_one_raw(statement(sql, [merchant.uuid().into(), sku.as_str().into()])).await?;
    row.map(|row| Ok(ProductId::from_uuid(row.try_get::<Uuid>("", "id")?))).transpose()
}

fn document<T: DeserializeOwned>(row: &QueryResult, column: &str, place: &'static str) -> Result<T, Error> {
    let document: Option<serde_json::Value> = row.try_get("", column)?;
    stored(serde_json::from_value(document.unwrap_or_default()), place)
}
