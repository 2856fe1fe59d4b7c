//! What staff, tills and customers see of a leaderboard.

use chrono::NaiveDate;
use perennial_domain::access::Action;
use perennial_domain::calendar::local_date;
use perennial_domain::ids::CustomerId;
use perennial_domain::leaderboard::{LeaderboardPeriod, shortened};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{NAME, statement};
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{PageRequest, cursor};

/// How many a leaderboard lists. Everybody else has a rank all the same.
pub const LISTED_MAX: i64 = 1_000;

/// Stands for "since ever" in the database.
const EVER: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(ever) => ever,
    None => NaiveDate::MIN,
};

/// A page of those who have earned most in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Leaderboard {
    /// Which period.
    pub period: LeaderboardPeriod,
    /// Its first day, the merchant's; nothing of `ever`.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
    /// How many customers have points in it and can be seen.
    pub customers: i64,
    /// Whether what was bought before it was opened is still being counted: places may change until that is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counting: bool,
    /// Those who have most, the first thousand at most.
    pub data: Vec<LeaderboardRow>,
    /// Goes into `after` to get the page behind this one; nothing on the last.
    pub next: Option<String>,
}

/// A customer on a leaderboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaderboardRow {
    /// One more than how many have more points: whoever has as many has the same.
    pub rank: i64,
    /// What the purchases of the period earned, less returns.
    pub points: i64,
    /// The name, shortened: `Ada L.`; nothing where there is none that others may see.
    pub name: Option<String>,
    /// The customer; nothing where another customer looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// Whether it is the customer who looks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_you: bool,
}

/// Where one customer stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaderboardStanding {
    /// Which period.
    pub period: LeaderboardPeriod,
    /// Its first day, the merchant's; nothing of `ever`.
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
    /// The customer.
    pub customer_id: CustomerId,
    /// The name, as others see it.
    pub name: Option<String>,
    /// Whether the customer does not want to be seen.
    pub hidden: bool,
    /// One more than how many have more points; nothing without points, and while the customer is hidden.
    pub rank: Option<i64>,
    /// What the purchases of the period earned, less returns.
    pub points: i64,
    /// How many points more the next one above has; nothing at the top, and while the customer is hidden.
    pub behind: Option<i64>,
    /// How many customers have points in the period and can be seen.
    pub customers: i64,
    /// Whether what was bought before the leaderboard was opened is still being counted: the rank may change until that is
    /// done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counting: bool,
}

/// A period as it is today.
struct Running {
    period: LeaderboardPeriod,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
}

