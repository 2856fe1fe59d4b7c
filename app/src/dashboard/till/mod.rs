//! The till: a page on which somebody serves the customer of the moment in one store.
//!
//! It stands beside the dashboard, with its session and its bundle, in a layout of its own with large targets. Whoever
//! stands there acts by what a till may do and in its store only, see [`door`]; everything goes through the operations that
//! other tills use. A sale is a form: asked with GET it is worked out ([`reckon`]), sent with POST it happens ([`confirm`]),
//! and its number, which came with the page, makes it happen once.

pub mod api;
pub mod dto;
mod frame;
mod join;
mod keypad;
mod offer_list;
mod receipt;
mod refund;
mod sale;
mod shift;
mod store;

#[cfg(feature = "ssr")]
pub mod confirm;
#[cfg(feature = "ssr")]
mod door;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
mod load;
#[cfg(feature = "ssr")]
mod offers;
#[cfg(feature = "ssr")]
mod reckon;
#[cfg(feature = "ssr")]
mod who;

pub use frame::TillFrame;
pub use join::JoinPage;
pub use receipt::ReceiptPage;
pub use refund::{RefundPage, RefundedPage};
pub use sale::SalePage;
pub use shift::ShiftPage;
pub use store::StorePage;

/// The front page of the till: a sale.
pub const TILL: &str = "/till";
/// Where its store is chosen.
const STORE: &str = "/till/store";
/// Where somebody becomes a member.
const JOIN: &str = "/till/join";
/// Where a receipt is, in front of the id of its purchase.
const RECEIPT: &str = "/till/receipt";
/// Where a purchase is looked for that comes back.
const REFUND: &str = "/till/refund";
/// What was sold today.
const SHIFT: &str = "/till/shift";

/// The button that sells: the number of the sale, and what it was when it was drawn: what is left to pay in minor units, the
/// points that it costs, and the store.
const CONFIRM: &str = "confirm";
/// The number of a sale in the address that leads back to it, so that it is made once also by whoever comes that way.
const SALE: &str = "sale";
/// Stands among the values of a sale that may have been made: `perhaps`, as far as anybody knows, or [`SOLD_BEFORE`].
const UNSURE: &str = "unsure";
/// That there is a sale of this number, and that it is another one.
const SOLD_BEFORE: &str = "before";

/// Whether the page at this path is one of the till.
#[cfg(feature = "ssr")]
#[must_use]
pub fn is_till(path: &str) -> bool {
    path.strip_prefix(TILL).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
