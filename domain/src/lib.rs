//! What a purchase earns, and why: pure rules, no IO, no clock.
//!
//! Everything here is a value or a total function of values: the same code decides in the intake, explains
//! in the portal and previews in the merchant's browser. Whoever calls brings the time, the randomness and
//! the facts.
//!
//! Start reading at [`promotion`] (what a merchant promises), then [`evaluate`](mod@evaluate) (what a purchase
//! earns by it); [`purchase`] is what a till may say. What happens to points and money afterwards is in
//! [`returns`], [`expiry`], [`tiers`], [`cashback`], [`rewards`] and [`tender`]; [`quote`] puts all of it together
//! for a basket nobody has bought, and [`replay`] asks what a promotion would have given for those that were.

#![forbid(unsafe_code)]

pub mod access;
pub mod birthday;
pub mod bounded;
pub mod calendar;
pub mod cashback;
pub mod cloud_events;
pub mod codes;
mod currency;
pub mod customer;
pub mod error;
pub mod evaluate;
pub mod events;
pub mod expiry;
mod fields;
pub mod ids;
pub mod instants;
pub mod leaderboard;
pub mod lots;
pub mod messages;
pub mod money;
pub mod objects;
pub mod points;
pub mod policies;
pub mod promotion;
pub mod proportion;
pub mod purchase;
pub mod quote;
mod rate;
pub mod referrals;
mod remainder;
pub mod replay;
pub mod returns;
pub mod rewards;
#[cfg(feature = "openapi")]
mod schema;
pub mod settings;
pub mod tender;
pub mod tiers;
pub mod written;
