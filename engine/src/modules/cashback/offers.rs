//! The offers of a merchant: entered, read, changed, archived.
//!
//! Who may read and write promotions may do so with offers: both say what customers are promised.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::start_instant;
use perennial_domain::cashback::{OfferInput, OfferTerms, promise, sentence};
use perennial_domain::ids::{MerchantId, OfferId};
use perennial_domain::points::Rate;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};

use super::{OfferState, statement};
use crate::cx::Cx;
use crate::edit::Edit;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped};
use crate::rules::publish_rules;
use crate::stored::stored;

/// A cashback offer, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashbackOffer {
    /// The offer.
    pub id: OfferId,
    /// Where it is in its life.
    pub state: OfferState,
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

/// Which offers are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferFilter {
    /// Part of the name.
    pub search: Option<String>,
    /// In this state.
    pub state: Option<OfferState>,
    /// With those that are archived, where no state is asked for.
    pub with_archived: bool,
}

/// An offer that runs now, as everybody may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunningOffer {
    /// What it is called.
    pub name: String,
    /// The part that comes back.
    pub percentage: Rate,
    /// What it gives, in a sentence.
    pub summary: String,
}

/// Running offers that customers are shown at most.
const SHOWN: usize = 50;

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
            cx.actor_name().into(),
        ];
        let row = txn.query_one_raw(statement(include_str!("offer_insert.sql"), values)).await?;
        publish_rules(txn, merchant, now).await?;
        offer(&row.ok_or(Error::NotFound(What::CashbackOffer))?, &settings, now)
    }

    /// One offer, also an archived one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cashback_offer_get(&self, cx: &Cx, id: OfferId) -> Result<CashbackOffer, Error> {
        cx.require(Action::PromotionsRead)?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        offer(&find(self.db(), cx.merchant(), id).await?, &settings, self.now(cx.merchant()))
    }

    /// Offers, the newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn cashback_offer_list(
        &self,
        cx: &Cx,
        filter: &OfferFilter,
        page: &PageRequest,
    ) -> Result<Page<CashbackOffer>, Error> {
        cx.require(Action::PromotionsRead)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let mut after = page.after::<OfferId>()?;
        let mut offers = Vec::new();
        // A state is derived from the terms, not stored: read on until the page is full.
        loop {
            let batch = offers_after(self.db(), merchant, filter, after, page.probe()).await?;
            let is_last = batch.len() < page.limit() + 1;
            for row in &batch {
                let offer = offer(row, &settings, now)?;
                after = Some(offer.id);
                if filter.state.is_none_or(|state| state == offer.state) {
                    offers.push(offer);
                }
            }
            if is_last || offers.len() > page.limit() {
                return Ok(page.page(offers, |offer: &CashbackOffer| offer.id));
            }
        }
    }

    /// The offers that run now, the newest first, for whoever deals with the merchant: its customers, and who may read
    /// promotions.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn cashback_offers_running(&self, cx: &Cx) -> Result<Vec<RunningOffer>, Error> {
        if cx.customer().is_none() {
            cx.require(Action::PromotionsRead)?;
        }
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let sql =
            "SELECT * FROM cashback_offers WHERE merchant_id = $1 AND archived_at IS NULL ORDER BY id DESC";
        let rows = self.db().query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
        let mut running = Vec::new();
        for row in &rows {
            let offer = offer(row, &settings, now)?;
            if offer.state == OfferState::Active && running.len() < SHOWN {
                let terms: OfferTerms =
                    stored(serde_json::from_value(row.try_get("", "terms")?), "cashback_offers.terms")?;
                running.push(RunningOffer {
                    name: offer.terms.name,
                    percentage: terms.percentage,
                    summary: promise(&terms, settings.currency),
                });
            }
        }
        Ok(running)
    }

    /// Changes an offer: a new version, which counts for purchases that happen from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `archived`, `changed_meanwhile`.
    pub async fn cashback_offer_update(
        &self,
        cx: &Cx,
        id: OfferId,
        edit: impl Into<Edit<OfferInput>>,
    ) -> Result<CashbackOffer, Error> {
        let txn = self.begin().await?;
        let changed = self.cashback_offer_update_in(&txn, cx, id, edit.into()).await?;
        txn.commit().await?;
        Ok(changed)
    }

    /// [`cashback_offer_update`](Self::cashback_offer_update) within a transaction of the caller, by an edit of what the
    /// offer says.
    ///
    /// # Errors
    /// The same.
    pub async fn cashback_offer_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: OfferId,
        edit: Edit<OfferInput>,
    ) -> Result<CashbackOffer, Error> {
        cx.require(Action::PromotionsWrite)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        // The revision first, as every publisher does it: two changes of one offer queue up here.
        publish_rules(txn, merchant, now).await?;
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let row = find(txn, merchant, id).await?;
        let current = offer(&row, &settings, now)?;
        if current.archived_at.is_some() {
            return Err(Error::conflict("archived", "The offer is archived"));
        }
        let changed_by: Option<String> = row.try_get("", "changed_by")?;
        let edited = edit.make(&current.terms, changed_by.as_deref())?;
        let terms = edited.check().map_err(Error::Invalid)?;
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            json(&terms)?.into(),
            now.into(),
            cx.actor_name().into(),
        ];
        let row = txn.query_one_raw(statement(include_str!("offer_update.sql"), values)).await?;
        offer(&row.ok_or(Error::NotFound(What::CashbackOffer))?, &settings, now)
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
        let archived = offer(&row.ok_or(Error::NotFound(What::CashbackOffer))?, &settings, now)?;
        txn.commit().await?;
        Ok(archived)
    }
}

async fn find(db: &impl ConnectionTrait, merchant: MerchantId, id: OfferId) -> Result<QueryResult, Error> {
    let sql = "SELECT * FROM cashback_offers WHERE merchant_id = $1 AND id = $2";
    let key = [merchant.uuid().into(), id.uuid().into()];
    db.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::CashbackOffer))
}

/// A batch of offers, whatever their state but for being archived.
async fn offers_after(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    filter: &OfferFilter,
    after: Option<OfferId>,
    limit: i64,
) -> Result<Vec<QueryResult>, Error> {
    let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    let pattern = search.map(|search| format!("%{}%", like_escaped(search)));
    let archived = match filter.state {
        Some(OfferState::Archived) => Some(true),
        None if filter.with_archived => None,
        _ => Some(false),
    };
    let after = after.map(|after| after.uuid());
    let values = [merchant.uuid().into(), archived.into(), after.into(), limit.into(), pattern.into()];
    Ok(db.query_all_raw(statement(include_str!("offer_list.sql"), values)).await?)
}

fn offer(row: &QueryResult, settings: &MerchantSettings, now: DateTime<Utc>) -> Result<CashbackOffer, Error> {
    let terms: serde_json::Value = row.try_get("", "terms")?;
    let terms: OfferTerms = stored(serde_json::from_value(terms), "cashback_offers.terms")?;
    let archived_at: Option<DateTime<Utc>> = row.try_get("", "archived_at")?;
    Ok(CashbackOffer {
        id: OfferId::from_uuid(row.try_get("", "id")?),
        state: OfferState::at(&terms, archived_at.is_some(), now, settings.time_zone),
        version: row.try_get("", "version")?,
        summary: sentence(&terms, settings.currency),
        terms: terms.into(),
        created_at: row.try_get("", "created_at")?,
        changed_at: row.try_get("", "changed_at")?,
        archived_at,
    })
}

fn json(terms: &OfferTerms) -> Result<serde_json::Value, Error> {
    stored(serde_json::to_value(terms), "cashback_offers.terms")
}
