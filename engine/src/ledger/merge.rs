//! Everything that one customer has, moved to another.

use perennial_domain::ids::CustomerId;
use uuid::Uuid;

use super::{Ledger, Lots, PostingKind, Shortfall, Side};
use crate::error::Error;

/// What a customer had before it was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Had {
    /// What could be spent; below zero while it owed some.
    pub available: i64,
    /// What waited.
    pub pending: i64,
    /// What was held for redemptions.
    pub reserved: i64,
    /// What it owed.
    pub debt: i64,
    /// What it had ever earned. Not moved here: it is in no entry.
    pub lifetime: i64,
}

impl Had {
    /// Whether there is anything to post.
    pub fn moves(&self) -> bool {
        self.available != 0 || self.pending != 0 || self.reserved != 0
    }
}

impl Ledger {
    /// Moves the points of `from`, who has none afterwards, to `into`: by one posting `out` of the one account and one `back`
    /// into the other, whose ends at the merchant cancel each other out. Lots keep their days. What one of them owes is
    /// repaid by what the other has, in the order in which points are spent; nothing is earned by it.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when one of them was not locked; [`Error::Conflict`] `overflow`.
    pub fn merge(&mut self, from: CustomerId, into: CustomerId, out: Uuid, back: Uuid) -> Result<Had, Error> {
        let holder = self.balance(from)?;
        let had = Had {
            available: holder.available,
            pending: holder.pending,
            reserved: holder.reserved,
            debt: holder.debt,
            lifetime: holder.lifetime,
        };
        let lots: Lots = holder.lots();

        let mut posting = self.posting(PostingKind::Merge, out, from, None)?;
        if had.debt > 0 {
            posting.credit(Side::Adjusted, had.debt, None)?;
        }
        if !lots.is_empty() {
            posting.debit_lots(Side::Adjusted, &lots)?;
        }
        for (side, points) in [(Side::Pending, had.pending), (Side::Reserved, had.reserved)] {
            if points > 0 {
                posting.shift(side, Side::Adjusted, points)?;
            }
        }
        posting.done();

        let mut posting = self.posting(PostingKind::Merge, back, into, None)?;
        if !lots.is_empty() {
            posting.give_back(Side::Adjusted, &lots)?;
        }
        if had.debt > 0 {
            posting.debit(Side::Adjusted, had.debt, Shortfall::Debt)?;
        }
        for (side, points) in [(Side::Pending, had.pending), (Side::Reserved, had.reserved)] {
            if points > 0 {
                posting.shift(Side::Adjusted, side, points)?;
            }
        }
        posting.done();
        Ok(had)
    }
}
