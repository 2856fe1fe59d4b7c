//! What the purchases of a list come to together.

use perennial_domain::access::Action;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, QueryBuilder};

use super::{Narrowed, PurchaseFilter, narrow};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// Purchases together, as of now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct PurchaseTotals {
    /// How many they are.
    pub purchases: i64,
    /// What was to be paid for them before vouchers and tenders, in minor units.
    pub amount: i64,
    /// Points that they were credited.
    pub points: i64,
    /// How much of them came back, in minor units.
    pub returned: i64,
}

impl Engine {
    /// What a list of purchases comes to, over all its pages. To be narrowed by time: it reads all of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read purchases; a key bound to a retailer sees that one only.
    pub async fn purchase_totals(&self, cx: &Cx, filter: &PurchaseFilter) -> Result<PurchaseTotals, Error> {
        cx.require(Action::PurchasesRead)?;
        let mut query = QueryBuilder::new(
            "SELECT count(*) AS purchases, coalesce(sum(amount), 0)::int8 AS amount,
                    coalesce(sum(points), 0)::int8 AS points,
                    coalesce(sum((returned ->> 'amount')::int8), 0)::int8 AS returned
               FROM (",
        );
        query.push(include_str!("../sql/purchase_list.sql")).push_bind(cx.merchant().uuid());
        let ahead = self.clock().ahead_of(cx.merchant());
        narrow(&mut query, cx, Narrowed { filter, found: None, ahead });
        query.push(") AS listed");
        Ok(query.build_query_as().fetch_one(self.pool()).await?)
    }
}
