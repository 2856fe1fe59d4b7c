//! How many customers went which way lately.

use chrono::TimeDelta;
use perennial_domain::access::Action;
use perennial_domain::ids::TierId;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// Moves from one tier to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierFlow {
    /// From which tier; nothing for none. It may be gone by now.
    pub from: Option<TierId>,
    /// To which; nothing for none. It may be gone by now.
    pub to: Option<TierId>,
    /// Whether that was up.
    pub up: bool,
    /// How many moves; somebody who went the same way twice counts twice.
    pub moves: i64,
}

impl Engine {
    /// How many moves there were of each kind in the last `days` days, by the time of the program.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; or the database fails.
    pub async fn tier_flow(&self, cx: &Cx, days: u16) -> Result<Vec<TierFlow>, Error> {
        cx.require(Action::TiersRead)?;
        let since = self.now(cx.merchant()) - TimeDelta::days(days.into());
        let sql = "SELECT from_tier, to_tier, moved = 'up' AS up, count(*) AS moves
                   FROM tier_moves
                   WHERE merchant_id = $1 AND happened_at >= $2
                   GROUP BY 1, 2, 3
                   ORDER BY 1, 2, 3";
        let rows =
            self.db().query_all_raw(statement(sql, [cx.merchant().uuid().into(), since.into()])).await?;
        let tier = |id: Option<Uuid>| id.map(TierId::from_uuid);
        rows.iter()
            .map(|row| {
                Ok(TierFlow {
                    from: tier(row.try_get("", "from_tier")?),
                    to: tier(row.try_get("", "to_tier")?),
                    up: row.try_get("", "up")?,
                    moves: row.try_get("", "moves")?,
                })
            })
            .collect()
    }
}
