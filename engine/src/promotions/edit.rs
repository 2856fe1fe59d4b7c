//! Drafts: nothing here changes what a purchase earns.

use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{MerchantId, PromotionId};
use perennial_domain::promotion::{ProductMatcher, PromotionInput, PromotionTerms};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    QueryFilter,
};
use serde_json::json;

use super::read::view_in;
use super::{Loaded, PromotionState, PromotionView};
use crate::cx::Cx;
use crate::edit::Edit;
use crate::engine::Engine;
use crate::entity::{promotion, promotion_version};
use crate::error::{Error, What};
use crate::modules::tiers;
use crate::statement::statement;
use crate::stored::stored;

impl Engine {
    /// Drafts a promotion.
    ///
    /// # Errors
    /// [`Error::Invalid`] names tiers, retailers and skus that the merchant does not have.
    pub async fn promotion_create(&self, cx: &Cx, terms: PromotionTerms) -> Result<PromotionView, Error> {
        let txn = self.begin().await?;
        let view = self.promotion_create_in(&txn, cx, terms).await?;
        txn.commit().await?;
        Ok(view)
    }

    /// [`promotion_create`](Self::promotion_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn promotion_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        terms: PromotionTerms,
    ) -> Result<PromotionView, Error> {
        cx.require(Action::PromotionsWrite)?;
        refuse_unknown_references(txn, cx.merchant(), &terms).await?;
        let now = self.now(cx.merchant());
        let (millis, random) = self.id_parts();
        let id = PromotionId::new(millis, random);
        promotion::ActiveModel {
            merchant_id: Set(cx.merchant().uuid()),
            id: Set(id.uuid()),
            name: Set(terms.name.to_string()),
            pauses: Set(json!([])),
            ended_at: Set(None),
            archived_at: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            changed_by: Set(Some(cx.actor_name().to_owned())),
        }
        .insert(txn)
        .await?;
        self.insert_draft(txn, cx, id, 1, &terms).await?;
        self.promotion_view_in(txn, cx, id).await
    }

    /// Changes the draft of a promotion, or drafts its next version.
    ///
    /// Terms that are exactly those of the newest version draft nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] like creating one; [`Error::Conflict`] `promotion_over` when it was
    /// ended or archived.
    pub async fn promotion_edit(
        &self,
        cx: &Cx,
        id: PromotionId,
        terms: PromotionTerms,
    ) -> Result<PromotionView, Error> {
        let txn = self.begin().await?;
        let view = self.promotion_edit_in(&txn, cx, id, PromotionInput::from(terms).into()).await?;
        txn.commit().await?;
        Ok(view)
    }

    /// [`promotion_edit`](Self::promotion_edit) within a transaction of the caller, by an edit of the newest version.
    ///
    /// # Errors
    /// The same; [`Error::Conflict`] `changed_meanwhile`.
    pub async fn promotion_edit_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
        edit: Edit<PromotionInput>,
    ) -> Result<PromotionView, Error> {
        cx.require(Action::PromotionsWrite)?;
        let loaded = Loaded::locked(txn, cx.merchant(), id).await?;
        refuse_when_over(&loaded)?;
        let newest = loaded.newest()?;
        let current = PromotionInput::from(newest.terms.clone());
        let edited = edit.make(&current, loaded.row.changed_by.as_deref())?;
        let terms = edited.check().map_err(Error::Invalid)?;
        if newest.terms == terms {
            return self.promotion_view_in(txn, cx, id).await;
        }
        refuse_unknown_references(txn, cx.merchant(), &terms).await?;
        match loaded.draft() {
            Some(draft) => {
                promotion_version::Entity::update_many()
                    .set(promotion_version::ActiveModel {
                        terms: Set(json(&terms)?),
                        created_by: Set(cx.actor_name().to_owned()),
                        ..Default::default()
                    })
                    .filter(promotion_version::Column::MerchantId.eq(cx.merchant().uuid()))
                    .filter(promotion_version::Column::PromotionId.eq(id.uuid()))
                    .filter(promotion_version::Column::Version.eq(draft.number))
                    .filter(promotion_version::Column::PublishedAt.is_null())
                    .exec(txn)
                    .await?;
            }
            None => self.insert_draft(txn, cx, id, newest.number.saturating_add(1), &terms).await?,
        }
        self.touch(txn, cx, id, terms.name.as_str()).await?;
        self.promotion_view_in(txn, cx, id).await
    }

    /// Throws the draft of a published promotion away.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `no_draft` when there is none, `not_published` when the draft is all
    /// there is: such a promotion is archived instead.
    pub async fn promotion_discard(&self, cx: &Cx, id: PromotionId) -> Result<PromotionView, Error> {
        let txn = self.begin().await?;
        let view = self.promotion_discard_in(&txn, cx, id).await?;
        txn.commit().await?;
        Ok(view)
    }

    /// [`promotion_discard`](Self::promotion_discard) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn promotion_discard_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
    ) -> Result<PromotionView, Error> {
        cx.require(Action::PromotionsWrite)?;
        let loaded = Loaded::locked(txn, cx.merchant(), id).await?;
        let draft = loaded.draft().ok_or_else(|| Error::conflict("no_draft", "There is no draft"))?;
        let published = loaded.rules.versions.last().ok_or_else(|| {
            Error::conflict(
                "not_published",
                "The draft is all there is of this promotion; archive it instead",
            )
        })?;
        promotion_version::Entity::delete_many()
            .filter(promotion_version::Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(promotion_version::Column::PromotionId.eq(id.uuid()))
            .filter(promotion_version::Column::Version.eq(draft.number))
            .filter(promotion_version::Column::PublishedAt.is_null())
            .exec(txn)
            .await?;
        self.touch(txn, cx, id, published.terms.name.as_str()).await?;
        self.promotion_view_in(txn, cx, id).await
    }

    async fn insert_draft(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
        number: u32,
        terms: &PromotionTerms,
    ) -> Result<(), Error> {
        promotion_version::ActiveModel {
            merchant_id: Set(cx.merchant().uuid()),
            promotion_id: Set(id.uuid()),
            version: Set(stored(number.try_into(), "promotion_versions.version")?),
            terms: Set(json(terms)?),
            effective_from: Set(None),
            published_at: Set(None),
            created_at: Set(self.now(cx.merchant())),
            created_by: Set(cx.actor_name().to_owned()),
        }
        .insert(txn)
        .await?;
        Ok(())
    }

    /// Keeps the name for lists, and who changed it last and when.
    async fn touch(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
        name: &str,
    ) -> Result<(), Error> {
        promotion::Entity::update_many()
            .set(promotion::ActiveModel {
                name: Set(name.to_owned()),
                updated_at: Set(self.now(cx.merchant())),
                changed_by: Set(Some(cx.actor_name().to_owned())),
                ..Default::default()
            })
            .filter(promotion::Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(promotion::Column::Id.eq(id.uuid()))
            .exec(txn)
            .await?;
        Ok(())
    }

    pub(super) async fn promotion_view_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
    ) -> Result<PromotionView, Error> {
        let zone = self.merchant_settings_in(txn, cx.merchant()).await?.time_zone;
        view_in(txn, cx.merchant(), id, self.now(cx.merchant()), zone).await
    }
}

