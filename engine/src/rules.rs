//! Publishing: what purchases are evaluated by from now on.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{MerchantId, PromotionId};
use perennial_domain::promotion::{Pause, PromotionRules, PromotionVersion, RuleSet};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, What};
use crate::statement::statement;
use crate::stored::stored;

/// Raises the merchant's rules revision and stores the rule set that belongs to it.
///
/// Called in the transaction of every change of settings, retailers and published promotions, after the change. The
/// revision's row is locked from here to the commit, so that publishers of one merchant queue up and each rule set
/// contains what the one before contained.
///
/// # Errors
/// [`Error::NotFound`] when there is no such merchant.
pub(crate) async fn publish_rules(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let version = lock_rules(txn, merchant).await?;
    // A statement of its own after the lock: it sees what the publisher before has committed.
    let rule_set = rule_set(txn, merchant).await?;
    let rules = stored(serde_json::to_value(&rule_set), "rule_sets.rules")?;
    txn.execute_raw(statement(
        "INSERT INTO rule_sets (merchant_id, version, rules, created_at) VALUES ($1, $2, $3, $4)",
        [merchant.uuid().into(), version.into(), rules.into(), now.into()],
    ))
    .await?;
    make_budgets(txn, merchant, &rule_set).await?;
    Ok(version)
}

/// A row for each budget, which purchases lock and count in; nothing happens to one that is there.
async fn make_budgets(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    rule_set: &RuleSet,
) -> Result<(), Error> {
    let budgets: Vec<Uuid> = rule_set
        .promotions
        .iter()
        .filter(|promotion| promotion.versions.iter().any(|version| version.terms.budget.is_some()))
        .map(|promotion| promotion.id.uuid())
        .collect();
    if budgets.is_empty() {
        return Ok(());
    }
    txn.execute_raw(statement(
        "INSERT INTO promotion_budgets (merchant_id, promotion_id) SELECT $1, id FROM unnest($2::uuid[]) AS new (id)
         ON CONFLICT (merchant_id, promotion_id) DO NOTHING",
        [merchant.uuid().into(), budgets.into()],
    ))
    .await?;
    Ok(())
}

/// Raises the revision and holds its row until the commit.
async fn lock_rules(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<i64, Error> {
    let row = txn
        .query_one_raw(statement(
            "UPDATE merchant_revisions SET rules = rules + 1 WHERE merchant_id = $1 RETURNING rules",
            [merchant.uuid().into()],
        ))
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    Ok(row.try_get("", "rules")?)
}

/// A published promotion, as `rule_set.sql` gives it.
#[derive(FromQueryResult)]
struct Published {
    id: Uuid,
    pauses: Value,
    ended_at: Option<DateTime<Utc>>,
    versions: Value,
}

/// Rounding, carry-over, pending days and every published promotion, ended and archived ones too: they still count for older purchases.
async fn rule_set(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<RuleSet, Error> {
    let settings = txn
        .query_one_raw(statement(
            "SELECT rounding, carry_over, pending_days FROM merchants WHERE id = $1",
            [merchant.uuid().into()],
        ))
        .await?
        .ok_or(Error::NotFound(What::Merchant))?;
    let rounding: String = settings.try_get("", "rounding")?;
    let pending_days: i32 = settings.try_get("", "pending_days")?;
    let published =
        Published::find_by_statement(statement(include_str!("sql/rule_set.sql"), [merchant.uuid().into()]))
            .all(txn)
            .await?;
    Ok(RuleSet {
        rounding: stored(rounding.parse(), "merchants.rounding")?,
        carry_over: settings.try_get("", "carry_over")?,
        promotions: published.into_iter().map(Published::rules).collect::<Result<_, _>>()?,
        pending_days: stored(pending_days.try_into(), "merchants.pending_days")?,
    })
}

impl Published {
    fn rules(self) -> Result<PromotionRules, Error> {
        let pauses: Vec<Pause> = stored(serde_json::from_value(self.pauses), "promotions.pauses")?;
        let versions: Vec<PromotionVersion> =
            stored(serde_json::from_value(self.versions), "promotion_versions.terms")?;
        Ok(PromotionRules { id: PromotionId::from_uuid(self.id), versions, pauses, ended_at: self.ended_at })
    }
}
