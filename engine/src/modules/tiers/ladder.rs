//! The ladder of a merchant: read, shared, held.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::evaluate::TierFacts;
use perennial_domain::ids::{MerchantId, TierId};
use perennial_domain::tiers::{Ladder, Tier, TierInput, TierTerms};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::snapshot;
use crate::stored::stored;

/// A tier, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierView {
    /// The tier.
    pub id: TierId,
    /// What it asks for and brings.
    #[serde(flatten)]
    pub terms: TierInput,
    /// Everything that it brings, in words: `1.5× points`, `5% off`, then its benefits.
    pub brings: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

/// A tier that is only mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierName {
    /// Which.
    pub id: TierId,
    /// What it is called; what it was called, when this is of the past.
    pub name: String,
}

/// How many customers stand on a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierCustomers {
    /// Which; nothing for those who have none.
    pub tier: Option<TierId>,
    /// How many.
    pub customers: i64,
}

impl Engine {
    /// The tiers, the lowest first. There are at most 50. Staff, keys and the customers themselves may read them.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn tier_list(&self, cx: &Cx) -> Result<Vec<TierView>, Error> {
        if cx.customer().is_none() {
            cx.require(Action::TiersRead)?;
        }
        views(self.db(), cx.merchant()).await
    }

    /// One tier.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tier_get(&self, cx: &Cx, id: TierId) -> Result<TierView, Error> {
        cx.require(Action::TiersRead)?;
        find(self.db(), cx.merchant(), id).await
    }

    /// How many customers stand where, the lowest tier first, before all those who have none. Tiers of nobody are left
    /// out.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn tier_customers(&self, cx: &Cx) -> Result<Vec<TierCustomers>, Error> {
        cx.require(Action::TiersRead)?;
        let values = [cx.merchant().uuid().into()];
        let rows = self.db().query_all_raw(statement(include_str!("customers.sql"), values)).await?;
        let count = |row: &QueryResult| {
            let tier: Option<Uuid> = row.try_get("", "tier_id")?;
            Ok(TierCustomers { tier: tier.map(TierId::from_uuid), customers: row.try_get("", "customers")? })
        };
        rows.iter().map(count).collect()
    }
}

impl TierName {
    pub(super) fn of(tier: &Tier) -> Self {
        Self { id: tier.id, name: tier.terms.name.to_string() }
    }
}

/// Shares the ladder until the end of the transaction, and tells whether there is one: nobody edits it meanwhile. To be
/// taken before the balances.
pub(super) async fn share(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<bool, Error> {
    let sql = "SELECT FROM tier_ladders WHERE merchant_id = $1 FOR SHARE";
    Ok(txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?.is_some())
}

/// Holds the ladder alone until the end of the transaction: nobody is moved meanwhile, and nothing is counted. Tells
/// whether it had to be made for that.
pub(super) async fn hold(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let sql = "INSERT INTO tier_ladders (merchant_id, opened_at) VALUES ($1, $2) ON CONFLICT (merchant_id) DO NOTHING";
    let made = txn.execute_raw(statement(sql, [merchant.uuid().into(), now.into()])).await?;
    hold_existing(txn, merchant).await?;
    Ok(made.rows_affected() > 0)
}

/// The same where there may be none, and then none is needed.
pub(super) async fn hold_existing(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<bool, Error> {
    let sql = "SELECT FROM tier_ladders WHERE merchant_id = $1 FOR UPDATE";
    Ok(txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?.is_some())
}

/// The ladder as it is.
pub(super) async fn read(db: &impl ConnectionTrait, merchant: MerchantId) -> Result<Ladder, Error> {
    let sql = "SELECT id, terms FROM tiers WHERE merchant_id = $1";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    let tiers = rows.iter().map(tier).collect::<Result<Vec<_>, _>>()?;
    stored(Ladder::new(tiers), "tiers")
}

/// A tier, as lists and pages show it.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: TierId,
) -> Result<TierView, Error> {
    let sql = "SELECT * FROM tiers WHERE merchant_id = $1 AND id = $2";
    let row = db.query_one_raw(statement(sql, [merchant.uuid().into(), id.uuid().into()])).await?;
    view(&row.ok_or(Error::NotFound(What::Tier))?)
}

/// Who wrote what a tier says.
pub(super) async fn changed_by(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: TierId,
) -> Result<Option<String>, Error> {
    let sql = "SELECT changed_by FROM tiers WHERE merchant_id = $1 AND id = $2";
    let row = db.query_one_raw(statement(sql, [merchant.uuid().into(), id.uuid().into()])).await?;
    Ok(row.ok_or(Error::NotFound(What::Tier))?.try_get("", "changed_by")?)
}

async fn views(db: &impl ConnectionTrait, merchant: MerchantId) -> Result<Vec<TierView>, Error> {
    let sql = "SELECT * FROM tiers WHERE merchant_id = $1 ORDER BY threshold";
    let rows = db.query_all_raw(statement(sql, [merchant.uuid().into()])).await?;
    rows.iter().map(view).collect()
}

fn view(row: &QueryResult) -> Result<TierView, Error> {
    let Tier { id, terms } = tier(row)?;
    Ok(TierView {
        id,
        brings: terms.brings(),
        terms: terms.into(),
        created_at: row.try_get("", "created_at")?,
        changed_at: row.try_get("", "changed_at")?,
    })
}

fn tier(row: &QueryResult) -> Result<Tier, Error> {
    let id = TierId::from_uuid(row.try_get("", "id")?);
    Ok(Tier { id, terms: terms(row.try_get("", "terms")?)? })
}

fn terms(stored_terms: serde_json::Value) -> Result<TierTerms, Error> {
    stored(serde_json::from_value(stored_terms), "tiers.terms")
}

/// What an evaluation must know of a tier, from its id and terms.
///
/// # Errors
/// [`Error::Inconsistent`] when the terms cannot be read.
pub(crate) fn facts(tier: Option<serde_json::Value>) -> Result<Option<TierFacts>, Error> {
    let tier: Option<Tier> =
        tier.map(|tier| stored(serde_json::from_value(tier), "tiers.terms")).transpose()?;
    Ok(tier.as_ref().map(snapshot::facts))
}

/// Which of these tiers the merchant does not have. Those that there are stay until the transaction ends, so that
/// whoever names them names something.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn unknown(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    tiers: &[TierId],
) -> Result<Vec<TierId>, Error> {
    if tiers.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Uuid> = tiers.iter().map(|tier| tier.uuid()).collect();
    let sql =
        "SELECT id FROM tiers WHERE merchant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE";
    let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into(), asked.into()])).await?;
    let known = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<BTreeSet<Uuid>, _>>()?;
    Ok(tiers.iter().copied().filter(|tier| !known.contains(&tier.uuid())).collect())
}
