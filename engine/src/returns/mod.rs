//! Returns: what was earned by what comes back is taken back, exactly once and never more.
//!
//! ```text
//! lock what was returned so far ─▶ replay? first answer ─▶ plan (domain) ─▶ what had paid comes back
//!     ─▶ ledger: own lot first, then by policy
//!     ─▶ what is carried over loses its part, limits and budgets get theirs back ─▶ the return, append-only ─▶ messages
//! ```
//! A return reverses what was stored and evaluates nothing again. Two of one purchase wait for each other on the row of
//! `return_states`, so that all together are never more than the purchase. Of a purchase that nobody has claimed only the
//! goods come back; the [claim](crate::claims) gives so much less. One that comes before its purchase [waits](waiting).
//!
//! - [`record`] is a return as it was stored, which is also its answer;
//! - [`book`] is the way from a purchase to its entries;
//! - [`preview`] tells what one would change;
//! - [`tenders`] gives back points and cashback that had paid;
//! - [`store`] has the statements;
//! - [`waiting`] keeps what came too early, [`meet`] books it when its purchase has come, [`waiting_list`] shows it.

mod book;
mod meet;
mod preview;
mod read;
mod record;
mod store;
mod tenders;
mod waiting;
mod waiting_list;

use perennial_domain::access::Action;

use crate::cx::{Actor, Cx};
use crate::error::{Error, What};

pub(crate) use book::{after, book_claim, claimed_later};
pub(crate) use meet::run;
pub use preview::ReturnPreview;
pub use record::{GivenBack, Return, Returned};
pub use tenders::ReturnedTenders;
pub use waiting::{Arrived, Foreseen, Waiting};
pub use waiting_list::WaitingReturn;

/// Lets those go on who may return. For a customer no purchase is there to be returned, not even the customer's own.
fn require(cx: &Cx) -> Result<(), Error> {
    if matches!(cx.actor(), Actor::Customer { .. }) {
        return Err(Error::NotFound(What::Purchase));
    }
    cx.require(Action::ReturnsWrite)
}