/// What was ended by hand or archived stays so. One whose dates are over may get new ones.
pub(super) fn refuse_when_over(loaded: &Loaded) -> Result<(), Error> {
    let state = if loaded.row.archived_at.is_some() {
        PromotionState::Archived
    } else if loaded.row.ended_at.is_some() {
        PromotionState::Ended
    } else {
        return Ok(());
    };
    Err(Error::conflict(
        "promotion_over",
        format!("This promotion is {state} and stays so; create a new one"),
    ))
}

fn json(terms: &PromotionTerms) -> Result<serde_json::Value, Error> {
    stored(serde_json::to_value(terms), "promotion_versions.terms")
}

/// Refuses tiers, codes of retailers and included skus that the merchant does not have: such a filter would silently let
/// nothing through. Excluded skus may be unknown, because they also match what a till calls a product.
async fn refuse_unknown_references(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    terms: &PromotionTerms,
) -> Result<(), Error> {
    let codes: Vec<String> = terms.retailers.iter().map(ToString::to_string).collect();
    let matchers = &terms.products.include;
    let skus: Vec<String> = matchers
        .iter()
        .filter_map(|matcher| match matcher {
            ProductMatcher::Sku(sku) => Some(sku.to_string()),
            ProductMatcher::Category(_) | ProductMatcher::Tag(_) => None,
        })
        .collect();
    let row = txn
        .query_one_raw(statement(
            include_str!("../sql/promotion_references.sql"),
            [merchant.uuid().into(), codes.into(), skus.into()],
        ))
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    let unknown_codes: Vec<String> = row.try_get("", "codes")?;
    let unknown_skus: Vec<String> = row.try_get("", "skus")?;
    let unknown_tiers = tiers::unknown(txn, merchant, &terms.tiers).await?;
    let mut errors = Vec::new();
    for (index, tier) in terms.tiers.iter().enumerate().filter(|(_, tier)| unknown_tiers.contains(tier)) {
        errors.push(FieldError::new(
            format!("/tiers/{index}"),
            "unknown_tier",
            format!("There is no tier {tier}"),
        ));
    }
    for (index, code) in terms.retailers.iter().enumerate() {
        if unknown_codes.iter().any(|unknown| unknown == code.as_str()) {
            errors.push(FieldError::new(
                format!("/retailers/{index}"),
                "unknown_retailer",
                format!("There is no retailer {code}"),
            ));
        }
    }
    for (index, matcher) in matchers.iter().enumerate() {
        if let ProductMatcher::Sku(sku) = matcher
            && unknown_skus.iter().any(|unknown| unknown == sku.as_str())
        {
            errors.push(FieldError::new(
                format!("/products/include/{index}"),
                "unknown_product",
                format!("There is no product {sku}"),
            ));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}
