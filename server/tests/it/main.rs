//! The server by real HTTP: each test starts one on a free port, with a database of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that finds nothing has to stop")]

mod access;
mod adjustments;
mod broker;
mod bus;
mod catalogue;
mod claims;
mod client_apps;
mod commands;
mod customers;
mod docs;
mod events;
mod golden;
mod graphql;
mod idempotency;
mod isolation;
mod limits;
mod openapi;
mod operations;
mod policies;
mod postman;
mod privacy;
mod promotions;
mod purchases;
mod quotes;
mod referrals;
mod refusals;
mod requests;
mod returns;
mod rewards;
mod seed_000;
mod seed_001;
mod seed_002;
mod seed_003;
mod seed_004;
mod support;
mod tenders;
mod tiers;
mod tools_demo;
mod tools_import;
mod tools_kill;
mod tools_support;
mod two_servers;
mod watcher;
mod webhooks;
