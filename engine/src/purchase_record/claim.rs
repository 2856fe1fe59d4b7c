//! A claim that was made, as it was stored.

use chrono::{DateTime, Utc};
use perennial_domain::evaluate::{Applied, PurchaseFacts};
use perennial_domain::ids::{ClaimId, CustomerId, MerchantId, PurchaseId};
use perennial_domain::points::Points;
use sqlx::postgres::PgRow;
use sqlx::{PgExecutor, Row as _};

use super::row::Column;
use super::{Balance, LineRecord};
use crate::error::Error;

/// What a claim credited, and why. Never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRecord {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// The claim, also the posting of its entries.
    pub id: ClaimId,
    /// What was claimed.
    pub purchase_id: PurchaseId,
    /// Who claimed.
    pub customer_id: CustomerId,
    /// When.
    pub claimed_at: DateTime<Utc>,
    /// Points credited.
    pub points: Points,
    /// Points of these that waited, when it was made, before they could be spent.
    pub points_pending: Points,
    /// The customer's balance after it.
    pub balance: Balance,
    /// The rule set that it was evaluated by: that of the purchase.
    pub rules_version: i64,
    /// What decided the points beside the lines: the purchase's facts with what was true of the customer now.
    pub facts: PurchaseFacts,
    /// The lines, and what each earned.
    pub lines: Vec<LineRecord>,
    /// What was earned by the purchase as a whole.
    pub applied: Vec<Applied>,
}

impl ClaimRecord {
    /// Understands a row of `claims` whose claim was made.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when something in it is not what a claim writes.
    pub fn from_row(row: &PgRow) -> Result<Self, Error> {
        let id = ClaimId::from_uuid(row.try_get("id")?);
        let column = Column::new(row, "claim", id.uuid());
        Ok(Self {
            merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
            id,
            purchase_id: PurchaseId::from_uuid(row.try_get("purchase_id")?),
            customer_id: CustomerId::from_uuid(row.try_get("customer_id")?),
            claimed_at: row.try_get("claimed_at")?,
            points: Points::new(row.try_get("points")?),
            points_pending: column.pending()?,
            balance: column.balance()?.ok_or_else(|| column.wrong("balance_points", &"is missing"))?,
            rules_version: row.try_get("rules_version")?,
            facts: column.json("facts")?,
            lines: column.json("lines")?,
            applied: column.json("applied")?,
        })
    }

    /// Reads those of these claims that were made, in no particular order.
    ///
    /// # Errors
    /// When the database fails, or when a row cannot be understood.
    pub async fn load_all(
        executor: impl PgExecutor<'_>,
        merchant: MerchantId,
        ids: &[ClaimId],
    ) -> Result<Vec<Self>, Error> {
        let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
        sqlx::query("SELECT * FROM claims WHERE merchant_id = $1 AND id = ANY ($2)")
            .bind(merchant.uuid())
            .bind(ids)
            .fetch_all(executor)
            .await?
            .iter()
            .map(Self::from_row)
            .collect()
    }

    /// Everything that decided its points, for evaluating it once more.
    #[must_use]
    pub fn purchase_facts(&self) -> PurchaseFacts {
        PurchaseFacts { lines: self.lines.iter().map(LineRecord::facts).collect(), ..self.facts.clone() }
    }
}
