//! Rewards as the dashboard looks for them, and the people behind a list of redemptions.

use std::collections::BTreeMap;

use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::rewards::RewardKind;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{Page, PageRequest, like_escaped};
use crate::rewards::{Reward, reward};
use crate::statement::statement;

/// Which rewards a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RewardFilter {
    /// Part of the name.
    pub search: Option<String>,
    /// One of [`RewardKind::WORDS`].
    pub kind: Option<String>,
    /// Those that are archived, instead of those that are not.
    pub archived: bool,
}

impl Engine {
    /// Rewards of a kind, or with a word in their name, the newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a kind that there is not, and when the page cannot be read.
    pub async fn reward_search(
        &self,
        cx: &Cx,
        filter: &RewardFilter,
        page: &PageRequest,
    ) -> Result<Page<Reward>, Error> {
        cx.require(Action::RewardsRead)?;
        if filter.kind.as_deref().is_some_and(|kind| !RewardKind::WORDS.contains(&kind)) {
            return Err(Error::field("/kind", "malformed", "There is no such kind of reward"));
        }
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let values = [
            cx.merchant().uuid().into(),
            filter.archived.into(),
            filter.kind.clone().into(),
            search.map(|search| format!("%{}%", like_escaped(search))).into(),
            page.after::<Uuid>()?.into(),
            page.probe().into(),
        ];
        let sql = include_str!("sql/reward_search.sql");
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let currency = self.merchant_settings_in(self.db(), cx.merchant()).await?.currency;
        let rewards = rows.iter().map(|row| reward(row, currency)).collect::<Result<_, Error>>()?;
        Ok(page.page(rewards, |reward: &Reward| reward.id.uuid()))
    }

    /// What customers are called: their names, else the best identity that they have. Whoever is not the merchant's is
    /// left out, and so is who has neither.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn customers_called(
        &self,
        cx: &Cx,
        customers: &[CustomerId],
    ) -> Result<BTreeMap<CustomerId, String>, Error> {
        cx.require(Action::CustomersRead)?;
        let mut ids: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
        ids.sort_unstable();
        ids.dedup();
        let sql = include_str!("sql/customers_called.sql");
        let values = [cx.merchant().uuid().into(), ids.into()];
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        rows.iter()
            .map(|row| Ok((CustomerId::from_uuid(row.try_get("", "id")?), row.try_get("", "called")?)))
            .collect()
    }
}
