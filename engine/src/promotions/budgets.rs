//! How much of their budgets promotions have given.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use perennial_domain::access::Action;
use perennial_domain::ids::PromotionId;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

/// A promotion that counts now, and what it has given of its budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetStanding {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// What it is called.
    pub name: String,
    /// Points that it has given to all customers together.
    pub used: i64,
    /// The most that it may give, above zero.
    pub points: i64,
}

impl BudgetStanding {
    /// How much of it is given, in whole percent.
    #[must_use]
    pub fn percent(&self) -> i64 {
        self.used.saturating_mul(100) / self.points.max(1)
    }
}

impl Engine {
    /// What these promotions have given in all, those that ever had a budget; nothing of one that the merchant does not have.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; or the database fails.
    pub async fn promotion_budgets_used(
        &self,
        cx: &Cx,
        promotions: &[PromotionId],
    ) -> Result<BTreeMap<PromotionId, i64>, Error> {
        cx.require(Action::PromotionsRead)?;
        if promotions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<Uuid> = promotions.iter().map(|promotion| promotion.uuid()).collect();
        let sql = "SELECT promotion_id, used FROM promotion_budgets
                   WHERE merchant_id = $1 AND promotion_id = ANY ($2)";
        let rows = self.db().query_all_raw(statement(sql, [cx.merchant().uuid().into(), ids.into()])).await?;
        rows.iter()
            .map(|row| {
                let used: i64 = row.try_get("", "used")?;
                Ok((PromotionId::from_uuid(row.try_get("", "promotion_id")?), used))
            })
            .collect()
    }

    /// The promotions that count now and have given at least so many percent of their budgets, those first that are nearest
    /// to the end.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; or the database fails.
    pub async fn promotion_budgets_near(&self, cx: &Cx, percent: i64) -> Result<Vec<BudgetStanding>, Error> {
        cx.require(Action::PromotionsRead)?;
        let (program, now) = (self.snapshot(cx).await?, self.now(cx.merchant()));
        let mut standing: Vec<BudgetStanding> = Vec::new();
        for promotion in program.rules.in_force(now) {
            let Some(budget) = promotion.terms.budget else { continue };
            if promotion.runs_in(program.settings.time_zone, now) {
                let name = promotion.terms.name.to_string();
                let (promotion_id, points) = (promotion.promotion_id, budget.points.get());
                standing.push(BudgetStanding { promotion_id, name, used: 0, points });
            }
        }
        let ids: Vec<PromotionId> = standing.iter().map(|one| one.promotion_id).collect();
        let used = self.promotion_budgets_used(cx, &ids).await?;
        for one in &mut standing {
            one.used = used.get(&one.promotion_id).copied().unwrap_or(0);
        }
        standing.retain(|one| one.percent() >= percent);
        standing.sort_by_key(|one| Reverse(one.percent()));
        Ok(standing)
    }
}
