//! Which country a stored purchase's telephone number was read in, when that was sent without one.
//!
//! A key is looked up before anything that depends on settings; only a number of the customer's that leaves its country to
//! the merchant's setting has to be read before. So when that setting has changed since, the stored purchase tells how the
//! number was read then: its customer is a hash, and there are few enough countries to try all.

use perennial_domain::access::Action;
use perennial_domain::codes::{Country, Phone};
use perennial_domain::customer::CustomerRef;

use super::retailer;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::purchase_record::CustomerKey;

impl Engine {
    /// The country in which `phone` was read when the purchase of this key was stored; nothing when there is no such
    /// purchase, or it has another customer.
    ///
    /// Not for each purchase, but for one that would be refused otherwise.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to submit purchases.
    pub async fn purchase_home(
        &self,
        cx: &Cx,
        named: Option<&str>,
        transaction_id: &str,
        phone: &str,
    ) -> Result<Option<Country>, Error> {
        cx.require(Action::PurchasesWrite)?;
        let snapshot = self.snapshot(cx).await?;
        // What else is wrong with the purchase it is told by whoever checks that.
        let Ok(retailer) = retailer(named, cx.retailer(), &snapshot, Action::PurchasesWrite) else {
            return Ok(None);
        };
        if transaction_id.contains(char::is_control) {
            return Ok(None);
        }
        let sql = "SELECT p.customer_key
                   FROM purchase_keys AS k
                   JOIN purchases AS p ON p.merchant_id = k.merchant_id AND p.id = k.purchase_id
                   WHERE k.merchant_id = $1 AND k.retailer_id = $2 AND k.transaction_id = $3";
        let stored: Option<Option<Vec<u8>>> = sqlx::query_scalar(sql)
            .bind(cx.merchant().uuid())
            .bind(retailer.id.uuid())
            .bind(transaction_id.trim())
            .fetch_optional(self.pool())
            .await?;
        let Some(key) = stored.flatten() else { return Ok(None) };
        let is_it = |country: &Country| {
            let Ok(phone) = Phone::parse(phone, Some(country)) else { return false };
            // Of whom nothing is known any more, because the customer was erased, nothing differs either.
            key.is_empty() || CustomerKey::of(cx.merchant(), &CustomerRef::Phone(phone)).as_bytes() == key
        };
        Ok(Country::all().find(is_it))
    }
}
