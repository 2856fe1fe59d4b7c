//! Which country a telephone number is read in that comes without one.
//!
//! A key is looked up before anything that depends on settings; only a number of the customer's that leaves its country to
//! the merchant's setting has to be read before. So when that setting has changed since, the stored purchase tells how the
//! number was read then: its customer is a hash, and there are few enough countries to try all.
//!
//! Whatever brings a purchase in checks it here: the API, events of other systems, the import.

use perennial_domain::access::Action;
use perennial_domain::codes::{Country, Phone};
use perennial_domain::customer::CustomerRef;
use perennial_domain::purchase::{CheckedPurchase, PurchaseInput};

use super::{SubmitOptions, Submitted, retailer};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::purchase_record::CustomerKey;

/// Checks purchases, and knows the country of telephone numbers without one as soon as it is needed.
pub struct PurchaseChecks<'c> {
    engine: &'c Engine,
    cx: &'c Cx,
    home: Option<Option<Country>>,
}

/// A purchase as it was sent, when the merchant's country decides what its telephone number is; else nothing.
#[derive(Debug, Clone, Default)]
pub struct AsSent(Option<Box<PurchaseInput>>);

impl Engine {
    /// For purchases that are to be submitted by whoever asks.
    #[must_use]
    pub fn purchase_checks<'c>(&'c self, cx: &'c Cx) -> PurchaseChecks<'c> {
        PurchaseChecks { engine: self, cx, home: None }
    }
}

impl PurchaseChecks<'_> {
    /// The purchase after the checks that need no state, and as it was sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong; [`Error::Forbidden`] without the right to submit purchases, where
    /// a stored one has to be asked for the country.
    pub async fn check(&mut self, input: PurchaseInput) -> Result<(CheckedPurchase, AsSent), Error> {
        let phone = input.customer.as_ref().and_then(|customer| customer.phone.as_deref());
        let has_country =
            |phone: &str| phone.trim_start().starts_with('+') || Phone::parse(phone, None).is_ok();
        if phone.is_none_or(has_country) {
            return Ok((input.check(None).map_err(Error::Invalid)?, AsSent::default()));
        }
        if self.home.is_none() {
            let snapshot = self.engine.snapshot(self.cx).await?;
            self.home = Some(snapshot.settings.default_country.clone());
        }
        let mut home = self.home.clone().flatten();
        if home.is_none() {
            home = self.home_then(&input).await?;
        }
        let sent = AsSent(Some(Box::new(input.clone())));
        Ok((input.check(home.as_ref()).map_err(Error::Invalid)?, sent))
    }

    /// The answer; of a purchase that was stored when another country was the merchant's, the one that it has by that.
    ///
    /// # Errors
    /// Those of [`Engine::purchases_submit`].
    pub async fn as_it_was(
        &self,
        sent: &AsSent,
        answer: Result<Submitted, Error>,
        options: SubmitOptions,
    ) -> Result<Submitted, Error> {
        let Err(refusal) = &answer else { return answer };
        let Some(purchase) = self.read_then(sent, refusal).await? else { return answer };
        let mut answers = self.engine.purchases_submit(self.cx, vec![purchase], options).await;
        // One purchase, one answer; without one its outcome is not known, and asking again will tell.
        let unknown = || Err(Error::Busy { retry_after: std::time::Duration::from_secs(1) });
        answers.pop().unwrap_or_else(unknown)
    }

    /// The purchase as it was read when it was stored, where it was refused because of another customer.
    ///
    /// # Errors
    /// Only when the database fails.
    pub(crate) async fn read_then(
        &self,
        sent: &AsSent,
        refusal: &Error,
    ) -> Result<Option<CheckedPurchase>, Error> {
        let (AsSent(Some(input)), Error::TransactionConflict(differences)) = (sent, refusal) else {
            return Ok(None);
        };
        if differences.iter().all(|difference| difference.pointer != "/customer") {
            return Ok(None);
        }
        let home = self.home_then(input).await?;
        Ok(home.and_then(|home| PurchaseInput::clone(input).check(Some(&home)).ok()))
    }

    /// The country in which the telephone number of a purchase was read when that was stored; nothing when it is not, or
    /// has another customer.
    ///
    /// Not for each purchase, but for one that would be refused otherwise.
    async fn home_then(&self, input: &PurchaseInput) -> Result<Option<Country>, Error> {
        let phone = input.customer.as_ref().and_then(|customer| customer.phone.as_deref());
        let Some(phone) = phone else { return Ok(None) };
        let cx = self.cx;
        cx.require(Action::PurchasesWrite)?;
        let snapshot = self.engine.snapshot(cx).await?;
        // What else is wrong with the purchase it is told by whoever checks that.
        let named = input.retailer.as_deref();
        let Ok(retailer) = retailer(named, cx.retailer(), &snapshot, Action::PurchasesWrite) else {
            return Ok(None);
        };
        if input.transaction_id.contains(char::is_control) {
            return Ok(None);
        }
        let sql = "SELECT p.customer_key
                   FROM purchase_keys AS k
                   JOIN purchases AS p ON p.merchant_id = k.merchant_id AND p.id = k.purchase_id
                   WHERE k.merchant_id = $1 AND k.retailer_id = $2 AND k.transaction_id = $3";
        let stored: Option<Option<Vec<u8>>> = sqlx::query_scalar(sql)
            .bind(cx.merchant().uuid())
            .bind(retailer.id.uuid())
            .bind(input.transaction_id.trim())
            .fetch_optional(self.engine.pool())
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
