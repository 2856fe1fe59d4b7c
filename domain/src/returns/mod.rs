//! What a return takes back of a purchase.
//!
//! A return reverses what was stored; it never evaluates again, so that a promotion that has changed since
//! takes back what it gave, neither more nor less.
//!
//! ```text
//!   ReturnInput ─check─▶ CheckedReturn
//!   ReturnablePurchase + ReturnState (what was returned so far) + Returning ─plan─▶ ReturnPlan
//!   ReturnPlan::points ─ReturnPolicy::split─▶ pending, available, debt, absorbed
//! ```
//!
//! Everything is counted cumulatively: of something that came with an amount of A, of which R is returned in
//! all, floor(whole × (A − R) / A) is kept, and a return takes back what is missing to that. So it does not
//! matter in how many steps something is returned: in the end exactly everything has been taken back, and
//! never more.
//!
//! Where promotions carry over what rounding leaves, what a purchase added to that goes with it: of the exact worth the same
//! part is kept, and what is kept in points is taken off that. So what is carried may come to be below zero, and what
//! is earned next makes up for it.
//!
//! What had paid goes back in the same way, line by line: a line that was free pays nothing back, and one that
//! points had paid for gives those points back.

mod back;
mod check;
mod input;
mod plan;
mod policy;
mod purchase;
mod spread;
mod state;

pub use check::{CheckedReturn, LinePart, Returning, ReturningLine};
pub use input::{ReturnInput, ReturnLineInput, TransactionReturnInput};
pub use plan::{LineReturn, ReturnError, ReturnExceeds, ReturnPlan, catch_up, plan};
pub use policy::{ReturnPolicy, ReversalSplit, UnknownReturnPolicy};
pub use purchase::{GivenTenders, LinePaid, ReturnableLine, ReturnablePurchase, Share};
pub use state::{LineState, ReturnState};
