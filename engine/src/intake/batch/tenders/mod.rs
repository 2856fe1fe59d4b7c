//! Paying with vouchers, points and cashback. Only purchases that do so come here: a batch without any asks and writes
//! nothing for it.
//!
//! ```text
//! vouchers (locked before the balances) ─▶ purses (read under the lock of the balances) ─▶ settle: what is left to pay
//!     ─▶ evaluate what is left ─▶ spend ─▶ one statement for entries, lots and wallets, one for vouchers
//! ```
//! What a tender is worth and what it leaves to pay is known as soon as the vouchers are. Whether the points, the
//! cashback and the vouchers are still there is decided in the order of arrival, when all that came before has taken
//! its own. A purchase that cannot be paid so is refused alone; nothing of it has happened then.
//!
//! - [`settle`](mod@settle) says what is left to pay of each line;
//! - [`purse`] is what customers can pay with, in memory;
//! - [`vouchers`] reads and locks vouchers;
//! - [`write`](mod@write) writes what was spent.

mod purse;
mod settle;
mod vouchers;
mod write;

use chrono::{DateTime, Utc};
use perennial_domain::error::FieldError;
use perennial_domain::expiry::over_by;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::purchase::CheckedPurchase;
use perennial_domain::settings::MerchantSettings;
use uuid::{Builder, Uuid};

use crate::error::Error;
use crate::intake::item::Item;
use crate::purchase_record::{CashbackRecord, PointsRecord, TenderRecord};
use purse::Purse;

pub(super) use purse::Purses;
pub(super) use settle::{Tendered, no_customer, settle};
pub(super) use vouchers::Vouchers;
pub(super) use write::write;

/// What a purchase spends, found to be there and not taken yet.
pub(super) struct Spending {
    record: TenderRecord,
}

/// Everything that purchases of a batch can pay with.
pub(super) struct Tenders {
    pub vouchers: Vouchers,
    pub purses: Purses,
}

/// Who pays, and when.
#[derive(Clone, Copy)]
pub(super) struct Payer<'s> {
    pub merchant: MerchantId,
    pub customer: CustomerId,
    pub settings: &'s MerchantSettings,
    pub now: DateTime<Utc>,
}

impl Tenders {
    /// Finds out whether all that a purchase is to be paid with is there. Takes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names each tender that is not there.
    pub fn look(
        &self,
        payer: Payer<'_>,
        purchase: &CheckedPurchase,
        tendered: &Tendered,
    ) -> Result<Spending, Error> {
        let mut errors = self.vouchers.used(payer.merchant, &purchase.tenders.vouchers);
        let nothing = Purse::default();
        let purse = self.purses.of(payer.merchant, payer.customer).unwrap_or(&nothing);
        let points = self.points(payer, purchase, tendered, purse).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        let cashback = self.cashback(payer, purchase, purse).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let vouchers = self.vouchers.records(payer.merchant, &tendered.settlement.vouchers);
        let record = TenderRecord { vouchers, points, cashback, paid: tendered.settlement.paid };
        Ok(Spending { record })
    }

    fn points(
        &self,
        payer: Payer<'_>,
        purchase: &CheckedPurchase,
        tendered: &Tendered,
        purse: &Purse,
    ) -> Result<Option<PointsRecord>, FieldError> {
        let (spent, amount) = (tendered.points.points, tendered.points.amount);
        if spent.is_zero() {
            return Ok(None);
        }
        let over = over_by(payer.now, payer.settings.time_zone);
        let lots = purse.points(spent.get(), over).map_err(|there| {
            let detail = format!("There are {there} points, {spent} are needed");
            FieldError::new("/pay_with_points", "insufficient_points", detail)
        })?;
        let posting = posting(payer.now);
        Ok(Some(PointsRecord { posting, asked: purchase.tenders.points, spent, amount, lots }))
    }

    fn cashback(
        &self,
        payer: Payer<'_>,
        purchase: &CheckedPurchase,
        purse: &Purse,
    ) -> Result<Option<CashbackRecord>, FieldError> {
        let amount = purchase.tenders.cashback;
        if amount.is_zero() {
            return Ok(None);
        }
        let lots = purse.cashback(amount, purchase.currency, payer.now).map_err(|missing| {
            let detail = format!("There is {missing} less cashback than is needed, in minor units");
            FieldError::new("/pay_with_cashback", "insufficient_cashback", detail)
        })?;
        Ok(Some(CashbackRecord { posting: posting(payer.now), amount, lots }))
    }

    /// Takes what [`look`](Self::look) has found for this purchase.
    pub fn take(&mut self, payer: Payer<'_>, item: &Item, spending: Spending) -> Box<TenderRecord> {
        let Spending { record } = spending;
        if let Some(purse) = self.purses.of_mut(payer.merchant, payer.customer) {
            if let Some(points) = &record.points {
                purse.take_points(&points.lots);
            }
            if let Some(cashback) = &record.cashback {
                purse.take_cashback(&cashback.lots);
            }
        }
        self.vouchers.take(payer.merchant, item, &record.vouchers);
        Box::new(record)
    }
}

impl Spending {
    /// How many points it takes.
    pub fn points(&self) -> i64 {
        self.record.points.as_ref().map_or(0, |points| points.spent.get())
    }

    /// Whether it takes cashback.
    pub fn has_cashback(&self) -> bool {
        self.record.cashback.is_some()
    }
}

fn posting(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}
