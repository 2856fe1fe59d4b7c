//! Birthdays: told once by the customer, corrected by the merchant's people.

use chrono::NaiveDate;
use perennial_domain::access::Action;
use perennial_domain::birthday::Birthday;
use perennial_domain::calendar::local_date;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

use super::read::{Customer, load};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::modules::{self, policies};
use crate::statement::statement;

/// A birthday to write down for somebody; nothing takes it away.
pub(super) type Told = (Uuid, Option<Birthday>);

impl Engine {
    /// Writes down when a customer was born. A customer tells it once: what gives something every year must not be moved
    /// about. Whoever may change customers may correct it at any time.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/birthday` for a day in the future; [`Error::NotFound`]; [`Error::Conflict`]
    /// `birthday_fixed` when a customer has told another one before, `customer_erased`.
    pub async fn birthday_set(
        &self,
        cx: &Cx,
        customer: CustomerId,
        birthday: Birthday,
    ) -> Result<Customer, Error> {
        cx.require_for(Action::CustomersWrite, customer)?;
        let merchant = cx.merchant();
        let txn = self.begin().await?;
        let today = self.today_in(&txn, merchant).await?;
        if !birthday.is_born_by(today) {
            return Err(Error::Invalid(vec![unborn("/birthday".to_owned())]));
        }
        let sql =
            "SELECT birth_day, birth_year, erased_at IS NOT NULL AS erased, merged_into IS NOT NULL AS merged
                   FROM customers WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE";
        let key = [merchant.uuid().into(), customer.uuid().into()];
        let row = txn.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::Customer))?;
        if row.try_get("", "erased")? {
            return Err(Error::erased());
        }
        if row.try_get("", "merged")? {
            return Err(Error::merged());
        }
        let key: Option<i16> = row.try_get("", "birth_day")?;
        let known = key.map(|key| Ok::<_, Error>(Birthday::stored(key, row.try_get("", "birth_year")?)));
        let known = known.transpose()?.flatten();
        if known != Some(birthday) {
            if known.is_some() && cx.customer().is_some() {
                let detail = "The birthday is known already; the shop can correct it";
                return Err(Error::conflict("birthday_fixed", detail));
            }
            write(&txn, self, merchant, &[(customer.uuid(), Some(birthday))]).await?;
        }
        let customer = load(&txn, merchant, customer).await?;
        txn.commit().await?;
        Ok(customer)
    }

    /// The local day of a merchant.
    pub(super) async fn today_in(
        &self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
    ) -> Result<NaiveDate, Error> {
        let zone = self.merchant_settings_in(db, merchant).await?.time_zone;
        Ok(local_date(self.now(merchant), zone))
    }
}

/// Writes down birthdays as they differ from what is stored. Policies hear of those that are today at once: the round of the
/// day may have passed.
pub(super) async fn write(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    told: &[Told],
) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    // What day it is, is asked once the round cannot come in between: it may have become another one while this waited.
    policies::hold_round(txn, merchant).await?;
    let today = engine.today_in(txn, merchant).await?;
    let rows: Vec<_> = told
        .iter()
        .map(|(id, birthday)| {
            let year = birthday.and_then(Birthday::year);
            json!({ "id": id, "day": birthday.map(Birthday::key), "year": year })
        })
        .collect();
    let values = [merchant.uuid().into(), json!(rows).into(), engine.now(merchant).into()];
    txn.execute_raw(statement(include_str!("../sql/customers_birthdays.sql"), values)).await?;
    let is_today = |(id, birthday): &Told| birthday.is_some_and(|born| born.is_on(today)).then_some(*id);
    let celebrating: Vec<Uuid> = told.iter().filter_map(is_today).collect();
    if celebrating.is_empty() {
        return Ok(());
    }
    let news = json!({ "birthdays": [{ "day": today, "customers": celebrating }] });
    modules::tell(txn, merchant, &[(policies::NAME, news)]).await.map(drop)
}

/// Whoever is a customer has been born.
pub(super) fn unborn(pointer: String) -> FieldError {
    FieldError::new(pointer, "in_future", "A birthday cannot be in the future")
}
