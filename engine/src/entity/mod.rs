//! The tables that operations read and write row by row, one SeaORM entity each; private to the engine.
//!
//! Rows never leave this crate: every operation turns them into its own types. Find and filter always start with the
//! merchant of the [`Cx`](crate::Cx). Ledger and queues have no entities, because nothing touches them row by row:
//! see [`intake`](crate::intake). The migration is the truth about the schema; a test compares these structs with it.

pub mod api_key;
pub mod customer;
pub mod customer_identity;
pub mod directory_api_key;
pub mod idempotency_key;
pub mod login_code;
pub mod mail;
pub mod merchant;
pub mod merchant_revision;
pub mod product;
pub mod promotion;
pub mod promotion_version;
pub mod purchase;
pub mod retailer;
pub mod rule_set;
pub mod session;
pub mod staff;
pub mod staff_membership;

#[cfg(test)]
mod tests;
