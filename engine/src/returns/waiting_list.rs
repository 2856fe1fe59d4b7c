//! Returns that came before their purchase, as people look at them: which still wait, and which could not be booked.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::store::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};

/// A return whose purchase was not there when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromQueryResult)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingReturn {
    /// The retailer of the purchase.
    pub retailer_id: Uuid,
    /// Its code.
    pub retailer: String,
    /// Its name.
    pub retailer_name: String,
    /// The till's name for the purchase.
    pub transaction_id: String,
    /// The till's name for the return.
    pub return_id: String,
    /// Who sent it.
    pub by: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// How long it is kept.
    pub until: DateTime<Utc>,
    /// When it was found that it cannot be booked; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_at: Option<DateTime<Utc>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The purchase that has come meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_id: Option<Uuid>,
}

impl Engine {
    /// Returns that wait for their purchase or could not be booked when it had come: those that need somebody first, then
    /// the newest. A key that is bound to a retailer sees that one's.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read purchases; [`Error::Invalid`] when the page cannot be read.
    pub async fn return_waiting_list(
        &self,
        cx: &Cx,
        page: &PageRequest,
    ) -> Result<Page<WaitingReturn>, Error> {
        cx.require(Action::PurchasesRead)?;
        let after: Option<(bool, DateTime<Utc>, Uuid, String, String)> = page.after()?;
        let (waits, received, retailer, transaction, name) = match after {
            Some((waits, received, retailer, transaction, name)) => {
                (Some(waits), Some(received), Some(retailer), Some(transaction), Some(name))
            }
            None => (None, None, None, None, None),
        };
        let values = [
            cx.merchant().uuid().into(),
            cx.retailer().map(|retailer| retailer.uuid()).into(),
            waits.into(),
            received.into(),
            retailer.into(),
            transaction.into(),
            name.into(),
            page.probe().into(),
        ];
        let select = statement(include_str!("waiting_list.sql"), values);
        let rows = WaitingReturn::find_by_statement(select).all(self.db()).await?;
        Ok(page.page(rows, |row| {
            let key = (row.transaction_id.clone(), row.return_id.clone());
            (row.refused_at.is_none(), row.received_at, row.retailer_id, key.0, key.1)
        }))
    }

    /// Forgets a return that waits or was refused: it will not be booked, whatever comes.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none of that name, for example because it has been booked; [`Error::Forbidden`]
    /// without the right to change settings: what a till has sent is not dropped lightly.
    pub async fn return_waiting_discard(
        &self,
        cx: &Cx,
        retailer: Uuid,
        transaction: &str,
        return_id: &str,
    ) -> Result<(), Error> {
        cx.require(Action::SettingsWrite)?;
        let discard = "DELETE FROM waiting_returns
            WHERE merchant_id = $1 AND retailer_id = $2 AND transaction_id = $3 AND return_id = $4";
        let values = [cx.merchant().uuid().into(), retailer.into(), transaction.into(), return_id.into()];
        let gone = self.db().execute_raw(statement(discard, values)).await?.rows_affected();
        if gone == 0 { Err(Error::NotFound(What::Return)) } else { Ok(()) }
    }
}
