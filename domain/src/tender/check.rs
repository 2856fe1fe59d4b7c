//! What a till says about tenders, and the checks of it that need no state.

use std::collections::BTreeSet;

use crate::codes::VoucherCode;
use crate::error::{Errors, FieldError};
use crate::fields::{positive_amount, positive_points};
use crate::money::{Amount, MAX_SAFE_INTEGER};
use crate::points::Points;

/// How many vouchers one purchase can use.
pub const MAX_VOUCHERS: usize = 20;

/// What a till says about tenders: the fields of the same names in a purchase.
#[derive(Debug, Clone, Copy, Default)]
pub struct TendersInput<'a> {
    /// The codes of the vouchers that are used.
    pub vouchers: &'a [String],
    /// How many points pay a part.
    pub pay_with_points: Option<i64>,
    /// How much cashback pays a part, in minor units.
    pub pay_with_cashback: Option<i64>,
}

/// What a purchase is paid with besides money, after its checks.
///
/// Nothing of a kind is the same whether it was left out or written as nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenders {
    /// The vouchers that are used, each once, in the order in which they were sent.
    pub vouchers: Vec<VoucherCode>,
    /// How many points pay a part; none is zero.
    pub points: Points,
    /// How much cashback pays a part.
    pub cashback: Amount,
}

impl Tenders {
    /// Whether money pays for everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vouchers.is_empty() && self.points.is_zero() && self.cashback.is_zero()
    }
}

impl TendersInput<'_> {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    pub fn check(&self) -> Result<Tenders, Vec<FieldError>> {
        let mut errors = Errors::default();
        if self.vouchers.len() > MAX_VOUCHERS {
            let detail = format!("Must have at most {MAX_VOUCHERS} vouchers");
            return Err(vec![FieldError::new("/vouchers", "too_many", detail)]);
        }
        let mut seen = BTreeSet::new();
        let mut vouchers = Vec::with_capacity(self.vouchers.len());
        for (index, text) in self.vouchers.iter().enumerate() {
            let pointer = format!("/vouchers/{index}");
            let Some(code) = errors.keep(&pointer, VoucherCode::new(text)) else { continue };
            if seen.insert(code.clone()) {
                vouchers.push(code);
            } else {
                errors.push(FieldError::new(pointer, "duplicate", "Is given twice"));
            }
        }
        // Tills that always send a field send nothing as zero.
        let given = |number: Option<i64>| number.filter(|number| *number != 0);
        let points = given(self.pay_with_points)
            .and_then(|points| positive_points("/pay_with_points", points, MAX_SAFE_INTEGER, &mut errors));
        let cashback = given(self.pay_with_cashback)
            .and_then(|amount| positive_amount("/pay_with_cashback", amount, &mut errors));
        errors.finish(Some(Tenders {
            vouchers,
            points: points.unwrap_or_default(),
            cashback: cashback.unwrap_or_default(),
        }))
    }
}
