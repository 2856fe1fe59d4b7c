//! What purchases are evaluated by now, as data: for a preview beside a promotion that is being written.

use perennial_domain::access::Action;
use perennial_domain::promotion::RuleSet;
use sqlx::types::Json;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

impl Engine {
    /// Everything that is published. Empty, with the merchant's way of rounding, before anything was.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read promotions.
    pub async fn rule_set(&self, cx: &Cx) -> Result<RuleSet, Error> {
        cx.require(Action::PromotionsRead)?;
        let rules: Option<Json<RuleSet>> = sqlx::query_scalar(
            "SELECT rules FROM rule_sets WHERE merchant_id = $1 ORDER BY version DESC LIMIT 1",
        )
        .bind(cx.merchant().uuid())
        .fetch_optional(self.pool())
        .await?;
        match rules {
            Some(Json(rules)) => Ok(rules),
            None => {
                let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
                let (rounding, carry_over) = (settings.rounding, settings.carry_over);
                Ok(RuleSet { rounding, carry_over, ..RuleSet::default() })
            }
        }
    }
}
