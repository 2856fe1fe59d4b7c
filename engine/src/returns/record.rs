//! A return as it was stored: the only thing that its answer is built from, the first time and every time after.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, PurchaseId};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::returns::LineReturn;
use sea_orm::QueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ReturnedTenders;
use crate::error::Error;
use crate::purchase_record::Balance;
use crate::rewards::RewardReturned;
use crate::stored::stored;

/// A return that was booked. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Return {
    /// The return; also the posting of its entries.
    pub id: Uuid,
    /// The till's name for it.
    pub return_id: String,
    /// What was returned of.
    pub purchase_id: PurchaseId,
    /// Whose points were taken back; null while nobody had claimed the purchase.
    pub customer_id: Option<CustomerId>,
    /// How much was returned, in minor units.
    pub amount: Amount,
    /// The part of it that money had paid for, line by line, in minor units: what is to be paid back.
    #[serde(default)]
    pub paid_back: Amount,
    /// The currency of every amount in it.
    pub currency: String,
    /// What was returned of each line, and what that took back.
    pub lines: Vec<LineReturn>,
    /// Points that were taken back, however they were.
    pub points_reversed: Points,
    /// Points of these that still waited: they never become spendable.
    pub pending_reversed: Points,
    /// Points of these that had been spent and are owed: what is earned next repays them.
    pub debt: Points,
    /// Points of these that had been spent and that the merchant bears.
    pub absorbed: Points,
    /// Cashback that was taken back, however it was, in minor units.
    pub cashback_reversed: Amount,
    /// Cashback of this that had been spent and is owed: what comes into the wallet next repays it.
    #[serde(default)]
    pub cashback_debt: Amount,
    /// Cashback of this that had been spent and that the merchant bears.
    #[serde(default)]
    pub cashback_absorbed: Amount,
    /// What had paid for the purchase besides money and came back.
    #[serde(default)]
    pub tenders: ReturnedTenders,
    /// Vouchers of the purchase that were given back: those that made a product free once nothing is left of its line,
    /// others once nothing is left of the purchase. They can be used again while their time lasts; else the points come
    /// back that were paid for them.
    #[serde(default)]
    pub rewards_returned: Vec<RewardReturned>,
    /// The customer's balance after it; absent while nobody had claimed the purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// What the merchant's policy was for points and cashback that were spent already: `allow_negative`, `floor_zero` or
    /// `pending_until_return_window`.
    pub policy: String,
    /// Whether nothing is left of the purchase.
    pub complete: bool,
    /// Who returned it: the name of a member of the staff or of an API key, or `system`.
    pub by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What a return was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Whether it was there already; this is its first answer then.
    pub replayed: bool,
    /// The return.
    pub record: Return,
}

/// A balance before and after something that is not booked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenBack {
    /// As it is.
    pub before: Balance,
    /// As it would be.
    pub after: Balance,
}

impl Return {
    /// The balance that it found and the one that it left; nothing while nobody had claimed the purchase.
    #[must_use]
    pub fn balances(&self) -> Option<GivenBack> {
        let after = self.balance?;
        let for_vouchers: i64 = self.rewards_returned.iter().map(|reward| reward.points).sum();
        let came_back = self.tenders.points.get() + for_vouchers - self.tenders.points_expired.get();
        let reversed = self.points_reversed.get() - self.pending_reversed.get() - self.absorbed.get();
        let from_balance = reversed - came_back;
        let before = Balance {
            points: after.points + from_balance,
            pending: after.pending + self.pending_reversed.get(),
        };
        Some(GivenBack { before, after })
    }

    /// Understands a row of `returns` that was read whole.
    pub(super) fn from_row(row: &QueryResult) -> Result<Self, Error> {
        let points = |column: &str| row.try_get("", column).map(Points::new);
        let amount = |column: &str| -> Result<Amount, Error> {
            stored(Amount::new(row.try_get("", column)?), "returns, an amount")
        };
        let balance = Option::zip(row.try_get("", "balance_points")?, row.try_get("", "balance_pending")?);
        Ok(Self {
            id: row.try_get("", "id")?,
            return_id: row.try_get("", "return_id")?,
            purchase_id: PurchaseId::from_uuid(row.try_get("", "purchase_id")?),
            customer_id: row.try_get::<Option<Uuid>>("", "customer_id")?.map(CustomerId::from_uuid),
            amount: amount("amount")?,
            currency: row.try_get("", "currency")?,
            lines: stored(serde_json::from_value(row.try_get("", "lines")?), "returns.lines")?,
            points_reversed: points("points")?,
            pending_reversed: points("from_pending")?,
            debt: points("debt")?,
            absorbed: points("absorbed")?,
            cashback_reversed: amount("cashback")?,
            cashback_debt: amount("cashback_debt")?,
            cashback_absorbed: amount("cashback_absorbed")?,
            rewards_returned: stored(serde_json::from_value(row.try_get("", "rewards")?), "returns.rewards")?,
            paid_back: match row.try_get::<Option<i64>>("", "paid_back")? {
                Some(paid_back) => stored(Amount::new(paid_back), "returns.paid_back")?,
                None => amount("amount")?,
            },
            tenders: ReturnedTenders {
                points: points("tender_points")?,
                points_expired: points("tender_expired")?,
                cashback: amount("tender_cashback")?,
            },
            balance: balance.map(|(points, pending)| Balance { points, pending }),
            policy: row.try_get("", "policy")?,
            complete: row.try_get("", "complete")?,
            by: row.try_get("", "actor_name")?,
            created_at: row.try_get("", "created_at")?,
        })
    }
}
