//! What a purchase is paid with besides money: vouchers, points and cashback.
//!
//! [`Tenders`] is what a till says of them. [`settle`](mod@settle) takes what they are worth off the lines: what is left is
//! what the customer pays, and what earns. Everything that is shared between lines is shared by largest
//! remainder, and told line by line, so that a return gives back of each tender exactly its part.

mod check;
mod points;
mod settle;

pub use check::{MAX_VOUCHERS, Tenders, TendersInput};
pub use points::{PointsTender, PointsTenderError};
pub use settle::{SettleError, SettledLine, Settlement, UnsettledLine, VoucherUse, settle};
