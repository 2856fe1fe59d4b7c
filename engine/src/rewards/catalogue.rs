//! The catalogue of a merchant: rewards entered, read, changed, archived.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{MerchantId, RewardId};
use perennial_domain::money::Currency;
use perennial_domain::rewards::{RewardInput, RewardKind, RewardTerms, sentence};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{statement, tiers};
use crate::cx::Cx;
use crate::edit::Edit;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// A reward, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reward {
    /// The reward.
    pub id: RewardId,
    /// Grows with every change of its terms.
    pub version: i32,
    /// What it says; `stock` is what is left now.
    #[serde(flatten)]
    pub terms: RewardInput,
    /// How many are left, of a pool its free codes; any number when absent.
    pub left: Option<i64>,
    /// The same in a sentence.
    pub summary: String,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When its terms were last changed.
    pub changed_at: DateTime<Utc>,
    /// Since when nobody can have it any more.
    pub archived_at: Option<DateTime<Utc>>,
}

impl Engine {
    /// Enters a reward. A pool is empty until codes are uploaded.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong; also a tier or a product that the merchant does not have.
    pub async fn reward_create(&self, cx: &Cx, input: RewardInput) -> Result<Reward, Error> {
        let txn = self.begin().await?;
        let reward = self.reward_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(reward)
    }

    /// [`reward_create`](Self::reward_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn reward_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: RewardInput,
    ) -> Result<Reward, Error> {
        cx.require(Action::RewardsWrite)?;
        let terms = checked(txn, cx.merchant(), &input).await?;
        let settings = self.merchant_settings_in(txn, cx.merchant()).await?;
        let (millis, random) = self.id_parts();
        let id = RewardId::new(millis, random);
        let stock = match terms.kind {
            RewardKind::VoucherPool => Some(0),
            _ => stock(&terms)?,
        };
        let sql = "INSERT INTO rewards (merchant_id, id, version, kind, terms, stock, created_at, changed_at, changed_by)
                   VALUES ($1, $2, 1, $3, $4, $5, $6, $6, $7) RETURNING *";
        let values = [
            cx.merchant().uuid().into(),
            id.uuid().into(),
            terms.kind.as_str().into(),
            json(terms)?.into(),
            stock.into(),
            self.now(cx.merchant()).into(),
            cx.actor_name().into(),
        ];
        let row = txn.query_one_raw(statement(sql, values)).await?;
        reward(&row.ok_or(Error::NotFound(What::Reward))?, settings.currency)
    }

    /// One reward, also an archived one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn reward_get(&self, cx: &Cx, id: RewardId) -> Result<Reward, Error> {
        cx.require(Action::RewardsRead)?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        reward(&find(self.db(), cx.merchant(), id).await?, settings.currency)
    }

    /// Rewards, the newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn reward_list(
        &self,
        cx: &Cx,
        with_archived: bool,
        page: &PageRequest,
    ) -> Result<Page<Reward>, Error> {
        cx.require(Action::RewardsRead)?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        let rows = list(self.db(), cx.merchant(), with_archived, page).await?;
        let rewards = rows.iter().map(|row| reward(row, settings.currency)).collect::<Result<_, _>>()?;
        Ok(page.page(rewards, |reward: &Reward| reward.id.uuid()))
    }

    /// Changes a reward. Whoever has redeemed it keeps what it said then.
    ///
    /// `seen` is what was left when the editor looked. Given, the stock changes by as much as the editor changed it, so
    /// that what was redeemed meanwhile is not forgotten; else it is set.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `archived`, `changed_meanwhile`.
    pub async fn reward_update(
        &self,
        cx: &Cx,
        id: RewardId,
        edit: impl Into<Edit<RewardInput>>,
        seen: Option<i64>,
    ) -> Result<Reward, Error> {
        let txn = self.begin().await?;
        let changed = self.reward_update_in(&txn, cx, id, edit.into(), seen).await?;
        txn.commit().await?;
        Ok(changed)
    }

    /// [`reward_update`](Self::reward_update) within a transaction of the caller, by an edit of what the reward says.
    /// Where the edit says nothing of the stock, it stays as it is.
    ///
    /// # Errors
    /// The same.
    pub async fn reward_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: RewardId,
        edit: Edit<RewardInput>,
        seen: Option<i64>,
    ) -> Result<Reward, Error> {
        cx.require(Action::RewardsWrite)?;
        let merchant = cx.merchant();
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let current = lock(txn, merchant, id).await?;
        if current.archived {
            return Err(Error::conflict("archived", "The reward is archived"));
        }
        let row = find(txn, merchant, id).await?;
        let changed_by: Option<String> = row.try_get("", "changed_by")?;
        let edited = edit.make(&reward(&row, settings.currency)?.terms, changed_by.as_deref())?;
        let terms = checked(txn, merchant, &edited).await?;
        let is_pool = matches!(terms.kind, RewardKind::VoucherPool);
        if is_pool != (current.kind == RewardKind::VoucherPool.as_str()) {
            let detail = "A reward cannot become a pool of codes, nor a pool something else";
            return Err(Error::field("/kind", "not_changeable", detail));
        }
        let stock = match (is_pool, stock(&terms)?, seen, current.stock) {
            (true, _, _, left) => left,
            // What is left cannot go below zero, whatever the editor thought there was.
            (false, Some(wanted), Some(seen), Some(left)) => {
                Some(left.saturating_add(wanted.saturating_sub(seen)).max(0))
            }
            (false, wanted, _, _) => wanted,
        };
        let sql =
            "UPDATE rewards SET version = version + 1, kind = $3, terms = $4, stock = $5, changed_at = $6, changed_by = $7
                   WHERE merchant_id = $1 AND id = $2 RETURNING *";
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            terms.kind.as_str().into(),
            json(terms)?.into(),
            stock.into(),
            self.now(merchant).into(),
            cx.actor_name().into(),
        ];
        let row = txn.query_one_raw(statement(sql, values)).await?;
        reward(&row.ok_or(Error::NotFound(What::Reward))?, settings.currency)
    }

    /// Archives a reward for good: nobody can have it any more. What was redeemed stays good.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn reward_archive(&self, cx: &Cx, id: RewardId) -> Result<Reward, Error> {
        cx.require(Action::RewardsWrite)?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        let sql = "UPDATE rewards SET archived_at = coalesce(archived_at, $3)
                   WHERE merchant_id = $1 AND id = $2 RETURNING *";
        let values = [cx.merchant().uuid().into(), id.uuid().into(), self.now(cx.merchant()).into()];
        let row = self.db().query_one_raw(statement(sql, values)).await?;
        reward(&row.ok_or(Error::NotFound(What::Reward))?, settings.currency)
    }
}

