//! What a promotion would have given, had it been in force in a time that is over.
//!
//! ```text
//! stored purchases, one customer after the other ─▶ Tally::add ─▶ Tally::finish ─▶ Replay
//! ```
//!
//! Each purchase is evaluated from its stored facts by the rules of its own time, twice: with the [`Draft`] in
//! the place of all versions of its promotion, in force throughout, and without the promotion. Its dates are not
//! tested; weekdays, hours and every other condition are. Of what was returned only what is left counts, by the
//! rule by which returns take back.
//!
//! What the promotion gives to one customer counts anew, from nothing: what a customer keeps counts towards the
//! limit in the order in which the purchases were credited, as it would have, and so it is with what it carries
//! over, where the merchant has that. What was returned is given back at once, whenever that was. What other
//! promotions had given and carried, the customer's tier and whether it was a first purchase stay as they were
//! stored. So nobody who would have come because of the promotion is in it, and nobody who would have spent more.
//!
//! The budget is met by all customers in the order of time, while the purchases come customer by customer. So it
//! is left out of the evaluation, and what was given is counted by the hour: the budget would have run out in the
//! hour in which the sum passes it. Everything else in a [`Replay`] is what a budget that is large enough would
//! have let through.
//!
//! The memory is bounded by the window and the number of promotions, whatever the number of purchases: of each
//! customer something is only known while that customer's purchases come.

mod budget;
mod draft;
mod hours;
mod kept;
mod outcome;
mod past;
mod tally;
mod window;
mod winners;

pub use budget::ReplayBudget;
pub use draft::{Draft, ReplayRules};
pub use outcome::{LeftOut, LeftOutReason, LookedAt, Overlap, Replay, ReplayDay, Unclaimed, Winner};
pub use past::Past;
pub use tally::{Ending, Tally};
pub use window::{ReplayWindow, WINDOW_DAYS, WINDOW_DAYS_MAX};
