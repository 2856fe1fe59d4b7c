//! The offers of a merchant: entered, read, changed, archived.
//!
//! Who may read and write promotions may do so with offers: both say what customers are promised.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::start_instant;
use perennial_domain::cashback::{OfferInput, OfferTerms, sentence};
use perennial_domain::ids::{MerchantId, OfferId};
use perennial_domain::money::Currency;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::rules::publish_rules;
use crate::stored::stored;

/// A cashback offer, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashbackOffer {
    /// The offer.
    pub id: OfferId,
    /// Which version of its terms this is; every change makes a new one.
    pub version: i32,
    /// What it says.
    #[serde(flatten)]
    pub terms: OfferInput,
    /// The same in a sentence.
    pub summary: String,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Since when purchases get nothing of it any more.
    pub archived_at: Option<DateTime<Utc>>,
}

impl Engine {
    /// Enters an offer. Purchases that happen from now on get it; those since its beginning, where it has one in the past.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong.
    pub async fn cashback_offer_create(&self, cx: &Cx, input: OfferInput) -> Result<CashbackOffer, Error> {
        let txn = self.begin().await?;
        let offer = self.cashback_offer_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(offer)
    }

    /// [`cashback_offer_create`](Self::cashback_offer_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn cashback_offer_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: OfferInput,
    ) -> Result<CashbackOffer, Error> {
        cx.require(Action::PromotionsWrite)?;
        let terms = input.check().map_err(Error::Invalid)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let (millis, random) = self.id_parts();
        let id = OfferId::new(millis, random);
        let begins = terms.starts_at.map(|starts_at| start_instant(starts_at, settings.time_zone));
        let effective_from = begins.map_or(now, |begins| begins.min(now));
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            json(&terms)?.into(),
            now.into(),
            effective_from.into(),
        ];
        let row = txn.query_one_raw(statement(include_str!("offer_insert.sql"), values)).await?;
        publish_rules(txn, merchant, now).await?;
        offer(&row.ok_or(Error::NotFound(What::CashbackOffer))?, settings.currency)
    }

    /// One offer, also an archived one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cashback_offer_get(&self, cx: &Cx, id: OfferId) -> Result<CashbackOffer, Error> {
        cx.require(Action::PromotionsRead)?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        offer(&find(self.db(), cx.merchant(), id).await?, settings.currency)
    }

    /// Offers, the newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn cashback_offer_list(
        &self,
        cx: &Cx,
        with_archived: bool,
        page: &PageRequest,
    ) -> Result<Page<CashbackOffer>, Error> {
        cx.require(Action::PromotionsRead)?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        let after = page.after::<Uuid>()?;
        let values = [cx.merchant().uuid().into(), with_archived.into(), after.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(include_str!("offer_list.sql"), values)).await?;
        let offers = rows.iter().map(|row| offer(row, settings.currency)).collect::<Result<_, _>>()?;
        Ok(page.page(offers, |offer: &CashbackOffer| offer.id.uuid()))
    }

    /// Changes an offer: a new version, which counts for purchases that happen from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `archived`.
    pub async fn cashback_offer_update(
        &self,
        cx: &Cx,
        id: OfferId,
        input: OfferInput,
    ) -> Result<CashbackOffer, Error> {
        cx.require(Action::PromotionsWrite)?;
        let terms = input.check().map_err(Error::Invalid)?;
        let merchant = cx.merchant();
        let txn = self.begin().await?;
        let now = self.now(merchant);
        // The revision first, as every publisher does it: two changes of one offer queue up here.
        publish_rules(&txn, merchant, now).await?;
        let settings = self.merchant_settings_in(&txn, merchant).await?;
        let values = [merchant.uuid().into(), id.uuid().into(), json(&terms)?.into(), now.into()];
        let row = txn.query_one_raw(statement(include_str!("offer_update.sql"), values)).await?;
        let changed = match row {
            Some(row) => offer(&row, settings.currency)?,
            None => {
                find(&txn, merchant, id).await?;
                return Err(Error::conflict("archived", "The offer is archived"));
            }
        };
        txn.commit().await?;
        Ok(changed)
    }

    /// Archives an offer for good: purchases that come in from now on get nothing of it. What was given stays.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cashback_offer_archive(&self, cx: &Cx, id: OfferId) -> Result<CashbackOffer, Error> {
        cx.require(Action::PromotionsWrite)?;
        let merchant = cx.merchant();
        let txn = self.begin().await?;
        let now = self.now(merchant);
        publish_rules(&txn, merchant, now).await?;
        let settings = self.merchant_settings_in(&txn, merchant).await?;
        let sql = "UPDATE cashback_offers SET archived_at = coalesce(archived_at, $3)
                   WHERE merchant_id = $1 AND id = $2 RETURNING *";
        let values = [merchant.uuid().into(), id.uuid().into(), now.into()];
        let row = txn.query_one_raw(statement(sql, values)).await?;
        let archived = offer(&row.ok_or(Error::NotFound(What::CashbackOffer))?, settings.currency)?;
        txn.commit().await?;
        Ok(archived)
    }
}

async fn find(db: &impl ConnectionTrait, merchant: MerchantId, id: OfferId) -> Result<QueryResult, Error> {
    let sql = "SELECT * FROM cashback_offers WHERE merchant_id = $1 AND id = $2";
    let key = [merchant.uuid().into(), id.uuid().into()];
    db.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::CashbackOffer))
}

fn offer(row: &QueryResult, currency: Currency) -> Result<CashbackOffer, Error> {
    let terms: serde_json::Value = row.try_get("", "terms")?;
    let terms: OfferTerms = stored(serde_json::from_value(terms), "cashback_offers.terms")?;
    Ok(CashbackOffer {
        id: OfferId::from_uuid(row.try_get("", "id")?),
        version: row.try_get("", "version")?,
        summary: sentence(&terms, currency),
        terms: terms.into(),
        created_at: row.try_get("", "created_at")?,
        changed_at: row.try_get("", "changed_at")?,
        archived_at: row.try_get("", "archived_at")?,
    })
}

fn json(terms: &OfferTerms) -> Result<serde_json::Value, Error> {
    stored(serde_json::to_value(terms), "cashback_offers.terms")
}
