//! What a merchant owes to the people in its program: everything about them on request, and to be forgotten.
//!
//! ```text
//! erase: identities ─▶ vouchers ─▶ balance ─▶ customer, all locked ─▶ what is personal is deleted, table by table
//!                                                                └─▶ a row of `erasures`, an event `customer.erased`
//! ```
//! The ledger knows a customer by an opaque id and nothing else, so that forgetting somebody changes none of its sums:
//! entries, lots and balances stay, what waits matures, what has an end expires, and a purchase of before can still be
//! returned. The account is closed: nothing more is earned, given or spent. Whoever comes back is a new customer.
//!
//! Nothing personal is written once it is gone. Whoever reads something personal to write it elsewhere holds one of three
//! locks from the reading to the commit: an identity (who was found by it is completed, or answered with), the balance
//! (who moves points sees that the account is closed), or the row of the customer (letters). Erasing waits for those who
//! were first; those who come later find nobody.
//!
//! - [`erase`] is the operation, [`forget`] the list of what is deleted, [`inbox`] takes people out of events that wait;
//! - [`export`] is everything about a customer in one document, a page at a time.

mod erase;
mod export;
mod forget;
mod inbox;

pub use erase::{EraseInput, EraseReason, Erasure, Lost, Money};
pub use export::EXPORT_VERSION;