impl Engine {
    /// Whether the merchant has a leaderboard, for whoever draws a way to it. Reads nothing but memory in the usual case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_leaderboard(&self, cx: &Cx) -> Result<bool, Error> {
        Ok(self.snapshot(cx).await?.modules.iter().any(|module| module == NAME))
    }

    /// Those who have earned most in the running week, the running month or ever. A customer sees names, not who they are.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the merchant has none; [`Error::Invalid`] when the page cannot be read.
    pub async fn leaderboard(
        &self,
        cx: &Cx,
        period: LeaderboardPeriod,
        page: &PageRequest,
    ) -> Result<Leaderboard, Error> {
        if cx.customer().is_none() {
            cx.require(Action::CustomersRead)?;
        }
        let running = self.running(cx, period).await?;
        let (score, customer) = page.after::<(i64, Uuid)>()?.unzip();
        let values = [
            cx.merchant().uuid().into(),
            period.as_str().into(),
            running.starts_on.unwrap_or(EVER).into(),
            score.into(),
            customer.into(),
            page.probe().into(),
        ];
        let rows = self.db().query_all_raw(statement(include_str!("top.sql"), values)).await?;
        let mut data: Vec<LeaderboardRow> = Vec::with_capacity(rows.len());
        let mut keys = Vec::with_capacity(rows.len());
        let mut more = false;
        for (index, row) in (0_i64..).zip(&rows) {
            let (above, tied): (i64, i64) = (row.try_get("", "above")?, row.try_get("", "tied")?);
            let place = above + tied + index;
            if data.len() == page.limit() || place >= LISTED_MAX {
                more = place < LISTED_MAX;
                break;
            }
            let (points, customer): (i64, Uuid) =
                (row.try_get("", "score")?, row.try_get("", "customer_id")?);
            let rank = match data.last() {
                Some(last) if last.points == points => last.rank,
                Some(_) => place + 1,
                None => above + 1,
            };
            data.push(seen(cx, row, rank, points, CustomerId::from_uuid(customer))?);
            keys.push((points, customer));
        }
        let next = if more { keys.last().and_then(cursor) } else { None };
        let Running { period, starts_on, ends_on } = running;
        let (customers, counting) = self.standing_customers(cx, period, starts_on).await?;
        Ok(Leaderboard { period, starts_on, ends_on, customers, counting, data, next })
    }

    /// Where a customer stands in the running week, the running month or ever, among however many.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the merchant has no leaderboard, and for a customer of nobody or of another merchant.
    pub async fn leaderboard_standing(
        &self,
        cx: &Cx,
        period: LeaderboardPeriod,
        customer: CustomerId,
    ) -> Result<LeaderboardStanding, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        let Running { period, starts_on, ends_on } = self.running(cx, period).await?;
        let values = [
            cx.merchant().uuid().into(),
            period.as_str().into(),
            starts_on.unwrap_or(EVER).into(),
            customer.uuid().into(),
        ];
        let row = self.db().query_one_raw(statement(include_str!("standing.sql"), values)).await?;
        let row = row.ok_or(Error::NotFound(What::Customer))?;
        let (points, above): (i64, i64) = (row.try_get("", "score")?, row.try_get("", "above")?);
        let hidden: bool = row.try_get("", "is_hidden")?;
        let next: Option<i64> = row.try_get("", "next_score")?;
        Ok(LeaderboardStanding {
            period,
            starts_on,
            ends_on,
            customer_id: customer,
            name: row.try_get::<Option<String>>("", "name")?.as_deref().and_then(shortened),
            hidden,
            rank: (points > 0 && !hidden).then_some(above + 1),
            points,
            behind: next.filter(|_| !hidden).map(|next| next - points),
            customers: row.try_get("", "customers")?,
            counting: row.try_get("", "is_counting")?,
        })
    }

    /// The period as it is today, where the merchant has a leaderboard.
    async fn running(&self, cx: &Cx, period: LeaderboardPeriod) -> Result<Running, Error> {
        let snapshot = self.snapshot(cx).await?;
        if !snapshot.modules.iter().any(|module| module == NAME) {
            return Err(Error::NotFound(What::Leaderboard));
        }
        let today = local_date(self.now(cx.merchant()), snapshot.settings.time_zone);
        Ok(Running { period, starts_on: period.starts_on(today), ends_on: period.ends_on(today) })
    }

    /// How many customers have a place, and whether they are still being counted.
    async fn standing_customers(
        &self,
        cx: &Cx,
        period: LeaderboardPeriod,
        starts_on: Option<NaiveDate>,
    ) -> Result<(i64, bool), Error> {
        let sql = "SELECT coalesce(sum(customers), 0)::bigint AS customers,
                          EXISTS (SELECT FROM leaderboards WHERE merchant_id = $1 AND counted_at IS NULL) AS is_counting
                   FROM leaderboard_nodes
                   WHERE merchant_id = $1 AND period = $2 AND starts_on = $3 AND level = 6";
        let values = [cx.merchant().uuid().into(), period.as_str().into(), starts_on.unwrap_or(EVER).into()];
        let row = self.db().query_one_raw(statement(sql, values)).await?;
        let Some(row) = row else { return Ok((0, false)) };
        Ok((row.try_get("", "customers")?, row.try_get("", "is_counting")?))
    }
}

/// A row as whoever looks may see it.
fn seen(
    cx: &Cx,
    row: &QueryResult,
    rank: i64,
    points: i64,
    customer: CustomerId,
) -> Result<LeaderboardRow, Error> {
    let name: Option<String> = row.try_get("", "name")?;
    let (customer_id, is_you) = match cx.actor() {
        Actor::Customer { id } => (None, *id == customer),
        _ => (Some(customer), false),
    };
    Ok(LeaderboardRow { rank, points, name: name.as_deref().and_then(shortened), customer_id, is_you })
}
