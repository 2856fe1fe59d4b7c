//! Returns as they are looked at.

use perennial_domain::access::Action;
use perennial_domain::ids::PurchaseId;
use perennial_domain::returns::ReturnState;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::Return;
use super::store::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::stored::stored;

impl Engine {
    /// What was returned of a purchase, oldest first.
    ///
    /// # Errors
    /// Like [`purchase_get`](Self::purchase_get): a customer sees those of the customer's own purchases.
    pub async fn return_list(
        &self,
        cx: &Cx,
        purchase: PurchaseId,
        page: &PageRequest,
    ) -> Result<Page<Return>, Error> {
        self.purchase_get(cx, purchase).await?;
        let select = "SELECT * FROM returns
            WHERE merchant_id = $1 AND purchase_id = $2 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4";
        let after: Option<Uuid> = page.after()?;
        let values = [cx.merchant().uuid().into(), purchase.uuid().into(), after.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(select, values)).await?;
        let returns = rows.iter().map(Return::from_row).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(returns, |returned| returned.id))
    }

    /// What was returned of these purchases, which the caller may see, oldest first.
    pub(crate) async fn returns_of(&self, cx: &Cx, purchases: &[PurchaseId]) -> Result<Vec<Return>, Error> {
        let ids: Vec<Uuid> = purchases.iter().map(|id| id.uuid()).collect();
        let select = "SELECT * FROM returns WHERE merchant_id = $1 AND purchase_id = ANY ($2) ORDER BY purchase_id, id";
        let values = [cx.merchant().uuid().into(), ids.into()];
        let rows = self.db().query_all_raw(statement(select, values)).await?;
        rows.iter().map(Return::from_row).collect()
    }

    /// One return.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one of nobody, of another merchant, of another retailer than the key's, or, for a customer,
    /// of somebody else's purchase; [`Error::Forbidden`] without the right to read purchases.
    pub async fn return_get(&self, cx: &Cx, id: Uuid) -> Result<Return, Error> {
        if cx.customer().is_none() {
            cx.require(Action::PurchasesRead)?;
        }
        let missing = || Error::NotFound(What::Return);
        let select = "SELECT * FROM returns WHERE merchant_id = $1 AND id = $2";
        let values = [cx.merchant().uuid().into(), id.into()];
        let row = self.db().query_one_raw(statement(select, values)).await?.ok_or_else(missing)?;
        let returned = Return::from_row(&row)?;
        // Whoever may see the purchase may see what was returned of it.
        match self.purchase_get(cx, returned.purchase_id).await {
            Ok(_) => Ok(returned),
            Err(Error::NotFound(_)) => Err(missing()),
            Err(error) => Err(error),
        }
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
