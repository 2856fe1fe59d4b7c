//! A redemption under lock, and the steps that it takes.

use chrono::{DateTime, Utc};
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId, RedemptionId, RewardId};
use perennial_domain::rewards::{RedemptionState, RewardTerms};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{catalogue, statement};
use crate::cx::{By, Cx};
use crate::error::{Error, What};
use crate::events::Happening;
use crate::ledger::Lots;
use crate::stored::stored;

/// A redemption whose row is locked.
pub(super) struct Locked {
    pub merchant: MerchantId,
    pub id: RedemptionId,
    pub customer: CustomerId,
    pub reward: RewardId,
    pub terms: RewardTerms,
    pub points: i64,
    pub taken: Lots,
    pub state: RedemptionState,
    pub held_until: Option<DateTime<Utc>>,
    pub from_stock: bool,
}

/// Locks a redemption. Of others' a customer finds nothing.
pub(super) async fn lock(txn: &DatabaseTransaction, cx: &Cx, id: RedemptionId) -> Result<Locked, Error> {
    let sql = "SELECT * FROM redemptions WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE";
    let key = [cx.merchant().uuid().into(), id.uuid().into()];
    let row = txn.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::Redemption))?;
    let locked = read(&row)?;
    if cx.customer().is_some_and(|own| own != locked.customer) {
        return Err(Error::NotFound(What::Redemption));
    }
    Ok(locked)
}

/// Locks all that changes when a redemption is undone, in the order of everybody: the reward with its stock, the
/// vouchers, the redemption.
pub(super) async fn lock_with_stock(
    txn: &DatabaseTransaction,
    cx: &Cx,
    id: RedemptionId,
) -> Result<Locked, Error> {
    let key = || [cx.merchant().uuid().into(), id.uuid().into()];
    let sql = "SELECT reward_id FROM redemptions WHERE merchant_id = $1 AND id = $2";
    let row = txn.query_one_raw(statement(sql, key())).await?.ok_or(Error::NotFound(What::Redemption))?;
    // The reward of a redemption never changes.
    catalogue::lock(txn, cx.merchant(), RewardId::from_uuid(row.try_get("", "reward_id")?)).await?;
    let sql = "SELECT id FROM vouchers WHERE merchant_id = $1 AND redemption_id = $2 ORDER BY code FOR NO KEY UPDATE";
    txn.execute_raw(statement(sql, key())).await?;
    lock(txn, cx, id).await
}

impl Locked {
    /// Tells that it has come to the state that it is in.
    pub fn changed(&self) -> Happening {
        self.told(false)
    }

    /// Tells that its voucher came back with a returned purchase, so that it is as unused as before.
    pub fn restored(&self) -> Happening {
        self.told(true)
    }

    fn told(&self, is_restored: bool) -> Happening {
        let data = json!({
            "redemption_id": self.id,
            "reward_id": self.reward,
            "reward": self.terms.name,
            "state": self.state.as_str(),
            "restored": is_restored,
        });
        Happening::of(self.customer, EventKind::RedemptionChanged, data)
    }

    /// Goes to a state and remembers who brought it there, and by which posting.
    pub async fn go(
        &mut self,
        txn: &DatabaseTransaction,
        to: RedemptionState,
        posting: Option<Uuid>,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(txn, include_str!("sql/step.sql"), to, posting, by, now).await
    }

    /// Goes back to a state in which it was before its voucher was used, and begins another round of its life: what it comes
    /// to from here are steps of their own.
    pub async fn restore(
        &mut self,
        txn: &DatabaseTransaction,
        to: RedemptionState,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(txn, include_str!("sql/restore.sql"), to, None, by, now).await
    }

    async fn write(
        &mut self,
        txn: &DatabaseTransaction,
        sql: &'static str,
        to: RedemptionState,
        posting: Option<Uuid>,
        by: &By,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let values = [
            self.merchant.uuid().into(),
            self.id.uuid().into(),
            to.as_str().into(),
            posting.into(),
            now.into(),
            by.actor.into(),
            by.id.into(),
            by.name.clone().into(),
        ];
        txn.execute_raw(statement(sql, values)).await?;
        self.state = to;
        Ok(())
    }
}

fn read(row: &QueryResult) -> Result<Locked, Error> {
    let state: String = row.try_get("", "state")?;
    let terms: serde_json::Value = row.try_get("", "terms")?;
    let taken: serde_json::Value = row.try_get("", "taken")?;
    Ok(Locked {
        merchant: MerchantId::from_uuid(row.try_get("", "merchant_id")?),
        id: RedemptionId::from_uuid(row.try_get("", "id")?),
        customer: CustomerId::from_uuid(row.try_get("", "customer_id")?),
        reward: RewardId::from_uuid(row.try_get("", "reward_id")?),
        terms: stored(serde_json::from_value(terms), "redemptions.terms")?,
        points: row.try_get("", "points")?,
        taken: stored(serde_json::from_value(taken), "redemptions.taken")?,
        state: stored(state.parse(), "redemptions.state")?,
        held_until: row.try_get("", "held_until")?,
        from_stock: row.try_get("", "from_stock")?,
    })
}
