//! What a return takes back of the cashback of a purchase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::OfferId;
use crate::money::Amount;
use crate::proportion::kept;

/// What one offer gave on one line of a purchase, and how much of the line was returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineReturned {
    /// Which offer.
    pub offer: OfferId,
    /// What the offer gave on the line when it was bought.
    pub given: Amount,
    /// What was paid for the line.
    pub paid: Amount,
    /// How much of that is returned in all, with the return in question; at most `paid`.
    pub returned: Amount,
}

/// What a return takes back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CashbackReversal {
    /// All of it.
    pub amount: Amount,
    /// The same by offer; offers of which nothing is taken back are left out.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, i64>))]
    pub offers: BTreeMap<OfferId, Amount>,
}

/// What is to be taken back now, so that in all exactly the returned part of each line is.
///
/// `reversed` is what earlier returns have taken back of each offer. The result depends on how much was
/// returned, not in how many steps: of a line that was paid with A and gave C, floor(C × (A − R) / A) is kept
/// when R was returned in all. What is taken back is never more than was given, nor ever negative.
#[must_use]
pub fn reversal(
    lines: impl IntoIterator<Item = LineReturned>,
    reversed: &BTreeMap<OfferId, Amount>,
) -> CashbackReversal {
    let mut taken: BTreeMap<OfferId, u64> = BTreeMap::new();
    for line in lines {
        let whole = line.given.unsigned();
        let lost = whole - kept(whole, line.paid.unsigned(), line.returned.unsigned()).min(whole);
        let sum = taken.entry(line.offer).or_default();
        *sum = sum.saturating_add(lost);
    }
    let offers: BTreeMap<OfferId, Amount> = taken
        .into_iter()
        .filter_map(|(offer, taken)| {
            let before = reversed.get(&offer).copied().map_or(0, Amount::unsigned);
            Some((offer, Amount::saturating(taken.saturating_sub(before))))
                .filter(|(_, amount)| !amount.is_zero())
        })
        .collect();
    let all = offers.values().copied().map(Amount::unsigned).fold(0_u64, u64::saturating_add);
    CashbackReversal { amount: Amount::saturating(all), offers }
}
