//! The engine on a real Postgres. One binary, so that all tests share one server and one template database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic; clippy only knows `#[test]` functions"
)]

mod intake_support;
mod support;
mod support_ledger;

mod api_keys;
mod customers;
mod idempotency;
mod isolation;
mod login_codes;
mod mail;
mod merchants;
mod operations;
mod products;
mod promotions;
mod roles;
mod snapshots;
mod staff;
mod claims;
mod import;
mod intake_crash;
mod intake_lane;
mod intake_once;
mod intake_points;
mod live;
mod outbox;
mod overview;
mod points;
mod purchase_reads;
mod reconcile;
