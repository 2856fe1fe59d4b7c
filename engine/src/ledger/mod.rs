//! The ledger of points: postings that sum to zero, and the balances and lots that follow from them.
//!
//! ```text
//! lock the customers ─▶ postings in memory: credit, debit, shift ─▶ write: entries, balances, lots, one `live` message
//! ```
//! Whoever moves points outside the intake does it here: returns, redemptions, adjustments, maturity, expiry. (The
//! intake and the claims credit purchases with the same arithmetic in statements of their own.) A posting can only be
//! made by movements with two ends, so that it sums to zero by construction; whatever is refused leaves no trace,
//! because nothing is written before everything was accepted.
//!
//! - [`holder`] is one customer under lock: balance and lots, pure arithmetic;
//! - [`merge`] moves everything from one customer to another;
//! - [`posting`] is one business event: its movements become entries;
//! - [`store`] reads and writes, set-based: the number of statements does not grow with the customers.

mod events;
mod holder;
mod merge;
mod posting;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};

use crate::error::Error;

pub(crate) use holder::{Holder, NEVER};
pub(crate) use posting::{Direction, Posting, PostingKind, Shortfall, Side};

/// Points by the day after which they are gone; `None` is never.
pub(crate) type Lots = Vec<(Option<NaiveDate>, i64)>;

/// The customers of one transaction, locked, and what is being posted for them.
pub(crate) struct Ledger {
    merchant: MerchantId,
    now: DateTime<Utc>,
    holders: BTreeMap<CustomerId, Holder>,
    entries: Vec<Entry>,
}

/// One row of `entries`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    posting: uuid::Uuid,
    leg: i16,
    kind: PostingKind,
    account: &'static str,
    customer: Option<CustomerId>,
    sequence: Option<i64>,
    amount: i64,
    /// `points`, or the currency of money.
    unit: &'static str,
    purchase: Option<uuid::Uuid>,
}

impl Ledger {
    /// The customer's balance and lots, as they are by now.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when the customer was not locked.
    pub fn balance(&self, customer: CustomerId) -> Result<&Holder, Error> {
        self.holders.get(&customer).ok_or_else(|| not_locked(customer))
    }

    /// Refuses to go on for a customer whose account was closed for good. What is no business of the customer's, such as a
    /// return of what was bought before, does not ask.
    ///
    /// # Errors
    /// [`Error::Conflict`] `customer_erased`.
    pub fn refuse_erased(&self, customer: CustomerId) -> Result<(), Error> {
        if self.balance(customer)?.is_erased { Err(Error::erased()) } else { Ok(()) }
    }

    /// Begins a posting of a customer. `id` is new and only its own; several postings may follow each other.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when the customer was not locked.
    pub fn posting(
        &mut self,
        kind: PostingKind,
        id: uuid::Uuid,
        customer: CustomerId,
        purchase: Option<uuid::Uuid>,
    ) -> Result<Posting<'_>, Error> {
        let holder = self.holders.get_mut(&customer).ok_or_else(|| not_locked(customer))?;
        Ok(Posting::begin(kind, id, customer, purchase, holder, &mut self.entries))
    }
}

fn not_locked(customer: CustomerId) -> Error {
    Error::Inconsistent(format!("customer {customer} has no balance to lock"))
}
