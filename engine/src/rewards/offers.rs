//! What a customer can have now, and what is missing for the rest.

use std::collections::BTreeMap;

use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, MerchantId, RewardId};
use perennial_domain::points::Points;
use perennial_domain::rewards::{Eligibility, Standing, eligibility};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::catalogue::{self, Reward};
use super::{statement, tiers};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};

/// A reward, as one customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardOffer {
    /// The reward.
    #[serde(flatten)]
    pub reward: Reward,
    /// How many of it the customer has had or holds.
    pub redeemed: u32,
    /// Whether the customer can have it now, and else what is missing.
    #[serde(flatten)]
    pub eligibility: Eligibility,
}

impl Engine {
    /// The rewards that are not archived, the newest first, with whether a customer can have each of them now. Of a reward
    /// that leaves the number of points to the customer it is the least that counts.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant, or when a customer asks for another one;
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn reward_offers(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<RewardOffer>, Error> {
        cx.require_for(Action::RewardsRead, customer)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let sql = "SELECT coalesce(b.available, 0) AS available FROM customers AS c
                   LEFT JOIN balances AS b ON b.merchant_id = c.merchant_id AND b.customer_id = c.id
                   WHERE c.merchant_id = $1 AND c.id = $2";
        let key = [merchant.uuid().into(), customer.uuid().into()];
        let row = self.db().query_one_raw(statement(sql, key)).await?;
        let available: i64 = row.ok_or(Error::NotFound(What::Customer))?.try_get("", "available")?;
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let rows = catalogue::list(self.db(), merchant, false, page).await?;
        let ids: Vec<RewardId> = rows
            .iter()
            .map(|row| Ok(RewardId::from_uuid(row.try_get("", "id")?)))
            .collect::<Result<_, Error>>()?;
        let tier = tiers::of_customer(self.db(), merchant, customer).await?;
        let had = redeemed(self.db(), merchant, customer, &ids).await?;
        let mut offers = Vec::with_capacity(rows.len());
        for row in &rows {
            let terms = catalogue::terms(row)?;
            let reward = catalogue::reward(row, settings.currency)?;
            let redeemed = had.get(&reward.id).copied().unwrap_or(0);
            let standing = Standing { available: Points::new(available), tier, redeemed };
            let left = reward.left.map(i64::unsigned_abs);
            let eligibility =
                eligibility(&terms, terms.cost.least(), &standing, left, now, settings.time_zone);
            offers.push(RewardOffer { reward, redeemed, eligibility });
        }
        Ok(page.page(offers, |offer: &RewardOffer| offer.reward.id.uuid()))
    }
}

/// How many of these rewards a customer has had or holds, without those whose points are back.
pub(super) async fn redeemed(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
    rewards: &[RewardId],
) -> Result<BTreeMap<RewardId, u32>, Error> {
    let sql = "SELECT reward_id, count(*) AS redeemed FROM redemptions
               WHERE merchant_id = $1 AND customer_id = $2 AND reward_id = ANY ($3::uuid[])
                 AND state NOT IN ('released', 'cancelled', 'reversed')
               GROUP BY reward_id";
    let ids: Vec<Uuid> = rewards.iter().map(|reward| reward.uuid()).collect();
    let values = [merchant.uuid().into(), customer.uuid().into(), ids.into()];
    let rows = db.query_all_raw(statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let redeemed: i64 = row.try_get("", "redeemed")?;
            let reward = RewardId::from_uuid(row.try_get("", "reward_id")?);
            Ok((reward, u32::try_from(redeemed).unwrap_or(u32::MAX)))
        })
        .collect()
}
