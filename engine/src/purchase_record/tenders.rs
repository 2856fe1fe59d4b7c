//! What a purchase was paid with besides money, as it was stored.

use chrono::NaiveDate;
use perennial_domain::codes::VoucherCode;
use perennial_domain::ids::{OfferId, PurchaseId, VoucherId};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::tender::{SettledLine, Tenders};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a purchase was paid with besides money. Never changes: what returns gave back is in the returns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenderRecord {
    /// The vouchers, in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vouchers: Vec<VoucherRecord>,
    /// The points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PointsRecord>,
    /// The cashback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cashback: Option<CashbackRecord>,
    /// What was left to pay in money.
    pub paid: Amount,
}

/// A voucher that was used in a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherRecord {
    /// The voucher.
    pub id: VoucherId,
    /// Its code, in the form in which it is looked up.
    pub code: VoucherCode,
    /// What it was called.
    pub name: String,
    /// What it took off.
    pub amount: Amount,
    /// The place of the line of which it gave a unit away: it comes back with that line, all others with the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// Points that paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsRecord {
    /// The posting that took them.
    pub posting: Uuid,
    /// How many the till had asked for.
    pub asked: Points,
    /// How many were spent: the fewest that are worth the amount.
    pub spent: Points,
    /// What they paid.
    pub amount: Amount,
    /// The lots that they came from, in the order in which they were taken; `None` is the one without a day.
    pub lots: Vec<(Option<NaiveDate>, i64)>,
}

/// Cashback that paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashbackRecord {
    /// The posting that took it.
    pub posting: Uuid,
    /// How much.
    pub amount: Amount,
    /// The lots that it came from, in the order in which they were taken: what gave it, and how much of it.
    pub lots: Vec<(PurchaseId, OfferId, i64)>,
}

/// What of a line was not paid in money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineTenders {
    /// What vouchers took off.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub vouchers: Amount,
    /// What points paid.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub points: Amount,
    /// What cashback paid.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub cashback: Amount,
}

impl TenderRecord {
    /// What the till had said of tenders.
    #[must_use]
    pub fn sent(&self) -> Tenders {
        Tenders {
            vouchers: self.vouchers.iter().map(|voucher| voucher.code.clone()).collect(),
            points: self.points.as_ref().map_or(Points::ZERO, |points| points.asked),
            cashback: self.cashback.as_ref().map_or(Amount::ZERO, |cashback| cashback.amount),
        }
    }
}

impl From<&SettledLine> for LineTenders {
    fn from(line: &SettledLine) -> Self {
        Self { vouchers: line.vouchers, points: line.points, cashback: line.cashback }
    }
}

impl LineTenders {
    /// Whether money paid for all of the line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> Amount {
        // Parts of what was to be paid for the line, which is an amount.
        Amount::checked_sum([self.vouchers, self.points, self.cashback]).unwrap_or(Amount::MAX)
    }
}

// By reference, because serde hands it over like that.
fn is_nothing(amount: &Amount) -> bool {
    amount.is_zero()
}
