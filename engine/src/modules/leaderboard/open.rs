//! What a merchant does with a leaderboard, and a customer who does not want to be on it.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::leaderboard::LeaderboardPeriod;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use super::count::{Held, climb, hold};
use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::rules::publish_rules;

/// Whether a merchant has a leaderboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaderboardState {
    /// Whether it has one.
    pub enabled: bool,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    /// Whether what was bought before is still being counted: places may change until that is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counting: bool,
}

impl Engine {
    /// Whether the merchant has a leaderboard, for staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn leaderboard_state(&self, cx: &Cx) -> Result<LeaderboardState, Error> {
        cx.require(Action::CustomersRead)?;
        state(self.db(), cx.merchant()).await
    }

    /// Opens the merchant's leaderboard, for ever or until it is closed, or closes it. Everything that was ever bought counts:
    /// the first few hundred purchases at once, and what is more by the job, a little at a time. Closing forgets the scores, and keeps who does not want to be seen. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to change settings.
    pub async fn leaderboard_set(&self, cx: &Cx, enabled: bool) -> Result<LeaderboardState, Error> {
        let txn = self.begin().await?;
        let state = self.leaderboard_set_in(&txn, cx, enabled).await?;
        txn.commit().await?;
        Ok(state)
    }

    /// [`leaderboard_set`](Self::leaderboard_set) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn leaderboard_set_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        enabled: bool,
    ) -> Result<LeaderboardState, Error> {
        cx.require(Action::SettingsWrite)?;
        let merchant = cx.merchant();
        // The revision first, as every publisher does it: purchases tell the module from the next snapshot on.
        publish_rules(txn, merchant, self.now(merchant)).await?;
        if enabled {
            self.open(txn, cx).await?;
        } else {
            hold(txn, merchant).await?;
            for table in ["leaderboards", "leaderboard_nodes", "leaderboard_scores", "leaderboard_counted"] {
                let sql = format!("DELETE FROM {table} WHERE merchant_id = $1");
                let delete = sea_orm::Statement::from_sql_and_values(
                    sea_orm::DbBackend::Postgres,
                    sql,
                    [merchant.uuid().into()],
                );
                txn.execute_raw(delete).await?;
            }
        }
        state(txn, merchant).await
    }

    async fn open(&self, txn: &DatabaseTransaction, cx: &Cx) -> Result<(), Error> {
        let merchant = cx.merchant();
        let zone = self.merchant_settings_in(txn, merchant).await?.time_zone;
        let (kept_week, kept_month) = kept(local_date(self.now(merchant), zone));
        let sql =
            "INSERT INTO leaderboards (merchant_id, opened_at, kept_week, kept_month) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (merchant_id) DO NOTHING";
        let values = [merchant.uuid().into(), self.clock().now().into(), kept_week.into(), kept_month.into()];
        if txn.execute_raw(statement(sql, values)).await?.rows_affected() > 0 {
            Held { merchant, zone, kept_week, kept_month }.count_on(txn, self.clock().now()).await?;
        }
        Ok(())
    }

    /// Hides a customer from the leaderboards of the merchant, or shows the customer again. Points go on counting for the
    /// customer's own eyes, and nobody's rank depends on somebody who is hidden.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant, and for a customer who means somebody else;
    /// [`Error::Busy`] for an account that was merged into another one: who comes again finds that.
    pub async fn leaderboard_hide(&self, cx: &Cx, customer: CustomerId, hidden: bool) -> Result<(), Error> {
        let txn = self.begin().await?;
        self.leaderboard_hide_in(&txn, cx, customer, hidden).await?;
        txn.commit().await?;
        Ok(())
    }

    /// [`leaderboard_hide`](Self::leaderboard_hide) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn leaderboard_hide_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        hidden: bool,
    ) -> Result<(), Error> {
        cx.require_for(Action::CustomersWrite, customer)?;
        let merchant = cx.merchant();
        // Whoever opens the leaderboard meanwhile, or merges the customer, counts with what is decided here, or has done it.
        let opening = "SELECT FROM merchant_revisions WHERE merchant_id = $1 FOR SHARE";
        txn.query_one_raw(statement(opening, [merchant.uuid().into()])).await?;
        hold(txn, merchant).await?;
        // A statement of its own behind the locks: a wish that is written down for an account that was merged is nobody's.
        let sql =
            "SELECT merged_into IS NOT NULL AS merged FROM customers WHERE merchant_id = $1 AND id = $2";
        let key = [merchant.uuid().into(), customer.uuid().into()];
        let row = txn.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::Customer))?;
        if row.try_get("", "merged")? {
            return Err(Error::merged());
        }
        let values =
            [merchant.uuid().into(), customer.uuid().into(), hidden.into(), self.clock().now().into()];
        let moved = txn.query_all_raw(statement(include_str!("hide.sql"), values)).await?;
        climb(txn, merchant, &moved).await
    }
}

/// Whether a merchant has a leaderboard.
async fn state(db: &impl ConnectionTrait, merchant: MerchantId) -> Result<LeaderboardState, Error> {
    let sql = "SELECT opened_at, counted_at IS NULL AS is_counting FROM leaderboards WHERE merchant_id = $1";
    let Some(row) = db.query_one_raw(statement(sql, [merchant.uuid().into()])).await? else {
        return Ok(LeaderboardState { enabled: false, opened_at: None, counting: false });
    };
    let (opened_at, counting) = (row.try_get("", "opened_at")?, row.try_get("", "is_counting")?);
    Ok(LeaderboardState { enabled: true, opened_at: Some(opened_at), counting })
}

/// The first week and the first month of which scores are kept: those before the running ones, so that nobody who reads
/// at midnight finds nothing.
pub(super) fn kept(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let since = |period: LeaderboardPeriod| period.previous(today).unwrap_or(NaiveDate::MIN);
    (since(LeaderboardPeriod::Week), since(LeaderboardPeriod::Month))
}
