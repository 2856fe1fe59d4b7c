//! Returns as they are looked at.

use perennial_domain::ids::PurchaseId;
use perennial_domain::returns::ReturnState;
use sea_orm::ConnectionTrait as _;

use super::Return;
use super::store::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::stored::stored;

/// Returns of one purchase that are shown at most; it has that many when one comes back penny by penny.
const SHOWN: i64 = 1_000;

impl Engine {
    /// What was returned of a purchase, oldest first; the first thousand.
    ///
    /// # Errors
    /// Like [`purchase_get`](Self::purchase_get): a customer sees those of the customer's own purchases.
    pub async fn return_list(&self, cx: &Cx, purchase: PurchaseId) -> Result<Vec<Return>, Error> {
        self.purchase_get(cx, purchase).await?;
        let select = "SELECT * FROM returns WHERE merchant_id = $1 AND purchase_id = $2 ORDER BY id LIMIT $3";
        let values = [cx.merchant().uuid().into(), purchase.uuid().into(), SHOWN.into()];
        let rows = self.db().query_all_raw(statement(select, values)).await?;
        rows.iter().map(Return::from_row).collect()
    }

    /// What was returned of a purchase in all.
    ///
    /// # Errors
    /// The same.
    pub async fn return_state(&self, cx: &Cx, purchase: PurchaseId) -> Result<ReturnState, Error> {
        self.purchase_get(cx, purchase).await?;
        let select = "SELECT state FROM return_states WHERE merchant_id = $1 AND purchase_id = $2";
        let values = [cx.merchant().uuid().into(), purchase.uuid().into()];
        match self.db().query_one_raw(statement(select, values)).await? {
            Some(row) => stored(serde_json::from_value(row.try_get("", "state")?), "return_states.state"),
            None => Ok(ReturnState::default()),
        }
    }
}