/// A reward whose row is locked.
pub(super) struct Locked {
    pub kind: String,
    pub stock: Option<i64>,
    pub archived: bool,
}

/// Locks a reward, the first of all locks.
pub(super) async fn lock(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: RewardId,
) -> Result<Locked, Error> {
    let sql = "SELECT kind, stock, archived_at IS NOT NULL AS archived FROM rewards
               WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE";
    let row = txn.query_one_raw(statement(sql, [merchant.uuid().into(), id.uuid().into()])).await?;
    let row = row.ok_or(Error::NotFound(What::Reward))?;
    Ok(Locked {
        kind: row.try_get("", "kind")?,
        stock: row.try_get("", "stock")?,
        archived: row.try_get("", "archived")?,
    })
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: RewardId,
) -> Result<QueryResult, Error> {
    let sql = "SELECT * FROM rewards WHERE merchant_id = $1 AND id = $2";
    let key = [merchant.uuid().into(), id.uuid().into()];
    db.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::Reward))
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    with_archived: bool,
    page: &PageRequest,
) -> Result<Vec<QueryResult>, Error> {
    let sql = "SELECT * FROM rewards
               WHERE merchant_id = $1 AND ($2 OR archived_at IS NULL) AND ($3::uuid IS NULL OR id < $3)
               ORDER BY id DESC LIMIT $4";
    let after = page.after::<Uuid>()?;
    let values = [merchant.uuid().into(), with_archived.into(), after.into(), page.probe().into()];
    Ok(db.query_all_raw(statement(sql, values)).await?)
}

/// The terms in a row, without what is left, which is in a column of its own.
pub(super) fn terms(row: &QueryResult) -> Result<RewardTerms, Error> {
    let terms: serde_json::Value = row.try_get("", "terms")?;
    stored(serde_json::from_value(terms), "rewards.terms")
}

/// The reward in a row; what is left of it is in a column of its own, and of a pool the number of its free codes.
pub(crate) fn reward(row: &QueryResult, currency: Currency) -> Result<Reward, Error> {
    let mut terms = terms(row)?;
    let left: Option<i64> = row.try_get("", "stock")?;
    if !matches!(terms.kind, RewardKind::VoucherPool) {
        terms.stock = left.map(i64::unsigned_abs);
    }
    Ok(Reward {
        id: RewardId::from_uuid(row.try_get("", "id")?),
        version: row.try_get("", "version")?,
        summary: sentence(&terms, currency),
        terms: terms.into(),
        left,
        created_at: row.try_get("", "created_at")?,
        changed_at: row.try_get("", "changed_at")?,
        archived_at: row.try_get("", "archived_at")?,
    })
}

/// The terms, if they are right and name only what there is.
async fn checked(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    input: &RewardInput,
) -> Result<RewardTerms, Error> {
    let terms = input.check().map_err(Error::Invalid)?;
    tiers::must_exist(txn, merchant, &terms.tiers).await?;
    if let RewardKind::FreeProduct(sku) = &terms.kind {
        let sql = "SELECT 1 FROM products WHERE merchant_id = $1 AND sku = $2 AND archived_at IS NULL";
        let values = [merchant.uuid().into(), sku.as_str().into()];
        if txn.query_one_raw(statement(sql, values)).await?.is_none() {
            return Err(Error::field("/value", "unknown_product", format!("There is no product {sku}")));
        }
    }
    Ok(terms)
}

fn stock(terms: &RewardTerms) -> Result<Option<i64>, Error> {
    let too_many = |_| Error::field("/stock", "out_of_range", "Is more than can be counted");
    terms.stock.map(|stock| i64::try_from(stock).map_err(too_many)).transpose()
}

fn json(mut terms: RewardTerms) -> Result<serde_json::Value, Error> {
    terms.stock = None;
    stored(serde_json::to_value(terms), "rewards.terms")
}
